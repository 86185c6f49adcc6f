"""``shift(freq=)`` and ``pct_change(freq=)``, which move labels and not rows, against pandas and without gathering."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

DAYS = pd.date_range("2024-03-28", periods=5, freq="D", name="when")
INDEXES = {
    "days": DAYS,
    "no spacing": pd.DatetimeIndex([*DAYS[:3], DAYS[0], pd.NaT]),
    "days in a zone": DAYS.tz_localize("Europe/Berlin"),
    "hours in a zone": pd.date_range("2024-03-29 12:00", periods=5, freq="h", tz="Europe/Berlin"),
    "months": pd.date_range("2024-01-31", periods=5, freq="ME"),
    "seconds": pd.DatetimeIndex(list(DAYS)).as_unit("s"),
}
STEPS: tuple[Any, ...] = ("h", "D", "2D", "ME", "B", "500ms", pd.Timedelta("1h"), pd.DateOffset(months=1))


def _rows(index: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": [1, 2, 3, 4, 5], "y": [1.5, np.nan, 2.0, 3.0, -4.0]}, index=index)


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("step", STEPS, ids=str)
@pytest.mark.parametrize("index", INDEXES)
def test_labels_are_moved(index: str, step: Any) -> None:
    for periods in (1, -2, 0):
        same(lambda m, d, periods=periods: d.shift(periods, freq=step), _rows(INDEXES[index]))
    same(lambda m, d: d.y.shift(freq=step), _rows(INDEXES[index]))


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_durations_are_moved() -> None:
    same(lambda m, d: d.shift(2, freq="30min"), _rows(pd.timedelta_range("1h", periods=5, freq="h")))


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("step", ["D", "2D", "ME"])
@pytest.mark.parametrize("index", ["days", "months"])
def test_changes_since(index: str, step: str) -> None:
    same(lambda m, d: d.pct_change(freq=step), _rows(INDEXES[index]))
    same(lambda m, d: d.y.pct_change(2, freq=step), _rows(INDEXES[index]))


def test_the_step_is_that_of_the_labels() -> None:
    same(lambda m, d: d.shift(freq="infer"), _rows(DAYS))
    with pytest.warns(bigframe.PerformanceWarning, match="found in the labels"):
        same(lambda m, d: d.shift(freq="infer"), _rows(pd.DatetimeIndex(list(DAYS))))


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_errors() -> None:
    same_error(lambda m, d: d.shift(freq="infer"), _rows(INDEXES["no spacing"]))
    same_error(lambda m, d: d.shift(freq="D", fill_value=0), _rows(DAYS))
    same_error(lambda m, d: d.shift(freq="D"), _rows(None))
    same_error(lambda m, d: d.shift(freq="nonsense"), _rows(DAYS))
