"""Windows against pandas: statistics of pairs of columns, and windows that begin at each row."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.api.indexers import FixedForwardWindowIndexer

from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same

_rng = np.random.default_rng(5)
LEFT = pd.DataFrame({"a": _rng.integers(0, 90, 24), "b": _rng.integers(0, 90, 24) * 0.5, "k": np.arange(24) % 3})
LEFT.loc[[3, 7, 8], "b"] = np.nan
RIGHT = pd.DataFrame({"a": _rng.integers(0, 90, 24), "b": _rng.integers(0, 90, 24), "k": np.arange(24) % 5})
OBJECTS = pd.DataFrame({"a": pd.Series([1, 2.5, None, 4], dtype=object)})
WINDOWS: dict[str, Callable[[Any], Any]] = {
    "rows": lambda a: a.rolling(5),
    "few rows": lambda a: a.rolling(6, min_periods=2, center=True),
    "expanding": lambda a: a.expanding(3),
    "ewm": lambda a: a.ewm(com=2),
}
PAIRS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "columns": lambda a, b, windows: windows(a).cov(b, pairwise=False),
    "columns with themselves": lambda a, b, windows: windows(a).cov(pairwise=False),
    "columns with one": lambda a, b, windows: windows(a).cov(b["b"]),
    "one": lambda a, b, windows: windows(a["a"]).corr(b["a"], pairwise=True),
    "one of another name": lambda a, b, windows: windows(a["a"]).corr(b["b"]),
    "one with itself": lambda a, b, windows: windows(a["b"]).cov(),
}


def native(call: Callable[..., Any], *tables: pd.DataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        same(call, *tables)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("windows", WINDOWS)
def test_pairs(windows: str, pair: str) -> None:
    def rounded(m: Any, a: Any, b: Any) -> Any:
        return PAIRS[pair](a, b, WINDOWS[windows]).round(9)

    native(rounded, LEFT, RIGHT)


@pytest.mark.parametrize("pair", [{"pairwise": True}, {}])
def test_each_column_with_each_gathers(pair: dict[str, Any]) -> None:
    with pytest.warns(PerformanceWarning, match="no kernel honours"):
        same(lambda m, a: a.rolling(4).cov(**pair), LEFT)


@pytest.mark.parametrize("name", ["sum", "mean", "count", "max", "median"])
@pytest.mark.parametrize("options", [{}, {"min_periods": 1}, {"step": 2}])
def test_windows_that_begin_at_each_row(options: dict[str, Any], name: str) -> None:
    window: Any = FixedForwardWindowIndexer(window_size=4)
    native(lambda m, a: getattr(a.rolling(window, **options), name)(), LEFT)


def test_windows_that_begin_at_each_row_of_a_group() -> None:
    window: Any = FixedForwardWindowIndexer(window_size=2)
    native(lambda m, a: a.groupby("k").rolling(window).sum(), LEFT)


def test_objects_that_are_numbers_are_counted() -> None:
    native(lambda m, a: a.rolling(2, min_periods=1).count(), OBJECTS)


@pytest.mark.parametrize("name", ["sum", "max"])
def test_objects_that_are_numbers_gather(name: str) -> None:
    with pytest.warns(PerformanceWarning):
        same(lambda m, a: getattr(a.rolling(2, min_periods=1), name)(), OBJECTS)
