"""Rows in bins of time, with the bins between them that have no rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from pandas.tseries.frequencies import to_offset

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import bins, reductions
from bigframe.ops.arithmetic import Add
from bigframe.ops.base import Column, Expr, Literal, Scalar, columns_read
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.missing import NotNull
from bigframe.ops.windows import Shift
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.explode import Explode
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.schema import FLOAT64, DType, Family
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame, Label
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.selecting import sort
from bigframe.semantics.spacing import freq_alias
from bigframe.semantics.values import literal

DAY = 86_400 * 10**9
_ENDS = ("ME", "QE-DEC", "YE-DEC")
_STARTS = ("MS", "QS-JAN", "YS-JAN")
_ORIGINS = ("epoch", "start", "start_day", "end", "end_day")
_NOTHING = Literal(float("nan"), FLOAT64)


def bins_for(rule: Any, closed: str | None, label: str | None, origin: Any, offset: Any, of: DType) -> Bins:
    """Bins of a column of times, as pandas understands its arguments.

    Raises
    ------
    ValueError
        If only one of the origin and the times has a zone.
    Unsupported
        If no kernel has such bins.
    """
    if not of.is_datetime or of.family is not Family.NUMPY:
        raise Unsupported(f"bins of {of}", "a kernel has those of pandas' own times")
    freq, zone = to_offset(rule), of.arrow.tz
    by_day, ticks = isinstance(freq, pd.offsets.Day), isinstance(freq, pd.offsets.Tick)
    if (not ticks and not by_day) or origin is None:
        origin, offset = "start_day", None  # pandas warned that they are for bins of a length
    elif by_day and zone is not None and (origin != "start_day" or offset is not None):
        raise Unsupported("days of a zone from an origin", "pandas warns that they have none")
    if not isinstance(origin, str) or origin not in _ORIGINS:
        origin = pd.Timestamp(origin)
        if (origin.tz is None) != (zone is None):
            raise ValueError("The origin must have the same timezone as the index.")
    shift = None if offset is None else int(pd.Timedelta(offset).as_unit("ns").value)
    tick = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[of.arrow.unit]
    begin = 0 if isinstance(origin, str) else origin.as_unit("ns").value
    if (freq.nanos if ticks else 0) % tick or (shift or 0) % tick or begin % tick:
        raise Unsupported(f"bins of {freq.freqstr}", f"times are in {of.arrow.unit}")
    try:
        return _native(freq, closed, label, origin, shift or 0, of)
    except Unsupported:
        if freq_alias(freq) is None:
            raise
        grouper: Any = pd.Grouper(freq=freq, closed=closed, label=label, origin=origin)
        known = origin if isinstance(origin, str) else origin.isoformat()
        return PandasBins(freq.freqstr, grouper.closed, grouper.label, known, shift)


def _native(freq: Any, closed: str | None, label: str | None, origin: Any, shift: int, of: DType) -> ComputedBins:
    code = freq.rule_code
    if freq.n == 1 and (code in _ENDS or code in _STARTS or code.startswith("W-")) and of.arrow.tz is None:
        usual = "left" if code in _STARTS else "right"
        if {closed, label} <= {None, usual}:
            return ComputedBins(freq.freqstr, None, code, usual, usual, origin, 0)
    by_day = isinstance(freq, pd.offsets.Day)
    if not by_day and not isinstance(freq, pd.offsets.Tick) or isinstance(origin, str) and origin.startswith("end"):
        raise Unsupported(f"resample({freq.freqstr!r})", "its bins are not of one length from a known origin")
    if of.arrow.tz not in (None, "UTC") or of.arrow.tz and by_day and closed == "right":
        raise Unsupported(f"bins of {of}", "the clock of its zone moves")
    step = freq.n * DAY if by_day else int(freq.nanos)
    return ComputedBins(freq.freqstr, step, "", closed or "left", label or "left", origin, shift)


@dataclass(frozen=True)
class ComputedBins:
    """Bins of equal length (``step`` nanoseconds), or those of a calendar ``rule``; ``freq`` is pandas' alias of either."""

    freq: str
    step: int | None
    rule: str
    closed: str
    label: str
    origin: Any
    shift: int

    def of_times(self, of: Times) -> tuple[Frame, str]:
        """The frame with the label of each row's bin; the frame and the new column's id."""
        frame, id = of.frame, of.id
        dtype = frame.dtype(id)
        if self.step is None:
            return frame.define(bins.CalendarBin(Column(id), self.rule))
        by_day = isinstance(self.origin, str) and self.origin == "start_day"
        first = isinstance(self.origin, str) and self.origin in ("start_day", "start")
        if not first or by_day and DAY % self.step == 0:
            start = pd.Timestamp(0, tz=dtype.arrow.tz) if isinstance(self.origin, str) else self.origin
            origin: Expr = literal(start.as_unit(dtype.arrow.unit), dtype)
        else:
            frame, origin = _earliest(of)
        expr: Expr = bins.TimeBin(Column(id), origin, self.step, self.shift, by_day, self.closed)
        if self.label == "right":
            length = pd.Timedelta(self.step, unit="ns").as_unit(dtype.arrow.unit)
            frame, left = frame.define(expr)
            expr = Add(Column(left), literal(length))
        return frame.define(expr)

    def all_from(self, reduced: Frame, bin: str, of: Times) -> tuple[Frame, str, Expr]:
        """A row for each bin from the first to the last that has rows: the frame, the label, and whether it has rows."""
        reduced, following = reduced.define(Shift(Column(bin), tuple(map(Column, of.keys)), -1))
        reduced, among = reduced.define(bins.BinsUntil(Column(bin), Column(following), self.step, self.rule))
        each = derive("bin", among, reduced.base.digest)
        plan = reduced.plan(among)
        renamed = Project(plan, ((each, Column(among)),), (*(id for id in plan.schema if id != among), each))
        rows = reduced.rebased(Explode(renamed, (each,), drop_empty=True))
        return rows, each, Eq(Column(each), Column(bin))


