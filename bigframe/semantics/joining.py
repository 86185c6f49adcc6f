"""Joins: pandas' rules for keys, labels, index and order around a relational join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import rules
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.missing import Coalesce, IsNull
from bigframe.ops.reductions import Size
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.sort import Sort
from bigframe.schema import BOOL, INT64, STRING, DType, Family
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame, type_side_by_side
from bigframe.semantics.join_keys import Keys, common_keys, require_equal_categories
from bigframe.tree import current_line, made_at

MERGE_CATEGORIES = ("left_only", "right_only", "both")
_VALIDATIONS = {"one_to_one": "1:1", "one_to_many": "1:m", "many_to_one": "m:1", "many_to_many": "m:m"}


@dataclass(frozen=True)
class _Pair:
    """One pair of keys: each side before and after the join, and the columns in a common dtype that match."""

    left_label: Hashable
    right_label: Hashable
    left_dtype: DType
    right_dtype: DType
    left: str
    right: str
    on_left: str
    on_right: str


def merge(
    left: Frame,
    right: Frame,
    left_keys: Keys,
    right_keys: Keys,
    how: str,
    *,
    suffixes: tuple[str | None, str | None] = ("_x", "_y"),
    sort: bool = False,
    indicator: str | None = None,
    validate: str | None = None,
    has_rows: Callable[[Plan], bool] = lambda _: False,
) -> Frame:
    """Join two frames as ``pandas.merge`` does.

    ``how`` is one of pandas' names. The result has a default index, unless an index was joined on. ``has_rows`` says of
    a plan whether it is known not to be empty; asked only where pandas' result depends on it.

    Raises
    ------
    ValueError
        If labels overlap without suffixes, the indicator's label exists, or keys of two dtypes cannot match.
    pandas.errors.MergeError
        If suffixes make labels repeat; when the result is looked at, if keys are not as unique as ``validate`` says.
    Unsupported
        If the result's index would mix labels of both sides.
    """
    if indicator is not None and (left.find(indicator) or right.find(indicator)):
        raise ValueError("Cannot use name of an existing column for indicator column")
    side = how.removesuffix("_anti")
    left = left.with_explicit_index() if right_keys.of_index else left
    right = right.with_explicit_index() if left_keys.of_index else right
    sides = left, right
    left, left_marks = _mark(left, "left_mark", wanted=indicator is not None or how == "right_anti")
    right, right_marks = _mark(right, "right_mark", wanted=indicator is not None or how == "left_anti")
    dtypes = [(left.dtype(a), right.dtype(b)) for a, b in zip(left_keys.ids, right_keys.ids, strict=True)]
    require_equal_categories(dtypes, in_order=sort or side == "outer")
    matched = []
    # The name that pandas gives a pair in its messages.
    names = right_keys.labels if left_keys.of_index else left_keys.labels
    for left_id, right_id, name in zip(left_keys.ids, right_keys.ids, names, strict=True):
        try:
            left, left_id, right, right_id = common_keys(left, left_id, right, right_id, name)
        except ValueError:
            if left_keys.of_index and right_keys.of_index:
                raise Unsupported("merge of indexes of two kinds", "pandas mixes their labels") from None
            raise
        matched.append((left_id, right_id))
    with made_at(current_line()):
        extra = (*(id for id, _ in matched), *left_keys.ids, *left_marks)
        left, left_ids = rename(left, "left", *extra) if side in ("right", "outer") else _kept(left, *extra)
        # Named after both sides, so that joining the same table again makes other columns.
        beside = f"right of {left.base.digest}"
        right, right_ids = rename(right, beside, *(id for _, id in matched), *right_keys.ids, *right_marks)
    pairs = [
        _Pair(*labels, *types, left_ids[a], right_ids[b], left_ids[on_a], right_ids[on_b])
        for labels, types, a, b, (on_a, on_b) in zip(
            zip(left_keys.labels, right_keys.labels, strict=True),
            dtypes,
            left_keys.ids,
            right_keys.ids,
            matched,
            strict=True,
        )
    ]
    on = tuple(pair.on_left for pair in pairs), tuple(pair.on_right for pair in pairs)
    rows = Frame(Join(left.base, right.base, *on, side, validate=_validation(validate)), (), ())
    both_indexes = left_keys.of_index and right_keys.of_index
    merged: dict[int, str] = {}
    for position, pair in enumerate(pairs):
        same_label = pair.left_label == pair.right_label and not left_keys.of_index and not right_keys.of_index
        if both_indexes or same_label:
            fills = both_indexes or isinstance(pair.left_label, str)
            rows, merged[position] = _merged_key(rows, pair, side, fills=fills, of_index=both_indexes)
    if sort or side == "outer":
        rows = _sorted(rows, pairs, side)
    shared = {} if both_indexes else {pairs[position].left_label: (position, id) for position, id in merged.items()}
    labels, ids, levels = _columns(left, right, shared, suffixes)
    if left_keys.of_index != right_keys.of_index:
        for position, pair in enumerate(pairs):
            rows = _fill_key(rows, position, pair, side, left, right, labels, ids, of_left=right_keys.of_index)
    if indicator:
        rows, mark = _indicator(rows, left_ids[left_marks[0]], right_ids[right_marks[0]])
        labels, ids = [*labels, indicator], [*ids, mark]
    index = levels
    if left_keys.of_index and right_keys.of_index:
        index = _merged_index(left, right, left_keys, right_keys, merged, side)
    elif right_keys.of_index:
        rows, index = _kept_index(rows, sides[0], left, right, has_rows, holes=side in ("right", "outer"))
    elif left_keys.of_index:
        rows, index = _kept_index(rows, sides[1], right, left, has_rows, holes=side in ("left", "outer"))
    freq = left.freq if left_keys.of_index and (side == "left" or both_indexes and left.freq == right.freq) else None
    kind = type_side_by_side((left, right), labels)
    joined = Frame(
        rows.base, tuple(labels), tuple(ids), index, rows.definitions, rows.types, label_type=kind, freq=freq
    )
    if how == side:
        return joined
    return _unmatched(joined, right_ids[right_marks[0]] if how == "left_anti" else left_ids[left_marks[0]])


def _mark(frame: Frame, name: str, *, wanted: bool) -> tuple[Frame, tuple[str, ...]]:
    """A column that is missing where the joined rows have none of this side, if one is wanted."""
    if not wanted:
        return frame, ()
    marked, id = frame.define(Literal(True, BOOL), name)
    return marked, (id,)


def _kept(frame: Frame, *extra: str) -> tuple[Frame, dict[str, str]]:
    """The left side of a join that leaves no holes in it: its values, and so its ids, stay what they are."""
    plan = frame.plan(*extra)
    return frame.rebased(plan, freq=frame.freq), {id: id for id in plan.schema}


def _merged_key(rows: Frame, pair: _Pair, side: str, *, fills: bool, of_index: bool) -> tuple[Frame, str]:
    """One column for a pair of keys that become one: keys of the same label, or levels of two indexes."""
    same_dtype = pair.left_dtype.arrow == pair.right_dtype.arrow and (
        pair.left_dtype.family is pair.right_dtype.family or pair.left_dtype.family is Family.NUMPY
    )
    in_common = pair.left_dtype.is_datetime or of_index and side in ("inner", "outer")
    if side in ("inner", "left"):
        return rows, pair.on_left if in_common else pair.left
    if not fills:
        return rows, pair.left  # pandas fills the left key only under labels that are strings
    if side == "right" and (same_dtype or of_index):
        return rows, pair.right
    settled = rules.promote(pair.left_dtype, pair.right_dtype)
    if not of_index and pair.left_dtype.is_integer and pair.right_dtype.is_float:
        holes = rows.dtype(pair.left).unless_missing
        settled = DType(pa.float64(), settled.family, otherwise=pair.left_dtype.arrow).unsettled_by(*holes)
    value: Expr = Column(pair.on_right) if side == "right" else Coalesce(Column(pair.on_left), Column(pair.on_right))
    return rows.define(Widen(value, settled))


def _sorted(rows: Frame, pairs: Sequence[_Pair], side: str) -> Frame:
    """The rows by key; where keys tie, in the order that the join gave them."""
    keys = []
    for pair in pairs:
        id = pair.on_right if side == "right" else pair.on_left
        if side == "outer":
            rows, id = rows.define(Coalesce(Column(pair.on_left), Column(pair.on_right)))
        keys.append(id)
    kept = dict.fromkeys((*rows.base.schema, *rows.definitions))
    by = tuple((id, False, is_missing_last(rows.dtype(id))) for id in keys)
    return rows.rebased(Sort(rows.plan(*kept), by))


def is_missing_last(key: DType) -> bool:
    """Where a merge puts missing keys: NumPy's times are numbers to pandas, of which the missing one is the smallest."""
    return key.family is not Family.NUMPY or not key.is_time


