"""Kernels of ``bigframe.ops.bins``, on ticks of the column's own unit."""

from __future__ import annotations

import polars as pl

from bigframe.ops import bins
from engine.kernels.datetimes import TICKS
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type

_EVERY = {"M": "1mo", "Q": "1q", "Y": "1y", "W": "1w"}
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@kernel(bins.TimeBin)
def time_bin(op: bins.TimeBin, operand: Operand, origin: Operand) -> pl.Expr:
    ticks = TICKS[operand.dtype.arrow.unit]
    step, shift = op.step * ticks // 10**9, op.shift * ticks // 10**9
    zero = origin.expr.cast(polars_type(operand.dtype.arrow)).to_physical()
    if op.of_day:
        zero = zero - zero % (86_400 * ticks)
    since = operand.expr.to_physical() - (zero + shift)
    inside = since % step if op.closed == "left" else (since - 1) % step + 1
    return (operand.expr.to_physical() - inside).cast(polars_type(operand.dtype.arrow))


@kernel(bins.CalendarBin)
def calendar_bin(op: bins.CalendarBin, operand: Operand) -> pl.Expr:
    return _named(operand.expr.dt.truncate(_EVERY[op.rule[0]]) if op.rule[0] != "W" else operand.expr, op.rule)


@kernel(bins.BinsUntil)
def bins_until(op: bins.BinsUntil, operand: Operand, following: Operand) -> pl.Expr:
    kind = polars_type(operand.dtype.arrow)
    unit = operand.dtype.arrow.unit
    if op.step is not None or op.rule[0] == "W":
        step = (op.step or 7 * 86_400 * 10**9) * TICKS[unit] // 10**9
        start, stop = operand.expr.to_physical(), following.expr.to_physical()
        return pl.int_ranges(start, stop.fill_null(start + 1), step, dtype=pl.Int64).cast(pl.List(kind))
    every = _EVERY[op.rule[0]]
    start, stop = operand.expr.dt.truncate(every), following.expr.dt.truncate(every)
    stop = stop.fill_null(start.dt.offset_by(every))
    starts = pl.datetime_ranges(start, stop, every, closed="left", time_unit=unit)
    return starts.list.eval(_named(pl.element(), op.rule)).cast(pl.List(kind))


def _named(start: pl.Expr, rule: str) -> pl.Expr:
    """The day that names a period, from its first one; of a week from any time in it."""
    if rule[0] == "W":
        ahead = (_WEEKDAYS.index(rule[-3:]) + 1 - start.dt.weekday().cast(pl.Int64)) % 7
        return start.dt.truncate("1d") + pl.duration(days=ahead)
    if rule[1] == "S":
        return start
    return start.dt.offset_by(_EVERY[rule[0]]).dt.offset_by("-1d")
