"""Ranks against pandas: of ties, of missing values, in all rows and in groups."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error
from tests.conformance.test_windows import rows

METHODS = ("average", "min", "max", "first", "dense")


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """Every test but those of the gathered tier fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("pct", [False, True])
@pytest.mark.parametrize("na_option", ["keep", "top", "bottom"])
def test_ranks(method: str, ascending: bool, pct: bool, na_option: str) -> None:
    if method == "first" and na_option != "keep":
        pytest.skip("gathered")
    how: dict[str, Any] = {"method": method, "ascending": ascending, "pct": pct, "na_option": na_option}
    same(lambda m, df: df["float"].rank(**how), rows())
    same(lambda m, df: df.groupby("key")["float"].rank(**how), rows())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "dtype",
    ["Int64", "Float64", "boolean", "string", "string[python]", "int64[pyarrow]", "double[pyarrow]", "bool[pyarrow]"],
)
def test_ranks_of_dtypes_with_their_own_missing_value(method: str, dtype: str) -> None:
    given = {"boolean": [True, None, False, True], "bool": [True, None, False, True], "string": ["a", None, "b", "a"]}
    column = pd.Series(given.get(dtype.partition("[")[0], [2, None, 3, 2]), dtype=dtype)
    same(lambda m, s: s.rank(method=method), column)
    same(lambda m, s: s.rank(method=method, ascending=False, pct=True), column)
    if method != "first":
        same(lambda m, s: s.rank(method=method, na_option="top"), column)


@pytest.mark.parametrize("column", ["int", "small", "float", "bool", "text", "time", "zoned", "delta"])
@pytest.mark.parametrize("method", METHODS)
def test_dtypes(column: str, method: str) -> None:
    same(lambda m, df: df[column].rank(method=method), rows())
    same(lambda m, df: df.groupby("key")[column].rank(method=method), rows())


def test_frames_and_groups() -> None:
    data = rows()[["key", "int", "float", "text"]]
    same(lambda m, df: df.rank(), data)
    same(lambda m, df: df.groupby("key").rank("dense"), data)
    same(lambda m, df: df.groupby("text")["int"].rank(), data)
    same(lambda m, df: df.groupby(["key", "text"])["int"].rank(pct=True), data)
    same(lambda m, df: df.set_index("text")["int"].rank(), data)


def test_among_other_steps() -> None:
    data = rows()[["key", "int", "float"]]
    same(lambda m, df: df.assign(r=df["float"].rank(), s=df["int"].rank(method="min"))[["r", "key", "s"]], data)
    same(lambda m, df: df[df["float"].rank(ascending=False, method="first") <= 3], data)
    same(lambda m, df: df[df["int"] > 2]["float"].rank(), data)
    same(lambda m, df: df.sort_values("int", kind="stable")["float"].rank(method="first"), data)
    same(lambda m, df: df["int"].rank().shift(), data)
    same(lambda m, df: df["int"].shift().rank(), data)
    same(lambda m, df: df.set_index("key").assign(r=lambda d: d["int"].rank()), data)
    same(lambda m, df: df["int"].rank().sum(), data)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows(n: int) -> None:
    for method in METHODS:
        same(lambda m, df, how=method: df["float"].rank(method=how), rows(n))
        same(lambda m, df, how=method: df["float"].rank(method=how, pct=True), rows(n))
        same(lambda m, df, how=method: df.groupby("key")["int"].rank(method=how), rows(n))


def test_extremes() -> None:
    same(lambda m, s: s.rank(), pd.Series([1.0, np.inf, -np.inf, np.nan, 0.0, -0.0, np.inf]))
    same(lambda m, s: s.rank(), pd.Series([np.nan, np.nan]))
    same(lambda m, s: s.rank(na_option="top"), pd.Series([np.nan, np.nan]))
    same(lambda m, s: s.rank(pct=True), pd.Series([np.nan, np.nan]))


def test_wrong_options() -> None:
    same_error(lambda m, df: df.groupby("key")["int"].rank(na_option="up"), rows())


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df["float"].rank(method="first", na_option="top"),
        lambda df: df[["int", "text"]].rank(numeric_only=True),
        lambda df: df[["int", "float"]].rank(axis=1),
    ],
)
def test_what_the_kernels_do_not_honour_runs_in_pandas(call: Any) -> None:
    with pytest.warns(PerformanceWarning):
        result = call(bigframe.from_pandas(rows()))
    expected = call(rows())
    compare = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    compare(result.to_pandas(), expected)
