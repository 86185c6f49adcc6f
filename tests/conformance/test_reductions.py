"""Reductions of whole columns and frames against pandas: lazy scalars, a Series per column, tables of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import assert_same, same, same_error

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, -5, 9, 2],
        "y": [1.5, np.nan, -2.5, 0.25, np.nan, 1e3, 4.0],
        "s": ["b", "a", None, "", "b", "c", None],
        "b": [True, False, True, True, False, True, True],
        "t": pd.to_datetime(
            ["2024-01-02", None, "2023-05-06 07:08:09.5", "2020-02-29", None, "1960-01-01", "2024-01-02"],
            format="ISO8601",
        ),
        "d": pd.to_timedelta(["1s", "2h", None, "-3D", "1us", "0s", "5m"]),
        "i": np.array([100, 100, 100, -7, 8, 9, 10], dtype="int8"),
        "u": np.array([1, 2, 3, 4, 5, 6, 250], dtype="uint8"),
        "g": np.array([0.1, 0.2, 0.3, np.nan, 0.5, 0.6, 0.7], dtype="float32"),
        "z": [np.nan] * 7,
    },
    index=[5, 3, 3, 9, 0, -1, 5],
)
EMPTY = ROWS.iloc[:0]
ONE = ROWS.iloc[:1]
SOURCES = {"rows": ROWS, "nothing": EMPTY, "one row": ONE}

NUMERIC: dict[str, Callable[[Any], Any]] = {
    "sum": lambda s: s.sum(),
    "sum at least": lambda s: s.sum(min_count=6),
    "prod": lambda s: s.prod(),
    "prod at least": lambda s: s.prod(min_count=6),
    "mean": lambda s: s.mean(),
    "median": lambda s: s.median(),
    "var": lambda s: s.var(),
    "var of the population": lambda s: s.var(ddof=0),
    "std": lambda s: s.std(),
    "std of the population": lambda s: s.std(ddof=0),
    "quantile": lambda s: s.quantile(0.3),
    "quantile lowest": lambda s: s.quantile(0),
    "quantile highest": lambda s: s.quantile(1),
}
COMMON: dict[str, Callable[[Any], Any]] = {
    "min": lambda s: s.min(),
    "max": lambda s: s.max(),
    "count": lambda s: s.count(),
    "nunique": lambda s: s.nunique(),
    "nunique with missing": lambda s: s.nunique(dropna=False),
}
TRUTH: dict[str, Callable[[Any], Any]] = {"any": lambda s: s.any(), "all": lambda s: s.all()}


def is_pandas_scalar(actual: Any, expected: Any) -> bool:
    """Whether a value is of the kind that pandas returns: a NumPy bool, integer or float, a time, a string."""
    return np.asarray(actual).dtype.kind == np.asarray(expected).dtype.kind


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("reduction", [*NUMERIC, *COMMON, *TRUTH])
def test_of_a_column_of_numbers(reduction: str, source: str) -> None:
    make = {**NUMERIC, **COMMON, **TRUTH}[reduction]
    columns = ["x", "y", "i", "u", "z"]
    expected = [make(SOURCES[source][column]) for column in columns]
    lazy = bigframe.from_pandas(SOURCES[source])
    for column, value, actual in zip(
        columns, expected, bigframe.compute(*(make(lazy[column]) for column in columns)), strict=True
    ):
        assert_same(actual, value)
        assert is_pandas_scalar(actual, value), f"{column}: {actual!r} is not of the kind of {value!r}"


@pytest.mark.parametrize("reduction", ["sum", "mean", "var", "std", "median", "min", "max", "prod"])
def test_of_single_precision(reduction: str) -> None:
    expected = {**NUMERIC, **COMMON}[reduction](ROWS.g)
    actual = {**NUMERIC, **COMMON}[reduction](bigframe.from_pandas(ROWS).g).item()
    assert actual == pytest.approx(expected, rel=1e-6)
    assert is_pandas_scalar(actual, expected)


@pytest.mark.parametrize("column", ["s", "t", "d", "b"])
@pytest.mark.parametrize("reduction", COMMON)
def test_of_a_column_of_any_type(reduction: str, column: str) -> None:
    same(lambda m, d: COMMON[reduction](d[column]), ROWS)
    if column != "s" or reduction not in ("min", "max"):  # pandas raises where strings have no smallest one
        same(lambda m, d: COMMON[reduction](d[column]), EMPTY)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("reduction", ["sum", "mean", "any", "all", "prod", "std", "var", "median"])
def test_of_bools(reduction: str, source: str) -> None:
    same(lambda m, d: {**NUMERIC, **TRUTH}[reduction](d.b), SOURCES[source])


@pytest.mark.parametrize("reduction", ["mean", "median"])
@pytest.mark.parametrize("column", ["t", "d"])
def test_middle_of_times(column: str, reduction: str) -> None:
    same(lambda m, d: NUMERIC[reduction](d[column]), ROWS)
    same(lambda m, d: NUMERIC[reduction](d[column]), EMPTY)


def test_sum_of_durations() -> None:
    same(lambda m, d: d.d.sum(), ROWS)
    same(lambda m, d: d.d.sum(), EMPTY)


@pytest.mark.parametrize("reduction", ["any", "all"])
def test_truth_of_strings(reduction: str) -> None:
    same(lambda m, d: TRUTH[reduction](d.s.dropna()), ROWS)
    same(lambda m, d: TRUTH[reduction](d.s.dropna()), EMPTY)


def test_sum_of_strings() -> None:
    same(lambda m, d: d.s.dropna().sum(), ROWS)


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("column", ["x", "y", "i"])
def test_interpolation_of_quantiles(column: str, q: float, interpolation: str) -> None:
    same(lambda m, d: d[column].quantile(q, interpolation=interpolation), ROWS)


SCALARS: dict[str, Callable[[Any, Any], Any]] = {
    "plus a number": lambda m, d: d.x.sum() + 1,
    "number minus": lambda m, d: 1 - d.y.mean(),
    "times a scalar": lambda m, d: d.x.sum() * d.y.mean(),
    "ratio": lambda m, d: d.x.sum() / d.x.count(),
    "negative": lambda m, d: -d.x.max(),
    "absolute": lambda m, d: abs(d.x.min()),
    "of two frames": lambda m, d: d.x.max() - d[d.b].x.max(),
    "beside its column": lambda m, d: d.x - d.x.mean(),
    "in a new column": lambda m, d: d.assign(share=d.x / d.x.sum()),
    "in a mask": lambda m, d: d[d.y > d.y.mean()],
    "of another frame in a mask": lambda m, d: d[d.x < d[d.b].x.max()],
    "filling": lambda m, d: d.y.fillna(d.y.mean()),
    "nested": lambda m, d: (d.x - d.x.mean()).abs().max(),
    "of a scalar's column": lambda m, d: d[d.x == d.x.max()].s,
    "after a filter": lambda m, d: d[d.x > 100].x.sum(),
    "after a sort": lambda m, d: d.sort_values("x").head(3).x.sum(),
    "of a join": lambda m, d: d.merge(d, on="s").x_x.sum(),
    "of a group": lambda m, d: d.groupby("s").x.sum().max(),
    "of an index": lambda m, d: d.index.max(),
}


@pytest.mark.parametrize("case", SCALARS)
def test_lazy_scalars(case: str) -> None:
    same(SCALARS[case], ROWS)


FRAMES: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda m, d: d[["x", "y", "b"]].sum(),
    "sum of integers": lambda m, d: d[["x", "i"]].sum(),
    "sum at least": lambda m, d: d[["y", "z"]].sum(min_count=1),
    "mean": lambda m, d: d[["x", "y", "z"]].mean(),
    "median": lambda m, d: d[["x", "y"]].median(),
    "var": lambda m, d: d[["x", "y"]].var(),
    "std": lambda m, d: d[["x", "y"]].std(),
    "prod": lambda m, d: d[["x", "y"]].prod(),
    "min": lambda m, d: d[["x", "y"]].min(),
    "max of integers": lambda m, d: d[["x", "i"]].max(),
    "count": lambda m, d: d.count(),
    "nunique": lambda m, d: d.nunique(),
    "nunique with missing": lambda m, d: d.nunique(dropna=False),
    "any": lambda m, d: d[["x", "b"]].any(),
    "all": lambda m, d: d[["x", "b"]].all(),
    "quantile": lambda m, d: d[["x", "y"]].quantile(0.25),
    "numeric only": lambda m, d: d[["x", "y", "s", "i"]].sum(numeric_only=True),
    "mean, numeric only": lambda m, d: d[["x", "y", "s", "b"]].mean(numeric_only=True),
    "strings": lambda m, d: d[["s"]].fillna("").max(),
    "times": lambda m, d: d[["t"]].max(),
    "one by name": lambda m, d: d[["x", "y"]].agg("sum"),
    "several": lambda m, d: d[["x", "y"]].agg(["sum", "min", "max"]),
    "several of floats": lambda m, d: d[["x", "y"]].agg(["mean", "std", "count"]),
    "several of a column": lambda m, d: d.x.agg(["sum", "max"]),
    "one of a column": lambda m, d: d.x.agg("max"),
    "missing values": lambda m, d: d.isna().sum(),
    "then a sort": lambda m, d: d[["x", "y"]].max().sort_values(),
    "then arithmetic": lambda m, d: d[["x", "y"]].sum() * 2,
    "then a filter": lambda m, d: d[["x", "y", "z"]].sum()[lambda s: s > 1],
    "then a length": lambda m, d: len(d[["x", "y", "z"]].mean()),
    "then the labels": lambda m, d: d[["x", "y"]].max().index.max(),
    "then a sum": lambda m, d: d[["x", "y"]].count().sum(),
    "one column of several": lambda m, d: d[["x", "y"]].agg(["sum", "max"])[["y"]],
    "labels that repeat": lambda m, d: d[["x", "y", "x"]].sum(),
}


@pytest.mark.parametrize("case", FRAMES)
def test_of_frames(case: str) -> None:
    same(FRAMES[case], ROWS)


@pytest.mark.parametrize(
    "case", [name for name in FRAMES if name not in ("strings", "several", "several of a column", "times")]
)
def test_of_empty_frames(case: str) -> None:
    same(FRAMES[case], EMPTY)


def test_looking_is_what_python_expects() -> None:
    lazy = bigframe.from_pandas(ROWS)
    assert int(lazy.x.sum()) == 13
    assert float(lazy.x.mean()) == pytest.approx(13 / 7)
    assert bool(lazy.b.any())
    assert f"{lazy.y.max():.1f}" == "1000.0"
    assert sorted([lazy.x.max(), lazy.x.min()]) == [-5, 9]
    assert round(lazy.y.mean(), 2) == round(ROWS.y.mean(), 2)
    assert np.sqrt(lazy.x.max()) == 3.0
    assert [1, 2, 3, 4][lazy.x.count() - 5] == 3


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "mean of strings": lambda m, d: d.s.mean(),
    "median of strings": lambda m, d: d.s.median(),
    "std of strings": lambda m, d: d.s.std(),
    "sum of times": lambda m, d: d.t.sum(),
    "product of durations": lambda m, d: d.d.prod(),
    "quantile beyond": lambda m, d: d.x.quantile(1.5),
    "no such reduction": lambda m, d: d.agg(["absent"]),
    "any of nullable texts": lambda m, d: d.s.astype("string").any(),
    "all of categories": lambda m, d: d.s.astype("category").all(),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


GATHERED: dict[str, Callable[[Any], Any]] = {
    "no columns": lambda d: d[[]].sum(),
    "text and whole numbers of each row": lambda d: d[["x", "b"]].max(axis=1),
    "categories in a table": lambda d: d.astype({"s": pd.CategoricalDtype(["b", "a", "c", ""], ordered=True)})[
        ["s"]
    ].max(),
}


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("values", [[], [None, None]])
def test_objects_that_are_not_there_add_up_to_nothing(values: list[Any]) -> None:
    same(lambda m, s: s.sum(), pd.Series(values, dtype=object))
    same(lambda m, s: s.prod(), pd.Series(values, dtype=object))
    same(lambda m, d: d.sum(), pd.DataFrame({"a": values}, dtype=object))


@pytest.mark.parametrize("case", GATHERED)
def test_what_has_no_kernel_gathers(case: str) -> None:
    with pytest.warns(PerformanceWarning, match="pandas runs on about"):
        same(lambda m, d: GATHERED[case](d), ROWS)


SEVERAL_KINDS: dict[str, Callable[[Any], Any]] = {
    "text": lambda d: d[["x", "s"]].max(),
    "bools": lambda d: d[["x", "b"]].max(),
    "times": lambda d: d[["x", "t", "d"]].min(),
    "times of several zones": lambda d: d.assign(z=d.t.dt.tz_localize("UTC"))[["t", "z"]].max(),
    "missing counts": lambda d: d[["x", "y", "s"]].max(skipna=False),
    "means": lambda d: d[["x", "t", "d"]].mean(),
    "medians": lambda d: d[["x", "t", "d"]].median(),
    "quantiles": lambda d: d[["x", "t", "d"]].quantile(0.5),
    "several": lambda d: d[["x", "s", "t", "b"]].agg(["min", "nunique"]),
    "by column": lambda d: d.agg({"x": "sum", "s": "max"}),
    "lists by column": lambda d: d.agg({"x": ["sum"], "s": ["max", "count"], "t": ["min"]}),
    "relabelled": lambda d: d.agg(a=("x", "max"), c=("s", "min"), e=("t", "max")),
    "one of them": lambda d: d[["x", "s"]].max()["s"],
}


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("case", SEVERAL_KINDS)
def test_columns_of_several_kinds(case: str) -> None:
    same(lambda m, d: SEVERAL_KINDS[case](d), ROWS)


COUNTING_MISSING = ("sum", "prod", "min", "max", "mean", "median", "var", "std", "sem", "skew", "kurt", "any", "all")


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("name", COUNTING_MISSING)
def test_missing_values_that_count(name: str) -> None:
    rows = ROWS[["x", "y"]].assign(w=ROWS.x.astype("Int64"), m=ROWS.y.astype("Float64"))
    for column in rows:
        same(lambda m, d, c=column: getattr(d[c], name)(skipna=False), rows)
        same(lambda m, d, c=column: getattr(d[c], name)(skipna=False), rows[:0])
    same(lambda m, d: getattr(d[["x", "y"]], name)(skipna=False), rows)


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
def test_missing_values_that_count_among_others() -> None:
    for column, name in (("t", "min"), ("d", "sum"), ("d", "std"), ("s", "max"), ("s", "any"), ("z", "all")):
        same(lambda m, d, c=column, n=name: getattr(d[c], n)(skipna=False), ROWS)
        same(lambda m, d, c=column, n=name: getattr(d[c].dropna(), n)(skipna=False), ROWS)
    truths = pd.Series([True, None, False], dtype="boolean")
    for name in ("any", "all"):
        for part in (slice(0, 2), slice(1, 3), slice(0, 0), slice(1, 2), slice(0, 1)):
            same(lambda m, s, n=name: getattr(s, n)(skipna=False), truths[part])
            same(lambda m, s, n=name: getattr(s, n)(skipna=False), truths[part].astype("bool[pyarrow]"))
    assert bigframe.from_pandas(ROWS).t.min(skipna=False) is pd.NaT


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
def test_ordered_categories() -> None:
    rows = ROWS.s.astype(pd.CategoricalDtype(["b", "a", "c", ""], ordered=True))
    for name in ("min", "max"):
        same(lambda m, s, n=name: getattr(s, n)(), rows)
        same(lambda m, s, n=name: getattr(s, n)(skipna=False), rows)
        same(lambda m, s, n=name: getattr(s, n)(), rows[:0])


ALL_TOGETHER: dict[str, Callable[[Any], Any]] = {
    "any": lambda d: (d > 4).any(axis=None),
    "all": lambda d: (d > -10).all(axis=None),
    "all of numbers": lambda d: d.all(axis=None),
    "bools alone": lambda d: d.assign(b=d.x > 0, s="x").all(bool_only=True),
    "sum": lambda d: d.sum(axis=None),
    "largest": lambda d: d.max(axis=None),
    "smallest whole number": lambda d: d[["x"]].min(axis=None),
}


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("case", ALL_TOGETHER)
def test_all_columns_together(case: str) -> None:
    same(lambda m, d: ALL_TOGETHER[case](d), ROWS[["x", "y"]])
