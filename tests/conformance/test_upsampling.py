"""Rows put on finer bins of time, against pandas: what bins without rows have."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error

_HOURS = [61, 3, 27, 30, 54, 90, 12]
TIMES = pd.DatetimeIndex(pd.Timestamp("2024-03-28") + pd.to_timedelta(_HOURS, unit="h"), name="at")
TABLE = pd.DataFrame(
    {
        "i": range(7),
        "f": [0.5, np.nan, 1.5, 2.5, np.nan, 4.5, 5.5],
        "s": pd.Series(list("abcdefg"), dtype="str").values,
    },
    index=TIMES,
)
CALLS: dict[str, Callable[[Any], Any]] = {
    "asfreq": lambda bins: bins.asfreq(),
    "ffill": lambda bins: bins.ffill(),
    "ffill limit": lambda bins: bins.ffill(limit=1),
    "bfill": lambda bins: bins.bfill(),
    "bfill limit": lambda bins: bins.bfill(limit=2),
    "nearest": lambda bins: bins.nearest(),
    "nearest limit": lambda bins: bins.nearest(limit=1),
}


def native(call: Callable[[Any, Any], Any], table: pd.DataFrame | pd.Series = TABLE) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        same(call, table)


@pytest.mark.parametrize("how", CALLS)
@pytest.mark.parametrize("rule", ["3h", "9h", "D", "W", "B"])
def test_rules(rule: str, how: str) -> None:
    native(lambda m, a: CALLS[how](a.resample(rule)))


@pytest.mark.parametrize("options", [{"closed": "right"}, {"label": "right"}, {"origin": "start"}])
@pytest.mark.parametrize("how", ["asfreq", "ffill", "nearest limit"])
def test_ends_of_bins(how: str, options: dict[str, Any]) -> None:
    native(lambda m, a: CALLS[how](a.resample("6h", **options)))


@pytest.mark.parametrize("how", CALLS)
@pytest.mark.parametrize("unit", ["ms", "ns"])
def test_units_and_zones(unit: str, how: str) -> None:
    zoned: Any = TABLE.set_axis(TIMES.as_unit(unit).tz_localize("Europe/Berlin"), axis=0)
    native(lambda m, a: CALLS[how](a.resample("7h")), zoned)


def test_values_for_new_rows() -> None:
    native(lambda m, a: a.resample("4h").asfreq(fill_value=-1), TABLE["i"])


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("method", ["ffill", "bfill", "nearest"])
def test_labels_of_another_index(method: Any, limit: int | None) -> None:
    days = pd.date_range("2024-01-01", periods=5)
    hours = pd.date_range("2023-12-31 21:00", periods=20, freq="6h", name="hour")
    native(lambda m, a: a.reindex(hours, method=method, limit=limit), TABLE.iloc[:5].set_axis(days, axis=0))
    native(lambda m, a: a.reindex(a.resample("9h").sum().index, method=method), TABLE["i"].iloc[:5].set_axis(days))


def test_labels_in_an_order_that_nobody_knows() -> None:
    backwards = TABLE.sort_index(ascending=False)
    with pytest.warns(PerformanceWarning, match="nobody knows their order"):
        same(lambda m, a: a.reindex(TIMES, method="nearest"), backwards)
    with pytest.warns(PerformanceWarning, match="does not honour"):
        same(lambda m, a: a.reindex([TIMES[0]], method="ffill", tolerance=pd.Timedelta("1h")), TABLE.sort_index())


@pytest.mark.parametrize("how", CALLS)
def test_no_rows(how: str) -> None:
    native(lambda m, a: CALLS[how](a.resample("D")), TABLE.iloc[:0])


@pytest.mark.parametrize("how", ["asfreq", "ffill"])
def test_times_that_repeat(how: str) -> None:
    same_error(lambda m, a: CALLS[how](a.resample("D")), TABLE.iloc[[0, 1, 1]])


def test_weeks_of_nanoseconds() -> None:
    same(lambda m, a: a.resample("W").sum(), TABLE[["i"]].set_axis(TIMES.as_unit("ns"), axis=0))


@pytest.mark.parametrize("how", ["asfreq", "ffill", "sum", "count"])
def test_periods_gather(how: str) -> None:
    table = TABLE[["i"]].iloc[:3].set_axis(pd.period_range("2024-01", periods=3, freq="M"), axis=0)
    with pytest.warns(PerformanceWarning, match="resample|Resampler"):
        same(lambda m, a: getattr(a.resample("D"), how)(), table)


FREQUENCIES = ["6h", "90min", "D", "2D", "MS", "ME", "W", "W-WED", "B", "BME", "QS", "YE"]


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_rows_at_a_frequency(freq: str) -> None:
    native(lambda m, d: d.asfreq(freq))
    native(lambda m, d: d.f.asfreq(freq))
    native(lambda m, d: d.sort_index().asfreq(freq, method="pad"))
    native(lambda m, d: d.tz_localize("Europe/Berlin")[["i"]].asfreq(freq))


def test_rows_at_a_frequency_with_a_value_elsewhere() -> None:
    native(lambda m, d: d[["i", "f"]].asfreq("D", fill_value=7))
    native(lambda m, d: d[d.i > 100].asfreq("D"))
    native(lambda m, d: d.asfreq("D").index.freq)


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
def test_rows_at_no_frequency() -> None:
    same_error(lambda m, d: d.asfreq("nonsense"), TABLE)
    same_error(lambda m, d: d.asfreq("D", method="pad"), TABLE)
    same_error(lambda m, d: m.concat([d, d]).asfreq("D"), TABLE)
    same(lambda m, d: d.sort_index().asfreq("D", normalize=True), TABLE)
    same(lambda m, d: d.sort_index(ascending=False).asfreq("6h", method="bfill"), TABLE)
    same(lambda m, d: d.sort_index().to_period("D").asfreq("M"), TABLE)


@pytest.mark.parametrize("freq", ["6h", "7h", "D", "90min"])
def test_interpolated_bins(freq: str) -> None:
    native(lambda m, d: d.f.resample(freq).interpolate())
    native(lambda m, d: d[["f"]].resample(freq).interpolate("linear"))


def test_reductions_by_apply() -> None:
    native(lambda m, d: d.resample("D")[["i", "f"]].apply("sum"))
    native(lambda m, d: d.resample("D").apply({"i": "sum", "f": ["min", "max"]}))
