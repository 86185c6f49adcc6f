"""Windows: shift, diff, running totals and fills, against pandas, over rows that partitions divide at any place."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same

RUNNING = ("cumsum", "cumprod", "cummin", "cummax")
PERIODS = (1, 2, 5, 40, 0, -1, -3, -40)


def rows(n: int = 17) -> pd.DataFrame:
    """Small numbers and missing values in no order, more rows than any test has partitions."""
    rng = np.random.default_rng(7)
    whole = rng.integers(1, 6, n)
    holes = rng.random(n) < 0.3
    stamps = pd.Series(pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 90, n), unit="D"))
    return pd.DataFrame(
        {
            "key": pd.Series(list("abc"))[rng.integers(0, 3, n)].to_numpy(),
            "int": whole,
            "small": whole.astype("int32"),
            "float": np.where(holes, np.nan, whole / 4),
            "bool": whole > 2,
            "text": pd.Series([None if hole else f"t{value}" for value, hole in zip(whole, holes, strict=True)]),
            "time": stamps.where(~holes),
            "zoned": stamps.where(~holes).dt.tz_localize("UTC"),
            "delta": (stamps - pd.Timestamp("2024-03-01")).where(~holes),
            "Int64": pd.Series(whole, dtype="Int64").mask(holes),
            "boolean": pd.Series(whole > 2, dtype="boolean").mask(holes),
            "arrow": pd.Series(whole, dtype="int64[pyarrow]").mask(holes),
        }
    )


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """Every test but those of the gathered tier fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize(
    "column", ["int", "small", "float", "text", "time", "zoned", "delta", "Int64", "boolean", "arrow"]
)
def test_shift(column: str, periods: int) -> None:
    same(lambda m, df: df[column].shift(periods), rows())


@pytest.mark.parametrize("periods", [1, 3, -2, 0, 50])
@pytest.mark.parametrize(
    ("column", "fill"),
    [("int", 0), ("float", 1.5), ("bool", True), ("text", "none"), ("time", pd.Timestamp("2020-01-01")), ("Int64", 7)],
)
def test_shift_fills_past_the_ends(column: str, fill: object, periods: int) -> None:
    same(lambda m, df: df[column].shift(periods, fill_value=fill), rows())


def test_shift_fills_frames_and_groups() -> None:
    same(lambda m, df: df[["int", "float"]].shift(2, fill_value=0), rows())
    same(lambda m, df: df.groupby("key")["int"].shift(1, fill_value=-1), rows())
    with pytest.raises(PerformanceWarning, match=r"putting 0\.5 into a column of int64"):
        bigframe.DataFrame(rows())["int"].shift(1, fill_value=0.5)


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize("column", ["int", "small", "float", "time", "zoned", "delta", "Int64", "arrow"])
def test_diff(column: str, periods: int) -> None:
    same(lambda m, df: df[column].diff(periods), rows())


@pytest.mark.parametrize("method", RUNNING)
@pytest.mark.parametrize("column", ["int", "small", "float", "bool", "Int64", "boolean", "arrow"])
def test_running(column: str, method: str) -> None:
    same(lambda m, df: getattr(df[column], method)(), rows())


@pytest.mark.parametrize(
    ("column", "method"),
    [("time", "cummin"), ("time", "cummax"), ("zoned", "cummax"), ("delta", "cummin"), ("delta", "cumsum")],
)
def test_running_times(column: str, method: str) -> None:
    same(lambda m, df: getattr(df[column], method)(), rows())


@pytest.mark.parametrize("method", ["ffill", "bfill"])
def test_fill(method: str) -> None:
    same(lambda m, df: getattr(df, method)(), rows())


@pytest.mark.parametrize("periods", [1, -2, 30])
@pytest.mark.parametrize("column", ["int", "float", "Int64"])
def test_pct_change(column: str, periods: int) -> None:
    same(lambda m, df: df[column].pct_change(periods), rows())


def test_whole_frames() -> None:
    data = rows()[["int", "float", "Int64"]]
    for method in (*RUNNING, "shift", "diff", "pct_change"):
        same(lambda m, df, method=method: getattr(df, method)(), data)


