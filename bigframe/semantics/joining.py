"""Joins: pandas' rules for keys, labels, index and order around a relational join."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Column, Literal
from bigframe.ops.casting import Cast
from bigframe.ops.conditional import Where
from bigframe.ops.missing import Coalesce, IsNull
from bigframe.plan.join import Join
from bigframe.plan.sort import Sort
from bigframe.schema import BOOL, DType
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal

MERGE_CATEGORIES = ("left_only", "right_only", "both")


@dataclass(frozen=True)
class Keys:
    """What one side joins on: key ids, the label of each key column (None for an index level), and whether it is the index."""

    ids: tuple[str, ...]
    labels: tuple[Hashable | None, ...]
    of_index: bool = False


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
        common = rules.promote(left_dtype, right_dtype)
    except TypeError:
        raise ValueError(
            f"You are trying to merge on {left_dtype} and {right_dtype} columns for key '{left_id.partition('~')[0]}'. "
            "If you wish to proceed you should use pd.concat"
        ) from None
    target = DType(common.arrow, common.family)
    left, left_id = left.define(Column(left_id) if left_dtype.arrow == common.arrow else Cast(Column(left_id), target))
    right, right_id = right.define(Column(right_id) if right_dtype.arrow == common.arrow else Cast(Column(right_id), target))
    return left, left_id, right, right_id


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

    ``how`` is one of pandas' names or ``left_anti``. The result has a default index, unless an index was joined on.
    """
    if how == "left_anti":
        return _anti(left, right, left_keys, right_keys)
    if indicator:
        left, left_mark = left.define(Literal(True, BOOL), "left_mark")
        right, right_mark = right.define(Literal(True, BOOL), "right_mark")
    matched_left, matched_right = [], []
    for left_id, right_id in zip(left_keys.ids, right_keys.ids, strict=True):
        left, left_id, right, right_id = common_keys(left, left_id, right, right_id)
        matched_left.append(left_id)
        matched_right.append(right_id)
    marks = ((left_mark,), (right_mark,)) if indicator else ((), ())
    left, left_ids = rename(left, "left", *matched_left, *left_keys.ids, *marks[0])
    right, right_ids = rename(right, "right", *matched_right, *right_keys.ids, *marks[1])
    on_left = tuple(left_ids[id] for id in matched_left)
    on_right = tuple(right_ids[id] for id in matched_right)
    joined: Sort | Join = Join(left.base, right.base, on_left, on_right, how, validate=_sides(validate))
    rows = Frame(joined, (), ())
    rows, merged = _merged_keys(rows, left_keys, right_keys, left_ids, right_ids, on_left, on_right, how)
    if sort or how == "outer":
        ordering = [merged.get(position, on_left[position]) for position in range(len(on_left))]
        if how == "outer" and len(merged) < len(on_left):
            for position in range(len(on_left)):
                rows, ordering[position] = rows.define(Coalesce(Column(on_left[position]), Column(on_right[position])))
        if sort and how == "right":
            ordering = list(on_right)
        keep = (*joined.schema, *ordering)
        base = Sort(rows.plan(*dict.fromkeys(keep)), tuple((id, False, True) for id in ordering))
        rows = rows.rebased(base)
    labels, ids = _columns(left, right, left_keys, right_keys, merged, left_ids, right_ids, suffixes)
    if indicator:
        rows, mark = _indicator(rows, left_ids[left_mark], right_ids[right_mark])
        labels, ids = [*labels, indicator], [*ids, mark]
    index = _index(left, right, left_keys, right_keys, merged, how)
    return Frame(rows.base, tuple(labels), tuple(ids), index, rows.definitions, rows.types)


def _anti(left: Frame, right: Frame, left_keys: Keys, right_keys: Keys) -> Frame:
    on_left, on_right = [], []
    for left_id, right_id in zip(left_keys.ids, right_keys.ids, strict=True):
        left, left_id, right, right_id = common_keys(left, left_id, right, right_id)
        on_left.append(left_id)
        on_right.append(right_id)
    keys = right.select((), ()).with_index(None)
    keys, ids = rename(keys, "right", *on_right)
    base = Join(left.plan(*on_left), keys.base, tuple(on_left), tuple(ids[id] for id in on_right), "anti")
    return left.rebased(base, index=left.index if left_keys.of_index else None)


