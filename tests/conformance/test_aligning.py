"""Operators between rows and columns that are matched by label, against pandas, without gathering."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same

pytestmark = [
    pytest.mark.filterwarnings("error::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]
LABELLED = {
    "unsorted": pd.Series([1, 2, 3], index=[3, 1, 2]),
    "floats": pd.Series([1.5, np.nan, 3], index=[2, 5, 3], name="b"),
    "same": pd.Series([1, 2, 3], index=[3, 1, 2], name="c"),
    "repeated": pd.Series([1, 2, 3], index=[3, 1, 1]),
    "more": pd.Series([1, 2, 3, 4], index=[1, 3, 1, 1]),
    "default": pd.Series([1, 2, 3]),
    "nothing": pd.Series([], dtype="int64", index=pd.Index([], dtype="int64")),
}
OTHERS = {
    "floats with a hole": [pd.Series([1, 2, 3], index=[3.0, 1, np.nan]), pd.Series([1, 2, 3], index=[2.0, np.nan, 3])],
    "text": [pd.Series([1, 2, 3], index=list("cab")), pd.Series([1, 2, 3], index=pd.Index(list("bad"), name="x"))],
    "repeated": [pd.Series([1, 2, 3], index=[3, 1, 1]), pd.Series([1, 2, 3], index=[3, 1, 1])],
    "levels": [
        pd.Series([1, 2, 3], index=pd.MultiIndex.from_tuples([(1, "b"), (1, "a"), (0, "b")], names=["x", "y"])),
        pd.Series([1, 2, 3], index=pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "b")], names=["x", "y"])),
    ],
    "values of text": [pd.Series(["a", "b", "c"], index=[3, 1, 4]), pd.Series(["a", None, "c"], index=[3, 1, 2])],
    "nullable": [
        pd.Series([1, None, 3], index=[3, 1, 4], dtype="Int64"),
        pd.Series([1, 2, None], index=[3, 1, 2], dtype="Int64"),
    ],
}


@pytest.mark.parametrize(("left", "right"), list(itertools.permutations(LABELLED, 2)))
def test_series_of_other_rows(left: str, right: str) -> None:
    same(lambda m, x, y: x + y, LABELLED[left], LABELLED[right])
    same(lambda m, x, y: x.sub(y, fill_value=10), LABELLED[left], LABELLED[right])


@pytest.mark.parametrize("kind", OTHERS)
def test_labels_and_values_of_other_kinds(kind: str) -> None:
    for left, right in itertools.product(OTHERS[kind], repeat=2):
        same(lambda m, x, y: x + y, left, right)
        same(lambda m, x, y: x.eq(y), left, right)


LEFT = pd.DataFrame({"b": [1.5, np.nan, 3, 4], "a": [1, 2, 3, 4], "n": [1, 0, 1, 2]}, index=[4, 2, 1, 3])
RIGHT = pd.DataFrame({"c": [1, 2, 3], "a": [10, 20, 30], "b": [0.5, 1, np.nan]}, index=[1, 2, 7])
FRAMES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": lambda m, x, y: x + y,
    "the other way round": lambda m, x, y: y - x,
    "power": lambda m, x, y: x**y,
    "other columns of the same rows": lambda m, x, y: x[["a", "b"]] * x[["n", "a"]],
    "no column in common": lambda m, x, y: x[["n"]] + y[["c"]],
    "equal columns": lambda m, x, y: x[["a", "b"]] / y[["a", "b"]],
    "filled": lambda m, x, y: x.add(y, fill_value=0),
    "filled from the right": lambda m, x, y: x.rsub(y, fill_value=2),
    "filled by a fraction": lambda m, x, y: x.mul(y, fill_value=0.5),
    "filled beside a number": lambda m, x, y: x.add(1, fill_value=7),
    "compared": lambda m, x, y: x.lt(y),
    "compared for inequality": lambda m, x, y: x[["a", "b"]].ne(y[["a", "b"]]),
    "compared with the same rows": lambda m, x, y: x.ge(x[["a", "b", "n"]]),
    "with a column of other rows": lambda m, x, y: x.add(y.c, axis=0),
    "a column of the same rows filled": lambda m, x, y: x.b.add(x.a, fill_value=5),
    "compared columns": lambda m, x, y: x.a.gt(y.a),
    "compared and filled": lambda m, x, y: x.b.eq(y.b, fill_value=1.0),
    "of groups": lambda m, x, y: x.groupby("n").a.sum() / y.groupby("c").a.sum(),
}


@pytest.mark.parametrize("case", FRAMES)
def test_frames(case: str) -> None:
    same(FRAMES[case], LEFT, RIGHT)


def test_rows_that_pandas_matches_by_rules_of_its_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(lambda m, x, y: x + y, LABELLED["unsorted"], OTHERS["nullable"][0])
        same(lambda m, x, y: x + y, LABELLED["unsorted"], OTHERS["floats with a hole"][0])
        same(lambda m, x, y: x + y, LABELLED["unsorted"], LABELLED["more"] > 1)
        same(lambda m, x, y: x & y, LABELLED["unsorted"] > 1, LABELLED["floats"] > 1)
