"""``freq`` of row labels against pandas: what keeps it, what changes it, what loses it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

DAYS = pd.DataFrame(
    {"a": range(6), "b": [1.0, 2.0, None, 4.0, 5.0, 6.0]}, index=pd.date_range("2024-01-01", periods=6, name="when")
)
SPACINGS = {
    "days": DAYS,
    "months": DAYS.set_axis(pd.date_range("2023-11-30", periods=6, freq="ME")),
    "working days": DAYS.set_axis(pd.bdate_range("2024-01-01", periods=6)),
    "hours": DAYS.set_axis(pd.timedelta_range("1h", periods=6, freq="2h")),
    "backwards": DAYS.iloc[::-1],
    "none": DAYS.set_axis(pd.DatetimeIndex(DAYS.index, freq=None)),
    "no rows": DAYS.iloc[:0],
}
CASES: dict[str, Callable[[Any, Any], Any]] = {
    "nothing": lambda m, d: d,
    "a column": lambda m, d: d.a,
    "slices": lambda m, d: d.iloc[1:].head(4).tail(3),
    "a step": lambda m, d: d.iloc[::2],
    "a filter of neighbours": lambda m, d: d[d.a > 2],
    "a filter of none": lambda m, d: d[d.a > 99],
    "a filter of some": lambda m, d: d[(d.a == 1) | (d.a == 2) | (d.a == 5)],
    "a filter of a series": lambda m, d: d.a[d.a % 2 == 0],
    "dropna": lambda m, d: d.dropna(),
    "drop_duplicates": lambda m, d: d.drop_duplicates(),
    "sort_index": lambda m, d: d.sort_index(),
    "sort_index of a series": lambda m, d: d.a.sort_index(),
    "columns renamed": lambda m, d: d.rename(columns={"a": "x"}),
    "arithmetic": lambda m, d: d + d.a.sum() * d,
    "columns of it": lambda m, d: d.a + d.b,
    "assign": lambda m, d: d.assign(c=d.a * 2),
    "shift": lambda m, d: d[["b"]].shift(1),
    "shift by hours": lambda m, d: d[["b"]].shift(2, freq="h"),
    "shift by its own": lambda m, d: d.b.shift(-1, freq=d.index.freq or "2h"),
    "shift by none": lambda m, d: d.shift(0, freq="h"),
    "shift by what there is": lambda m, d: d.sort_index().iloc[1:].shift(freq="infer") if d.index.freq else d,
    "cumsum": lambda m, d: d.cumsum(),
    "rolling": lambda m, d: d.rolling(2).sum(),
    "renamed": lambda m, d: d.rename_axis("x"),
    "concat": lambda m, d: m.concat([d.iloc[:2], d.iloc[2:]]),
    "concat in another order": lambda m, d: m.concat([d.iloc[2:], d.iloc[:2]]),
    "side by side": lambda m, d: m.concat([d.a, d.b], axis=1),
    "join": lambda m, d: d[["a"]].join(d[["b"]]),
    "groups": lambda m, d: d.groupby("a").b.cumsum(),
    "positions": lambda m, d: d.take([1, 2, 3][: len(d)]),
    "there and back": lambda m, d: d.reset_index().set_index(d.index.name or "index"),
    "index": lambda m, d: d.index,
    "set_axis": lambda m, d: d.reset_index(drop=True).set_axis(pd.date_range("2020", periods=len(d), freq="h")),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("spacing", SPACINGS)
def test_rows(spacing: str, case: str) -> None:
    same(CASES[case], SPACINGS[spacing])


RESAMPLED = ("2D", "W", "ME", "QS", "B", "36h")


@pytest.mark.parametrize("rule", RESAMPLED)
@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
def test_resampled(rule: str) -> None:
    same(lambda m, d: d.resample(rule).sum(), DAYS)
    same(lambda m, d: d.resample(rule).sum()[1:], DAYS)
    same(lambda m, d: d.groupby(m.Grouper(freq=rule)).a.max(), DAYS)


def test_index_of_times() -> None:
    frame = bigframe.from_pandas(DAYS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert frame.index.freq == DAYS.index.freq
        assert frame[frame.a > 2].index.freqstr == "D"
        assert frame[frame.b > 1].index.freq is None
        with pytest.raises(AttributeError, match="has no attribute 'freq'"):
            bigframe.Series([1]).index.freq  # noqa: B018
    same(lambda m, d: d.sort_values("b", ascending=False).sort_index(), DAYS)
    same(lambda m, d: d.index.as_unit("ms"), DAYS)
    same(lambda m, d: d.index.tz_localize("UTC").tz_convert("Asia/Tokyo"), DAYS)
    same(lambda m, d: d.index.tz_localize("Europe/Berlin"), DAYS)
    same(lambda m, d: d.index.tz_localize("UTC").tz_localize(None), DAYS)
    same(lambda m, d: d.resample("6h").sum().tz_localize("UTC").tz_convert("Asia/Tokyo"), DAYS)
    same(lambda m, d: d.resample("6h").sum().tz_localize("Asia/Tokyo"), DAYS)


def test_freq_that_is_set() -> None:
    def set_to(freq: Any) -> Callable[[Any, Any], Any]:
        def run(m: Any, d: Any) -> Any:
            d.index.freq = freq
            return d

        return run

    same(set_to("D"), SPACINGS["none"])
    same(set_to(None), DAYS)
    same_error(set_to("2D"), DAYS)


def test_freq_is_in_what_is_shown() -> None:
    shown = repr(bigframe.from_pandas(DAYS.a))
    assert shown == repr(DAYS.a)
    assert "Freq: D" in shown


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize(
    "change",
    [
        lambda labels: labels.as_unit("s"),
        lambda labels: labels.as_unit("s").as_unit("ns"),
        lambda labels: labels.tz_localize("dateutil/US/Pacific"),
        lambda labels: labels.tz_localize("dateutil/US/Pacific").tz_convert("UTC"),
    ],
)
def test_units_and_zones_that_are_only_carried(change: Any) -> None:
    same(lambda m, s: change(s.index), pd.Series(range(3), index=pd.date_range("2024-01-01", periods=3)))