def _merged_keys(
    rows: Frame,
    left_keys: Keys,
    right_keys: Keys,
    left_ids: dict[str, str],
    right_ids: dict[str, str],
    on_left: Sequence[str],
    on_right: Sequence[str],
    how: str,
) -> tuple[Frame, dict[int, str]]:
    """One column for each pair of keys that become one: keys of the same label, and index levels."""
    merged: dict[int, str] = {}
    for position, (left_label, right_label) in enumerate(zip(left_keys.labels, right_keys.labels, strict=True)):
        same = left_label is not None and left_label == right_label and not left_keys.of_index and not right_keys.of_index
        both_index = left_keys.of_index and right_keys.of_index
        if not (same or both_index):
            continue
        if how == "outer":
            rows, merged[position] = rows.define(Coalesce(Column(on_left[position]), Column(on_right[position])))
        elif how == "right":
            merged[position] = right_ids[right_keys.ids[position]]
        else:
            merged[position] = left_ids[left_keys.ids[position]]
    return rows, merged


def _columns(
    left: Frame,
    right: Frame,
    left_keys: Keys,
    right_keys: Keys,
    merged: dict[int, str],
    left_ids: dict[str, str],
    right_ids: dict[str, str],
    suffixes: tuple[str | None, str | None],
) -> tuple[list[Hashable], list[str]]:
    shared = {} if left_keys.of_index else {left_keys.labels[position]: id for position, id in merged.items()}
    right_labels = [label for label in right.labels if label not in shared]
    overlap = {label for label in left.labels if label not in shared} & set(right_labels)
    if overlap and not any(suffixes):
        raise ValueError(f"columns overlap but no suffix specified: {sorted(map(str, overlap))}")
    labels: list[Hashable] = []
    ids: list[str] = []
    for label, id in zip(left.labels, left.ids, strict=True):
        labels.append(f"{label}{suffixes[0] or ''}" if label in overlap else label)
        ids.append(shared.get(label, id))
    for label, id in zip(right.labels, right.ids, strict=True):
        if label not in shared:
            labels.append(f"{label}{suffixes[1] or ''}" if label in overlap else label)
            ids.append(id)
    repeated = [label for label in overlap if labels.count(f"{label}{suffixes[0] or ''}") > 1]
    if repeated:
        raise ValueError(f"Passing 'suffixes' which cause duplicate columns {set(map(str, repeated))} is not allowed.")
    return labels, ids


def _index(
    left: Frame, right: Frame, left_keys: Keys, right_keys: Keys, merged: dict[int, str], how: str
) -> tuple[tuple[Hashable, str], ...] | None:
    if left_keys.of_index and right_keys.of_index:
        pairs = zip(left.index or (), right.index or (), strict=False)
        names = [left_name if left_name == right_name else None for (left_name, _), (right_name, _) in pairs]
        return tuple((name, merged[position]) for position, name in enumerate(names))
    if how == "outer" and (left_keys.of_index or right_keys.of_index):
        raise Unsupported("merge(how='outer') of an index with a column", "pandas mixes labels of both", ".reset_index() first")
    if right_keys.of_index:
        if how == "right":
            raise Unsupported("merge(how='right', right_index=True) on a column", "its index mixes both sides", ".reset_index() first")
        return left.index
    if left_keys.of_index:
        if how == "left":
            raise Unsupported("merge(how='left', left_index=True) on a column", "its index mixes both sides", ".reset_index() first")
        return right.index
    return None


def _indicator(rows: Frame, left_mark: str, right_mark: str) -> tuple[Frame, str]:
    dtype = DType(literal("").dtype.arrow, categories=MERGE_CATEGORIES)
    matched = Where(IsNull(Column(right_mark)), Literal("left_only", dtype), Literal("both", dtype))
    return rows.define(Where(IsNull(Column(left_mark)), Literal("right_only", dtype), matched))


def _sides(validate: str | None) -> str | None:
    names = {"one_to_one": "1:1", "one_to_many": "1:m", "many_to_one": "m:1", "many_to_many": None, "m:m": None}
    if validate is None or validate in ("1:1", "1:m", "m:1"):
        return validate
    if validate not in names:
        raise ValueError(f'"{validate}" is not a valid argument. Valid arguments are: ' + ", ".join(f'"{n}"' for n in names))
    return names[validate]

