"""``Series.dt``: pandas' datetime and timedelta fields and methods."""

from __future__ import annotations

import datetime
import functools
import zoneinfo
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.core.indexes.accessors import CombinedDatetimelikeProperties

from bigframe.api.accessors.accessor import Accessor
from bigframe.api.accessors.periods import PeriodMethods, to_period
from bigframe.api.binding.tiers import composed, gathered, native, partitionwise
from bigframe.arrow_types import zone_name
from bigframe.errors import Unsupported
from bigframe.ops import datetimes, rules
from bigframe.ops.base import Column, Expr
from bigframe.schema import DType

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

_ISO_FIELDS = ("year", "week", "day")
_COMPONENTS = ("days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds")
_DURATIONS_ONLY = frozenset(
    {"components", "days", "microseconds", "nanoseconds", "seconds", "to_pytimedelta", "total_seconds"}
)
_PERIODS_ONLY = frozenset({"asfreq", "end_time", "qyear", "start_time", "to_timestamp", "week", "weekofyear"})
_BOTH = frozenset({"as_unit", "ceil", "floor", "freq", "round", "unit"})


def _of_periods() -> Any:
    return partitionwise(rules.same)  # a call is the period accessor's own


def _step(freq: Any) -> int:
    """Nanoseconds of a fixed frequency."""
    return int(pd.tseries.frequencies.to_offset(freq).nanos)


def _floor(operand: Expr, freq: Any, ambiguous: Any, nonexistent: Any) -> Expr:
    return datetimes.FloorTime(operand, _step(freq), ambiguous, nonexistent)


def _ceil(operand: Expr, freq: Any, ambiguous: Any, nonexistent: Any) -> Expr:
    return datetimes.CeilTime(operand, _step(freq), ambiguous, nonexistent)


def _round(operand: Expr, freq: Any, ambiguous: Any, nonexistent: Any) -> Expr:
    return datetimes.RoundTime(operand, _step(freq), ambiguous, nonexistent)


def _time_of_day(owner: DatetimeMethods) -> Series:
    if owner.tz is not None:
        raise Unsupported("Series.dt.timetz of a zone", "columns hold no times with a zone", ".dt.time")
    return owner.time  # type: ignore[no-any-return]


def _duration_field(name: str) -> Any:
    return functools.partial(datetimes.DurationField, field=name)


