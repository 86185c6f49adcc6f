"""Rows in bins of time, with the bins between them that have no rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.tseries.frequencies import to_offset

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import bins, reductions
from bigframe.ops.arithmetic import Add
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.windows import Shift
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.explode import Explode
from bigframe.plan.project import Project
from bigframe.schema import FLOAT64, DType, Family
from bigframe.semantics.frame import Frame, Label
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.selecting import sort
from bigframe.semantics.values import literal

DAY = 86_400 * 10**9
_ENDS = ("ME", "QE-DEC", "YE-DEC")
_STARTS = ("MS", "QS-JAN", "YS-JAN")
_NOTHING = Literal(float("nan"), FLOAT64)


@dataclass(frozen=True)
class Bins:
    """Bins of equal length (``step`` nanoseconds), or those of a calendar ``rule``; ``freq`` is pandas' alias of either."""

    freq: str
    step: int | None
    rule: str
    closed: str
    label: str
    origin: Any
    shift: int

    @staticmethod
    def of(rule: Any, closed: str | None, label: str | None, origin: Any, offset: Any) -> Bins:
        """Bins as pandas understands its arguments.

        Raises
        ------
        Unsupported
            If no kernel has such bins.
        """
        freq = to_offset(rule)
        code = freq.rule_code
        calendar = freq.n == 1 and (code in _ENDS or code in _STARTS or code.startswith("W-"))
        usual = "left" if code in _STARTS else "right"
        if calendar and {closed, label} <= {None, usual} and origin == "start_day" and offset is None:
            return Bins(freq.freqstr, None, code, usual, usual, origin, 0)
        is_fixed = isinstance(freq, (pd.offsets.Tick, pd.offsets.Day))
        if not is_fixed or isinstance(origin, str) and origin in ("end", "end_day"):
            raise Unsupported(f"resample({rule!r})", "its bins have no columnar kernel")
        step = freq.n * DAY if isinstance(freq, pd.offsets.Day) else int(freq.nanos)
        shift = 0 if offset is None else int(pd.Timedelta(offset).as_unit("ns").value)
        return Bins(freq.freqstr, step, "", closed or "left", label or "left", origin, shift)

    def of_times(self, frame: Frame, id: str) -> tuple[Frame, str]:
        """The frame with the label of each row's bin; the frame and the new column's id.

        Raises
        ------
        Unsupported
            If the bins are of other times than those on a clock without a zone, in whole ticks of their unit.
        """
        dtype = frame.dtype(id)
        if not dtype.is_datetime or dtype.arrow.tz or dtype.family is not Family.NUMPY:
            raise Unsupported(f"bins of {dtype}", "a kernel has those of times without a zone")
        if self.step is None:
            return frame.define(bins.CalendarBin(Column(id), self.rule))
        tick = {"ms": 10**6, "us": 10**3, "ns": 1}[dtype.arrow.unit]
        if self.step % tick or self.shift % tick:
            raise Unsupported(f"bins of {self.step} ns", f"times are in {dtype.arrow.unit}")
        by_day = isinstance(self.origin, str) and self.origin == "start_day"
        first = isinstance(self.origin, str) and self.origin in ("start_day", "start")
        if not first or by_day and DAY % self.step == 0:
            start = pd.Timestamp(0) if isinstance(self.origin, str) else pd.Timestamp(self.origin)
            origin: Expr = literal(start.as_unit(dtype.arrow.unit), dtype)
        else:
            origin = _earliest(frame, id)
        expr: Expr = bins.TimeBin(Column(id), origin, self.step, self.shift, by_day, self.closed)
        if self.label == "right":
            length = pd.Timedelta(self.step, unit="ns").as_unit(dtype.arrow.unit)
            frame, left = frame.define(expr)
            expr = Add(Column(left), literal(length))
        return frame.define(expr)


@dataclass(frozen=True)
class Reduced:
    """A column of the result: its label, the reduction, and what bins without rows have; None is a missing value."""

    label: Label
    reduction: Expr
    empty: int | None = None


def resample(frame: Frame, times: str, name: Label, every: Bins, columns: Sequence[Reduced]) -> Frame:
    """One row for each bin from the first to the last."""
    if any(getattr(column.reduction, "observes_order", False) for column in columns):
        frame = sort(frame, [(times, False)])
    frame, bin = every.of_times(frame, times)
    groups = Groups(frame, ((name, bin),))
    reduced = aggregate(groups, [(column.label, column.reduction) for column in columns])
    reduced, following = reduced.define(Shift(Column(bin), (), -1))
    reduced, among = reduced.define(bins.BinsUntil(Column(bin), Column(following), every.step, every.rule))
    each = derive("bin", among, reduced.base.digest)
    plan = reduced.plan(among)
    renamed = Project(plan, ((each, Column(among)),), (*(id for id in plan.schema if id != among), each))
    rows = reduced.rebased(Explode(renamed, (each,), drop_empty=True))
    ids = []
    for column, id in zip(columns, reduced.ids, strict=True):
        rows, filled = rows.define(_filled(Column(id), rows.dtype(id), Eq(Column(each), Column(bin)), column.empty))
        ids.append(filled)
    return rows.select(reduced.labels, ids).with_index(((name, each),)).replace(freq=every.freq)


def _filled(value: Column, dtype: DType, has_rows: Expr, empty: int | None) -> Expr:
    if empty is None:
        return Where(has_rows, value, _NOTHING)
    if not dtype.is_integer and not dtype.is_float or not dtype.is_settled:
        raise Unsupported(
            f"what a bin without rows has of {dtype}", "it is no number, or its dtype depends on the data"
        )
    return Where(has_rows, value, literal(empty, dtype))


def _earliest(frame: Frame, id: str) -> Expr:
    first = derive("first", id, frame.base.digest)
    plan = Aggregate(frame.select((), ()).with_index(None).plan(id), (), ((first, reductions.Min(Column(id))),))
    return Scalar(plan, first, plan.schema[first])
