"""Datetime and duration kernels, and the parsers, against pandas' own answers, values and dtypes."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.tseries.frequencies import to_offset

import engine.kernels.datetimes
import engine.kernels.pandas_tier
import engine.kernels.parsing  # noqa: F401  (registers its kernels)
from bigframe.errors import Unsupported
from bigframe.ops import datetimes
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import ToDatetime, ToNumeric
from bigframe.ops.pandas_tier import PandasMethod
from bigframe.schema import FLOAT64, INT64, STRING, DType, from_pandas
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.registry import compile as compile_expr

X = Column("x")

INSTANTS = [
    "1969-12-31T23:59:59.999999999", "1970-01-01", "1900-02-28T12:00:00.5", "2000-02-29T00:00:00.000000001",
    "2024-02-29T12:30:00", "2024-03-31T01:30:00", "2024-11-03T05:30:00", "2024-11-03T06:30:00",
    "2024-12-30T23:59:59.123456789", "2024-12-31", "2023-01-01", "2021-01-03T02:30:00",
    "2021-04-01T00:00:00.000001500", "2021-06-30T03:30:00", "NaT",
]  # fmt: skip

DURATIONS = [0, 1, -1, 1500, -1500, 86_400 * 10**9, -86_400 * 10**9 - 1, 93_784_005_006_007, 10**18 + 1, "NaT"]

ZONES = [None, "UTC", "America/New_York", "Asia/Kolkata"]


def instants(unit: str, zone: str | None = None, *, missing: bool = True) -> pd.Series:
    values = pd.Series(np.array(INSTANTS if missing else INSTANTS[:-1], dtype="M8[ns]")).dt.as_unit(unit)
    return values.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else values


def durations(unit: str) -> pd.Series:
    return pd.Series(np.array(DURATIONS, dtype="m8[ns]")).dt.as_unit(unit)


def evaluate(expr: Expr, source: pd.Series) -> pd.Series:
    dtype = from_pandas(source.dtype)
    operand = compile_expr(expr, {"x": dtype})
    answer = pl.DataFrame({"x": series_from_pandas(source, dtype)}).select(operand.expr.alias("x")).to_series()
    return series_to_pandas(answer, operand.dtype)


def assert_same(expr: Expr, call: Callable[[pd.Series], pd.Series], source: pd.Series) -> None:
    ours, theirs = (without_holes(values) for values in (evaluate(expr, source), call(source)))
    pd.testing.assert_series_equal(ours, theirs, check_names=False)


def without_holes(values: pd.Series) -> pd.Series:
    """A missing object is None here, as in what pandas reads from files, and NaT or NaN in pandas' accessors."""
    return values.where(values.notna(), None) if values.dtype == object else values


FIELDS = {
    "year": datetimes.Year, "month": datetimes.Month, "day": datetimes.Day, "hour": datetimes.Hour,
    "minute": datetimes.Minute, "second": datetimes.Second, "microsecond": datetimes.Microsecond,
    "nanosecond": datetimes.Nanosecond, "day_of_week": datetimes.DayOfWeek, "day_of_year": datetimes.DayOfYear,
    "quarter": datetimes.Quarter, "days_in_month": datetimes.DaysInMonth, "is_leap_year": datetimes.IsLeapYear,
    "is_month_start": datetimes.IsMonthStart, "is_month_end": datetimes.IsMonthEnd,
    "is_quarter_start": datetimes.IsQuarterStart, "is_quarter_end": datetimes.IsQuarterEnd,
    "is_year_start": datetimes.IsYearStart, "is_year_end": datetimes.IsYearEnd, "date": datetimes.Date,
    "time": datetimes.TimeOfDay,
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_fields(name: str, unit: str) -> None:
    assert_same(FIELDS[name](X), lambda s: getattr(s.dt, name), instants(unit))


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("zone", ZONES[1:])
def test_fields_are_of_the_wall_clock(name: str, zone: str) -> None:
    assert_same(FIELDS[name](X), lambda s: getattr(s.dt, name), instants("us", zone))


@pytest.mark.parametrize("name", ["year", "nanosecond", "is_month_end"])
def test_fields_stay_integers_where_nothing_is_missing(name: str) -> None:
    assert_same(FIELDS[name](X), lambda s: getattr(s.dt, name), instants("ns", missing=False))


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in {"date", "time"}])
def test_fields_of_arrow_dtypes(name: str) -> None:
    source = instants("us").astype(pd.ArrowDtype(pa.timestamp("us")))
    assert_same(FIELDS[name](X), lambda s: getattr(s.dt, name), source)


