"""Groups of ordered categories, of the same key twice, and of first and last rows, against pandas, without gathering."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

pytestmark = pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")

ROWS = pd.DataFrame(
    {
        "k": ["b", "a", None, "b", "a", "b"],
        "n": [1, 2, 1, 1, 2, 1],
        "x": [1, 2, 3, 4, 5, 6],
        "y": [1.5, np.nan, np.nan, 2, np.nan, np.nan],
        "o": pd.Categorical(["z", "a", None, "a", "b", "b"], categories=["z", "b", "a", ""], ordered=True),
        "u": pd.Categorical(["z", "a", None, "a", "b", "b"], categories=["z", "a", "b"]),
        "t": pd.to_datetime(["2020-01-02", None, "2021-03-04", "2020-05-06", "2020-01-01", "2020-01-09"]),
        "s": ["p", None, "q", "", "p", "r"],
        "i": pd.array([1, None, 3, 4, None, 6], dtype="Int8"),
    }
)
EMPTY = ROWS.iloc[:0]

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "greatest": lambda m, d: d.groupby("n").o.max(),
    "least beside numbers": lambda m, d: d.groupby("n", as_index=False)[["o", "x"]].min(),
    "least and greatest": lambda m, d: d.groupby("k").agg({"o": ["min", "max"], "x": "sum"}),
    "greatest unless missing": lambda m, d: d.groupby("n").o.max(skipna=False),
    "ranks": lambda m, d: d.groupby("n")[["o", "x"]].rank(ascending=False),
    "ranks as they come, missing first": lambda m, d: d.groupby("n")[["y", "s", "t", "o"]].rank(
        "first", na_option="top"
    ),
    "shares as they come, missing last": lambda m, d: d.groupby("n")[["y", "s", "t"]].rank(
        "first", na_option="bottom", ascending=False, pct=True
    ),
    "the same key twice": lambda m, d: d.groupby(["n", "n"]).x.sum(),
    "the same key twice, per row": lambda m, d: d.groupby(["n", d.n]).x.cumsum(),
    "quantile per row": lambda m, d: d.groupby("n").x.transform("quantile", 0.3),
    "median per row": lambda m, d: d.groupby("n")[["x", "y"]].transform("quantile"),
    "first row": lambda m, d: d.groupby("n").first(skipna=False),
    "last row of enough": lambda m, d: d.groupby("n").last(min_count=2),
    "last of nullable": lambda m, d: d.groupby("n").i.last(skipna=False),
    "filled from near before": lambda m, d: d.groupby("n")[["y", "s", "t"]].ffill(limit=1),
    "filled from near after": lambda m, d: d.groupby("n").y.bfill(1),
    "all, missing too": lambda m, d: d.groupby("n")[["x", "y"]].all(skipna=False),
    "any, missing too": lambda m, d: d.groupby("n")[["x", "y"]].any(skipna=False),
    "greatest per row": lambda m, d: d.groupby("n")[["o", "x"]].transform("max"),
    "first time of enough": lambda m, d: d.groupby("n").t.first(min_count=3),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rows", [ROWS, EMPTY], ids=["rows", "empty"])
def test_groups(case: str, rows: pd.DataFrame) -> None:
    same(CASES[case], rows)


@pytest.mark.parametrize("method", ["min", "max", "rank"])
def test_categories_without_an_order(method: str) -> None:
    same_error(lambda m, d: getattr(d.groupby("n").u, method)(), ROWS)


def test_functions_of_columns_that_are_not_there() -> None:
    with pytest.raises(KeyError, match=r"Label\(s\) \['aa', 'zz'\] do not exist"):
        bigframe.from_pandas(ROWS).groupby("n").agg({"zz": "sum", "x": "max", "aa": "max"})
    same_error(lambda m, d: d.groupby("n")[["x"]].agg({"u": "count"}), ROWS)
    same_error(lambda m, d: d.groupby("n")[["x"]].agg(counted=("u", "count")), ROWS)
    same_error(lambda m, d: d.groupby("n").agg(counted=m.NamedAgg("zz", "count")), ROWS)
    with pytest.raises(KeyError, match=r"Label\(s\) \['zz'\] do not exist"):
        bigframe.from_pandas(ROWS).groupby("n").agg(counted=bigframe.NamedAgg("zz", "count"))


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_arguments_of_a_named_aggregation() -> None:
    def spread(values: Any, share: float) -> float:
        return float(values.quantile(1 - share) - values.quantile(share))

    same(lambda m, d: d.groupby("n").agg(q=pd.NamedAgg("x", spread, 0.25)), ROWS)


def test_a_column_that_came_after_the_groups() -> None:
    def late(m: Any, d: Any) -> Any:
        groups = d.groupby("n")
        d["z"] = d.x * 2
        return groups["z"].sum()

    same(late, ROWS)


def test_methods_are_functions_of_their_owner() -> None:
    column = bigframe.from_pandas(ROWS).x
    assert bigframe.Series.rank(column).to_list() == ROWS.x.rank().to_list()
    assert not hasattr(column.groupby([1, 1, 1, 2, 2, 2]), "corrwith")


CATEGORIES: dict[str, Callable[[Any, Any], Any]] = {
    "fewer": lambda m, d: d.c.cat.remove_categories([d.c.cat.categories[0]]),
    "those that occur": lambda m, d: d.c.cat.remove_unused_categories(),
    "ordered": lambda m, d: d.c.cat.as_ordered(),
    "greatest of ordered": lambda m, d: d.assign(c=d.c.cat.as_ordered()).groupby("n").c.max(),
    "unordered": lambda m, d: d.c.cat.as_unordered(),
    "renamed": lambda m, d: d.c.cat.rename_categories({d.c.cat.categories[0]: 99}),
    "others": lambda m, d: d.c.cat.set_categories([d.c.cat.categories[1], "new"], ordered=True),
    "others in their places": lambda m, d: d.c.cat.set_categories(["new"], rename=True),
    "more": lambda m, d: d.c.cat.add_categories(["new"]),
    "in another order": lambda m, d: d.c.cat.reorder_categories(list(d.c.cat.categories[::-1])),
    "places": lambda m, d: d.c.cat.codes,
}
KINDS = {
    "texts": (["z", "a", None, "a", "b", "b"], ["z", "b", "a", ""]),
    "integers": ([3, 1, None, 1, 2, 2], [2, 3, 1]),
    "floats": ([1.5, 2.0, None, 1.5, 1.5, 2.0], [2.0, 1.5, 7.0]),
    "times": (pd.to_datetime(["2020-01-02", "2020-01-01", None] * 2), pd.to_datetime(["2020-01-02", "2020-01-01"])),
}


@pytest.mark.parametrize("case", CATEGORIES)
@pytest.mark.parametrize("kind", KINDS)
def test_categories_changed(case: str, kind: str) -> None:
    values, categories = KINDS[kind]
    same(CATEGORIES[case], pd.DataFrame({"n": ROWS.n, "c": pd.Categorical(values, categories=categories)}))


def test_categories_that_nobody_saw_are_counted() -> None:
    rows = ROWS.assign(u=ROWS.u.cat.add_categories(["unseen"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bigframe.PerformanceWarning)
        same(lambda m, d: d[["u", "n"]].value_counts(), rows)
        same(lambda m, d: d.value_counts(["n", "u"], normalize=True, ascending=True, dropna=False), rows)
        same(lambda m, d: d.groupby("n").u.value_counts(), rows)
        same(lambda m, d: d.groupby("n")[["u", "x"]].value_counts(sort=False), rows)