@dataclass(frozen=True)
class PandasBins:
    """Bins that pandas makes of the first and the last time: of any rule, in any zone."""

    freq: str
    closed: str
    label: str
    origin: str
    shift: int | None

    def of_times(self, of: Times) -> tuple[Frame, str]:
        """The frame with the label of each row's bin; the frame and the new column's id."""
        frame, id = of.frame, of.id
        _require_one(of)
        ends = _extreme(frame, id, reductions.Min), _extreme(frame, id, reductions.Max)
        return frame.define(
            bins.RuleBin(Column(id), *ends, self.freq, self.closed, self.label, self.origin, self.shift)
        )

    def all_from(self, reduced: Frame, bin: str, of: Times) -> tuple[Frame, str, Expr]:
        """A row for each bin: the frame, the label, and whether it has rows."""
        rule = (self.freq, self.closed, self.label, self.origin, self.shift)
        labels, each = listed(of.frame, of.id, lambda first, last: bins.RuleBins(first, last, *rule))
        rows = reduced.rebased(Join(labels, reduced.plan(bin), (each,), (bin,), "left"))
        return rows, each, NotNull(Column(bin))


Bins = ComputedBins | PandasBins
Keys = tuple[tuple[Label, str], ...]


@dataclass(frozen=True)
class Times:
    """A column of times, in groups by the columns of some keys."""

    frame: Frame
    id: str
    keys: tuple[str, ...] = ()


def _earliest(of: Times) -> tuple[Frame, Expr]:
    """The first time, of each group if there are some; the frame and the expression."""
    if not of.keys:
        return of.frame, _extreme(of.frame, of.id, reductions.Min)
    groups = Groups(of.frame, tuple((None, key) for key in of.keys))
    firsts, ids = rename(aggregate(groups, [(None, reductions.Min(Column(of.id)))]), "first")
    wanted = tuple(ids[key] for key in of.keys)
    rows = of.frame.rebased(Join(of.frame.plan(of.id, *of.keys), firsts.plan(), of.keys, wanted, "left"))
    return rows, Column(firsts.ids[0])


def _require_one(of: Times) -> None:
    if of.keys:
        raise Unsupported("bins from the first time of each group", "a kernel has those of all rows together")


@dataclass(frozen=True)
class Reduced:
    """A column of the result: its label, the reduction, and what bins without rows have; None is a missing value."""

    label: Label
    reduction: Expr
    empty: int | None = None


def resample(frame: Frame, times: str, name: Label, every: Bins, columns: Sequence[Reduced], keys: Keys = ()) -> Frame:
    """One row for each bin from the first to the last, in groups for each from their own first to their last.

    Raises
    ------
    Unsupported
        If the bins of a group depend on its first time.
    """
    if any(_observes_order(frame, column.reduction) for column in columns):
        frame = sort(frame, [(times, False)])
    of = Times(frame, times, tuple(id for _, id in keys))
    read = {column for one in columns for column in columns_read(one.reduction)}
    of = replace(of, frame=frame.select((), tuple(sorted(read))))
    frame, bin = every.of_times(of)
    reduced = aggregate(Groups(frame, (*keys, (name, bin))), [(column.label, column.reduction) for column in columns])
    rows, each, has_rows = every.all_from(reduced, bin, of)
    ids = []
    for column, id in zip(columns, reduced.ids, strict=True):
        rows, filled = rows.define(_filled(Column(id), reduced.dtype(id), has_rows, column.empty))
        ids.append(filled)
    found = rows.select(reduced.labels, ids).with_index((*keys, (name, each)))
    return found if keys else found.replace(freq=every.freq)


def listed(frame: Frame, id: str, times: Callable[[Expr, Expr], Expr]) -> tuple[Plan, str]:
    """One row for each time of the list that a function makes of the first and the last one; the plan and the column."""
    first, last = derive("first", id, frame.base.digest), derive("last", id, frame.base.digest)
    ends = ((first, reductions.Min(Column(id))), (last, reductions.Max(Column(id))))
    span = Aggregate(frame.select((), ()).with_index(None).plan(id), (), ends)
    every = times(Column(first), Column(last))
    each = derive("bin", span.digest, every.digest)
    return Explode(Project(span, ((each, every),), (each,)), (each,), drop_empty=True), each


def _observes_order(frame: Frame, reduction: Expr) -> bool:
    return reductions.observes_order(reduction, {id: frame.dtype(id) for id in columns_read(reduction)})


def _filled(value: Column, dtype: DType, has_rows: Expr, empty: int | None) -> Expr:
    if empty is None:
        return Where(has_rows, value, _NOTHING)
    if not dtype.is_integer and not dtype.is_float or not dtype.is_settled:
        raise Unsupported(
            f"what a bin without rows has of {dtype}", "it is no number, or its dtype depends on the data"
        )
    return Widen(Where(has_rows, value, literal(empty, dtype)), dtype)


def _extreme(frame: Frame, id: str, reduction: Any) -> Scalar:
    found = derive(reduction.__name__.lower(), id, frame.base.digest)
    plan = Aggregate(frame.select((), ()).with_index(None).plan(id), (), ((found, reduction(Column(id))),))
    return Scalar(plan, found, plan.schema[found])
