"""``describe`` of columns of every kind, of tables and of groups, and what it is made of, against pandas."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.columns import ARROW, NULLABLE, TEXTS, TIMES
from tests.conformance.compare import same, same_error
from tests.conformance.test_windows import rows


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """Every test but those of the gathered tier fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


def table(n: int = 19) -> pd.DataFrame:
    """Values of which some occur as often as others, more rows than any test has partitions."""
    rng = np.random.default_rng(3)
    which = rng.integers(0, 5, n)
    hole = rng.random(n) < 0.25
    words = pd.Series(np.array(["b", "a", "zz", "é", ""])[which]).mask(hole)
    return rows(n).assign(
        word=words,
        string=words.astype("string"),
        python=words.astype(pd.StringDtype("python")),
        arrow_text=words.astype("large_string[pyarrow]"),
        category=words.astype(pd.CategoricalDtype(["é", "zz", "never", "b", "a", ""])),
        ordered=words.astype(pd.CategoricalDtype(["zz", "é", "b", "a", ""], ordered=True)),
        # Such as floats keep: of other times in nanoseconds pandas' mean has rounding errors, which depend on their order.
        ns=pd.to_datetime(1_600_000_000 * 10**9 + which * 2**30),
        tz=pd.Series(pd.date_range("2020-01-01", periods=n, freq="7h", tz="Europe/Berlin")).mask(hole),
        arrow_time=pd.Series(pd.date_range("2020-01-01", periods=n, freq="7h"))
        .mask(hole)
        .astype("timestamp[us][pyarrow]"),
        Float=pd.Series(which / 4, dtype="Float64").mask(hole),
        unsigned=which.astype("u1"),
    )


COLUMNS = tuple(table().columns)


@pytest.mark.parametrize("column", COLUMNS)
def test_columns(column: str) -> None:
    same(lambda m, d: d[column].describe(), table())
    same(lambda m, d: d[column].describe(), table()[:0])
    same(lambda m, d: d[column].describe(percentiles=[0.9, 0.333]), table())
    same(lambda m, d: d[d["int"] > 2][column].describe(), table())
    if column not in ("int", "small", "bool", "unsigned", "ns"):
        same(lambda m, d: d[column].describe(), table()[table()[column].isna()])


def test_tables() -> None:
    same(lambda m, d: d.describe(), table())
    same(lambda m, d: d.describe(include="all"), table())
    same(lambda m, d: d.describe(include="all"), table()[:0])
    same(lambda m, d: d[["int", "small", "float"]].describe(), table())
    same(lambda m, d: d[["word", "bool", "category"]].describe(), table())
    same(lambda m, d: d[["int", "time", "delta"]].describe(percentiles=[]), table())
    same(lambda m, d: d.describe(include=["number", "category"]), table())
    same(lambda m, d: d.describe(exclude=["number", "bool"]), table())
    for frame in (TEXTS, TIMES, NULLABLE, ARROW):
        same(lambda m, d: d.describe(include="all"), frame)


def test_labels_of_columns() -> None:
    labels = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")], names=["p", "q"])
    some = table()[["int", "word", "time"]]
    same(lambda m, d: d.describe(include="all"), some.set_axis(labels, axis=1))
    same(lambda m, d: d.describe(), some.set_axis(labels, axis=1))
    same(lambda m, d: d.describe(include="all"), some.set_axis(["a", "a", "b"], axis=1))
    same(lambda m, d: d.describe(), some.set_axis([3, 1, 2], axis=1))


def test_mistakes() -> None:
    for make in (
        lambda m, d: d.describe(include="all", exclude="number"),
        lambda m, d: d.describe(percentiles=[2]),
        lambda m, d: d.describe(percentiles=[0.1, 0.1]),
        lambda m, d: d[[]].describe(),
        lambda m, d: d[["int"]].describe(include=["category"]),
    ):
        same_error(make, table())


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in ("key", "category", "ordered")])
def test_columns_of_groups(column: str) -> None:
    same(lambda m, d: d.groupby("key")[column].describe(), table())
    same(lambda m, d: d.groupby("key", sort=False)[column].describe(percentiles=[0.125]), table())


def test_tables_of_groups() -> None:
    plain = table().drop(columns=["category", "ordered"])
    same(lambda m, d: d.groupby("key").describe(), plain)
    same(lambda m, d: d.groupby("key").describe(include="all"), plain)
    same(lambda m, d: d.groupby(["bool", "key"])[["word", "bool"]].describe(), plain)
    same(lambda m, d: d.groupby("word", dropna=False)[["text", "int"]].describe(exclude="number"), plain)


@pytest.mark.parametrize("column", ["time", "zoned", "delta", "ns", "tz", "arrow_time"])
def test_quantiles_of_times(column: str) -> None:
    for interpolation in ("linear", "lower", "higher", "nearest", "midpoint"):
        same(lambda m, d, how=interpolation: d[column].quantile(0.3, how), table())
        same(lambda m, d, how=interpolation: d[column].quantile([0.9, 0.25, 0.5], how), table())
    same(lambda m, d: d[[column]].quantile([0.5]), table())
    same(lambda m, d: d[column].quantile(), table()[:0])


@pytest.mark.parametrize("column", ["time", "zoned", "delta", "tz", "arrow_time"])
@pytest.mark.parametrize("name", ["mean", "median", "std"])
def test_middles_and_spread_of_times(column: str, name: str) -> None:
    same(lambda m, d: getattr(d[column], name)(), table())
    same(lambda m, d: getattr(d[column], name)(), table()[:0])
    same(lambda m, d: getattr(d.groupby("key")[column], name)(), table())


def test_the_first_of_ties_is_the_most_frequent() -> None:
    ties = pd.Series(list("cabbacdd"))
    described = bigframe.from_pandas(ties).describe().to_pandas()
    assert (described["unique"], described["top"], described["freq"]) == (4, "c", 2)