@pytest.mark.parametrize("n", [0, 1])
def test_few_rows(n: int) -> None:
    same(lambda m, df: df["int"].shift(), rows(n))  # an empty DataFrame's integers stay such in pandas
    same(lambda m, df: df[["float", "time", "text"]].shift(), rows(n))
    same(lambda m, df: df[["int", "float", "time"]].diff(), rows(n))
    same(lambda m, df: df[["int", "float"]].cumsum(), rows(n))
    same(lambda m, df: df[["float", "text"]].bfill(), rows(n))


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_extremes() -> None:
    wide = pd.Series([2**60 + 1, 2**60, -(2**60), 2**60 + 3, 7])
    same(lambda m, s: s.diff(), wide)
    same(lambda m, s: s.cumsum(), wide)
    unbounded = pd.Series([1.0, np.inf, 2.0, -np.inf, 3.0, 4.0])
    same(lambda m, s: s.cumsum(), unbounded)
    same(lambda m, s: s.diff(), unbounded)
    same(lambda m, s: s.cummax(), unbounded)


def test_integers_that_were_joined_with_holes() -> None:
    def total(m: Any, left: Any, right: Any) -> Any:
        return left.merge(right, on="key", how="left").assign(c=lambda df: df.v.cumsum(), p=lambda df: df.v.shift())

    left = pd.DataFrame({"key": [3, 1, 2, 1, 9, 3]})
    same(total, left, pd.DataFrame({"key": [1, 3], "v": [10, 30]}))
    same(total, left[left.key < 4].reset_index(drop=True), pd.DataFrame({"key": [1, 2, 3], "v": [10, 20, 30]}))


def test_assigned_beside_what_they_read() -> None:
    def add(m: Any, df: Any) -> Any:
        df["previous"] = df["int"].shift(1)
        df["change"] = df["int"] - df["previous"]
        df["total"] = df["change"].cumsum()
        df["next"] = df["total"].shift(-2) + df["float"].cummax()
        return df.drop(columns=["bool", "boolean"])

    same(add, rows())


def test_over_a_constant() -> None:
    same(
        lambda m, df: df.assign(one=1, c=lambda d: d["one"].cumsum(), p=lambda d: d["one"].shift())[["c", "p"]], rows()
    )


def test_after_and_before_a_filter() -> None:
    same(lambda m, df: df[df["int"] > 2]["int"].shift(), rows())
    same(lambda m, df: df["int"].shift()[df["int"] > 2], rows())
    same(lambda m, df: df[df["int"] > df["int"].shift()][["key", "int"]], rows())
    same(lambda m, df: df[df["float"] > 100]["int"].cumsum(), rows())
    same(lambda m, df: df.assign(c=df["int"].cumsum()).query("c > 10")[["int", "c"]], rows())


def test_the_same_window_over_fewer_rows_is_another_column() -> None:
    same(lambda m, df: df["int"].shift()[df["int"] > 2].shift(), rows())
    same(
        lambda m, df: df.assign(p=df["int"].shift())[df["int"] > 2].assign(q=lambda d: d["int"].shift())[["p", "q"]],
        rows(),
    )


def test_over_sorted_rows() -> None:
    same(lambda m, df: df.sort_values("int", kind="stable")["float"].cumsum(), rows())
    same(
        lambda m, df: df.sort_values(["key", "int"], kind="stable").assign(d=lambda d: d["int"].diff())[["key", "d"]],
        rows(),
    )
    same(lambda m, df: df.assign(c=df["int"].cumsum()).sort_values("c", ascending=False)[["c", "int"]], rows())
    same(lambda m, df: df.sort_values("time", na_position="first", kind="stable")["Int64"].shift(-2), rows())


def test_slices_and_reductions_of_windows() -> None:
    same(lambda m, df: df["int"].cumsum().head(4), rows())
    same(lambda m, df: df["int"].shift(-1).iloc[3:9], rows())
    same(lambda m, df: df["int"].diff().tail(3), rows())
    same(lambda m, df: df["int"].diff().sum(), rows())
    same(lambda m, df: df.assign(c=df["int"].cumsum()).groupby("key")["c"].max(), rows())
    same(lambda m, df: m.concat([df["int"].shift(), df["float"].cumsum()], ignore_index=True), rows())


def test_joined_to_windows_over_groups() -> None:
    def totals(m: Any, df: Any, few: Any) -> Any:
        groups = df.groupby("int", as_index=False).agg(s=("small", "sum"))
        return few.merge(groups.assign(c=groups["s"].cumsum()), on="int")

    same(totals, rows(), pd.DataFrame({"int": [5, 3]}))