def _columns(
    left: Frame,
    right: Frame,
    shared: dict[Hashable, tuple[int, str]],
    suffixes: tuple[str | None, str | None],
) -> tuple[list[Hashable], list[str], tuple[tuple[Hashable, str], ...] | None]:
    """Labels and ids of the result, and its index where the keys were index levels of both sides."""
    right_labels = [label for label in right.labels if label not in shared]
    overlap = {label for label in left.labels if label not in shared} & set(right_labels)
    if overlap and not any(suffixes):
        shown = pd.Index([*dict.fromkeys(label for label in left.labels if label in overlap)])
        raise ValueError(f"columns overlap but no suffix specified: {shown}")
    left_suffix, right_suffix = suffixes
    labels: list[Hashable] = [*left.labels, *right_labels]
    if overlap:
        labels = [_suffixed(label, left_suffix) if label in overlap else label for label in left.labels]
        labels += [_suffixed(label, right_suffix) if label in overlap else label for label in right_labels]
    ids = [shared[label][1] if label in shared else id for label, id in zip(left.labels, left.ids, strict=True)]
    ids += [id for label, id in zip(right.labels, right.ids, strict=True) if label not in shared]
    repeated = _repeated(labels) - _repeated(left.labels) - _repeated(right.labels) if overlap else set()
    if repeated:
        raise pd.errors.MergeError(f"Passing 'suffixes' which cause duplicate columns {repeated} is not allowed.")
    levels = tuple((label, id) for label, (_, id) in shared.items() if not left.find(label) and not right.find(label))
    for label, (position, id) in shared.items():
        if not left.find(label) and right.find(label):
            labels.insert(position, label)
            ids.insert(position, id)
    return labels, ids, levels or None


