"""Kernels of operators over datetimes and durations; arithmetic is on ticks of the column's own unit."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from bigframe.errors import ExecutionError
from bigframe.ops import datetimes
from bigframe.ops.base import Expr
from bigframe.schema import DType
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.predicates import truth
from engine.kernels.registry import Operand, kernel, table
from engine.kernels.types import held_unit, polars_type

TICKS = {"s": 10**3, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""Ticks per second in which times of each unit are held."""


def _field(operator: type[Expr], take: Callable[[pl.Expr], pl.Expr]) -> None:
    def run(op: Expr, operand: Operand) -> pl.Expr:
        return take(operand.expr).cast(polars_type(op.result(operand.dtype).arrow))

    kernel(operator)(run)


def _flag(operator: type[Expr], test: Callable[[pl.Expr], pl.Expr]) -> None:
    kernel(operator)(lambda _, operand: truth(test(operand.expr), operand.dtype))


_field(datetimes.Year, lambda time: time.dt.year())
_field(datetimes.Month, lambda time: time.dt.month())
_field(datetimes.Day, lambda time: time.dt.day())
_field(datetimes.Hour, lambda time: time.dt.hour())
_field(datetimes.Minute, lambda time: time.dt.minute())
_field(datetimes.Second, lambda time: time.dt.second())
_field(datetimes.Microsecond, lambda time: time.dt.microsecond())
_field(datetimes.Nanosecond, lambda time: time.dt.nanosecond() % 1000)
_field(datetimes.DayOfWeek, lambda time: time.dt.weekday() - 1)
_field(datetimes.DayOfYear, lambda time: time.dt.ordinal_day())
_field(datetimes.Quarter, lambda time: time.dt.quarter())
_field(datetimes.DaysInMonth, lambda time: time.dt.days_in_month())


def _last_of_month(time: pl.Expr) -> pl.Expr:
    return time.dt.day() == time.dt.days_in_month()


_flag(datetimes.IsLeapYear, lambda time: time.dt.is_leap_year())
_flag(datetimes.IsMonthStart, lambda time: time.dt.day() == 1)
_flag(datetimes.IsMonthEnd, _last_of_month)
_flag(datetimes.IsQuarterStart, lambda time: (time.dt.day() == 1) & (time.dt.month() % 3 == 1))
_flag(datetimes.IsQuarterEnd, lambda time: _last_of_month(time) & (time.dt.month() % 3 == 0))
_flag(datetimes.IsYearStart, lambda time: time.dt.ordinal_day() == 1)
_flag(datetimes.IsYearEnd, lambda time: _last_of_month(time) & (time.dt.month() == 12))

table(
    {
        datetimes.Date: lambda time: time.dt.date(),
        datetimes.TimeOfDay: lambda time: time.dt.time(),
        datetimes.DayName: lambda time: time.dt.strftime("%A"),
        datetimes.MonthName: lambda time: time.dt.strftime("%B"),
    }
)


@kernel(datetimes.IsoField)
def iso_field(op: datetimes.IsoField, operand: Operand) -> pl.Expr:
    times = operand.expr.dt
    field = {"year": times.iso_year, "week": times.week, "day": times.weekday}[op.field]()
    return field.cast(polars_type(op.result(operand.dtype).arrow))


@kernel(datetimes.FormatTime)
def format_time(op: datetimes.FormatTime, operand: Operand) -> pl.Expr:
    # Python's %f has six digits; Polars' has nine unless told.
    directives = [part.replace("%f", "%6f") for part in op.date_format.split("%%")]
    return operand.expr.dt.strftime("%%".join(directives))


@kernel(datetimes.ConvertTime)
def convert(op: datetimes.ConvertTime, operand: Operand) -> pl.Expr:
    if op.tz is None:
        return operand.expr.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return operand.expr.dt.convert_time_zone(op.tz)


@kernel(datetimes.LocalizeTime)
def localize(op: datetimes.LocalizeTime, operand: Operand) -> pl.Expr:
    dtype = op.result(operand.dtype)
    return localized(operand.expr, dtype, op.ambiguous, op.nonexistent)


def localized(time: pl.Expr, dtype: DType, ambiguous: str, nonexistent: str) -> pl.Expr:
    """Wall-clock times in the zone of ``dtype``.

    Raises
    ------
    ValueError
        When it runs, with pandas' words, for a time that the zone's clocks showed twice or never.
    """
    zone = dtype.arrow.tz
    if zone is None:
        return time.dt.replace_time_zone(None)

    def run(times: pl.Series) -> pl.Series:
        try:
            return times.dt.replace_time_zone(
                zone,
                ambiguous="null" if ambiguous == "NaT" else "raise",
                non_existent="null" if nonexistent == "NaT" else "raise",
            )
        except pl.exceptions.ComputeError as error:
            raise _clock_change(str(error)) from error

    return time.map_batches(run, return_dtype=polars_type(dtype.arrow), is_elementwise=True)


