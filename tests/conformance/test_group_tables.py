"""What groups say in several reductions at once, groups of categories, keys of values, and names of methods, against pandas.

A gather would warn, and a warning is an error here: all of it has kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

KINDS = pd.CategoricalDtype(["z", "y", "x", "w"], ordered=True)
ROWS = pd.DataFrame(
    {
        "k": ["b", "a", None, "b", "a", "c", "", "b", None, "a"],
        "n": [3, 1, 3, 2, 1, 1, 2, 3, 2, 1],
        "x": [1, 2, 3, 4, 5, 6, 5, 8, 9, 5],
        "y": [1.5, np.nan, 2.5, 0.5, -3.0, 3.0, 0.25, 7.5, 2.0, 4.0],
        "s": ["p", None, "q", "", "p", "u", "r", "s", "t", "p"],
        "b": [True, False, True, True, False, True, False, False, True, True],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2024-01-02", "2020-02-29"] + ["2021-01-01"] * 5),
        "o": pd.Categorical(["x", "z", "z", "x", "y", "x", "z", "z", "y", "x"], dtype=KINDS),
        "u": pd.Categorical(["m", "o", "m", "m", "o", "o", "m", "o", "m", "m"], categories=["o", "n", "m"]),
    },
    index=[5, 3, 4, 9, 0, -1, 6, 7, 2, 8],
)
EMPTY = ROWS.iloc[:0]
COLUMNS = ["x", "y", "s", "b", "t", "o"]

TABLES: dict[str, Callable[[Any], Any]] = {
    "quantiles": lambda g: g[["x", "y"]].quantile([0.1, 0.5]),
    "quantiles of one": lambda g: g.x.quantile([0.25, 1]),
    "nearest quantiles": lambda g: g[["x"]].quantile([0.5], interpolation="nearest"),
    "description": lambda g: g[["x", "y"]].describe(),
    "description of one": lambda g: g.y.describe(),
    "description of what has numbers": lambda g: g[["x", "s"]].describe(),
    "correlations": lambda g: g[["x", "y"]].corr(),
    "correlations of numbers": lambda g: g[["x", "y", "s"]].corr(numeric_only=True),
    "covariances": lambda g: g[["x", "y"]].cov(),
    "covariances of at least three": lambda g: g[["x", "y"]].cov(min_periods=3),
    "numbers": lambda g: g.ngroup(),
    "numbers from the last": lambda g: g.ngroup(ascending=False),
}
BY: dict[str, Callable[[Any], Any]] = {
    "k": lambda d: d.groupby("k"),
    "both": lambda d: d.groupby(["n", "k"]),
    "missing": lambda d: d.groupby("k", dropna=False),
    "as they come": lambda d: d.groupby("n", sort=False),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # pandas', of one value
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("table", TABLES)
def test_tables(table: str, by: str) -> None:
    same(lambda m, d: TABLES[table](BY[by](d)), ROWS)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", ["idxmax", "idxmin"])
def test_labels_of_extremes(name: str, column: str) -> None:
    same(lambda m, d: getattr(d.groupby("n")[column], name)(), ROWS)
    same(lambda m, d: getattr(d.groupby("k", dropna=False)[column], name)(), ROWS[ROWS[column].notna()])
    same(lambda m, d: d.groupby("k")[column].transform(name), ROWS[ROWS[column].notna()])
    same(lambda m, d: getattr(d.groupby("n")[column], name)(), EMPTY)


def test_labels_of_extremes_by_column() -> None:
    same(lambda m, d: d.groupby("n")[["x", "y"]].idxmax(), ROWS)
    same(lambda m, d: d.groupby("n", as_index=False)[["x", "y"]].idxmin(), ROWS)
    same(lambda m, d: d.reset_index(drop=True).groupby("n").idxmax(numeric_only=True), ROWS)
    same_error(lambda m, d: d.groupby("n").y.idxmax(), ROWS.assign(y=np.nan))
    same_error(lambda m, d: d.groupby("u", observed=False).x.idxmin(), ROWS)


OF_NOTHING = ["sum", "prod", "mean", "median", "count", "var", "nunique", "size", "any", "all", "quantile"]


@pytest.mark.parametrize("name", [*OF_NOTHING, "min", "max", "first", "last"])
def test_categories_without_rows(name: str) -> None:
    same(lambda m, d: d.groupby("u", observed=False).x.agg(name), ROWS)
    same(lambda m, d: d.groupby(["o", "n"], observed=False).y.agg(name), ROWS)
    same(lambda m, d: d.groupby(["u", "o"], observed=False, as_index=False)[["x", "y"]].agg(name), ROWS)
    same(lambda m, d: d.groupby("u", observed=False).x.agg(name), EMPTY)


def test_settings_of_categories_without_rows() -> None:
    same(lambda m, d: d.groupby("u", observed=False)[["x"]].agg(["sum", "mean"]), ROWS)
    same(lambda m, d: d.pivot_table("x", ["u", "o"], observed=False), ROWS)
    same(lambda m, d: d.pivot_table("x", "u", aggfunc="sum", observed=False), ROWS)
    same(lambda m, d: d.groupby("u", observed=False).y.sum(min_count=1), ROWS)
    same(lambda m, d: d.groupby("u", observed=False).x.transform("mean"), ROWS)
    same(lambda m, d: d.groupby("u", observed=False).head(1), ROWS)
    same(lambda m, d: d.groupby("u", observed=False).x.cumsum(), ROWS)
    same(lambda m, d: len(d.groupby(["u", "o"], observed=False)), ROWS)


VALUES = [0, 1, 0, 0, 2, 2, 1, 0, 1, 1]
KEYS: dict[str, Callable[[Any, Any], Any]] = {
    "an array": lambda m, d: np.array(VALUES),
    "a list": lambda m, d: VALUES,
    "a list in a list": lambda m, d: [VALUES],
    "an array and a label": lambda m, d: [np.array(VALUES), "n"],
    "two arrays": lambda m, d: [np.array(VALUES), np.array(VALUES[::-1])],
    "categories": lambda m, d: pd.Categorical(list("abcabcabca"), categories=["c", "b", "a"]),
    "two columns of others": lambda m, d: [m.Series(VALUES), m.Series(VALUES[::-1], name="r")],
    "a shorter column": lambda m, d: m.Series(VALUES[:6]),
    "a longer column": lambda m, d: m.Series(VALUES * 2),
    "its own column": lambda m, d: d.n,
    "its own columns": lambda m, d: [d.n, d.k],
}


@pytest.mark.parametrize("keys", KEYS)
def test_keys_beside_the_rows(keys: str) -> None:
    rows = ROWS.reset_index(drop=True)
    same(lambda m, d: d.groupby(KEYS[keys](m, d))[["x", "s"]].sum(), rows)
    same(lambda m, d: d.drop(columns=["t", "o", "u"]).groupby(KEYS[keys](m, d)).max(), rows)


@pytest.mark.parametrize(
    "name", ["cumsum", "shift", "rank", "cumcount", "ngroup", "idxmax", "quantile", "nunique", "size"]
)
def test_methods_by_name(name: str) -> None:
    same(lambda m, d: d.groupby("n")[["x", "y"]].agg(name), ROWS)
    same(lambda m, d: d.groupby("n").x.agg(name), ROWS)
    same(lambda m, d: d.groupby("n").x.transform(name), ROWS)


def test_methods_by_name_with_arguments() -> None:
    same(lambda m, d: d.groupby("n").x.agg("quantile", 0.3), ROWS)
    same(lambda m, d: d.groupby("n")[["x"]].agg("sum", min_count=4), ROWS)


@pytest.mark.parametrize("function", [np.sum, np.mean, np.std, np.var, np.max])
def test_functions_of_numpy(function: Callable[..., Any]) -> None:
    """As methods of a column: ``np.std`` is of all values and not of a sample."""
    same(lambda m, d: d.groupby("n").y.agg(function), ROWS)
    same(lambda m, d: d.groupby("n")[["x", "y"]].agg(function), ROWS)


@pytest.mark.parametrize(
    "name", ["mean", "prod", "std", "sem", "median", "skew", "any", "cumsum", "diff", "pct_change"]
)
@pytest.mark.parametrize("column", ["s", "t", "o", "u"])
def test_what_pandas_refuses(column: str, name: str) -> None:
    """In pandas' own words, and before any data is gathered."""
    try:
        getattr(ROWS.groupby("n")[[column]], name)()
    except TypeError:
        same_error(lambda m, d: getattr(d.groupby("n")[[column]], name)(), ROWS)
        same_error(lambda m, d: d.groupby("n")[column].transform(name), ROWS)


