"""Calendar offsets added to times, against pandas, without gathering."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas import offsets

import bigframe
from tests.conformance.compare import same

TIMES = pd.DataFrame(
    {
        "us": pd.to_datetime(
            ["2020-01-31", "2021-02-28 10:30:01", None, "1999-12-31", "2024-02-29", "2020-06-15"], format="ISO8601"
        ),
        "ns": pd.to_datetime(
            ["2020-01-31", "2021-02-28", "2020-03-29", None, "2024-02-29", "2020-06-15"], format="ISO8601"
        ).as_unit("ns"),
        "tz": pd.to_datetime(
            ["2020-01-31", "2021-03-27 01:30", None, "1999-12-31", "2024-02-29", "2020-06-15"], format="ISO8601"
        ).tz_localize("Europe/Berlin"),
    },
    index=[5, 3, 7, 9, 0, -1],
)
OFFSETS = [
    offsets.MonthEnd(), offsets.MonthBegin(-2), offsets.YearBegin(month=3), offsets.YearEnd(2), offsets.QuarterEnd(),
    offsets.BQuarterBegin(), offsets.Week(weekday=2), offsets.Week(), offsets.WeekOfMonth(week=1, weekday=2),
    offsets.LastWeekOfMonth(weekday=3), offsets.SemiMonthBegin(), offsets.SemiMonthEnd(), offsets.Easter(),
    offsets.BusinessDay(3), offsets.BusinessDay(offset=pd.Timedelta(hours=1)), offsets.BusinessHour(start="09:30"),
    offsets.CustomBusinessDay(holidays=["2020-02-03"], weekmask="Mon Tue Wed"), offsets.CustomBusinessMonthEnd(),
    offsets.FY5253Quarter(startingMonth=1, weekday=5, variation="nearest"), offsets.BYearEnd(),
    offsets.DateOffset(months=2, days=1), offsets.DateOffset(2, hours=3), offsets.DateOffset(day=3, normalize=True),
    offsets.Day(2), offsets.Hour(3), offsets.Minute(-90), offsets.Second(5), offsets.Milli(7),
]  # fmt: skip
GATHERS = "error::bigframe.PerformanceWarning"
pytestmark = [
    pytest.mark.filterwarnings("ignore::pandas.errors.PerformanceWarning"),
    pytest.mark.filterwarnings(GATHERS),
]


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
def test_offsets(offset: pd.offsets.BaseOffset) -> None:
    same(lambda m, d: d.us + offset, TIMES)
    same(lambda m, d: d[["us", "tz"]] - offset, TIMES)
    same(lambda m, d: offset + d.ns, TIMES)


def test_offsets_of_no_times_are_refused_in_pandas_words() -> None:
    numbers = pd.Series([1, 2])
    with pytest.raises(TypeError) as expected:
        numbers + offsets.MonthEnd()
    with pytest.raises(TypeError) as found:
        bigframe.Series(numbers) + offsets.MonthEnd()
    assert str(found.value) == str(expected.value)


def test_columns_of_offsets() -> None:
    held = pd.Series(OFFSETS)
    same(lambda m, s: s, held)
    with pytest.warns(bigframe.PerformanceWarning, match="only pandas computes"):
        same(lambda m, t, s: t + s, pd.Series(pd.date_range("2024-01-05", periods=3)), held.iloc[:3])


@pytest.mark.parametrize("unit", ["ns", "us", "D"])
def test_no_time_beside_times(unit: str) -> None:
    delta, stamp = np.timedelta64("NaT", unit), np.datetime64("NaT", unit)  # type: ignore[call-overload]
    same(lambda m, d: d.us + delta, TIMES)
    same(lambda m, d: d.us - stamp, TIMES)
    same(lambda m, d: d.us < stamp, TIMES)


def test_units_of_durations() -> None:
    numbers = pd.Series([1, 2])
    for delta in (np.timedelta64(3, "ms"), pd.Timedelta(days=1), np.timedelta64(3, "D")):
        same(lambda m, s, delta=delta: s * delta, numbers)