def _repeated(labels: Iterable[Hashable]) -> set[Hashable]:
    return {label for label, times in Counter(labels).items() if times > 1}


def _suffixed(label: Hashable, suffix: str | None) -> Hashable:
    return label if suffix is None else f"{label}{suffix}"


def _merged_index(
    left: Frame, right: Frame, left_keys: Keys, right_keys: Keys, merged: dict[int, str], side: str
) -> tuple[tuple[Hashable, str], ...]:
    """The labels of rows that were joined on the indexes of both sides."""
    levels = (right if side == "right" else left).index or ()
    if len(levels) > 1 and left_keys.labels != right_keys.labels:
        raise Unsupported(
            "merge of indexes whose levels have other names",
            "pandas joins on those in common",
            ".reset_index() first",
        )
    return tuple((name, merged[position]) for position, (name, _) in enumerate(levels))


def _kept_index(
    rows: Frame, before: Frame, own: Frame, other: Frame, has_rows: Callable[[Plan], bool], *, holes: bool
) -> tuple[Frame, tuple[tuple[Hashable, str], ...] | None]:
    """The labels of the side whose column was joined on the other's index; the other's labels if it has no rows."""
    if not holes or own.index is None:
        return rows, own.index
    if len(own.index) > 1 or len(other.index_ids) > 1:
        raise Unsupported(
            "merge of an index with a column", "rows have labels of several levels", ".reset_index() first"
        )
    ((name, id),), (label,) = own.index, other.index_ids
    if has_rows(before.base):
        return rows, own.index
    if rows.dtype(id).settled() != rows.dtype(label).settled():
        raise Unsupported(
            "merge of an index with a column", "which side has the labels depends on whether the other is empty"
        )
    count = derive("count", before.base.digest)
    counted = Aggregate(before.base, (), ((count, Size()),))
    is_empty = Eq(Scalar(counted, count, counted.schema[count]), Literal(0, INT64))
    dtype = rows.dtype(label).settled().or_missing()
    rows, id = rows.define(Widen(Where(is_empty, Column(label), Column(id)), dtype))
    return rows, ((name, id),)


def _fill_key(
    rows: Frame,
    position: int,
    pair: _Pair,
    side: str,
    left: Frame,
    right: Frame,
    labels: list[Hashable],
    ids: list[str],
    *,
    of_left: bool,
) -> Frame:
    """Put the key column of the one side, filled from the other's index, in its place among the labels and ids."""
    own, other = (left, right) if of_left else (right, left)
    label = pair.left_label if of_left else pair.right_label
    if len(own.find(label)) != 1:
        if side == "inner" or (side == "left") == of_left:
            return rows
        raise Unsupported("merge of an index with a level of the other", "its labels mix both sides")
    mirrored = _Pair(
        pair.right_label, pair.left_label, pair.right_dtype, pair.left_dtype, pair.right, pair.left, pair.on_right, pair.on_left
    )  # fmt: skip
    opposite = {"left": "right", "right": "left"}.get(side, side)
    rows, id = _merged_key(
        rows, pair if of_left else mirrored, side if of_left else opposite, fills=True, of_index=False
    )
    if not other.find(label):
        ids[own.labels.index(label) + (0 if of_left else len(left.labels))] = id
    elif label not in labels:
        labels.insert(position, label)
        ids.insert(position, id)
    else:
        raise Unsupported("merge of an index with a column that both sides have", "its labels depend on the suffixes")
    return rows


def _indicator(rows: Frame, left_mark: str, right_mark: str) -> tuple[Frame, str]:
    left_only, right_only, both = (Literal(category, STRING) for category in MERGE_CATEGORIES)
    matched = Where(IsNull(Column(right_mark)), left_only, both)
    found = Where(IsNull(Column(left_mark)), right_only, matched)
    return rows.define(Widen(found, replace(STRING, categories=MERGE_CATEGORIES)), "merge")


def _unmatched(joined: Frame, mark: str) -> Frame:
    """The rows of one side that matched nothing, under the index that they had in the join."""
    frame = joined.with_explicit_index()
    return frame.rebased(Filter(frame.plan(mark), IsNull(Column(mark))))


def _validation(validate: str | None) -> str | None:
    short = _VALIDATIONS.get(validate or "m:m", validate or "m:m")
    if short not in _VALIDATIONS.values():
        names = "".join(f'\n- "{name}"' for name in (*_VALIDATIONS.values(), *_VALIDATIONS))
        raise ValueError(f'"{validate}" is not a valid argument. Valid arguments are:{names}')
    return None if short == "m:m" else short
