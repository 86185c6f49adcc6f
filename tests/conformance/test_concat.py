"""``concat`` against pandas: rows one after another, and columns of the same rows side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

A = pd.DataFrame({"x": [1, 2, 3], "s": ["p", None, ""], "b": [True, False, True]}, index=[5, 3, 3])
B = pd.DataFrame({"x": [1.5, np.nan], "s": ["q", "r"], "t": pd.to_datetime(["2024-01-02", None])}, index=[9, 5])
NOTHING = A.iloc[:0]

CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "itself": lambda m, a, b: m.concat([a, a]),
    "two": lambda m, a, b: m.concat([a[["x", "s"]], b[["x", "s"]]]),
    "three": lambda m, a, b: m.concat([a, a[a.x > 1], a.head(1)]),
    "one": lambda m, a, b: m.concat([a]),
    "new index": lambda m, a, b: m.concat([a, a], ignore_index=True),
    "missing columns": lambda m, a, b: m.concat([a[["x", "s"]], a[["x"]]]),
    "missing integers": lambda m, a, b: m.concat([a[["s"]], a[["x"]]], ignore_index=True),
    "missing bools": lambda m, a, b: m.concat([a[["s"]], a[["b"]]], ignore_index=True),
    "missing strings and times": lambda m, a, b: m.concat([a[["x"]], b]),
    "common columns": lambda m, a, b: m.concat([a, b], join="inner"),
    "common columns, new index": lambda m, a, b: m.concat([a, b], join="inner", ignore_index=True),
    "columns in another order": lambda m, a, b: m.concat([a[["x", "s"]], a[["s", "x"]]]),
    "sorted columns": lambda m, a, b: m.concat([a[["x", "s"]], a[["s", "b"]]], sort=True),
    "integer and float": lambda m, a, b: m.concat([a[["x"]], b[["x"]]]),
    "narrow and wide": lambda m, a, b: m.concat([a[["x"]].astype("int8"), a[["x"]]]),
    "default indexes": lambda m, a, b: m.concat([a.reset_index(drop=True), a.reset_index(drop=True)]),
    "names of indexes": lambda m, a, b: m.concat([a.set_index("s"), a.set_index("s")]),
    "unlike names of indexes": lambda m, a, b: m.concat(
        [a.set_index("s")[["x"]], a.rename(columns={"s": "q"}).set_index("q")[["x"]]]
    ),
    "series": lambda m, a, b: m.concat([a.x, a.x]),
    "series of two names": lambda m, a, b: m.concat([a.x, a.b.astype("int64")]),
    "series and frame": lambda m, a, b: m.concat([a[["x"]], a.x]),
    "filtered": lambda m, a, b: m.concat([a[a.x > 1], a[a.x < 3]]),
    "then a filter": lambda m, a, b: (lambda c: c[c.x > 1])(m.concat([a, a])),
    "then a group": lambda m, a, b: m.concat([a, a]).groupby("s").x.sum(),
    "then a sort": lambda m, a, b: m.concat([a, a]).sort_values("x", kind="stable"),
    "then duplicates dropped": lambda m, a, b: m.concat([a, a]).drop_duplicates("x"),
    "then a merge": lambda m, a, b: m.concat([a, a]).merge(a, on="x"),
    "then some columns": lambda m, a, b: m.concat([a, b])[["x"]],
    "then a tail": lambda m, a, b: m.concat([a, a]).tail(4),
    "then an index": lambda m, a, b: m.concat([a, a]).reset_index(),
    "then the index only": lambda m, a, b: m.concat([a, a]).index,
    "of groups": lambda m, a, b: m.concat([a.groupby("s").x.sum(), a.groupby("s").x.max()]),
    "nested": lambda m, a, b: m.concat([m.concat([a, a]), a]),
    "columns": lambda m, a, b: m.concat([a[["x"]], a[["s"]]], axis=1),
    "columns of series": lambda m, a, b: m.concat([a.x, a.s, a.x * 2], axis=1),
    "numbered columns": lambda m, a, b: m.concat([a.x, a.s], axis=1, ignore_index=True),
    "columns by name": lambda m, a, b: m.concat([a.x, a.s], axis="columns"),
    "keys": lambda m, a, b: m.concat([a, b], keys=["a", "b"]),
    "numbers as keys": lambda m, a, b: m.concat([a, b, a], keys=[3, 1, 2]),
    "tuples as keys": lambda m, a, b: m.concat([a, b], keys=[("a", 1), ("b", 2)], names=["u", "v"]),
    "dictionary": lambda m, a, b: m.concat({"a": a, "b": b}, names=["from"]),
    "some of a dictionary": lambda m, a, b: m.concat({"a": a, "b": b}, keys=["b"]),
    "keys and names of all levels": lambda m, a, b: m.concat([a, b], keys=["a", "b"], names=["from", "row"]),
    "keys of series": lambda m, a, b: m.concat([a.x, b.x], keys=["a", "b"]),
    "keys then a group": lambda m, a, b: m.concat({"a": a, "b": b}, names=["from"]).groupby(level="from").x.sum(),
    "keys of columns": lambda m, a, b: m.concat([a[["x"]], a[["s", "b"]]], axis=1, keys=["p", "q"]),
    "names of keys of columns": lambda m, a, b: m.concat(
        [a[["x"]], a[["s"]]], axis=1, keys=["p", "q"], names=["u", "v"]
    ),
    "keys of columns of series": lambda m, a, b: m.concat({"p": a.x, "q": a.s}, axis=1),
    "columns without names": lambda m, a, b: m.concat([a.x.rename(None), a.s, a.b.rename(None)], axis=1),
    "without the absent": lambda m, a, b: m.concat([a, None, b]),
    "columns of default rows": lambda m, a, b: m.concat(
        [a.reset_index(drop=True), b.reset_index(drop=True).add_suffix("_b")], axis=1
    ),
    "columns of common rows": lambda m, a, b: m.concat(
        [a.reset_index(drop=True)[["s"]], b.reset_index(drop=True)[["x"]]], axis=1, join="inner"
    ),
    "columns of other rows": lambda m, a, b: m.concat([a.drop_duplicates("b"), b.add_suffix("_b")], axis=1),
    "columns of filtered rows": lambda m, a, b: m.concat(
        [a.reset_index().x, a.reset_index()[a.reset_index().x > 1].s], axis=1
    ),
    "checked": lambda m, a, b: m.concat([a.head(1), b.head(1)], verify_integrity=True),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], A, B)


@pytest.mark.parametrize(
    "case", ["itself", "two", "new index", "columns", "missing columns", "series", "then a group", "then a tail"]
)
def test_nothing(case: str) -> None:
    same(CASES[case], NOTHING, B.iloc[:0])


def test_nothing_and_something() -> None:
    same(lambda m, a, b: m.concat([a[a.x > 99], b[["x", "s"]], a[a.x > 99][["s"]]]), A, B)


ERRORS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "nothing": lambda m, a, b: m.concat([]),
    "no such join": lambda m, a, b: m.concat([a, b], join="some"),
    "nothing but absent ones": lambda m, a, b: m.concat([None, None]),
    "a table": lambda m, a, b: m.concat(a),
    "values": lambda m, a, b: m.concat([1, 2]),
    "keys and a new index": lambda m, a, b: m.concat([a, b], keys=["a", "b"], ignore_index=True),
    "too few keys": lambda m, a, b: m.concat([a, b], keys=["a"]),
    "labels that repeat": lambda m, a, b: m.concat([a, b], verify_integrity=True),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], A, B)


GATHERED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "types without a common one": lambda m, a, b: m.concat([a[["s"]], a[["x"]].rename(columns={"x": "s"})]),
    "bools and numbers": lambda m, a, b: m.concat([a[["x"]], a[["b"]].rename(columns={"b": "x"})]),
    "levels of another number": lambda m, a, b: m.concat([a, a.set_index("s", append=True)]),
}


@pytest.mark.parametrize("case", GATHERED)
def test_what_pandas_makes_objects_of_is_gathered(case: str) -> None:
    with pytest.warns(bigframe.PerformanceWarning, match="concat"):
        same(GATHERED[case], A, B)
