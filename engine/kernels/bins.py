"""Kernels of ``bigframe.ops.bins``, on ticks of the column's own unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from bigframe.ops import bins
from engine.kernels.datetimes import TICKS
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import held_unit, polars_type

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
    start = operand.expr.dt.truncate(_EVERY[op.rule[0]]) if op.rule[0] != "W" else operand.expr
    return _named(start, op.rule).cast(polars_type(operand.dtype.arrow))  # durations are in µs


@kernel(bins.RuleBin)
def rule_bin(op: bins.RuleBin, operand: Operand, first: Operand, last: Operand) -> pl.Expr:
    kind = polars_type(operand.dtype.arrow)

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        times, firsts, lasts = (column.to_physical() for column in columns)
        if times.null_count() == len(times):
            return columns[0]
        first_tick, last_tick = firsts[0], lasts[0]
        edges, labels = _bins(op, operand.dtype.arrow, first_tick, last_tick)
        place = np.searchsorted(
            edges[1:], times.fill_null(first_tick).to_numpy(), "right" if op.closed == "left" else "left"
        )
        found = pl.Series(columns[0].name, labels[place])
        return found.set(times.is_null(), None).cast(kind)

    return pl.map_batches([operand.expr, first.expr, last.expr], run, return_dtype=kind, is_elementwise=True)


@kernel(bins.RuleBins)
def rule_bins(op: bins.RuleBins, first: Operand, last: Operand) -> pl.Expr:
    return _listed(first, last, lambda start, stop: _bins(op, first.dtype.arrow, start, stop)[1])


@kernel(bins.TimesUntil)
def times_until(op: bins.TimesUntil, first: Operand, last: Operand) -> pl.Expr:
    arrow = first.dtype.arrow

    def between(start: int, stop: int) -> Any:
        own = _ends(start, stop, held_unit(arrow), arrow.tz)
        return pd.date_range(own[0], own[1], freq=op.rule, unit=own.unit).asi8

    return _listed(first, last, between)


def _listed(first: Operand, last: Operand, between: Callable[[int, int], Any]) -> pl.Expr:
    """The ticks that a function gives of two, as a list of times; an empty one where there are none."""
    kind = polars_type(first.dtype.arrow)

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        pairs = zip(*(column.to_physical() for column in columns), strict=True)
        found = [[] if start is None else between(start, stop) for start, stop in pairs]
        return pl.Series(columns[0].name, found, dtype=pl.List(pl.Int64)).cast(pl.List(kind))

    return pl.map_batches([first.expr, last.expr], run, return_dtype=pl.List(kind), is_elementwise=True)


def _bins(op: bins.RuleBin | bins.RuleBins, arrow: Any, first: int, last: int) -> tuple[Any, Any]:
    """The edges and labels of bins, in ticks."""
    return _made(op.rule, op.closed, op.label, op.start, op.shift, held_unit(arrow), arrow.tz, first, last)


@lru_cache(maxsize=64)
def _made(
    rule: str, closed: str, label: str, origin: str, shift: int | None, unit: str, tz: str | None, first: int, last: int
) -> tuple[Any, Any]:
    offset = None if shift is None else pd.Timedelta(shift, unit="ns")
    grouper: Any = pd.Grouper(freq=rule, closed=closed, label=label, origin=origin, offset=offset)
    ends = _ends(first, last, unit, tz)
    binner, _, labels = grouper._get_time_bins(ends)
    _, edges = grouper._adjust_bin_edges(binner, ends.asi8)
    return edges, labels.asi8


def _ends(first: int, last: int, unit: str, tz: str | None) -> pd.DatetimeIndex:
    ends = pd.DatetimeIndex(np.array([first, last]).view(f"M8[{unit}]"))
    return ends if tz is None else ends.tz_localize("UTC").tz_convert(tz)


@kernel(bins.BinsUntil)
def bins_until(op: bins.BinsUntil, operand: Operand, following: Operand) -> pl.Expr:
    kind = polars_type(operand.dtype.arrow)
    unit = held_unit(operand.dtype.arrow)
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