def test_names_that_are_none() -> None:
    same_error(lambda m, d: d.groupby("n").agg("nonsense"), ROWS)
    same_error(lambda m, d: d.groupby("n").x.agg("nonsense"), ROWS)
    same_error(lambda m, d: d.groupby("n").x.agg(["sum", "nonsense"]), ROWS)
    same_error(lambda m, d: d.groupby("n").x.agg({"x": "sum"}), ROWS)


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "string", "int64[pyarrow]"])
@pytest.mark.parametrize("name", ["any", "all", "size", "count", "nunique"])
def test_counts_keep_the_family(name: str, dtype: str) -> None:
    values = [str(value) if dtype == "string" else value % 2 for value in VALUES]
    rows = pd.DataFrame({"n": ROWS.n.to_list(), "v": pd.array([*values[:-1], None], dtype=dtype)})
    same(lambda m, d: getattr(d.groupby("n").v, name)(), rows)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "median", "min", "max", "var", "std", "sem", "skew", "kurt"])
def test_groups_that_miss_a_value(name: str) -> None:
    rows = ROWS.assign(y=ROWS.y.where(ROWS.x != 5), v=pd.array([*VALUES[:-1], None], dtype="Int64"))
    same(lambda m, d: getattr(d.groupby("n")[["x", "y", "v"]], name)(skipna=False), rows)
    same(lambda m, d: getattr(d.groupby("n", as_index=False)[["y", "x"]], name)(skipna=False), rows)


