"""Rows put on the bins of time: each bin has what the row at its time, or nearest to it, has."""

from __future__ import annotations

from typing import Any

from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.bins import TimesUntil
from bigframe.ops.casting import Widen
from bigframe.ops.conditional import Where
from bigframe.ops.missing import NotNull
from bigframe.plan.join import Join
from bigframe.schema import FLOAT64
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame, Label
from bigframe.semantics.nearest import Nearest, Side, beside_nearest, in_order
from bigframe.semantics.resampling import Bins, Reduced, listed, resample
from bigframe.semantics.selecting import sort
from bigframe.semantics.values import filling

_UNORDERED = "index must be monotonic increasing or decreasing"
_REPEATED = "cannot reindex on an axis with duplicate labels"


def upsample(frame: Frame, times: str, name: Label, every: Bins, near: Nearest | None, fill: Any = None) -> Frame:
    """One row for each bin from the first to the last, with the columns of the row at its time.

    Parameters
    ----------
    frame, times, name
        The rows, the column of their times, and the name of the new index.
    every
        The bins, under the labels of the ends that belong to them.
    near
        Which row a bin without one has; None for none.
    fill
        What such a bin has then; None for a missing value.

    Raises
    ------
    Unsupported
        If no kernel has such bins, or a column does not hold ``fill``.
    """
    found = resample(frame, times, name, every, [Reduced(None, reductions.Size(), 0)])
    return _at(found.select((), ()), frame, times, near, fill)


def at_frequency(frame: Frame, freq: str, near: Nearest | None, fill: Any = None) -> Frame:
    """One row for each time of a frequency from the first to the last label, with the columns of the row that has it.

    Raises
    ------
    Unsupported
        If labels are no moments, or a column does not hold ``fill``.
    """
    if len(frame.index_ids) != 1 or not frame.dtype(frame.index_ids[0]).is_datetime:
        raise Unsupported("asfreq of such labels", "a kernel has the times between moments")
    ((name, own),) = frame.index or ((None, ""),)
    times, each = listed(frame, own, lambda first, last: TimesUntil(first, last, freq))
    return _at(Frame(times, (), (), ((name, each),), freq=freq), frame, own, near, fill)


def _at(bins: Frame, frame: Frame, times: str, near: Nearest | None, fill: Any) -> Frame:
    ((_, bin),) = bins.index or ((None, ""),)
    rows = sort(frame.with_index(None), [(times, False)])
    rows, at = in_order(rows, times, _UNORDERED, repeated=_REPEATED)
    if near is not None:
        return _beside(Side(bins, bin), Side(rows, at), near)
    rows, ids = rename(rows, f"at {bins.base.digest}", at)
    joined = bins.rebased(Join(bins.plan(), rows.plan(ids[at]), (bin,), (ids[at],), "left"), freq=bins.freq)
    columns = []
    for id in rows.ids:
        if fill is not None:
            joined, id = joined.define(_filled(id, ids[at], rows, fill))
        columns.append(id)
    return joined.select(frame.labels, columns).replace(label_names=frame.label_names)


def at_labels(frame: Frame, labels: Frame, near: Nearest) -> Frame:
    """The rows whose labels are nearest to the values of a column, under those.

    Raises
    ------
    Unsupported
        If nobody knows that the labels are in order without looking, or they are of another dtype.
    """
    (id,) = labels.ids
    ordered = [labels] if near.limit is not None else []
    if len(frame.index_ids) != 1 or not all(one.freq and not one.freq.startswith("-") for one in (frame, *ordered)):
        raise Unsupported("reindex(method=) of such labels", "nobody knows their order without looking")
    (own,) = frame.index_ids
    if frame.dtype(own) != labels.dtype(id):
        raise Unsupported(f"reindex(method=) of {frame.dtype(own)}", f"the wanted labels are of {labels.dtype(id)}")
    wanted = labels.select((), ()).with_index(((labels.labels[0], id),)).replace(freq=labels.freq)
    return _beside(Side(wanted, id), Side(frame, own), near)


def _beside(left: Side, right: Side, near: Nearest) -> Frame:
    joined, ids, _ = beside_nearest(left, right, near)
    columns = tuple(ids[id] for id in right.frame.ids)
    return joined.select(right.frame.labels, columns).replace(label_names=right.frame.label_names)


def _filled(id: str, at: str, rows: Frame, fill: Any) -> Expr:
    dtype = rows.dtype(id)
    value = filling(fill, dtype)
    if value.value is None:
        return Where(NotNull(Column(at)), Column(id), Literal(float("nan"), FLOAT64))
    return Widen(Where(NotNull(Column(at)), Column(id), value), dtype)