def _clock_change(message: str) -> Exception:
    found = re.search(r"datetime '([^']*)' is (ambiguous|non-existent)", message)
    if found is None:
        return ExecutionError(message)
    time, how = found.groups()
    if how == "ambiguous":
        return ValueError(f"Cannot infer dst time from {time}, try using the 'ambiguous' argument")
    return ValueError(
        f"{time} is a nonexistent time due to daylight savings time. Try using the 'nonexistent' argument."
    )


@kernel(datetimes.Midnight)
def midnight(op: datetimes.Midnight, operand: Operand) -> pl.Expr:
    step = 86_400 * TICKS[operand.dtype.arrow.unit]
    return _on_the_clock(operand, lambda ticks: ticks - ticks % step, "raise", "raise")


@kernel(datetimes.FloorTime)
def floor(op: datetimes.FloorTime, operand: Operand) -> pl.Expr:
    step = _steps(op.step, operand.dtype)
    return _on_the_clock(operand, lambda ticks: ticks - ticks % step, op.ambiguous, op.nonexistent)


@kernel(datetimes.CeilTime)
def ceil(op: datetimes.CeilTime, operand: Operand) -> pl.Expr:
    step = _steps(op.step, operand.dtype)
    return _on_the_clock(operand, lambda ticks: ticks + (-ticks) % step, op.ambiguous, op.nonexistent)


@kernel(datetimes.RoundTime)
def round_time(op: datetimes.RoundTime, operand: Operand) -> pl.Expr:
    step = _steps(op.step, operand.dtype)

    def half_to_even(ticks: pl.Expr) -> pl.Expr:
        quotient, twice = ticks // step, (ticks % step) * 2
        up = (twice > step) | ((twice == step) & (quotient % 2 == 1))
        return (quotient + up.cast(pl.Int64)) * step

    return _on_the_clock(operand, half_to_even, op.ambiguous, op.nonexistent)


def _steps(nanoseconds: int, dtype: DType) -> int:
    return max(nanoseconds * TICKS[dtype.arrow.unit] // 10**9, 1)


def _on_the_clock(operand: Operand, change: Callable[[pl.Expr], pl.Expr], ambiguous: str, nonexistent: str) -> pl.Expr:
    """Change the ticks of the wall clock, which for a zone are not the stored ones."""
    dtype = operand.dtype
    zone = dtype.arrow.tz if dtype.is_datetime else None
    wall = operand.expr.dt.replace_time_zone(None) if zone else operand.expr
    unit = held_unit(dtype.arrow)
    bare = pl.Datetime(unit) if dtype.is_datetime else pl.Duration(unit)
    changed = change(wall.to_physical()).cast(bare)
    return localized(changed, dtype, ambiguous, nonexistent) if zone else changed


@kernel(datetimes.AsUnit)
def as_unit(op: datetimes.AsUnit, operand: Operand) -> pl.Expr:
    have, want = TICKS[operand.dtype.arrow.unit], TICKS[op.unit]
    if op.unit == "s":
        return (operand.expr.to_physical() // have * want).cast(polars_type(op.result(operand.dtype).arrow))
    if want >= have:
        return operand.expr.dt.cast_time_unit(op.unit)  # type: ignore[arg-type]
    # Polars truncates durations towards zero, pandas floors.
    return (operand.expr.to_physical() // (have // want)).cast(polars_type(op.result(operand.dtype).arrow))


@kernel(datetimes.DurationField)
def duration_field(op: datetimes.DurationField, operand: Operand) -> pl.Expr:
    days, rest = _split_days(operand)
    field = {
        "days": days,
        "seconds": rest // 10**9,
        "microseconds": rest // 1000 % 10**6,
        "nanoseconds": rest % 1000,
    }[op.field]
    return field.cast(polars_type(op.result(operand.dtype).arrow))


@kernel(datetimes.DurationComponent)
def duration_component(op: datetimes.DurationComponent, operand: Operand) -> pl.Expr:
    days, rest = _split_days(operand)
    field = {
        "days": days,
        "hours": rest // (3600 * 10**9),
        "minutes": rest // (60 * 10**9) % 60,
        "seconds": rest // 10**9 % 60,
        "milliseconds": rest // 10**6 % 1000,
        "microseconds": rest // 1000 % 1000,
        "nanoseconds": rest % 1000,
    }[op.field]
    return field.cast(polars_type(op.result(operand.dtype).arrow))


def _split_days(operand: Operand) -> tuple[pl.Expr, pl.Expr]:
    """Whole days, rounded down, and the nanoseconds of the last one."""
    ticks, second = operand.expr.to_physical(), TICKS[operand.dtype.arrow.unit]
    day = 86_400 * second
    return ticks // day, (ticks % day) * (10**9 // second)


@kernel(datetimes.TotalSeconds)
def total_seconds(op: datetimes.TotalSeconds, operand: Operand) -> pl.Expr:
    dtype = op.result(operand.dtype)

    def run(durations: pl.Series) -> pl.Series:
        # pandas' own NumPy code, which keeps large values off whole seconds that they are not.
        return series_from_pandas(series_to_pandas(durations, operand.dtype).dt.total_seconds(), dtype)

    return operand.expr.map_batches(run, return_dtype=pl.Float64, is_elementwise=True)
