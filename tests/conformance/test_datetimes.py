"""``Series.dt``, ``to_datetime`` and ``to_numeric`` through the public API against pandas, call by call."""

from collections.abc import Callable
from typing import Any

import pandas
import pytest

import bigframe as pd
from bigframe.api.accessors.datetimes import DatetimeMethods
from bigframe.errors import PerformanceWarning

NAIVE = pandas.Series(
    pandas.to_datetime(
        [
            "1969-12-31 23:59:59.999999",
            "2024-02-29 12:30:00",
            None,
            "2024-12-30 06:07:08.9",
            "2023-01-01",
            "2021-06-30 02:30",
        ],
        format="ISO8601",
    ),
    name="at",
)
AWARE = NAIVE.dt.tz_localize("UTC").dt.tz_convert("America/New_York")
NANOS = NAIVE.dt.as_unit("ns") + pandas.Timedelta(7, "ns")
LASTED = pandas.Series(pandas.to_timedelta(["1 days 02:03:04.000005", None, "-1us", "0s"]).as_unit("ns"), name="lasted")

FIELDS = [
    "year", "month", "day", "hour", "minute", "second", "microsecond", "nanosecond", "day_of_week", "day_of_year",
    "quarter", "days_in_month", "is_leap_year", "is_month_start", "is_month_end", "is_quarter_start",
    "is_quarter_end", "is_year_start", "is_year_end", "time",
]  # fmt: skip

METHODS: dict[str, Callable[[Any], Any]] = {
    "normalize": lambda s: s.dt.normalize(),
    "floor": lambda s: s.dt.floor("D"),
    "ceil": lambda s: s.dt.ceil("h", ambiguous="NaT"),
    "round": lambda s: s.dt.round("4h"),
    "round shifted": lambda s: s.dt.round("h", nonexistent="shift_forward"),
    "day_name": lambda s: s.dt.day_name(),
    "month_name": lambda s: s.dt.month_name(),
    "strftime": lambda s: s.dt.strftime("%Y/%m/%d %H:%M"),
    "strftime of the platform": lambda s: s.dt.strftime("%U %G"),
    "as_unit": lambda s: s.dt.as_unit("ms"),
    "isocalendar": lambda s: s.dt.isocalendar(),
    "iso week": lambda s: s.dt.isocalendar().week,
    "to naive": lambda s: s.dt.tz_localize(None),
    "wall clock of a zone": lambda s: s.dt.tz_localize(None).dt.tz_localize("Europe/Berlin"),
}


def assert_same(ours: Any, theirs: Any) -> None:
    compare = (
        pandas.testing.assert_frame_equal
        if isinstance(theirs, pandas.DataFrame)
        else pandas.testing.assert_series_equal
    )
    compare(ours.to_pandas(), theirs)


@pytest.mark.parametrize("source", [NAIVE, AWARE, NANOS], ids=["naive", "aware", "nanoseconds"])
@pytest.mark.parametrize("field", FIELDS)
def test_fields_agree_with_pandas(field: str, source: pandas.Series) -> None:
    ours, theirs = getattr(pd.Series(source).dt, field), getattr(source.dt, field)
    if field == "time":  # a missing time leaves a plan as None
        assert ours.to_pandas().dropna().tolist() == theirs.dropna().tolist()
        assert ours.to_pandas().isna().tolist() == theirs.isna().tolist()
    else:
        assert_same(ours, theirs)


CATEGORIES: dict[str, Callable[[Any], Any]] = {
    "field": lambda s: s.dt.year,
    "method": lambda s: s.dt.strftime("%Y/%m"),
    "floor": lambda s: s.dt.floor("D"),
}


@pytest.mark.parametrize("case", [*CATEGORIES, "zone"])
def test_categories_that_are_times(case: str) -> None:
    steps = {**CATEGORIES, "zone": lambda s: s.dt.tz_convert("UTC")}
    for source in [AWARE] if case == "zone" else [NAIVE, AWARE]:
        column = source.astype("category")
        assert_same(steps[case](pd.Series(column)), steps[case](column))


