"""Times in whole seconds against pandas, without gathering; the engine holds them in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import bigframe
from tests.conformance.compare import same, same_error

Case = Callable[[Any, Any], Any]
NATIVE = pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
NEW_YEAR = pd.Timestamp("2020-01-01")
TIMES = pd.DataFrame(
    {
        "s": np.array(["2020-01-02", "NaT", "2020-01-01", "1959-12-31T10:11:13", *["2020-01-01"] * 3], dtype="M8[s]"),
        "d": np.array([3, 1, 2, 5, -1, "NaT", -4], dtype="m8[s]"),
        "us": pd.to_datetime(
            ["2020-03-05", "2020-01-07", None, "2020-02-03 00:00:00.7", "1960-01-01 00:00:00.3", "2021-01-01", "2019-12-31"],
            format="ISO8601",
        ),
        "ms": pd.date_range("2020-01-01", periods=7, freq="1001ms", unit="ms"),
        "x": [3, 1, 2, 5, 4, 7, 6],
        "f": [0.5, 1.5, None, 2, 3, 4, 5],
        "k": list("abacbac"),
    },
    index=[5, 5, 1, 2, 9, 0, 3],
)  # fmt: skip
TIMES["z"] = TIMES.s.dt.tz_localize("Europe/Berlin")
TIMES["utc"] = TIMES.s.dt.tz_localize("UTC")

CASES: dict[str, Case] = {
    "as they are": lambda m, d: d,
    "unit": lambda m, d: (d.s.dt.unit, d.d.dt.unit),
    "to seconds": lambda m, d: d.us.dt.as_unit("s"),
    "durations to seconds": lambda m, d: (d.us - NEW_YEAR).dt.as_unit("s"),
    "to nanoseconds": lambda m, d: d.s.dt.as_unit("ns"),
    "made seconds": lambda m, d: d.us.astype("M8[s]"),
    "made microseconds": lambda m, d: d.s.astype("M8[us]"),
    "ticks": lambda m, d: d.s.dropna().astype("int64"),
    "text": lambda m, d: d.s.astype("str"),
    "durations as text": lambda m, d: d.d.astype("str"),
    "formatted": lambda m, d: d.s.dt.strftime("%Y-%m-%d %H:%M:%S"),
    "years": lambda m, d: d.s.dt.year,
    "hours of a zone": lambda m, d: d.z.dt.hour,
    "components": lambda m, d: d.d.dt.components,
    "total": lambda m, d: d.d.dt.total_seconds(),
    "midnights": lambda m, d: d.s.dt.normalize(),
    "floored": lambda m, d: d.s.dt.floor("D"),
    "rounded": lambda m, d: d.s.dt.round("h"),
    "durations up": lambda m, d: d.d.dt.ceil("min"),
    "floored to less": lambda m, d: d.s.dt.floor("ms"),
    "another zone": lambda m, d: d.z.dt.tz_convert("UTC"),
    "in a zone": lambda m, d: d.s.dt.tz_localize("Asia/Tokyo"),
    "apart": lambda m, d: d.s - d.s.min(),
    "apart in a finer unit": lambda m, d: d.s - d.us,
    "finer first": lambda m, d: d.ms - d.s,
    "moved": lambda m, d: d.s + d.d,
    "moved by days": lambda m, d: d.s + pd.Timedelta(1, "D"),
    "moved by less than a second": lambda m, d: d.s + pd.Timedelta(1, "us"),
    "milliseconds moved by microseconds": lambda m, d: d.ms + pd.Timedelta(1, "us"),
    "moved by NumPy's hours": lambda m, d: d.s + np.timedelta64(1, "h"),
    "moved to the end of the month": lambda m, d: d.s + pd.offsets.MonthEnd(),
    "times days": lambda m, d: d.x * pd.Timedelta(1, "D"),
    "times a float": lambda m, d: d.d * 1.5,
    "times a column": lambda m, d: d.d * d.x,
    "halved": lambda m, d: d.d / 2,
    "shared out": lambda m, d: d.d / d.f,
    "whole parts": lambda m, d: d.d // 2,
    "in pairs": lambda m, d: d.d / pd.Timedelta("2s"),
    "remainder": lambda m, d: d.d % pd.Timedelta("2s"),
    "negative": lambda m, d: -d.d,
    "lengths": lambda m, d: d.d.abs(),
    "mean": lambda m, d: d.s.mean(),
    "median": lambda m, d: d.s.median(),
    "mean duration": lambda m, d: d.d.mean(),
    "median duration": lambda m, d: d.d.head(3).median(),
    "total duration": lambda m, d: d.d.sum(),
    "last": lambda m, d: d.s.max(),
    "last of none": lambda m, d: d[d.x > 100].s.max(),
    "means of groups": lambda m, d: d.groupby("k")[["s", "d"]].mean(),
    "medians of groups": lambda m, d: d.groupby("k")[["s", "d"]].median(),
    "quantiles of groups": lambda m, d: d.groupby("k")[["s", "d"]].quantile(0.3),
    "first of groups": lambda m, d: d.groupby("k")[["s", "z"]].min(),
    "totals of groups": lambda m, d: d.groupby("k").d.sum(),
    "mean of each row's group": lambda m, d: d.groupby("k").s.transform("mean"),
    "groups": lambda m, d: d.groupby("s").x.sum(),
    "later": lambda m, d: d.s > NEW_YEAR,
    "later than text": lambda m, d: d.s >= "2020-01-01",
    "later than NumPy's day": lambda m, d: d.s >= np.datetime64("2020-01-01"),
    "compared with finer ones": lambda m, d: d.s < d.us,
    "equal in two zones": lambda m, d: d.z == d.utc,
    "filled": lambda m, d: d.s.fillna(NEW_YEAR),
    "where": lambda m, d: d.s.where(d.x > 2, NEW_YEAR),
    "clipped": lambda m, d: d.s.clip(NEW_YEAR),
    "among some": lambda m, d: d.s.isin([NEW_YEAR, pd.Timestamp("2020-01-02 00:00:00.5")]),
    "differences": lambda m, d: d.s.diff(),
    "latest so far": lambda m, d: d.s.cummax(),
    "durations so far": lambda m, d: d.d.cumsum(),
    "ranked": lambda m, d: d.s.rank(),
    "counted": lambda m, d: d.s.value_counts().sort_index(),
    "sorted": lambda m, d: d.sort_values("s", kind="stable"),
    "merged": lambda m, d: d[["s", "x"]].merge(d[["s", "k"]], on="s"),
    "merged with finer ones": lambda m, d: d[["s", "x"]].merge(d[["us", "k"]], left_on="s", right_on="us", how="outer"),
    "concatenated": lambda m, d: m.concat([d.s, d.us]),
    "pivoted": lambda m, d: d.dropna().pivot_table(index="k", columns="s", values="x"),
    "rows of a year": lambda m, d: d.dropna().set_index("s").sort_index().loc["2020", ["x"]],
    "in ranges": lambda m, d: m.cut(d.s, 3),
    "queried": lambda m, d: d.query("s > '2020-01-01'"),
    "mapped": lambda m, d: d.s.dropna().map(lambda time: time.year),
    "objects": lambda m, d: d.s.astype(object),
}


@NATIVE
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], TIMES)


RARE = pd.DataFrame({"v": np.arange(12.0)}, index=pd.DatetimeIndex(np.arange(12) * 7000, dtype="M8[s]", name="t"))
IN_BINS: dict[str, Callable[[Any], Any]] = {
    "hours": lambda d: d.resample("1h").sum(),
    "closed on the right": lambda d: d.resample("3h", closed="right", label="right").mean(),
    "months": lambda d: d.resample("ME").sum(),
    "days": lambda d: d.resample("D").agg(["min", "max"]),
    "filled": lambda d: d.resample("h").ffill(),
    "from the end": lambda d: d.resample("7h", origin="end").sum(),
    "in a zone": lambda d: d.tz_localize("Europe/Berlin").resample("6h").sum(),
    "a window of time": lambda d: d.rolling("4h").sum(),
    "hours of the day": lambda d: d.index.hour,
    "between hours": lambda d: d.between_time("02:00", "10:00"),
}


@NATIVE
@pytest.mark.parametrize("case", IN_BINS)
def test_bins_of_seconds(case: str) -> None:
    same(lambda m, d: IN_BINS[case](d), RARE)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_bins_of_parts_of_seconds() -> None:
    same_error(lambda m, d: d.resample("1500ms").count().head(), RARE)


def test_seconds_beyond_the_range_of_milliseconds_are_carried() -> None:
    far = pd.Series(np.array([2**60, 0], dtype="M8[s]"))
    same(lambda m, s: s.iloc[:1], far)
    assert bigframe.from_pandas(far).dtype == "M8[s]"


def test_arrow_tables_keep_their_unit() -> None:
    table = pa.table({"s": pa.array([1, None], pa.timestamp("s")), "d": pa.array([3, 4], pa.duration("s"))})
    found = bigframe.DataFrame.from_arrow(table)
    assert found.dtypes.astype(str).tolist() == ["datetime64[s]", "timedelta64[s]"]
    assert found.to_arrow().equals(table)