class DatetimeMethods(Accessor):
    """Fields and methods of a column of datetimes, or of timedeltas.

    Raises
    ------
    AttributeError
        If the column holds neither; or for a name that only the other kind has, as in pandas.
    """

    pandas = CombinedDatetimelikeProperties
    display = "Series.dt"
    prefix = "dt."

    @classmethod
    def of(cls, series: Series) -> Any:
        """The accessor of a series; of a categorical, that of its values."""
        if series._dtype.categories is not None:
            series = series.astype(series._dtype.pandas.categories.dtype)
        return PeriodMethods(series, "dt") if series._dtype.is_period else super().of(series)

    def __init__(self, series: Series) -> None:
        dtype = series._dtype
        if not (dtype.is_datetime or dtype.is_timedelta):
            raise AttributeError("Can only use .dt accessor with datetimelike values")
        super().__init__(series)
        self._dtype = dtype

    def __getattribute__(self, name: str) -> Any:
        # One class serves both kinds of value, whose names pandas keeps apart.
        if not name.startswith("_") and name not in _BOTH and hasattr(type(self), name):
            durations = self._dtype.is_timedelta
            if durations != (name in _DURATIONS_ONLY) or name in _PERIODS_ONLY:
                kind = "TimedeltaProperties" if durations else "DatetimeProperties"
                raise AttributeError(f"'{kind}' object has no attribute '{name}'")
        return super().__getattribute__(name)

    # -- calendar and clock

    year = native(datetimes.Year)
    month = native(datetimes.Month)
    day = native(datetimes.Day)
    hour = native(datetimes.Hour)
    minute = native(datetimes.Minute)
    second = native(datetimes.Second)
    microsecond = native(datetimes.Microsecond)
    nanosecond = native(datetimes.Nanosecond)
    day_of_week = native(datetimes.DayOfWeek)
    dayofweek = native(datetimes.DayOfWeek)
    weekday = native(datetimes.DayOfWeek)
    day_of_year = native(datetimes.DayOfYear)
    dayofyear = native(datetimes.DayOfYear)
    quarter = native(datetimes.Quarter)
    days_in_month = native(datetimes.DaysInMonth)
    daysinmonth = native(datetimes.DaysInMonth)
    is_leap_year = native(datetimes.IsLeapYear)
    is_month_start = native(datetimes.IsMonthStart)
    is_month_end = native(datetimes.IsMonthEnd)
    is_quarter_start = native(datetimes.IsQuarterStart)
    is_quarter_end = native(datetimes.IsQuarterEnd)
    is_year_start = native(datetimes.IsYearStart)
    is_year_end = native(datetimes.IsYearEnd)
    date = native(datetimes.Date)
    time = native(datetimes.TimeOfDay)

    # -- names and text

    day_name = native(datetimes.DayName, lower=datetimes.to_string)
    month_name = native(datetimes.MonthName, lower=datetimes.to_string)
    strftime = native(datetimes.FormatTime, lower=datetimes.to_string)

    # -- rounding and units

    normalize = native(datetimes.Midnight)
    floor = native(_floor, lower=rules.same)
    ceil = native(_ceil, lower=rules.same)
    round = native(_round, lower=rules.same)

    # -- durations

    days = native(_duration_field("days"))
    seconds = native(_duration_field("seconds"))
    microseconds = native(_duration_field("microseconds"))
    nanoseconds = native(_duration_field("nanoseconds"))
    total_seconds = native(datetimes.TotalSeconds)

    # -- what columns do not hold

    timetz = composed(_time_of_day)
    freq = gathered("it is inferred from all the values")
    to_pydatetime = gathered("it makes a Python object of every value")
    to_pytimedelta = gathered("it makes a Python object of every value")
    to_period = composed(to_period)
    to_timestamp = _of_periods()
    asfreq = _of_periods()
    start_time = _of_periods()
    end_time = _of_periods()
    qyear = _of_periods()
    week = _of_periods()
    weekofyear = _of_periods()

    # -- the dtype itself

    @property
    def unit(self) -> str:
        """The unit of the column's ticks: ``ms``, ``us`` or ``ns``."""
        unit: str = self._dtype.arrow.unit
        return unit

    @property
    def tz(self) -> zoneinfo.ZoneInfo | datetime.timezone | None:
        """The time zone of the column."""
        return getattr(self._dtype.pandas, "tz", None)

    # -- zones

    def tz_localize(self, tz: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Series:
        """Wall-clock times as instants of a zone, or back if ``tz`` is None. Tier: *native*.

        Other treatments of clock changes than ``raise`` and ``NaT`` run *partitionwise*.
        """
        zone = _zone_name(tz)

        def make(x: Expr) -> Expr:
            return datetimes.LocalizeTime(x, zone, ambiguous, nonexistent)

        if zone is not None and self._dtype.arrow.tz is not None:
            raise TypeError("Already tz-aware, use tz_convert to convert.")
        datetimes.check_zone(zone)
        if not isinstance(ambiguous, (str, bool)):
            raise Unsupported("Series.dt.tz_localize(ambiguous=array)", "its items are matched with rows by position")
        if ambiguous == "infer":
            raise Unsupported("Series.dt.tz_localize(ambiguous='infer')", "it looks at the times around each")
        arguments = (zone, ambiguous, nonexistent)
        return self._apply_or_pandas(
            make, "dt.tz_localize", arguments, {}, lambda dtype: datetimes.with_zone(dtype, zone)
        )

    def tz_convert(self, tz: Any) -> Series:
        """The same instants on another zone's clock. Tier: *native*."""
        return self._apply(lambda x: datetimes.ConvertTime(x, _zone_name(tz)))

    def as_unit(self, unit: str, round_ok: bool = True) -> Series:
        """The same times in another unit. Tier: *native*, *partitionwise* for ``round_ok=False``."""

        def rule(dtype: DType) -> DType:
            return datetimes.AsUnit(Column(""), unit).result(dtype)

        if not round_ok:
            return self._apply_pandas("dt.as_unit", (unit, False), {}, rule)
        return self._apply(lambda x: datetimes.AsUnit(x, unit))

    # -- several columns

    def isocalendar(self) -> DataFrame:
        """ISO year, week and day as columns. Tier: *native*."""
        return self._columns({name: functools.partial(datetimes.IsoField, field=name) for name in _ISO_FIELDS})

    @property
    def components(self) -> DataFrame:
        """Days down to nanoseconds as columns. Tier: *native*."""
        return self._columns(
            {name: functools.partial(datetimes.DurationComponent, field=name) for name in _COMPONENTS}, labelled=False
        )


def _zone_name(tz: Any) -> str | None:
    if tz is None or isinstance(tz, str) or str(tz).startswith("UTC"):
        return None if tz is None else "UTC" if tz == "utc" else str(tz)
    return zone_name(tz)