def test_categories_that_are_spans_or_no_times() -> None:
    column = LASTED.astype("category")
    assert_same(pd.Series(column).dt.total_seconds(), column.dt.total_seconds())
    with pytest.raises(AttributeError, match=r"Can only use \.dt accessor with datetimelike values"):
        pd.Series(["a"], dtype="category").dt  # noqa: B018


def test_utc_in_small_letters() -> None:
    assert_same(pd.Series(NAIVE).dt.tz_localize("utc"), NAIVE.dt.tz_localize("utc"))
    assert_same(pd.Series(AWARE).dt.tz_convert("utc"), AWARE.dt.tz_convert("utc"))


@pytest.mark.parametrize("old", ["dayofweek", "weekday", "dayofyear", "daysinmonth"])
def test_older_names_of_fields(old: str) -> None:
    new = {"dayofweek": "day_of_week", "weekday": "day_of_week", "dayofyear": "day_of_year"}.get(old, "days_in_month")
    assert_same(getattr(pd.Series(NAIVE).dt, old), getattr(NAIVE.dt, new))


@pytest.mark.parametrize("source", [NAIVE, AWARE, NANOS], ids=["naive", "aware", "nanoseconds"])
@pytest.mark.parametrize("call", METHODS)
def test_methods_agree_with_pandas(call: str, source: pandas.Series) -> None:
    assert_same(METHODS[call](pd.Series(source)), METHODS[call](source))


def test_dates_are_pythons_own() -> None:
    ours = pd.Series(NAIVE).dt.date.to_pandas()
    assert ours.dtype == object
    assert ours.dropna().tolist() == NAIVE.dt.date.dropna().tolist()
    assert ours.isna().tolist() == NAIVE.isna().tolist()


@pytest.mark.parametrize("field", ["days", "seconds", "microseconds", "nanoseconds", "components"])
def test_durations(field: str) -> None:
    assert_same(getattr(pd.Series(LASTED).dt, field), getattr(LASTED.dt, field))


def test_total_seconds() -> None:
    assert_same(pd.Series(LASTED).dt.total_seconds(), LASTED.dt.total_seconds())
    assert_same(pd.Series(LASTED).dt.floor("s"), LASTED.dt.floor("s"))


def test_zones() -> None:
    assert_same(pd.Series(AWARE).dt.tz_convert("Asia/Tokyo"), AWARE.dt.tz_convert("Asia/Tokyo"))
    assert_same(pd.Series(NAIVE).dt.tz_localize("UTC"), NAIVE.dt.tz_localize("UTC"))
    assert (pd.Series(AWARE).dt.tz, pd.Series(NAIVE).dt.tz) == (AWARE.dt.tz, None)
    assert (pd.Series(NANOS).dt.unit, pd.Series(LASTED).dt.unit) == ("ns", "ns")


def test_every_name_of_pandas_is_bound() -> None:
    names = {name for name in dir(pandas.Series.dt) if not name.startswith("_")}
    assert names <= set(vars(DatetimeMethods))
    assert not [name for name in names if getattr(vars(DatetimeMethods)[name], "tier", "") == "missing"]