def test_over_the_result_of_a_groupby() -> None:
    same(lambda m, df: df.groupby("key")["int"].sum().cumsum(), rows())
    same(lambda m, df: df.groupby("key").agg(s=("int", "sum")).shift(), rows())
    same(lambda m, df: df.groupby("key")["small"].sum().diff(), rows())


@pytest.mark.parametrize("method", [*RUNNING, "shift", "diff", "ffill", "bfill"])
def test_within_groups(method: str) -> None:
    same(lambda m, df: getattr(df.groupby("key")["int"], method)(), rows())
    same(lambda m, df: getattr(df.groupby("key")["float"], method)(), rows())
    same(lambda m, df: getattr(df.groupby(["key", "bool"])[["small", "Int64"]], method)(), rows())


@pytest.mark.parametrize("method", ["cumsum", "cummin", "shift", "diff", "ffill"])
def test_rows_without_a_key_have_no_value(method: str) -> None:
    same(lambda m, df: getattr(df.groupby("text")["int"], method)(), rows())


@pytest.mark.parametrize("periods", [2, -1, 30])
def test_shift_within_groups(periods: int) -> None:
    same(lambda m, df: df.groupby("key")[["int", "time", "text"]].shift(periods), rows())
    same(lambda m, df: df.groupby("key")["int"].diff(periods), rows())


def test_shift_by_nothing_within_groups() -> None:
    same(lambda m, df: df.groupby("key")[["int", "time", "text"]].shift(0), rows())


def test_count_within_groups() -> None:
    same(lambda m, df: df.groupby("key").cumcount(), rows())
    same(lambda m, df: df.groupby("text")["int"].cumcount(), rows())
    same(lambda m, df: df[df.groupby("key").cumcount() < 2][["key", "int"]], rows())


def test_groups_in_the_order_of_a_sort() -> None:
    def ranked(m: Any, df: Any) -> Any:
        df = df.sort_values("int", ascending=False, kind="stable")
        df["before"] = df.groupby("key")["float"].shift()
        df["total"] = df.groupby("key")["int"].cumsum() + df["int"].cumsum()
        return df[["key", "int", "before", "total"]]

    same(ranked, rows())


def test_nothing_is_gathered(capsys: pytest.CaptureFixture[str]) -> None:
    df = bigframe.from_pandas(rows())
    df.assign(p=df["int"].shift(2), c=df["float"].cumsum()).explain()
    plan = capsys.readouterr().out
    assert "shift(int, 2)" in plan
    assert "cumsum(float)" in plan
    assert "gathered" not in plan


@pytest.mark.parametrize("owner", ["DataFrame", "Series"])
def test_kernels_are_what_is_used(owner: str) -> None:
    names = (*RUNNING, "shift", "diff", "ffill", "bfill", "pct_change")
    assert {bigframe.support(f"{owner}.{name}").tier for name in names} == {"native"}


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df["float"].cumsum(skipna=False),
        lambda df: df[["int", "float"]].cumsum(axis=1),
        lambda df: df[["int"]].shift([1, 2]),
        lambda df: df[["int"]].shift([1], suffix="_old"),
        lambda df: df["bool"].shift(),
        lambda df: df["bool"].diff(),
        lambda df: df["text"].cumsum(),
        lambda df: df["float"].ffill(limit=1),
    ],
)
def test_what_the_kernels_do_not_honour_runs_in_pandas(call: Any) -> None:
    with pytest.warns(PerformanceWarning):
        result = call(bigframe.from_pandas(rows()))
    expected = call(rows())
    compare = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    compare(result.to_pandas(), expected)


@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "uint32", "int64", "Int8", "UInt8", "float32"])
@pytest.mark.parametrize("values", [[100, 100, 50, 5], [1, 2, 3, 4]])
def test_running_totals_of_narrow_numbers_in_groups(kind: str, values: list[int]) -> None:
    table = pd.DataFrame({"g": [1, 1, 1, 2], "h": ["a", None, "a", "b"], "v": pd.array(values, kind)})
    for method in ("cumsum", "cumprod"):
        for key in ("g", "h"):
            same(lambda m, d, key=key, method=method: getattr(d.groupby(key)["v"], method)(), table)
            same(lambda m, d, key=key, method=method: getattr(d.groupby(key)[["v"]], method)(), table)
