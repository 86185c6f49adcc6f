"""Joins: pandas' rules for keys, labels, index and order around a relational join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.conditional import Where
from bigframe.ops.missing import Coalesce, IsNull
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.sort import Sort
from bigframe.schema import BOOL, STRING, DType, Family
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame
from bigframe.tree import current_line, made_at

KINDS = ("left", "right", "inner", "outer", "left_anti", "right_anti", "cross")
MERGE_CATEGORIES = ("left_only", "right_only", "both")
_VALIDATIONS = {"one_to_one": "1:1", "one_to_many": "1:m", "many_to_one": "m:1", "many_to_many": "m:m"}


@dataclass(frozen=True)
class Keys:
    """What one side joins on: key ids, the label of each key or the name of each level, and whether it is the index."""

    ids: tuple[str, ...]
    labels: tuple[Hashable | None, ...]
    of_index: bool = False


def choose_keys(
    left: Frame, right: Frame, how: str, on: Any, left_on: Any, right_on: Any, left_index: bool, right_index: bool
) -> tuple[Frame, Frame, Keys, Keys]:
    """What both sides of a merge join on; the sides, with their indexes made columns where they are keys.

    Raises
    ------
    ValueError
        If there is no such kind of merge, or the sides have different numbers of keys.
    KeyError
        If a key is neither a column nor an index level.
    pandas.errors.MergeError
        If the arguments contradict each other, or the sides have no column in common.
    """
    if how == "asof":
        raise Unsupported("merge(how='asof')", "its matches depend on the order", "merge_asof")
    if how not in KINDS:
        raise ValueError(f"'{how}' is not a valid Merge type: {', '.join(KINDS)}, asof")
    given = on is not None or left_on is not None or right_on is not None or left_index or right_index
    if how == "cross":
        if given:
            raise pd.errors.MergeError("Can not pass on, right_on, left_on or set right_index=True or left_index=True")
        return left, right, Keys((), ()), Keys((), ())
    if not given:
        on = [label for label in left.labels if label in right.labels]
        if not on:
            raise pd.errors.MergeError(
                "No common columns to perform merge on. "
                "Merge options: left_on=None, right_on=None, left_index=False, right_index=False"
            )
    if on is not None:
        if left_on is not None or right_on is not None:
            raise pd.errors.MergeError(
                'Can only pass argument "on" OR "left_on" and "right_on", not a combination of both.'
            )
        if left_index or right_index:
            raise pd.errors.MergeError(
                'Can only pass argument "on" OR "left_index" and "right_index", not a combination of both.'
            )
        left_on = right_on = on
    left, left_keys = _side_keys(left, "left", left_on, left_index)
    right, right_keys = _side_keys(right, "right", right_on, right_index)
    if len(left_keys.ids) != len(right_keys.ids):
        raise ValueError("len(right_on) must equal len(left_on)")
    return left, right, left_keys, right_keys


def _side_keys(frame: Frame, side: str, labels: Any, of_index: bool) -> tuple[Frame, Keys]:
    if of_index and labels is not None:
        raise pd.errors.MergeError(f'Can only pass argument "{side}_on" OR "{side}_index" not both.')
    if of_index:
        frame = frame.with_explicit_index()
        return frame, Keys(frame.index_ids, tuple(name for name, _ in frame.index or ()), of_index=True)
    if labels is None:
        raise pd.errors.MergeError(f'Must pass "{side}_on" OR "{side}_index".')
    chosen = tuple(labels) if isinstance(labels, (list, tuple, pd.Index)) else (labels,)
    if not all(isinstance(label, Hashable) for label in chosen):
        raise Unsupported(f"merge({side}_on=array)", "keys are named by label", ".assign a key column first")
    return frame, Keys(tuple(frame.key(label) for label in chosen), chosen)


def common_keys(left: Frame, left_id: str, right: Frame, right_id: str) -> tuple[Frame, str, Frame, str]:
    """Two key columns cast to one dtype.

    Raises
    ------
    ValueError
        If the dtypes cannot match each other, as pandas says it.
    """
    left_dtype, right_dtype = left.dtype(left_id), right.dtype(right_id)
    if left_dtype.arrow == right_dtype.arrow:
        return left, left_id, right, right_id
    try:
        if (
            left_dtype.is_datetime
            and right_dtype.is_datetime
            and (not left_dtype.arrow.tz) != (not right_dtype.arrow.tz)
        ):
            raise TypeError("a time with a zone and one without do not compare")
        common = rules.promote(left_dtype, right_dtype)
    except TypeError:
        raise ValueError(
            f"You are trying to merge on {left_dtype} and {right_dtype} columns for key '{left_id.partition('~')[0]}'. "
            "If you wish to proceed you should use pd.concat"
        ) from None
    target = DType(common.arrow, common.family)
    left, left_id = left.define(Column(left_id) if left_dtype.arrow == common.arrow else Widen(Column(left_id), target))
    right, right_id = right.define(
        Column(right_id) if right_dtype.arrow == common.arrow else Widen(Column(right_id), target)
    )
    return left, left_id, right, right_id


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
) -> Frame:
    """Join two frames as ``pandas.merge`` does.

    ``how`` is one of pandas' names. The result has a default index, unless an index was joined on.

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
    left, left_marks = _mark(left, "left_mark", wanted=indicator is not None or how == "right_anti")
    right, right_marks = _mark(right, "right_mark", wanted=indicator is not None or how == "left_anti")
    dtypes = [(left.dtype(a), right.dtype(b)) for a, b in zip(left_keys.ids, right_keys.ids, strict=True)]
    matched = []
    for left_id, right_id in zip(left_keys.ids, right_keys.ids, strict=True):
        left, left_id, right, right_id = common_keys(left, left_id, right, right_id)
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
            rows, merged[position] = _merged_key(rows, pair, side, of_index=both_indexes)
    if sort or side == "outer":
        rows = _sorted(rows, pairs, side)
    shared = {} if both_indexes else {pairs[position].left_label: (position, id) for position, id in merged.items()}
    labels, ids, levels = _columns(left, right, shared, suffixes)
    if indicator:
        rows, mark = _indicator(rows, left_ids[left_marks[0]], right_ids[right_marks[0]])
        labels, ids = [*labels, indicator], [*ids, mark]
    index = (
        _index(left, right, left_keys, right_keys, merged, side)
        if left_keys.of_index or right_keys.of_index
        else levels
    )
    freq = left.freq if left_keys.of_index and (side == "left" or both_indexes and left.freq == right.freq) else None
    joined = Frame(rows.base, tuple(labels), tuple(ids), index, rows.definitions, rows.types, freq=freq)
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


