"""Operators over dates, times and durations: what is behind ``Series.dt``."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops.base import Expr
from bigframe.schema import BOOL, FLOAT64, STRING, DType, Family


def to_field(operand: DType) -> DType:
    """A calendar field: int32, float64 where a timestamp is missing; int64 for Arrow dtypes."""
    if operand.family is Family.ARROW:
        return DType(pa.int64(), Family.ARROW)
    return DType(pa.int32()).or_missing()


def to_bool(operand: DType) -> DType:
    """The dtype of a test on timestamps."""
    return DType(BOOL.arrow, operand.family)


def to_string(operand: DType) -> DType:
    """The dtype of formatted timestamps."""
    return DType(STRING.arrow, operand.family)


def to_time(operand: DType) -> DType:
    """The dtype of times of day."""
    return DType(pa.time64("ns"), operand.family)


class _OfTimes(Expr):
    operand: Expr

    takes_datetimes = True
    takes_durations = False

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        fits = self.takes_datetimes if operand.is_datetime else operand.is_timedelta and self.takes_durations
        if not fits:
            raise TypeError(f"{type(self).__name__} does not work on {operand}")
        return self.of_times(operand)

    def of_times(self, operand: DType) -> DType:
        raise NotImplementedError


class _Field(_OfTimes):
    def of_times(self, operand: DType) -> DType:
        return to_field(operand)


class _Flag(_OfTimes):
    """A test that is False for a missing timestamp of the default dtypes, missing for Arrow's."""

    def of_times(self, operand: DType) -> DType:
        return to_bool(operand)


class _SameTimes(_OfTimes):
    def of_times(self, operand: DType) -> DType:
        return operand


class _TimeToString(_OfTimes):
    def of_times(self, operand: DType) -> DType:
        return to_string(operand)


class Year(_Field):
    pass


class Month(_Field):
    pass


class Day(_Field):
    pass


class Hour(_Field):
    pass


class Minute(_Field):
    pass


class Second(_Field):
    pass


class Microsecond(_Field):
    """Microseconds of the second, without the nanoseconds."""


class Nanosecond(_Field):
    """Nanoseconds of the microsecond."""


class DayOfWeek(_Field):
    """Monday is 0."""


class DayOfYear(_Field):
    pass


class Quarter(_Field):
    pass


class DaysInMonth(_Field):
    pass


class IsLeapYear(_Flag):
    pass


class IsMonthStart(_Flag):
    pass


class IsMonthEnd(_Flag):
    pass


class IsQuarterStart(_Flag):
    pass


class IsQuarterEnd(_Flag):
    pass


class IsYearStart(_Flag):
    pass


class IsYearEnd(_Flag):
    pass


class IsoField(_OfTimes):
    """A column of ``isocalendar()``: ``year``, ``week`` or ``day``, which pandas gives nullable dtypes."""

    field: str

    def of_times(self, operand: DType) -> DType:
        if operand.family is Family.ARROW:
            return DType(pa.int64(), Family.ARROW)
        return DType(pa.int32() if self.field == "year" else pa.uint32(), Family.NULLABLE)


class Date(_OfTimes):
    def of_times(self, operand: DType) -> DType:
        return DType(pa.date32(), operand.family)


class TimeOfDay(_OfTimes):
    def of_times(self, operand: DType) -> DType:
        return to_time(operand)


class Midnight(_SameTimes):
    """``normalize``: the start of the day, on the wall clock."""


class DayName(_TimeToString):
    pass


class MonthName(_TimeToString):
    pass


STRFTIME = frozenset("YmdHMSjyBbAaIpf")
"""The directives of ``strftime`` that mean the same in Python and in the engine."""


class FormatTime(_TimeToString):
    """``strftime`` with directives that mean the same everywhere."""

    date_format: str

    def __post_init__(self) -> None:
        super().__post_init__()
        for text in self.date_format.split("%%"):
            for directive in (part[:1] for part in text.split("%")[1:]):
                if directive not in STRFTIME or not directive:
                    raise Unsupported(f"a columnar kernel for '%{directive}'", "its meaning is the platform's")


