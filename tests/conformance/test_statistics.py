"""Interpolation, descriptions, pairs of columns, modes and tests of order, against pandas."""

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


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """Every test but those of the gathered tier fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


@pytest.mark.parametrize("direction", [None, "forward", "backward", "both"])
def test_interpolation(direction: str | None) -> None:
    holes = pd.Series([np.nan, np.nan, 1.0, np.nan, np.nan, 4.5, 2.0, np.nan, np.inf, np.nan, 3.0, np.nan, np.nan])
    same(lambda m, s: s.interpolate(limit_direction=direction), holes)
    same(lambda m, df: df[["int", "float"]].interpolate(limit_direction=direction), rows())
    same(lambda m, df: df[df["int"] > 2]["float"].interpolate(limit_direction=direction), rows())
    same(lambda m, s: s.interpolate(limit_direction=direction), pd.Series([np.nan, np.nan]))


def pairs(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    table = pd.DataFrame({name: rng.normal(1000 * number, 2, n) for number, name in enumerate("abc")})
    table["b"] = table["b"] + table["a"] * 3
    table.loc[rng.random(n) < 0.2, "a"] = np.nan
    table.loc[rng.random(n) < 0.3, "c"] = np.nan
    return table.assign(i=rng.integers(0, 9, n), one=0.5, none=np.nan, flag=rng.random(n) < 0.5)


@pytest.mark.parametrize("method", ["corr", "cov"])
def test_pairs(method: str) -> None:
    same(lambda m, df: getattr(df, method)().round(9), pairs())
    same(lambda m, df: getattr(df, method)(min_periods=40).round(9), pairs())
    same(lambda m, df: getattr(df.assign(t="x"), method)(numeric_only=True).round(9), pairs())
    same(lambda m, df: getattr(df["a"], method)(df["b"]), pairs())
    same(lambda m, df: round(float(getattr(df["a"], method)(df["one"])), 9), pairs())
    same(lambda m, df: getattr(df["a"], method)(df["c"], min_periods=59), pairs())
    same(lambda m, df: getattr(df["a"], method)(df["none"]), pairs())


def test_covariances() -> None:
    same(lambda m, df: df[["a", "b", "i"]].cov().round(9), pairs())
    same(lambda m, df: df["a"].cov(df["b"], ddof=3), pairs())
    same(lambda m, df: df[["i", "flag"]].cov(ddof=0).round(9), pairs())


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_correlations_of_ranks_of_many_columns() -> None:
    same(lambda m, df: df.corr("spearman").round(9), pairs())
    same(lambda m, df: df.corr("spearman", min_periods=40).round(9), pairs())
    same(lambda m, df: df[["a", "b", "c"]].corr("spearman").round(9), pairs())
    same(lambda m, df: df[df["i"] > 99].corr("spearman"), pairs())
    many = pd.DataFrame(np.random.default_rng(5).integers(0, 9, (40, 6)), columns=list("uvwxyz"))
    same(lambda m, df: df.corr("spearman").round(9), many)


def test_correlations_of_ranks() -> None:
    same(lambda m, df: df[["a", "i"]].corr("spearman").round(9), pairs())
    same(lambda m, df: df[["a", "flag"]].corr("spearman", min_periods=40).round(9), pairs())
    same(lambda m, df: df[["i", "i"]].set_axis(["x", "y"], axis=1).corr("spearman").round(9), pairs())
    table = pairs()
    mine = bigframe.from_pandas(table)
    assert float(mine["a"].corr(mine["c"], method="spearman")) == pytest.approx(table.corr("spearman").loc["a", "c"])


EXTREMES = ("idxmax", "idxmin", "argmax", "argmin")


@pytest.mark.parametrize("name", EXTREMES)
def test_places_of_extremes(name: str) -> None:
    for column in ("int", "float", "time", "delta", "Int64"):
        same(lambda m, df, c=column: getattr(df[c], name)(), rows())
        same(lambda m, df, c=column: getattr(df.set_index("key")[c], name)(), rows().dropna(subset="key"))
    same(lambda m, df: getattr(df[df["int"] > 2]["float"], name)(), rows())
    same_error(lambda m, s: getattr(s, name)(), pd.Series([], dtype="float64"))
    same_error(lambda m, s: getattr(s, name)(), pd.Series([np.nan, np.nan]))


@pytest.mark.parametrize("name", EXTREMES)
def test_places_of_extremes_of_other_values(name: str) -> None:
    ordered = pd.CategoricalDtype(["t5", "t1", "t2", "t4", "t3"], ordered=True)
    same(lambda m, df: getattr(df["text"], name)(), rows())
    same(lambda m, df: getattr(df["text"], name)(), rows().astype({"text": ordered}))
    for column in ("int", "float", "time"):
        same(lambda m, df, c=column: getattr(df[c].dropna(), name)(skipna=False), rows())
    for column in ("float", "text", "Int64"):
        same_error(lambda m, df, c=column: getattr(df[c], name)(skipna=False), rows())


def test_places_of_extremes_in_frames() -> None:
    for name in EXTREMES[:2]:
        same(lambda m, df, n=name: getattr(df[["int", "float", "time"]], n)(), rows())
        same(lambda m, df, n=name: getattr(df.set_index("key")[["int", "float"]], n)(), rows())
        same(lambda m, df, n=name: getattr(df[["key", "int", "float"]], n)(numeric_only=True), rows())
        same_error(lambda m, df, n=name: getattr(df.assign(x=np.nan)[["int", "x"]], n)(), rows())


def test_modes() -> None:
    for column in ("key", "int", "float", "text", "time", "bool", "delta", "zoned"):
        same(lambda m, df, name=column: df[name].mode(), rows())
        same(lambda m, df, name=column: df[name].mode(dropna=False), rows())
    same(lambda m, s: s.mode(), pd.Series([np.nan, np.nan]))
    same(lambda m, df: df[["int", "float"]].mode(), rows())
    categories = pd.Series(["b", "a", None, "a", None, "b", "c"]).astype(pd.CategoricalDtype(["c", "never", "b", "a"]))
    for dropna in (True, False):
        same(lambda m, s, drop=dropna: s.mode(drop), categories)
        same(lambda m, s, drop=dropna: s.mode(drop), categories.dropna())


@pytest.mark.parametrize(
    "values", [[], [1.0], [np.nan], [1.0, 1.0, 2.0, 5.0], [5.0, 4.0, 4.0], [1.0, np.nan, 2.0], [1.0, 3.0, 2.0, 9.0]]
)
def test_order_and_uniqueness(values: list[float]) -> None:
    data = pd.Series(values, dtype="float64")
    same(lambda m, s: bool(s.is_unique), data)
    same(lambda m, s: bool(s.is_monotonic_increasing), data)
    same(lambda m, s: bool(s.is_monotonic_decreasing), data)
    same(lambda m, s: bool(s.is_monotonic_increasing), data.astype("Float64"))


def test_order_of_other_values() -> None:
    for column in ("key", "int", "time", "bool"):
        for name in ("is_unique", "is_monotonic_increasing"):
            same(lambda m, df, c=column, n=name: bool(getattr(df[c], n)), rows())
            same(lambda m, df, c=column, n=name: bool(getattr(df.sort_values(c)[c].dropna(), n)), rows())


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df["float"].interpolate(limit=1),
        lambda df: df["float"].interpolate(limit_area="inside"),
        lambda df: df["int"].astype("category").describe(),
        lambda df: df[["int", "float"]].corr("kendall"),
    ],
)
def test_what_the_kernels_do_not_honour_runs_in_pandas(call: Any) -> None:
    with pytest.warns(PerformanceWarning):
        result = call(bigframe.from_pandas(rows()))
    expected = call(rows())
    compare = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    compare(result.to_pandas(), expected)


QUANTILES: dict[str, Any] = {
    "of integers": lambda d: d.a.quantile([0.1, 0.5]),
    "not in order": lambda d: d.b.quantile([0.9, 0, 1]),
    "an array of shares": lambda d: d.b.quantile(np.linspace(0, 1, 5)),
    "the lower of two": lambda d: d.a.quantile([0.2, 0.6], interpolation="lower"),
    "twice the same": lambda d: d.a.quantile([0.5, 0.5]),
    "of columns": lambda d: d[["a", "b"]].quantile([0.25, 0.75]),
    "of numbers only": lambda d: d.quantile([0.25], numeric_only=True),
    "of nothing": lambda d: d[d.a > 9].b.quantile([0.5]),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", QUANTILES)
def test_several_quantiles(case: str) -> None:
    rows = pd.DataFrame({"a": [1, 2, 3, 5], "b": [1.5, np.nan, 2, 7], "s": list("wxyz")})
    same(lambda m, d: QUANTILES[case](d), rows)