@pytest.mark.parametrize("periods", [1, -1, 2, 0])
def test_shifts_with_a_filling_value(periods: int) -> None:
    same(lambda m, d: d.groupby("n")[["x", "y"]].shift(periods, fill_value=7), ROWS)
    same(lambda m, d: d.groupby("k").s.shift(periods, fill_value="?"), ROWS[ROWS.k.notna()])


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "nearest", "midpoint"])
def test_quantiles_of_times(interpolation: str) -> None:
    same(lambda m, d: d.groupby("n").t.quantile(0.3, interpolation=interpolation), ROWS)
    rows = ROWS.assign(t=(ROWS.t - pd.Timestamp("2019-03-04")).astype("timedelta64[ns]"))
    same(lambda m, d: d.groupby("n").t.quantile([0.3, 0.77], interpolation=interpolation), rows)


def test_transform_by_name_with_arguments() -> None:
    same(lambda m, d: d.groupby("n").y.transform("std", ddof=0), ROWS)
    same(lambda m, d: d.groupby("n")[["x", "y"]].transform("sum", min_count=4), ROWS)
    same(lambda m, d: d.groupby("n").x.transform("quantile"), ROWS)


LISTS: dict[str, Callable[[Any], Any]] = {
    "of a table": lambda g: g[["x", "y"]].agg(["sum", "mean"]),
    "of a column": lambda g: g.x.agg(["sum", "mean"]),
    "by column": lambda g: g.agg({"x": ["sum", "mean"], "y": "max"}),
    "prices": lambda g: g[["x"]].ohlc(),
}


@pytest.mark.parametrize("reductions", LISTS)
def test_lists_beside_keys_as_columns(reductions: str) -> None:
    same(lambda m, d: LISTS[reductions](d.groupby("n", as_index=False)), ROWS)


COUNTED: dict[str, Callable[[Any], Any]] = {
    "counts": lambda g: g[["s"]].value_counts(),
    "shares": lambda g: g.s.value_counts(normalize=True),
}


@pytest.mark.parametrize("case", COUNTED)
def test_counts_beside_keys_as_columns(case: str) -> None:
    """pandas' order of ties depends on the processor, and with it which values the places 0, 1, 2, … have."""
    count = COUNTED[case]
    same(lambda m, d: count(d.groupby("n", as_index=False)).drop(columns="s"), ROWS)
    same(lambda m, d: count(d.groupby("n", as_index=False)).set_index(["n", "s"]), ROWS, ordered=False)


@pytest.mark.parametrize("name", ["mean", "sum", "std", "nunique", "max"])
def test_methods_as_functions(name: str) -> None:
    same(lambda m, d: d.groupby("n").x.agg(getattr(m.Series, name)), ROWS)
    same(lambda m, d: d.groupby("n")[["x", "y"]].agg(getattr(m.Series, name)), ROWS)


@pytest.mark.parametrize("statistic", ["sum", "mean", "max", "count"])
def test_windows_of_time_by_a_column(statistic: str) -> None:
    rows = ROWS[ROWS.t.notna()].sort_values("t", kind="stable")
    same(lambda m, d: getattr(d.groupby("n").rolling("500D", on="t").x, statistic)(), rows)
    same(lambda m, d: getattr(d.groupby(["b", "n"]).rolling("500D", on="t")[["x", "y"]], statistic)(), rows)
    same_error(lambda m, d: getattr(d.groupby("n").x.rolling("500D", on="t"), statistic)(), rows)
    same_error(lambda m, d: getattr(d.groupby("n").rolling("500D", on="no").x, statistic)(), rows)
    mixed = rows.assign(t=[*rows.t[:3], *rows.t[3:][::-1]], n=1)
    same_error(lambda m, d: getattr(d.groupby("n").rolling("500D", on="t").x, statistic)(), mixed)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_keys_of_its_own_stay_known_where_data_is_gathered() -> None:
    rows = ROWS[["k", "n", "x", "y"]]
    same(lambda m, d: d.groupby(d.n).last(skipna=False), rows)
    same(lambda m, d: d.groupby([d.n, "k"])[["x", "y"]].last(skipna=False), rows)
    same(lambda m, d: d.groupby([d.n, d.x % 2]).first(skipna=False), rows)
