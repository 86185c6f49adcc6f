"""Exponentially weighted statistics against pandas, over rows that partitions divide at any place."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning, Unsupported
from tests.conformance.compare import same, same_error
from tests.conformance.test_windows import rows

STATISTICS = ("mean", "sum", "std", "var")


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """Every test but those of the gathered tier fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("adjust", [True, False])
@pytest.mark.parametrize("ignore_na", [True, False])
def test_statistics(statistic: str, adjust: bool, ignore_na: bool) -> None:
    if statistic == "sum" and not adjust:
        pytest.skip("pandas has none")
    how: dict[str, Any] = {"adjust": adjust, "ignore_na": ignore_na}
    same(lambda m, df: getattr(df["float"].ewm(alpha=0.3, **how), statistic)(), rows())
    same(lambda m, df: getattr(df[["int", "Int64"]].ewm(span=5, min_periods=3, **how), statistic)(), rows())
    same(lambda m, df: getattr(df.groupby("key")["float"].ewm(com=2, **how), statistic)(), rows())


@pytest.mark.parametrize("how", [{"com": 0}, {"span": 1}, {"halflife": 3}, {"alpha": 1}, {"alpha": 0.001}])
def test_decays(how: dict[str, Any]) -> None:
    same(lambda m, df: df["float"].ewm(**how).mean(), rows())


@pytest.mark.parametrize("how", [{}, {"com": -1}, {"span": 0}, {"alpha": 2}, {"com": 1, "span": 2}])
def test_wrong_decays(how: dict[str, Any]) -> None:
    same_error(lambda m, df: df["float"].ewm(**how).mean(), rows())


@pytest.mark.parametrize("ignore_na", [True, False])
@pytest.mark.parametrize("alpha", [0.5, 0.9])
def test_values_from_long_ago(ignore_na: bool, alpha: float) -> None:
    data = pd.Series([np.nan, 1.0, 5.0, 2.0, *[np.nan] * 200, 7.0, np.nan, 3.0, *[np.nan] * 90])
    for adjust in (True, False):
        same(lambda m, s, a=adjust: s.ewm(alpha=alpha, adjust=a, ignore_na=ignore_na).mean(), data)
    same(lambda m, s: s.ewm(alpha=alpha, ignore_na=ignore_na, min_periods=4).mean(), data)


def test_long_columns() -> None:
    data = pd.Series(np.random.default_rng(5).normal(10, 3, 5000))
    for statistic in STATISTICS:
        same(lambda m, s, name=statistic: getattr(s.ewm(span=40), name)(), data)
    same(lambda m, s: s.ewm(span=40, adjust=False).mean(), data)


def test_parameters_and_selection() -> None:
    same(lambda m, df: df["float"].ewm(2).var(bias=True), rows())
    same(lambda m, df: df.ewm(2)["int"].mean(), rows())
    same(lambda m, df: df[["key", "int"]].ewm(2).mean(numeric_only=True), rows())
    same(lambda m, df: df[["int", "float"]].ewm(2).agg(["mean", "std"]), rows())
    same(lambda m, df: df[["key", "int", "float"]].groupby("key").ewm(2).mean(), rows())
    same(lambda m, s: s.ewm(2).mean(), pd.Series([1.0, np.inf, 2.0, -np.inf]))
    same_error(lambda m, df: df[["text"]].ewm(2).mean(), rows())


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows(n: int) -> None:
    same(lambda m, df: df["float"].ewm(2).mean(), rows(n))
    same(lambda m, df: df[["int", "float"]].ewm(2).std(), rows(n))


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df[["int", "float"]].ewm(3).corr(),
        lambda df: df["int"].ewm(alpha=1e-7).mean(),
        lambda df: df["int"].ewm(halflife="2D", times=pd.date_range("2024-01-01", periods=17)).mean(),
    ],
)
def test_what_the_kernels_do_not_honour_runs_in_pandas(call: Any) -> None:
    with pytest.warns(PerformanceWarning):
        result = call(bigframe.from_pandas(rows()))
    expected = call(rows())
    compare = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    compare(result.to_pandas(), expected)


def test_a_state_is_refused() -> None:
    with pytest.raises(Unsupported):
        bigframe.from_pandas(rows())["int"].ewm(2).online()


@pytest.mark.parametrize("statistic", ["cov", "corr"])
@pytest.mark.parametrize("how", [{}, {"adjust": False}, {"ignore_na": True}, {"min_periods": 4}])
def test_pairs(statistic: str, how: dict[str, Any]) -> None:
    def rounded(left: str, right: str) -> Any:
        return lambda m, df: getattr(df[left].ewm(com=2, **how), statistic)(df[right]).round(10) + 0.0

    for left, right in [("int", "float"), ("float", "Int64"), ("float", "float")]:
        same(rounded(left, right), rows())
    same(lambda m, df: df["int"].ewm(alpha=0.4, **how).cov(df["float"], bias=True).round(10) + 0.0, rows())
