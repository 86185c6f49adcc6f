"""User functions that use the package they are written with: what pandas gives them is pandas', and so is what they return."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same

ROWS = pd.DataFrame(
    {
        "k": [f"k{n * 7 % 5}" for n in range(40)],
        "h": ["xyz"[n % 3] for n in range(40)],
        "x": [n * n % 17 for n in range(40)],
        "y": [n % 5 / 2 if n % 7 else None for n in range(40)],
    }
)

GROUPS: dict[str, Callable[[Any, Any], Any]] = {
    "a series of each": lambda m, d: d.groupby("k").apply(lambda g: m.Series({"lo": g.x.min(), "hi": g.y.max()})),
    "a series of each by two": lambda m, d: d.groupby(["k", "h"]).apply(lambda g: m.Series([g.x.sum()], index=["s"])),
    "a table of each": lambda m, d: d.groupby("k").apply(lambda g: m.DataFrame({"q": [1, 2], "v": g.x.head(2).values})),
    "parts of each one after another": lambda m, d: d.groupby("k").apply(lambda g: m.concat([g.head(1), g.tail(1)])),
    "labels that have a name": lambda m, d: d.groupby("k").apply(lambda g: g[["x", "y"]].describe().loc["mean"]),
    "counts across": lambda m, d: d.groupby("k").apply(
        lambda g: m.crosstab(g.h, g.x > 4).reindex(columns=[False, True])
    ),
    "of a column": lambda m, d: d.groupby("k").x.apply(lambda s: m.Series({"a": s.min(), "b": s.max()})),
    "aggregated": lambda m, d: d.groupby("k").y.agg(lambda s: m.isna(s).sum()),
    "a method of the class": lambda m, d: d.groupby("k").x.agg(lambda s: m.Series.mode(s).iloc[0]),
    "transformed": lambda m, d: d.groupby("k").x.transform(lambda s: m.cut(s, 2, labels=False)),
    "a test of kind": lambda m, d: d.groupby("k").apply(lambda g: isinstance(g, m.DataFrame)),
}

ELSEWHERE: dict[str, Callable[[Any, Any], Any]] = {
    "columns by a method": lambda m, d: d[["k", "h"]].apply(m.Series.value_counts),
    "columns": lambda m, d: d[["x", "y"]].apply(lambda s: m.Series({"lo": s.min(), "hi": s.max()})),
    "rows": lambda m, d: d.apply(lambda r: m.Series([r.x, r.y], index=["a", "b"]), axis=1),
    "values": lambda m, d: d.x.apply(lambda v: m.Series({"a": v, "b": -v})),
    "values by the class": lambda m, d: d.x.head(3).map(lambda v: {"a": v}).apply(m.Series),
    "a value of each row": lambda m, d: d.apply(lambda r: m.to_datetime(f"2020-01-{r.x + 1:02}"), axis=1),
    "windows": lambda m, d: d.x.rolling(3).apply(lambda w: m.Series(w).median()),
    "bins": lambda m, d: (
        d.set_index(m.date_range("2020", periods=40)).x.resample("W").apply(lambda s: m.Series(s).nunique())
    ),
}


@pytest.mark.parametrize("case", [*GROUPS, *ELSEWHERE])
def test_names_of_the_package(case: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerformanceWarning)
        same({**GROUPS, **ELSEWHERE}[case], ROWS)


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
def test_a_lazy_table_that_a_function_makes_is_looked_at() -> None:
    made = bigframe.Series([7, 8])
    result = bigframe.DataFrame({"x": [1, 2]}).apply(lambda s: made + s.sum())
    assert result.to_pandas().x.tolist() == [10, 11]


def test_the_package_is_itself_outside_of_calls() -> None:
    bigframe.DataFrame({"x": [1, 2]}).x.map(lambda v: v + 1).to_pandas()
    assert bigframe.Series is not pd.Series