@pytest.mark.parametrize("field", ["year", "week", "day"])
@pytest.mark.parametrize("zone", ZONES)
def test_isocalendar(field: str, zone: str | None) -> None:
    assert_same(datetimes.IsoField(X, field), lambda s: s.dt.isocalendar()[field], instants("us", zone))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("expr", "call"),
    [
        (datetimes.DayName(X), lambda s: s.dt.day_name()),
        (datetimes.MonthName(X), lambda s: s.dt.month_name()),
        (datetimes.FormatTime(X, "%Y-%m-%d"), lambda s: s.dt.strftime("%Y-%m-%d")),
        (datetimes.FormatTime(X, "%d/%m/%y %I:%M:%S.%f %p %j"), lambda s: s.dt.strftime("%d/%m/%y %I:%M:%S.%f %p %j")),
        (datetimes.FormatTime(X, "100%% %a %A %b %B %H%%Y é"), lambda s: s.dt.strftime("100%% %a %A %b %B %H%%Y é")),
        (datetimes.Midnight(X), lambda s: s.dt.normalize()),
    ],
)
def test_names_and_text(expr: Expr, call: Callable[[pd.Series], pd.Series], zone: str | None) -> None:
    assert_same(expr, call, instants("us", zone))


@pytest.mark.parametrize("directive", ["%c", "%x", "%U", "%Z", "%z", "%-d", "%G"])
def test_directives_of_the_platform_are_refused(directive: str) -> None:
    with pytest.raises(Unsupported, match="its meaning is the platform's"):
        datetimes.FormatTime(X, f"%Y {directive}")


ROUNDING = {"floor": datetimes.FloorTime, "ceil": datetimes.CeilTime, "round": datetimes.RoundTime}


