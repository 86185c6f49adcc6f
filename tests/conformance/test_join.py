"""``join`` against pandas: the index of another frame, by index or by a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

LEFT = pd.DataFrame({"a": [1, 2, 3, 4, 5], "k": ["x", "y", None, "x", "z"]}, index=[3, 1, 1, 0, 8])
RIGHT = pd.DataFrame({"b": [1.5, np.nan, 3.5, 4.5], "c": ["p", None, "", "q"]}, index=[1, 3, 1, 9])
NAMED = pd.DataFrame({"b": [1.5, np.nan, 3.5, 4.5]}, index=pd.Index(["x", "y", "x", "w"], name="k"))
KINDS = ["inner", "left", "right", "outer"]


@pytest.mark.parametrize("how", KINDS)
def test_indexes(how: str) -> None:
    same(lambda m, a, b: a.join(b, how=how), LEFT, RIGHT)
    same(lambda m, a, b: b.join(a, how=how), LEFT, RIGHT)
    same(lambda m, a, b: a.iloc[:0].join(b, how=how), LEFT, RIGHT)
    same(lambda m, a, b: a.join(b.iloc[:0], how=how), LEFT, RIGHT)


@pytest.mark.parametrize("how", KINDS)
def test_default_indexes(how: str) -> None:
    same(lambda m, a, b: a.join(b, how=how), LEFT.reset_index(drop=True), RIGHT.reset_index(drop=True))


CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "on a column": lambda m, a, b: a.join(b, on="k"),
    "on a column inner": lambda m, a, b: a.join(b, on="k", how="inner"),
    "series": lambda m, a, b: a.join(b.b, on="k"),
    "suffixes": lambda m, a, b: a.join(a, suffixes=("_1", "_2")),
    "one suffix": lambda m, a, b: a.join(a, suffixes=(None, "_2")),
    "cross": lambda m, a, b: a.join(b, how="cross"),
    "sorted": lambda m, a, b: a.join(b, on="k", sort=True),
    "named indexes": lambda m, a, b: a.set_index("k").join(b),
    "named indexes outer": lambda m, a, b: a.set_index("k").join(b, how="outer"),
    "one name": lambda m, a, b: a.set_index("k").join(b.reset_index().set_index("k").rename(columns={"b": "d"})),
    "unlike names": lambda m, a, b: a.set_index("k").join(b.reset_index().rename(columns={"k": "j"}).set_index("j")),
    "validated": lambda m, a, b: a.join(a[["k"]].drop_duplicates().assign(d=1).set_index("k"), on="k", validate="m:1"),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], LEFT, NAMED)


ERRORS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "overlap": lambda m, a, b: a.join(a),
    "no such column": lambda m, a, b: a.join(b, on="absent"),
    "not unique": lambda m, a, b: a.join(b, on="k", validate="m:1"),
    "other type": lambda m, a, b: a.join(b, on="a"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], LEFT, NAMED)


def test_several_frames() -> None:
    same(lambda m, a, b: a.join([b.rename(columns={"b": "d"})[["d"]], b]), LEFT, RIGHT)
    same(lambda m, a, b: a.join([b]), LEFT, RIGHT)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("how", KINDS)
def test_indexes_of_two_kinds(how: str) -> None:
    same(lambda m, a, b: a.join(b, how=how), LEFT, NAMED)
    same(lambda m, a, b: a[["a"]].join([b], how=how), LEFT.drop_duplicates("k"), RIGHT)