@pytest.mark.parametrize(
    ("source", "call", "error", "message"),
    [
        (pandas.Series([1]), lambda s: s.dt, AttributeError, "Can only use .dt accessor with datetimelike values"),
        (NAIVE, lambda s: s.dt.days, AttributeError, "'DatetimeProperties' object has no attribute 'days'"),
        (LASTED, lambda s: s.dt.year, AttributeError, "'TimedeltaProperties' object has no attribute 'year'"),
        (NAIVE, lambda s: s.dt.tz_convert("UTC"), TypeError, "Cannot convert tz-naive timestamps"),
        (AWARE, lambda s: s.dt.tz_localize("UTC"), TypeError, "Already tz-aware"),
        (NAIVE, lambda s: s.dt.floor("W"), ValueError, "is a non-fixed frequency"),
        (NAIVE, lambda s: s.dt.floor("1500ns"), ValueError, "incompatible with unit=us"),
    ],
)
def test_wrong_calls_fail_when_recorded(
    source: pandas.Series, call: Callable[[Any], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(pd.Series(source))


@pytest.mark.parametrize(
    "call", [lambda s: s.dt.to_period("M"), lambda s: s.dt.as_unit("s")], ids=["periods", "seconds"]
)
@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_periods_and_seconds_of_times(call: Callable[[Any], Any]) -> None:
    assert_same(call(pd.Series(NAIVE)), call(NAIVE))


def test_clock_changes_fail_with_the_words_of_pandas() -> None:
    twice = pandas.Series(pandas.to_datetime(["2024-11-03 01:30"]))
    with pytest.raises(
        Exception, match="Cannot infer dst time from 2024-11-03 01:30:00, try using the 'ambiguous' argument"
    ):
        pd.Series(twice).dt.tz_localize("America/New_York").to_pandas()


def test_to_datetime() -> None:
    source = pandas.Series(["2024-02-29", None, "2024-03-01 10:11:12.5"], name="text")
    assert_same(pd.to_datetime(pd.Series(source)), pandas.to_datetime(source, format="ISO8601"))
    with pytest.raises(Exception, match="Time data x is not ISO8601 format"):
        pd.to_datetime(pd.Series(["2024-01-01", "x"])).to_pandas()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "texts",
    [
        [None, "1/13/2020 10:00", "2/1/2020 11:30"],
        ["1/1/2020 10:00:00+00:00", "2/1/2020 11:00:00+00:00"],
        ["2020-01-01 10:00:00+02:00", "2020-03-01 10:00:00+02:00"],
        ["Jan 3, 2020", "Feb 4, 2021"],
    ],
)
def test_texts_in_memory_tell_their_format(texts: list[Any]) -> None:
    source = pandas.Series(texts, dtype="str")
    assert_same(pd.to_datetime(pd.Series(source)), pandas.to_datetime(source))
    if source[1] and "+00" in source[1]:
        assert_same(pd.to_datetime(pd.Series(source)).dt.timetz, pandas.to_datetime(source).dt.timetz)


@pytest.mark.filterwarnings("ignore")
def test_zones_inferred_from_the_times_around() -> None:
    times = pandas.DatetimeIndex(["2018-10-28 01:30", "2018-10-28 02:00", "2018-10-28 02:00", "2018-10-28 03:00"])
    expected = pandas.Series(range(4), times).tz_localize("CET", ambiguous="infer")
    assert_same(pd.Series(range(4), times).tz_localize("CET", ambiguous="infer"), expected)
    odd = pandas.Series([1], pandas.DatetimeIndex(["2018-09-15 01:30+02:00"]))
    assert_same(pd.Series(odd).tz_convert("Asia/Shanghai"), odd.tz_convert("Asia/Shanghai"))
    assert_same(pd.Series(odd).tz_localize(None), odd.tz_localize(None))


def test_to_numeric_of_objects() -> None:
    for errors, values in ("raise", ["1.0", "2", -3]), ("coerce", ["apple", "1.0", "2", -3]):
        source = pandas.Series(values, dtype=object)
        with pytest.warns(PerformanceWarning):
            found = pd.to_numeric(pd.Series(source), errors=errors)
        assert_same(found, pandas.to_numeric(source, errors=errors))


def test_to_numeric() -> None:
    source = pandas.Series([" 12 ", "x", "1e3", None], name="text")
    assert_same(pd.to_numeric(pd.Series(source), errors="coerce"), pandas.to_numeric(source, errors="coerce"))
    with pytest.raises(Exception, match="Unable to parse string 'x'"):
        pd.to_numeric(pd.Series(source)).to_pandas()