@pytest.mark.parametrize("name", ROUNDING)
@pytest.mark.parametrize("freq", ["D", "h", "2h", "15min", "7s", "ms", "1us", "ns", "100ns"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_rounding(name: str, freq: str, unit: str) -> None:
    for source in (instants(unit), durations(unit)):
        expr = ROUNDING[name](X, to_offset(freq).nanos)
        assert_same(expr, lambda s: getattr(s.dt, name)(freq), source)


def test_a_frequency_that_does_not_fit_the_unit() -> None:
    with pytest.raises(ValueError, match="incompatible with unit=ms"):
        evaluate(datetimes.FloorTime(X, to_offset("3us").nanos), instants("ms"))
    with pytest.raises(ValueError, match="incompatible with unit=ms"):
        instants("ms").dt.floor("3us")


@pytest.mark.parametrize("name", ROUNDING)
@pytest.mark.parametrize("freq", ["h", "D", "3h"])
def test_rounding_on_the_wall_clock(name: str, freq: str) -> None:
    for zone in ("Asia/Kolkata", "America/New_York"):
        expr = ROUNDING[name](X, to_offset(freq).nanos, "NaT", "NaT")
        assert_same(expr, lambda s: getattr(s.dt, name)(freq, ambiguous="NaT", nonexistent="NaT"), instants("us", zone))


def test_a_time_that_the_clocks_show_twice() -> None:
    source = instants("us", "America/New_York")
    with pytest.raises(ValueError, match="Cannot infer dst time from 2024-11-03 01:") as ours:
        evaluate(datetimes.FloorTime(X, to_offset("h").nanos), source)
    with pytest.raises(ValueError, match="Cannot infer dst time from 2024-11-03 01:") as theirs:
        source.dt.floor("h")
    assert str(ours.value).splitlines()[0] == str(theirs.value)


def test_a_time_that_the_clocks_never_show() -> None:
    source = pd.Series(np.array(["2024-03-10T02:30"], dtype="M8[us]"))
    with pytest.raises(ValueError, match="2024-03-10 02:30:00 is a nonexistent time due to daylight savings time"):
        evaluate(datetimes.LocalizeTime(X, "America/New_York"), source)
    assert_same(
        datetimes.LocalizeTime(X, "America/New_York", nonexistent="NaT"),
        lambda s: s.dt.tz_localize("America/New_York", nonexistent="NaT"),
        source,
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Europe/London"])
@pytest.mark.parametrize("unit", ["ms", "ns"])
def test_zones(zone: str, unit: str) -> None:
    naive, aware = instants(unit), instants(unit, "America/New_York")
    call = {"ambiguous": "NaT", "nonexistent": "NaT"}
    assert_same(datetimes.LocalizeTime(X, zone, **call), lambda s: s.dt.tz_localize(zone, **call), naive)
    assert_same(datetimes.LocalizeTime(X, None), lambda s: s.dt.tz_localize(None), aware)
    assert_same(datetimes.ConvertTime(X, zone), lambda s: s.dt.tz_convert(zone), aware)
    assert_same(datetimes.ConvertTime(X, None), lambda s: s.dt.tz_convert(None), aware)


def test_zones_of_the_wrong_kind_of_column() -> None:
    with pytest.raises(TypeError, match="Already tz-aware, use tz_convert to convert"):
        evaluate(datetimes.LocalizeTime(X, "UTC"), instants("us", "UTC"))
    with pytest.raises(TypeError, match="Cannot convert tz-naive timestamps, use tz_localize to localize"):
        evaluate(datetimes.ConvertTime(X, "UTC"), instants("us"))
    with pytest.raises(Unsupported, match="the zone"):
        datetimes.ConvertTime(X, "+05:30")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("to", ["ms", "us", "ns"])
def test_as_unit(unit: str, to: str) -> None:
    assert_same(datetimes.AsUnit(X, to), lambda s: s.dt.as_unit(to), instants(unit, "Asia/Kolkata"))
    assert_same(datetimes.AsUnit(X, to), lambda s: s.dt.as_unit(to), durations(unit))


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("field", ["days", "seconds", "microseconds", "nanoseconds"])
def test_duration_fields(unit: str, field: str) -> None:
    assert_same(datetimes.DurationField(X, field), lambda s: getattr(s.dt, field), durations(unit))
    assert_same(
        datetimes.DurationField(X, field),
        lambda s: getattr(s.dt, field),
        durations(unit).dropna().reset_index(drop=True),
    )


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize(
    "field", ["days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]
)
def test_duration_components(unit: str, field: str) -> None:
    assert_same(datetimes.DurationComponent(X, field), lambda s: s.dt.components[field], durations(unit))


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_total_seconds(unit: str) -> None:
    assert_same(datetimes.TotalSeconds(X), lambda s: s.dt.total_seconds(), durations(unit))


@pytest.mark.parametrize(
    ("path", "arguments", "keywords"),
    [
        ("dt.strftime", ("%U %z",), ()),
        ("dt.floor", ("h",), (("ambiguous", "NaT"), ("nonexistent", "shift_forward"))),
        ("dt.year", (), ()),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_pandas_tier(path: str, arguments: tuple, keywords: tuple, zone: str | None) -> None:
    source = instants("us", zone)
    attribute = getattr(source.dt, path.removeprefix("dt."))
    expected = attribute(*arguments, **dict(keywords)) if arguments else attribute
    dtype = from_pandas(expected.dtype) if arguments else datetimes.to_field(from_pandas(source.dtype))
    assert_same(PandasMethod(X, path, arguments, keywords, dtype), lambda _: expected, source)


# -- the border to pandas


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], INT64), ([1, None], INT64.or_missing()), ([1, 2], INT64.or_missing()), ([1.5, None], FLOAT64),
        ([True, None], DType(pa.bool_()).or_missing()), ([True, False], DType(pa.bool_()).or_missing()),
        (["a", None], STRING),
        ([b"a", None], DType(pa.large_binary())), ([["a"], None], DType(pa.large_list(pa.large_string()))),
        ([2**53 + 1], DType(pa.uint64())),
    ],
)  # fmt: skip
def test_values_survive_the_border(values: list, dtype: DType) -> None:
    there = series_to_pandas(pl.Series("a", values), dtype)
    assert there.dtype == (object if dtype.is_bool and None in values else dtype.settled(missing=None in values).pandas)
    assert series_from_pandas(there, dtype).to_list() == values


def test_dates_and_times_are_pythons_own_objects() -> None:
    dates = evaluate(datetimes.Date(X), instants("us"))
    assert series_from_pandas(dates, DType(pa.date32())).null_count() == 1
    assert dates[2].isoformat() == "1900-02-28"


def test_what_does_not_convert_is_an_error() -> None:
    with pytest.raises(TypeError, match="does not convert to int64"):
        series_from_pandas(pd.Series([1.5]), INT64)


# -- parsing


def texts(values: list[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_iso_datetimes(unit: str) -> None:
    oldest = "1600-02-29" if unit == "us" else "1700-02-28"
    source = texts(["2020-01-01", "2020-01-01 10:11:12.123456", "2020-01-01T10", None, "", "20200102", oldest])
    expected = pd.to_datetime(source, format="ISO8601").dt.as_unit(unit)
    assert_same(ToDatetime(X, None, "raise", unit), lambda _: expected, source)


def test_datetimes_in_a_format() -> None:
    source = texts(["31/12/2020 05:06", None, "01/02/2021 00:00"])
    expr = ToDatetime(X, "%d/%m/%Y %H:%M", "raise", "us")
    assert_same(expr, lambda s: pd.to_datetime(s, format="%d/%m/%Y %H:%M"), source)


def test_datetimes_that_do_not_parse() -> None:
    source = texts(["2020-01-01", "2020-02-30", "x"])
    with pytest.raises(ValueError, match="Time data 2020-02-30 is not ISO8601 format"):
        evaluate(ToDatetime(X, None, "raise", "us"), source)
    coerced = evaluate(ToDatetime(X, None, "coerce", "us"), source)
    assert coerced.tolist() == [pd.Timestamp("2020-01-01"), pd.NaT, pd.NaT]


@pytest.mark.parametrize("values", [["2020-01-01T00:00:00Z"], ["2020-01-01", "2020-01-01T00:00:00+02:00"]])
def test_datetimes_with_an_offset_are_refused(values: list[str]) -> None:
    with pytest.raises(
        ValueError,
        match=re.escape(repr(values[-1]))
        + " has a UTC offset, which a column of times without a zone cannot hold; pass utc=True",
    ):
        evaluate(ToDatetime(X, None, "raise", "us"), texts(values))


NUMBERS = [" 12 ", "+5", "-0", "1e3", ".5", "1.", "inf", "99999999999999999999", "", None, "2.5"]


def test_numbers() -> None:
    expected = pd.to_numeric(texts(NUMBERS), errors="coerce")
    assert_same(ToNumeric(X, FLOAT64, "raise"), lambda _: expected, texts(NUMBERS))


def test_whole_numbers() -> None:
    assert_same(ToNumeric(X, INT64, "raise"), pd.to_numeric, texts(["1", " 2 ", "-3"]))


@pytest.mark.parametrize("bad", ["x", "1_0", "0x10", "nan", "True"])
def test_numbers_that_do_not_parse(bad: str) -> None:
    with pytest.raises(ValueError, match=f"Unable to parse string {bad!r}"):
        evaluate(ToNumeric(X, FLOAT64, "raise"), texts(["1", bad, "y"]))
    assert_same(ToNumeric(X, FLOAT64, "coerce"), lambda s: pd.to_numeric(s, errors="coerce"), texts(["1", bad]))
