"""Group-by against pandas: keys, settings, reductions, shapes of results, dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "k": ["b", "a", None, "b", "a", "c", "", "b", None, "a"],
        "n": [3, 1, 3, 2, 1, 1, 2, 3, 2, 1],
        "f": [0.5, np.nan, 0.5, -1.0, 2.0, np.nan, 0.0, 0.5, np.nan, 2.0],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2024-01-02", None, "2020-02-29"] + ["2021-01-01"] * 4),
        "b": [True, False, True, True, False, True, False, False, True, True],
        "x": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        "y": [1.5, np.nan, 2.5, np.nan, -3.0, np.nan, 0.25, 1e300, 2.0, 4.0],
        "s": ["p", None, "q", "", "p", None, "r", "s", "t", "p"],
        "i": np.array([100, 1, 2, 100, 3, 4, 5, 100, 6, 7], dtype="int8"),
    },
    index=[5, 3, 3, 9, 0, -1, 5, 7, 2, 2],
)
EMPTY = ROWS.iloc[:0]
NUMBERS = ["x", "y", "i"]

KEYS: dict[str, Callable[[Any, Any], Any]] = {
    "string": lambda m, d: d.groupby("k").x.sum(),
    "integer": lambda m, d: d.groupby("n").x.sum(),
    "float": lambda m, d: d.groupby("f").x.sum(),
    "datetime": lambda m, d: d.groupby("t").x.sum(),
    "bool": lambda m, d: d.groupby("b").x.sum(),
    "several": lambda m, d: d.groupby(["k", "n"]).x.sum(),
    "three": lambda m, d: d.groupby(["b", "n", "k"])[["x", "y"]].sum(),
    "list of one": lambda m, d: d.groupby(["k"]).x.sum(),
    "missing kept": lambda m, d: d.groupby("k", dropna=False).x.sum(),
    "missing float kept": lambda m, d: d.groupby("f", dropna=False).x.sum(),
    "missing datetime kept": lambda m, d: d.groupby("t", dropna=False).x.count(),
    "several missing kept": lambda m, d: d.groupby(["k", "f"], dropna=False).x.sum(),
    "as they come": lambda m, d: d.groupby("k", sort=False).x.sum(),
    "several as they come": lambda m, d: d.groupby(["n", "k"], sort=False).x.sum(),
    "missing as they come": lambda m, d: d.groupby("k", sort=False, dropna=False).x.sum(),
    "columns": lambda m, d: d.groupby("k", as_index=False).x.sum(),
    "several as columns": lambda m, d: d.groupby(["k", "n"], as_index=False).agg(total=("x", "sum")),
    "columns as they come": lambda m, d: d.groupby(["k", "n"], as_index=False, sort=False)[["x"]].max(),
    "a column of the frame": lambda m, d: d.groupby(d.k).x.sum(),
    "a computed column": lambda m, d: d.groupby(d.x % 3).y.sum(),
    "a comparison": lambda m, d: d.groupby(d.x > 4)[["x", "i"]].sum(),
    "label and column": lambda m, d: d.groupby(["k", d.x > 4]).x.sum(),
    "renamed column": lambda m, d: d.groupby((d.x * 2).rename("double")).x.sum(),
    "a column of its own name": lambda m, d: d.groupby(d["n"])[["x"]].sum(),
    "level": lambda m, d: d.groupby(level=0).x.sum(),
    "level of a set index": lambda m, d: d.set_index("k").groupby(level="k").x.sum(),
    "level by name": lambda m, d: d.set_index("k").groupby("k").x.sum(),
    "one level of two": lambda m, d: d.set_index(["k", "n"]).groupby(level="n").x.sum(),
    "two levels": lambda m, d: d.set_index(["k", "n"]).groupby(level=[1, 0]).x.sum(),
    "level of a filtered frame": lambda m, d: d[d.x > 3].groupby(level=0).x.sum(),
    "series by series": lambda m, d: d.x.groupby(d.k).sum(),
    "series by two": lambda m, d: d.x.groupby([d.k, d.n]).max(),
    "series by level": lambda m, d: d.x.groupby(level=0).sum(),
    "series by computed": lambda m, d: d.x.groupby(d.s.str.upper()).sum(),
    "after a filter": lambda m, d: d[d.b].groupby("k").x.sum(),
    "after a sort": lambda m, d: d.sort_values("y").groupby("k", sort=False).x.first(),
    "of a group": lambda m, d: d.groupby(["k", "n"]).x.sum().groupby(level=0).max(),
    "of a join": lambda m, d: d.merge(d, on="k").groupby("n_x").x_y.sum(),
    "of a concat": lambda m, d: m.concat([d, d]).groupby("k").x.sum(),
    "narrow integer": lambda m, d: d.groupby("i").x.sum(),
}


@pytest.mark.parametrize("case", KEYS)
def test_keys(case: str) -> None:
    same(KEYS[case], ROWS)


@pytest.mark.parametrize("case", [name for name in KEYS if name not in ("of a join",)])
def test_keys_of_nothing(case: str) -> None:
    same(KEYS[case], EMPTY)


REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda g: g.sum(),
    "sum at least": lambda g: g.sum(min_count=2),
    "prod": lambda g: g.prod(),
    "prod at least": lambda g: g.prod(min_count=3),
    "mean": lambda g: g.mean(),
    "median": lambda g: g.median(),
    "min": lambda g: g.min(),
    "max": lambda g: g.max(),
    "count": lambda g: g.count(),
    "var": lambda g: g.var(),
    "var of the population": lambda g: g.var(ddof=0),
    "std": lambda g: g.std(),
    "std of the population": lambda g: g.std(ddof=0),
    "first": lambda g: g.first(),
    "last": lambda g: g.last(),
    "any": lambda g: g.any(),
    "all": lambda g: g.all(),
    "nunique": lambda g: g.nunique(),
    "nunique with missing": lambda g: g.nunique(dropna=False),
    "quantile": lambda g: g.quantile(0.3),
    "quantile lower": lambda g: g.quantile(0.3, interpolation="lower"),
    "quantile higher": lambda g: g.quantile(0.3, interpolation="higher"),
    "quantile nearest": lambda g: g.quantile(0.5, interpolation="nearest"),
    "quantile midpoint": lambda g: g.quantile(0.3, interpolation="midpoint"),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("key", ["k", "n"])
def test_reductions_of_numbers(reduction: str, key: str) -> None:
    same(lambda m, d: REDUCTIONS[reduction](d.groupby(key)[NUMBERS]), ROWS)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_of_nothing(reduction: str) -> None:
    same(lambda m, d: REDUCTIONS[reduction](d.groupby("k")[NUMBERS]), EMPTY)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_of_one_column(reduction: str) -> None:
    same(lambda m, d: REDUCTIONS[reduction](d.groupby("n").y), ROWS)


ANY_TYPE = ["min", "max", "count", "first", "last", "nunique", "nunique with missing"]


@pytest.mark.parametrize("reduction", ANY_TYPE)
def test_reductions_of_every_type(reduction: str) -> None:
    same(lambda m, d: REDUCTIONS[reduction](d.groupby("n")), ROWS)
    same(lambda m, d: REDUCTIONS[reduction](d.groupby("n")), EMPTY)


@pytest.mark.parametrize("reduction", ["sum", "sum at least", "mean", "any", "all", "min", "prod", "var", "median"])
def test_reductions_of_bools(reduction: str) -> None:
    same(lambda m, d: REDUCTIONS[reduction](d.groupby("k").b), ROWS)


@pytest.mark.parametrize("reduction", ["sum", "any", "all"])
def test_reductions_of_strings(reduction: str) -> None:
    same(lambda m, d: REDUCTIONS[reduction](d.groupby("n").s), ROWS)


@pytest.mark.parametrize("reduction", ["mean", "median", "min", "max"])
def test_reductions_of_datetimes(reduction: str) -> None:
    same(lambda m, d: REDUCTIONS[reduction](d.groupby("n").t), ROWS)


@pytest.mark.parametrize("factor", [1, 2])
def test_narrow_sums_widen_when_they_must(factor: int) -> None:
    """Three times 100 does not fit int8; without those rows everything does."""
    same(lambda m, d: d[d.i < 200 // factor].groupby("n").i.sum(), ROWS)


AGGREGATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "name": lambda m, d: d.groupby("k")[NUMBERS].agg("sum"),
    "names": lambda m, d: d.groupby("k")[NUMBERS].agg(["sum", "mean", "count"]),
    "builtins": lambda m, d: d.groupby("k")[["x"]].agg([min, max]),
    "numpy": lambda m, d: d.groupby("k")[["x"]].agg(np.sum),
    "dictionary": lambda m, d: d.groupby("k").agg({"x": "sum", "y": "mean"}),
    "dictionary of lists": lambda m, d: d.groupby("k").agg({"x": ["sum", "max"], "y": ["mean"]}),
    "dictionary of both": lambda m, d: d.groupby("k").agg({"x": ["sum", "max"], "y": "mean"}),
    "named": lambda m, d: d.groupby("k").agg(total=("x", "sum"), top=("y", "max"), rows=("x", "size")),
    "named tuples": lambda m, d: d.groupby("k").agg(
        total=m.NamedAgg("x", "sum"), top=m.NamedAgg(column="y", aggfunc="max")
    ),
    "named one": lambda m, d: d.groupby("k").agg(total=("x", "sum")),
    "named columns": lambda m, d: d.groupby("k", as_index=False).agg(total=("x", "sum"), low=("y", "min")),
    "named over the key": lambda m, d: d.groupby("n").agg(largest=("n", "max")),
    "same column twice": lambda m, d: d.groupby("k").agg(a=("x", "sum"), b=("x", "sum")),
    "dictionary with columns": lambda m, d: d.groupby("k", as_index=False).agg({"x": "sum", "y": "mean"}),
    "list": lambda m, d: d.groupby("k").agg(all=("x", list)),
    "series name": lambda m, d: d.groupby("k").x.agg("sum"),
    "series names": lambda m, d: d.groupby("k").x.agg(["sum", "max"]),
    "series named": lambda m, d: d.groupby("k").x.agg(total="sum", top="max"),
    "series builtin": lambda m, d: d.groupby("k").x.agg(sum),
    "everything named": lambda m, d: d.groupby("n").agg(
        a=("x", "sum"),
        b=("x", "prod"),
        c=("x", "mean"),
        d=("x", "median"),
        e=("x", "min"),
        f=("s", "max"),
        g=("s", "count"),
        h=("y", "var"),
        i=("y", "std"),
        j=("b", "any"),
        k=("b", "all"),
        l=("s", "first"),
        m=("s", "last"),
        n=("s", "nunique"),
    ),
    "one step and two steps": lambda m, d: d.groupby("n").agg(a=("x", "sum"), b=("x", "median"), c=("s", "first")),
    "size": lambda m, d: d.groupby("k").size(),
    "size with columns": lambda m, d: d.groupby("k", as_index=False).size(),
    "size of a series": lambda m, d: d.groupby("k").x.size(),
    "size with missing": lambda m, d: d.groupby(["k", "f"], dropna=False).size(),
    "numeric only": lambda m, d: d.groupby("n").sum(numeric_only=True),
    "mean numeric only": lambda m, d: d.groupby("k").mean(numeric_only=True),
    "all columns": lambda m, d: d[["n", "x", "y"]].groupby("n").sum(),
    "no columns": lambda m, d: d[["n"]].groupby("n").sum(),
    "list of one column": lambda m, d: d.groupby("k")[["x"]].sum(),
    "attribute": lambda m, d: d.groupby("k").y.max(),
    "then arithmetic": lambda m, d: d.groupby("k").x.sum() / d.groupby("k").x.count(),
    "then reset": lambda m, d: d.groupby(["k", "n"]).x.sum().reset_index(),
    "then sort": lambda m, d: d.groupby("k").x.sum().sort_values(ascending=False),
    "then filter": lambda m, d: d.groupby("k").agg(total=("x", "sum")).query("total > 6"),
    "then head": lambda m, d: d.groupby("k").x.sum().head(2),
    "then merge": lambda m, d: d.merge(d.groupby("k", as_index=False).agg(total=("x", "sum")), on="k"),
}


@pytest.mark.parametrize("case", AGGREGATIONS)
def test_aggregations(case: str) -> None:
    same(AGGREGATIONS[case], ROWS)


@pytest.mark.parametrize(
    "case", [name for name in AGGREGATIONS if name != "list"]
)  # pandas makes lists of nothing int64
def test_aggregations_of_nothing(case: str) -> None:
    same(AGGREGATIONS[case], EMPTY)


MANY = pd.DataFrame(
    {
        "k": np.where(np.arange(200) % 5 < 2, "hot", np.array([f"k{n % 7}" for n in range(200)])),
        "n": [n % 3 for n in range(200)],
        "x": [n * n % 31 for n in range(200)],
        "y": [np.nan if n % 11 == 0 else (-0.0 if n % 13 == 0 else n % 4 / 2) for n in range(200)],
        "s": [None if n % 6 == 0 else f"s{n * 7 % 23}" for n in range(200)],
        "t": pd.to_datetime([None if n % 9 == 0 else f"2024-01-{n % 17 + 1:02d}" for n in range(200)]),
        "b": [n % 8 == 0 for n in range(200)],
        "i": np.array([n % 5 for n in range(200)], dtype="int8"),
        "none": [np.nan] * 200,
    }
).assign(k=lambda d: d.k.where(d.index % 10 != 3))

DISTINCT: dict[str, Callable[[Any, Any], Any]] = {
    "one column": lambda m, d: d.groupby("k").x.nunique(),
    "every column": lambda m, d: d.groupby("k").nunique(),
    "missing counts": lambda m, d: d.groupby("k").nunique(dropna=False),
    "missing groups": lambda m, d: d.groupby("k", dropna=False).nunique(),
    "missing groups as they come": lambda m, d: d.groupby("k", dropna=False, sort=False).nunique(),
    "as they come": lambda m, d: d.groupby("k", sort=False).s.nunique(),
    "only missing values": lambda m, d: d.groupby("n").none.nunique(),
    "two keys": lambda m, d: d.groupby(["k", "n"], dropna=False)[["x", "y", "s"]].nunique(),
    "of a key": lambda m, d: d.groupby("n").agg(keys=("n", "nunique"), texts=("s", "nunique")),
    "of a computed column": lambda m, d: d.assign(half=d.x // 2).groupby("n").half.nunique(),
    "beside sums": lambda m, d: d.groupby("k").agg(a=("x", "nunique"), b=("x", "sum"), c=("y", "mean"), d=("s", "max")),
    "beside sums as they come": lambda m, d: d.groupby("k", sort=False, dropna=False).agg(
        a=("s", "nunique"), b=("i", "sum"), c=("t", "min"), d=("b", "all"), e=("x", "size")
    ),
    "several of a type": lambda m, d: d.groupby("n").agg(
        a=("x", "nunique"), b=("i", "nunique"), c=("n", "nunique"), d=("y", "nunique"), e=("none", "nunique")
    ),
    "beside what has no steps": lambda m, d: d.groupby("k").agg(a=("x", "nunique"), b=("x", "median")),
    "as columns": lambda m, d: d.groupby(["k", "n"], as_index=False).agg(a=("x", "nunique"), b=("x", "sum")),
    "after a filter of everything": lambda m, d: d[d.x > 99].groupby("k").agg(a=("x", "nunique"), b=("x", "sum")),
    "of a join": lambda m, d: d.merge(d[["k", "x"]].drop_duplicates(), on="k").groupby("k").x_y.nunique(),
    "of no groups": lambda m, d: d.nunique(),
    "of no groups with missing": lambda m, d: d.nunique(dropna=False),
    "of a column": lambda m, d: d.s.nunique() + d.x.nunique(),
}


@pytest.mark.parametrize("case", DISTINCT)
def test_counts_of_distinct_values(case: str) -> None:
    same(DISTINCT[case], MANY)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such key": lambda m, d: d.groupby("absent").x.sum(),
    "no such column": lambda m, d: d.groupby("k")["absent"],
    "no such columns": lambda m, d: d.groupby("k")[["absent"]],
    "no such attribute": lambda m, d: d.groupby("k").absent,
    "no such reduction": lambda m, d: d.groupby("k").x.agg("absent"),
    "nothing to group by": lambda m, d: d.groupby(),
    "nothing to aggregate": lambda m, d: d.groupby("k").agg(),
    "mean of strings": lambda m, d: d.groupby("k").s.mean(),
    "no such level": lambda m, d: d.groupby(level="absent").x.sum(),
    "no such column in a dictionary": lambda m, d: d.groupby("k").agg({"absent": "sum"}),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)