def _merged_key(rows: Frame, pair: _Pair, side: str, *, of_index: bool) -> tuple[Frame, str]:
    """One column for a pair of keys that become one: keys of the same label, or levels of two indexes."""
    same_dtype = pair.left_dtype.arrow == pair.right_dtype.arrow
    in_common = pair.left_dtype.is_datetime or of_index and side in ("inner", "outer")
    if side in ("inner", "left"):
        return rows, pair.on_left if in_common else pair.left
    if not of_index and not isinstance(pair.left_label, str):
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
    return key.family is not Family.NUMPY or not (key.is_datetime or key.is_timedelta)


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


def _index(
    left: Frame, right: Frame, left_keys: Keys, right_keys: Keys, merged: dict[int, str], side: str
) -> tuple[tuple[Hashable, str], ...] | None:
    if left_keys.of_index and right_keys.of_index:
        levels = (right if side == "right" else left).index or ()
        if len(levels) > 1 and left_keys.labels != right_keys.labels:
            raise Unsupported(
                "merge of indexes whose levels have other names",
                "pandas joins on those in common",
                ".reset_index() first",
            )
        return tuple((name, merged[position]) for position, (name, _) in enumerate(levels))
    if side == "outer":
        raise Unsupported(
            "merge(how='outer') of an index with a column", "pandas mixes labels of both", ".reset_index() first"
        )
    if right_keys.of_index:
        if side == "right":
            raise Unsupported(
                "merge(how='right', right_index=True) on a column", "its index mixes both sides", ".reset_index() first"
            )
        return left.index
    if side == "left":
        raise Unsupported(
            "merge(how='left', left_index=True) on a column", "its index mixes both sides", ".reset_index() first"
        )
    return right.index


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
