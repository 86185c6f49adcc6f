"""``replace`` against pandas: by values natively, by patterns and across dtypes on gathered data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, 3, 9],
        "y": [1.5, np.nan, -2.5, 3.0, np.nan, 1e3],
        "s": ["b", "a", None, "", "b", "c"],
        "i": np.array([1, 2, 3, 4, 5, 6], dtype="int8"),
    },
    index=[5, 3, 3, 9, 0, -1],
)
Case = Callable[[Any, Any], Any]

NATIVE: dict[str, Case] = {
    "a number": lambda m, d: d.replace(3, 30),
    "a string": lambda m, d: d.s.replace("b", "B"),
    "a string in a frame": lambda m, d: d[["s"]].replace("b", ""),
    "several by one": lambda m, d: d.x.replace([3, 4], 0),
    "several by several": lambda m, d: d[["x", "y"]].replace([3, 4], [4, 3]),
    "a mapping": lambda m, d: d.x.replace({3: 4, 4: 3, 77: 1}),
    "a mapping of strings": lambda m, d: d.s.replace({"a": "b", "b": "a"}),
    "a mapping by column": lambda m, d: d.replace({"x": {3: 5}, "s": {"a": "z"}}),
    "one value by column": lambda m, d: d.replace({"x": 3, "i": 2}, 0),
    "new values by column": lambda m, d: d[["x", "y"]].replace(3, {"x": 8, "y": 0.5}),
    "missing": lambda m, d: d.y.replace(np.nan, 0),
    "missing text": lambda m, d: d.s.replace(np.nan, "none"),
    "missing and more": lambda m, d: d.y.replace({np.nan: 1.5, 1.5: -1.0}),
    "missing in integers": lambda m, d: d.x.replace(np.nan, 0),
    "by missing": lambda m, d: d.y.replace(1.5, np.nan),
    "text by missing": lambda m, d: d.s.replace("b", np.nan),
    "nothing that is there": lambda m, d: d.s.replace(3, 5),
    "a float among integers": lambda m, d: d.x.replace(3.0, 5),
    "a bool among integers": lambda m, d: d.x.replace(True, 5),
    "in place": lambda m, d: (lambda c: (c.replace({"x": {3: 0}}, inplace=True), c)[1])(d.copy()),
    "NumPy's own numbers": lambda m, d: d.x.replace({np.int64(3): 4, np.int8(4): np.int64(3)}),
    "NumPy's own number by another": lambda m, d: d[["x", "i"]].replace(np.int64(3), np.int8(2)),
    "labels by NumPy's own numbers": lambda m, d: d.rename({np.int64(3): np.int64(8)}),
    "then a sum": lambda m, d: d.x.replace(3, 30).sum(),
}


@pytest.mark.parametrize("case", NATIVE)
def test_native(case: str) -> None:
    same(NATIVE[case], ROWS)


GATHERED: dict[str, Case] = {
    "another kind": lambda m, d: d.x.replace(3, 0.5),
    "a short integer": lambda m, d: d.i.replace(3, 1000),
    "a pattern": lambda m, d: d.s.replace("^b", "q", regex=True),
    "a compiled pattern": lambda m, d: d.s.replace(re.compile("[ab]"), "q"),
    "patterns by keyword": lambda m, d: d.replace(regex={"^a$": "q"}),
    "a bool": lambda m, d: (d.x > 1).replace(True, False),
    "nullable": lambda m, d: d.x.astype("Int64").replace(3, 30),
    "two mappings": lambda m, d: d.replace({"x": 3}, {"x": 5}),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", GATHERED)
def test_gathered(case: str) -> None:
    same(GATHERED[case], ROWS)


ERRORS: dict[str, Case] = {
    "nothing": lambda m, d: d.replace(),
    "no value": lambda m, d: d.replace(3),
    "lists of two lengths": lambda m, d: d.x.replace([1, 2], [3]),
    "a function": lambda m, d: d.replace(len, 3),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)
