"""Where the largest and the smallest values are, from reductions that every partition takes by itself."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.groups import PerGroup
from bigframe.ops.missing import Found
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import FLOAT64
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate, window_keys
from bigframe.semantics.selecting import sortable
from bigframe.semantics.summarizing import elsewhere, rows_of

_NOTHING = Literal(float("nan"), FLOAT64)


def place_of(frame: Frame, id: str, *, largest: bool, labelled: bool, skipna: bool = True) -> tuple[Frame, str]:
    """One row with the index label, or else the position, of the first extreme value; and the column that has it.

    Raises
    ------
    Unsupported
        If the column holds values without an order, or rows have labels of several levels.
    """
    dtype = frame.dtype(id)
    in_order = dtype.is_numeric or dtype.is_time
    in_order = in_order or dtype.is_string and (dtype.ordered or dtype.categories is None)
    if not in_order or dtype.otherwise is not None:
        raise Unsupported(f"the place of an extreme of {dtype}", "it has no columnar kernel")
    if len(frame.index_ids) > 1:
        raise Unsupported("the label of a row of several levels", "a tuple is no value of a column")
    labels = frame.index_ids[0] if labelled and frame.index_ids else None
    frame, id = sortable(frame, id)
    frame, at = frame.positions()
    extreme = _of_all(frame, (reductions.Max if largest else reductions.Min)(Column(id)))
    frame, places = frame.define(Where(Eq(Column(id), extreme), Column(at), _NOTHING))
    first = _of_all(frame, reductions.Min(Column(places)))
    place: Expr = first
    if labels is not None:
        frame, label = frame.define(Where(Eq(Column(at), first), Column(labels), _NOTHING))
        place = _of_all(frame, reductions.Min(Column(label)))
    plan = frame.select((), ()).with_index(None).plan(id)
    rows = derive("rows", plan.digest)
    one = Frame(Aggregate(plan, (), ((rows, reductions.Size()),)), (), ())
    seen: Expr = first
    if not skipna:
        seen = Where(Eq(_of_all(frame, reductions.Count(Column(id))), Column(rows)), first, _NOTHING)
    return one.define(Found(place, seen, Column(rows), "argmax" if largest else "argmin", skipna=skipna))


def places_of(frame: Frame, *, largest: bool, skipna: bool = True) -> Frame:
    """One row per column: its label as the index, and the index label of its first extreme value."""
    found: Frame | None = None
    rows = []
    for label, id in zip(frame.labels, frame.ids, strict=True):
        one, place = place_of(frame, id, largest=largest, labelled=True, skipna=skipna)
        if found is None:
            found = one
        else:
            found, place = found.define(elsewhere(one, place))
        rows.append((label, [place]))
    if found is None:
        raise Unsupported("the places of extremes of no columns", "the result has no dtype")
    return rows_of(found, rows, [None], names=frame.label_names, kind=frame.label_type)


def labels_of_groups(groups: Groups, columns: Sequence[tuple[Hashable, str]], name: str, *, largest: bool) -> Frame:
    """One row per group: for each column the index label of the first row that has its extreme value.

    Raises
    ------
    Unsupported
        If rows have labels of several levels.
    TypeError
        If a column holds what has no order.
    """
    frame, cells = _labelled(groups.frame), []
    for label, id in columns:
        frame, by = _ordered(frame, id)
        cells += [(label, one) for one in _first(frame, by, largest=largest)]
    found = aggregate(groups.of(frame), cells)
    parts, ids = found.ids[-len(cells) :], []
    for place, best, size in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found, id = found.define(Found(Column(place), Column(best), Column(size), name, of_group=True))
        ids.append(id)
    kept = len(found.ids) - len(cells)
    return found.select((*found.labels[:kept], *(label for label, _ in columns)), (*found.ids[:kept], *ids))


def labels_per_row(groups: Groups, columns: Sequence[tuple[Hashable, str]], name: str, *, largest: bool) -> Frame:
    """What :func:`labels_of_groups` gives for the group of each row, in the place of that row."""
    frame, ids = _labelled(groups.frame), []
    for _, id in columns:
        frame, by = _ordered(frame, id)
        frame, keys = window_keys(groups.of(frame))
        parts = []
        for one in _first(frame, by, largest=largest):
            frame, part = frame.define(PerGroup(one, keys))
            parts.append(Column(part))
        place, best, size = parts
        frame, found = frame.define(Found(place, best, size, name, of_group=True))
        ids.append(found)
    rows = frame if groups.frame.index is not None else frame.with_index(None)
    return rows.select([label for label, _ in columns], ids)


def _labelled(frame: Frame) -> Frame:
    if len(frame.index_ids) > 1:
        raise Unsupported("the label of a row of several levels", "a tuple is no value of a column")
    return frame.with_explicit_index()


def _ordered(frame: Frame, id: str) -> tuple[Frame, str]:
    dtype = frame.dtype(id)
    if dtype.categories is not None and not dtype.ordered or dtype.is_list or dtype.is_struct:
        raise TypeError(f"{dtype} has no order")
    return sortable(frame, id)


def _first(frame: Frame, by: str, *, largest: bool) -> tuple[Expr, ...]:
    label = Column(frame.index_ids[0])
    extreme = reductions.Max if largest else reductions.Min
    return reductions.FirstBy(label, Column(by), largest), extreme(Column(by)), reductions.Size()


def _of_all(frame: Frame, reduction: Expr) -> Scalar:
    id = derive(type(reduction).__name__.lower(), reduction.digest, frame.base.digest)
    read = frame.select((), ()).with_index(None).plan(*sorted(reduction._reads))
    plan = Aggregate(read, (), ((id, reduction),))
    return Scalar(plan, id, plan.schema[id])