class _ToFrequency(_OfTimes):
    """Round on the wall clock to a multiple of ``step`` nanoseconds since the epoch.

    ``ambiguous`` and ``nonexistent`` say what happens where the clocks change: ``raise`` or ``NaT``.
    """

    takes_durations = True
    step: int
    ambiguous: str = "raise"
    nonexistent: str = "raise"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_clock_changes(self.ambiguous, self.nonexistent)

    def of_times(self, operand: DType) -> DType:
        tick = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[operand.arrow.unit]
        if self.step % tick and tick % self.step:
            raise ValueError(f"a frequency of {self.step} ns is incompatible with unit={operand.arrow.unit}")
        return operand


class FloorTime(_ToFrequency):
    pass


class CeilTime(_ToFrequency):
    pass


class RoundTime(_ToFrequency):
    """Half-way values go to the even multiple."""


class LocalizeTime(_OfTimes):
    """Wall-clock times as instants of a time zone; ``tz`` None gives an instant's wall-clock time."""

    tz: str | None
    ambiguous: str = "raise"
    nonexistent: str = "raise"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_clock_changes(self.ambiguous, self.nonexistent)
        check_zone(self.tz)

    def of_times(self, operand: DType) -> DType:
        if self.tz is not None and operand.arrow.tz is not None:
            raise TypeError("Already tz-aware, use tz_convert to convert.")
        return with_zone(operand, self.tz)


class ConvertTime(_OfTimes):
    """The same instants on another zone's clock; ``tz`` None gives the wall-clock time of UTC."""

    tz: str | None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_zone(self.tz)

    def of_times(self, operand: DType) -> DType:
        if operand.arrow.tz is None:
            raise TypeError("Cannot convert tz-naive timestamps, use tz_localize to localize")
        return with_zone(operand, self.tz)


class AsUnit(_OfTimes):
    """The same times in another unit: floored to a coarser one, an error where a finer one cannot hold them."""

    takes_durations = True
    unit: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.unit not in {"s", "ms", "us", "ns"}:
            raise ValueError("Supported units are 's', 'ms', 'us', 'ns'")

    def of_times(self, operand: DType) -> DType:
        if operand.is_timedelta:
            return DType(pa.duration(self.unit), operand.family)
        return DType(pa.timestamp(self.unit, operand.arrow.tz), operand.family)


class _OfDurations(_OfTimes):
    takes_datetimes = False
    takes_durations = True


class DurationField(_OfDurations):
    """``days``, ``seconds``, ``microseconds`` or ``nanoseconds`` of a duration, as Python's timedelta splits it."""

    field: str

    def of_times(self, operand: DType) -> DType:
        if operand.family is Family.ARROW:
            return DType(pa.int32(), Family.ARROW)
        return DType(pa.int64() if self.field == "days" else pa.int32()).or_missing()


class DurationComponent(_OfDurations):
    """A column of ``components``: ``days`` down to ``nanoseconds``, each below one of the next larger."""

    field: str

    def of_times(self, operand: DType) -> DType:
        if operand.family is Family.ARROW:
            return DType(pa.int32(), Family.ARROW)
        return DType(pa.int64()).or_missing()


class TotalSeconds(_OfDurations):
    def of_times(self, operand: DType) -> DType:
        return DType(FLOAT64.arrow, operand.family)


def check_zone(tz: str | None) -> None:
    """Refuse a zone that is not in the time zone database.

    Raises
    ------
    Unsupported
        For a fixed offset such as ``+05:30``, and zones of ``dateutil``, which the engine's columns cannot hold.
    zoneinfo.ZoneInfoNotFoundError
        If there is no such zone.
    """
    if tz is None:
        return
    if re.match(r"(UTC)?[+-]\d|dateutil/|tzlocal\(\)", tz):
        raise Unsupported(f"a column in the zone {tz!r}", "only named zones are held", "a named zone or 'UTC'")
    zoneinfo.ZoneInfo(tz)


def with_zone(operand: DType, tz: str | None) -> DType:
    """The dtype of the same timestamps in another zone, or in none."""
    return DType(pa.timestamp(operand.arrow.unit, tz), operand.family)


def check_clock_changes(ambiguous: Any, nonexistent: Any) -> None:
    """Refuse the ways to treat clock changes that only pandas has.

    Raises
    ------
    Unsupported
        Unless both are ``raise`` or ``NaT``.
    """
    for name, value in (("ambiguous", ambiguous), ("nonexistent", nonexistent)):
        if not (isinstance(value, str) and value in {"raise", "NaT"}):
            raise Unsupported(f"a columnar kernel for {name}={value!r}", "it is neither 'raise' nor 'NaT'")
