"""Objects put under the labels of each other, and compared as wholes, against pandas, without gathering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

pytestmark = pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
LEFT = pd.DataFrame({"x": [1, 2, 3], "y": [1.0, np.nan, 2.5], "s": ["a", None, "c"]}, index=[3, 1, 2])
RIGHT = pd.DataFrame({"y": [5, 6, 7], "z": [1, 2, 3], "s": ["p", "q", "r"]}, index=[1, 2, 0])
CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "align": lambda m, x, y: x.align(y)[0],
    "align to the other": lambda m, x, y: x.align(y)[1],
    "align series": lambda m, x, y: x.x.align(y.y)[0],
    "align series to the other": lambda m, x, y: x.x.align(y.y)[1],
    "combine_first": lambda m, x, y: x.combine_first(y),
    "combine_first of the other": lambda m, x, y: y.combine_first(x),
    "combine_first of the same rows": lambda m, x, y: x.combine_first(x[["x", "y"]] * 2),
    "combine_first of series": lambda m, x, y: x.y.combine_first(y.y),
    "combine_first of integers": lambda m, x, y: x.x.combine_first(y.z),
    "combine_first of text": lambda m, x, y: x.s.combine_first(y.s),
    "reindex": lambda m, x, y: x.reindex([1, 7, 3, 1]),
    "reindex rows and columns": lambda m, x, y: x.reindex(index=[1, 3], columns=["y", "n"]),
    "reindex and fill": lambda m, x, y: x[["x", "y"]].reindex([2, 9, 1], fill_value=0),
    "reindex and fill text": lambda m, x, y: x.s.reindex([2, 9, 1], fill_value="?"),
    "reindex rows and columns and fill": lambda m, x, y: x[["x", "y"]].reindex(
        index=[1, 8], columns=["x", "n"], fill_value=7
    ),
    "reindex by an index": lambda m, x, y: x.x.reindex(pd.Index([2, 9], name="n")),
    "reindex by the other's": lambda m, x, y: x.reindex(y.index),
    "reindex by its own": lambda m, x, y: x.reindex(x.index),
    "reindex text": lambda m, x, y: x.set_index("s").x.reindex(["c", "z"]),
    "reindex a default index": lambda m, x, y: x.reset_index(drop=True).x.reindex([2, 3]),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], LEFT, RIGHT)


def test_repeated_labels() -> None:
    repeated = pd.Series([1, 2], index=[1, 1])
    same_error(lambda m, s: s.reindex([1, 2]), repeated)
    same_error(lambda m, s: s.combine_first(s.iloc[:1]), repeated)


@pytest.mark.parametrize(
    "other",
    [
        LEFT,
        LEFT.iloc[::-1],
        LEFT.iloc[:2],
        LEFT.assign(y=LEFT.y.fillna(0)),
        LEFT.assign(x=LEFT.x.astype(float)),
        LEFT.set_axis([3, 1, 4]),
        LEFT.rename(columns={"x": "q"}),
        LEFT[["x", "y"]],
    ],
)
def test_equals(other: pd.DataFrame) -> None:
    lazy, given = bigframe.from_pandas(LEFT), bigframe.from_pandas(other)
    assert lazy.equals(given) is LEFT.equals(other)
    assert lazy.equals(other) is LEFT.equals(other)
    if "x" in other:
        assert lazy.x.equals(given.x) is LEFT.x.equals(other.x)
    assert not lazy.equals(given.y)
