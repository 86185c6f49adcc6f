"""Sorting against pandas: keys, directions, missing values, stable ties, and the largest and smallest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "k": ["b", "a", None, "B", "", "b", "ä", None, "a", "10", "9"],
        "n": [3, 1, 2, 3, 1, 2, 3, 3, 1, 2, 1],
        "f": [0.5, np.nan, -0.0, 0.0, np.inf, -np.inf, 2.0, np.nan, 0.5, 1e-300, -3.0],
        "t": pd.to_datetime(["2024-01-02", None, "1969-05-06", "2024-01-02", None, "2020-02-29"] + ["2021-01-01"] * 5),
        "b": [True, False, True, True, False, True, False, False, True, True, False],
        "u": [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    },
    index=[5, 3, 3, 9, 0, -1, 5, 7, 2, 2, 4],
)
EMPTY = ROWS.iloc[:0]

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "unique": lambda m, d: d.sort_values("u"),
    "unique descending": lambda m, d: d.sort_values("u", ascending=False),
    "strings": lambda m, d: d.sort_values("k", kind="stable"),
    "strings descending": lambda m, d: d.sort_values("k", ascending=False, kind="stable"),
    "floats": lambda m, d: d.sort_values("f", kind="stable"),
    "floats descending": lambda m, d: d.sort_values("f", ascending=False, kind="stable"),
    "datetimes": lambda m, d: d.sort_values("t", kind="stable"),
    "datetimes descending": lambda m, d: d.sort_values("t", ascending=False, kind="stable"),
    "bools": lambda m, d: d.sort_values("b", kind="stable"),
    "missing first": lambda m, d: d.sort_values("f", na_position="first", kind="stable"),
    "missing first descending": lambda m, d: d.sort_values("k", ascending=False, na_position="first", kind="stable"),
    "ties": lambda m, d: d.sort_values("n", kind="stable"),
    "ties descending": lambda m, d: d.sort_values("n", ascending=False, kind="stable"),
    "two": lambda m, d: d.sort_values(["n", "k"]),
    "two with directions": lambda m, d: d.sort_values(["n", "k"], ascending=[False, True]),
    "two descending": lambda m, d: d.sort_values(["k", "n"], ascending=False),
    "three": lambda m, d: d.sort_values(["b", "n", "f"], ascending=[True, False, True]),
    "two, missing first": lambda m, d: d.sort_values(["k", "u"], na_position="first"),
    "list of one": lambda m, d: d.sort_values(["u"], ascending=[False]),
    "new index": lambda m, d: d.sort_values("u", ignore_index=True),
    "index level": lambda m, d: d.set_index("u").sort_values("u"),
    "index level and column": lambda m, d: d.set_index("n").sort_values(["n", "u"]),
    "index": lambda m, d: d.sort_index(kind="stable"),
    "index descending": lambda m, d: d.sort_index(ascending=False, kind="stable"),
    "index of strings": lambda m, d: d.set_index("k").sort_index(kind="stable"),
    "index, missing first": lambda m, d: d.set_index("k").sort_index(na_position="first", kind="stable"),
    "two levels": lambda m, d: d.set_index(["n", "k"]).sort_index(),
    "new index by index": lambda m, d: d.sort_index(ignore_index=True, kind="stable"),
    "default index backwards": lambda m, d: d.reset_index(drop=True).sort_index(ascending=False),
    "series": lambda m, d: d.f.sort_values(kind="stable"),
    "series descending": lambda m, d: d.k.sort_values(ascending=False, kind="stable"),
    "series, missing first": lambda m, d: d.f.sort_values(na_position="first", kind="stable"),
    "series, new index": lambda m, d: d.u.sort_values(ignore_index=True),
    "series by index": lambda m, d: d.u.sort_index(kind="stable"),
    "twice": lambda m, d: d.sort_values("u").sort_values("n", kind="stable"),
    "sort, filter, sort": lambda m, d: (lambda s: s[s.n > 1])(d.sort_values("u")).sort_values("b", kind="stable"),
    "then head": lambda m, d: d.sort_values(["n", "u"]).head(3),
    "then tail": lambda m, d: d.sort_values(["n", "u"]).tail(3),
    "then a new column": lambda m, d: d.sort_values("u").assign(w=lambda s: s.u * 2),
    "computed": lambda m, d: d.assign(w=d.u % 4).sort_values(["w", "u"]).drop(columns="w"),
    "key": lambda m, d: d.sort_values("k", key=lambda s: s.str.lower(), kind="stable"),
    "key, missing first": lambda m, d: d.sort_values("f", key=abs, na_position="first", kind="stable"),
    "key descending": lambda m, d: d.sort_values("t", key=lambda s: s.dt.month, ascending=False, kind="stable"),
    "key of places": lambda m, d: d.sort_values("n", key=lambda s: s.map({1: 2, 2: 3, 3: 1}), kind="stable"),
    "key of two": lambda m, d: d.sort_values(["n", "u"], key=lambda s: -s if s.name == "u" else s),
    "key of a window": lambda m, d: d.sort_values("u", key=lambda s: s.rank(ascending=False)),
    "key of a series": lambda m, d: d.k.sort_values(key=lambda s: s.str.lower(), ignore_index=True, kind="stable"),
    "largest": lambda m, d: d.nlargest(4, "u"),
    "largest with ties": lambda m, d: d.nlargest(5, "n"),
    "largest with missing": lambda m, d: d.nlargest(11, "f"),
    "largest by two": lambda m, d: d.nlargest(6, ["n", "u"]),
    "largest of too many": lambda m, d: d.nlargest(100, "u"),
    "largest of none": lambda m, d: d.nlargest(0, "u"),
    "smallest": lambda m, d: d.nsmallest(4, "u"),
    "smallest with ties": lambda m, d: d.nsmallest(3, "n"),
    "smallest by two": lambda m, d: d.nsmallest(3, ["n", "u"]),
    "largest of a series": lambda m, d: d.f.nlargest(3),
    "largest of a series with ties": lambda m, d: d.n.nlargest(3),
    "smallest of a series": lambda m, d: d.f.nsmallest(3),
    "smallest of a series with ties": lambda m, d: d.n.nsmallest(3),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], ROWS)


@pytest.mark.parametrize("case", CASES)
def test_nothing(case: str) -> None:
    same(CASES[case], EMPTY)


def test_ties_of_an_unstable_sort_are_a_set() -> None:
    same(lambda m, d: d.sort_values("n"), ROWS, ordered=False)


@pytest.mark.parametrize("ascending", [True, False])
def test_many_rows(ascending: bool) -> None:
    chosen = np.random.default_rng(5)
    rows = pd.DataFrame({"a": chosen.integers(0, 40, 1000), "b": chosen.random(1000), "c": np.arange(1000)})
    rows.loc[rows.c % 17 == 0, "b"] = np.nan
    same(lambda m, d: d.sort_values(["a", "b"], ascending=ascending), rows)
    same(lambda m, d: d.sort_values("b", ascending=ascending, kind="stable"), rows)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such column": lambda m, d: d.sort_values("absent"),
    "directions of another number": lambda m, d: d.sort_values(["n", "k"], ascending=[True]),
    "no such position": lambda m, d: d.sort_values("n", na_position="middle"),
    "largest of no column": lambda m, d: d.nlargest(3, "absent"),
    "largest of strings": lambda m, d: d.nlargest(3, "k"),
    "largest of a series of strings": lambda m, d: d.k.nlargest(3),
    "largest that keeps nothing": lambda m, d: d.nlargest(3, "n", keep="some"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


GATHERED: dict[str, Callable[[Any, Any], Any]] = {
    "key of an array": lambda m, d: d.sort_values("u", key=lambda s: s.to_numpy() * -1),
    "key of other rows": lambda m, d: d.sort_values("u", key=lambda s: s.sort_values(ascending=False)),
    "key of a level": lambda m, d: d.set_index("u").sort_values("u", key=lambda s: -s),
    "columns": lambda m, d: d[["n"]].sort_values(d.index.max(), axis=1),
    "all largest": lambda m, d: d.nlargest(3, "n", keep="all"),
    "last largest": lambda m, d: d.nlargest(3, "n", keep="last"),
    "key of an index": lambda m, d: d.sort_index(key=lambda s: -s, kind="stable"),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", GATHERED)
def test_gathered(case: str) -> None:
    same(GATHERED[case], ROWS)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_a_key_that_pandas_refuses() -> None:
    same_error(lambda m, d: d.sort_values("n", key=lambda s: s.absent), ROWS)
    same_error(lambda m, d: d.sort_values("n", key=lambda s: s[s > 1]), ROWS)


def test_an_order_that_only_a_condition_sees() -> None:
    rows = pd.DataFrame({"a": np.random.default_rng(5).permutation(5000)}).assign(even=lambda d: d.a % 2 == 0)
    same(lambda m, d: d.sort_values("a").even.astype(str).reset_index(drop=True), rows)
    same(lambda m, d: d.sort_values("a").even.map({True: "even", False: "odd"}), rows)
    same(lambda m, d: d.merge(d[d.even], on="a", how="outer", indicator=True)["_merge"].astype(str), rows)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_extremes_come_before_missing_values(n: int) -> None:
    values = pd.Series([np.nan, 2.0, np.nan, 3.0], index=[4, 3, 2, 1], name="x")
    same(lambda m, s: s.nlargest(n), values)
    same(lambda m, s: s.nsmallest(n), values)
