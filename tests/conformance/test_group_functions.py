"""User functions of whole groups against pandas: where rows meet by key, and where only all of the data tells the shape."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "k": [None if n % 11 == 5 else f"k{n * 7 % 5}" for n in range(60)],
        "n": [n % 3 for n in range(60)],
        "x": [n * n % 17 for n in range(60)],
        "y": [np.nan if n % 7 == 3 else n % 5 / 2 for n in range(60)],
        "s": [None if n % 6 == 1 else "abc"[n % 3] for n in range(60)],
        "t": pd.date_range("2024-01-01", periods=60),
    },
    index=[n * 13 % 61 for n in range(60)],
)

MEET: dict[str, Callable[[Any, Any], Any]] = {
    "a number of each": lambda m, d: d.groupby("k").apply(lambda g: float(g.x.sum() * g.y.mean())),
    "a text of each": lambda m, d: d.groupby("n").apply(lambda g: "".join(sorted(g.s.dropna()))),
    "a time of each": lambda m, d: d.groupby("n").apply(lambda g: g.t.max()),
    "a row of each": lambda m, d: d.groupby(["k", "n"]).apply(lambda g: pd.Series({"lo": g.x.min(), "hi": g.y.max()})),
    "rows of each": lambda m, d: d.groupby("k").apply(lambda g: g.nlargest(2, "x")),
    "rows of each, numbered anew": lambda m, d: d.groupby("k").apply(
        lambda g: g[["x", "s"]].head(3).reset_index(drop=True)
    ),
    "as many rows": lambda m, d: d.groupby("k").apply(lambda g: g.assign(z=g.x - g.x.mean())),
    "columns of each": lambda m, d: d.groupby("k")[["x", "y"]].apply(lambda g: g.sum()),
    "values of a column": lambda m, d: d.groupby("k").x.apply(lambda g: g.max() - g.min()),
    "several values of a column": lambda m, d: d.groupby("k").x.apply(lambda g: g.head(2)),
    "with arguments": lambda m, d: d.groupby("n").apply(lambda g, a, b: g.x.sum() * a + b, 2, b=1),
    "a row that is there": lambda m, d: d.groupby("n").apply(lambda g: g.iloc[-1]),
    "a row that is looked for": lambda m, d: d.groupby("k").apply(lambda g: g.loc[g.x.idxmax()]),
    "a row of the only group": lambda m, d: d.iloc[:1].groupby("n").apply(lambda g: g.iloc[0]),
    "tuples": lambda m, d: d.groupby("n")[["x"]].agg(tuple).map(str),
    "a name": lambda m, d: d.groupby("n")[["x"]].apply("sum"),
    "the name of the group": lambda m, d: d.groupby("n").apply(lambda g: g.name * 10),
    "by a level": lambda m, d: d.set_index(["n", "k"]).groupby(level="n").apply(lambda g: g.x.sum()),
    "by a computed key": lambda m, d: d.groupby(d.x > 5).apply(lambda g: len(g)),
    "with missing keys": lambda m, d: d.groupby("k", dropna=False).apply(lambda g: len(g)),
    "after a filter": lambda m, d: d[d.x > 2].groupby("n").apply(lambda g: g.y.sum()),
    "after a sort": lambda m, d: d.sort_values("x", kind="stable").groupby("n").apply(lambda g: g.t.iloc[0]),
    "then computed": lambda m, d: d.groupby("n").apply(lambda g: g.x.sum()) + 1,
    "aggregated": lambda m, d: d.groupby("k").x.agg(lambda g: g.max() - g.min()),
    "all aggregated": lambda m, d: d.groupby("k")[["x", "y"]].agg(lambda g: g.sum() / len(g)),
    "aggregated by name": lambda m, d: d.groupby("k").agg(
        a=("x", lambda g: g.nunique()), b=("y", "mean"), c=("n", "max")
    ),
    "aggregated by column": lambda m, d: d.groupby("k").agg({"x": lambda g: g.sum(), "y": "max"}),
    "aggregated by several": lambda m, d: d.groupby("k")[["x"]].agg(["sum", lambda g: g.iloc[-1]]),
    "named for a column": lambda m, d: d.groupby("k").x.agg(a="sum", b=lambda g: g.iloc[0]),
    "transformed": lambda m, d: d.groupby("k").y.transform(lambda g: g - g.mean()),
    "transformed to one value": lambda m, d: d.groupby("n").y.transform(lambda g: g.max()),
    "all transformed": lambda m, d: d.groupby("k")[["x", "y"]].transform(lambda g: (g - g.mean()) / g.std()),
    "transformed with an argument": lambda m, d: d.groupby("k").x.transform(lambda g, by: g * by, 3),
    "transformed by labels": lambda m, d: d.groupby("n").x.transform(lambda g: g.where(g.index > 30, 0)),
    "transformed with missing keys": lambda m, d: d.groupby("k", dropna=False).y.transform(
        lambda g: g.fillna(g.mean())
    ),
    "transformed column beside others": lambda m, d: d.assign(
        z=d.groupby("n").y.transform(lambda g: g.fillna(0.0)) + d.x
    ),
    "transformed by two keys": lambda m, d: d.groupby(["n", "k"]).x.transform(lambda g: g.rank()),
    "transformed under levels": lambda m, d: d.set_index(["n", "k"]).groupby("n").x.transform(lambda g: g.cumsum()),
    "kept": lambda m, d: d.groupby("k").filter(lambda g: g.x.sum() > 80),
    "kept of a column": lambda m, d: d.groupby("k").x.filter(lambda g: g.mean() > 6),
    "kept by an argument": lambda m, d: d.groupby("n").filter(lambda g, least: len(g) > least, True, 19),
    "none kept": lambda m, d: d.groupby("k").filter(lambda g: False),
    "kept by a level": lambda m, d: d.set_index("n").groupby(level=0).filter(lambda g: g.y.mean() > 0.9),
}


@pytest.mark.parametrize("case", MEET)
def test_rows_meet_by_key(case: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", bigframe.PerformanceWarning)
        same(MEET[case], ROWS)


GAPS = pd.DataFrame(
    {
        "k": ["a", None, None, "b", "a", None, None],
        "l": [None, 1.0, None, None, None, 1.0, 2.0],
        "x": range(7),
        "y": [1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0],
    }
)


@pytest.mark.parametrize("key", ["k", "l"])
def test_rows_without_a_group(key: str) -> None:
    """In some partitions no row has a group."""
    same(lambda m, d: d.groupby(key).y.transform(lambda g: g - g.sum()), GAPS)
    same(lambda m, d: d.groupby(key).apply(lambda g: g.x.sum()), GAPS)
    same(lambda m, d: d.groupby(key).filter(lambda g: True), GAPS)
    same(lambda m, d: d.groupby(key).head(1), GAPS)


WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "rows that keep their labels": lambda m, d: d.groupby("k", group_keys=False).apply(lambda g: g.head(1)),
    "as they come": lambda m, d: d.groupby("k", sort=False).apply(lambda g: g.x.sum()),
    "without an index": lambda m, d: d.groupby("k", as_index=False).apply(lambda g: g.x.sum()).shape,
    "columns by labels of rows": lambda m, d: d.groupby("k").apply(lambda g: g.x.nlargest(2)),
    "lists": lambda m, d: d.groupby("n").x.apply(lambda g: g.tolist()[:2]).str.len(),
    "other rows filled": lambda m, d: d.groupby("k")[["x", "y"]].filter(lambda g: g.x.sum() > 80, dropna=False),
    "no groups": lambda m, d: d[d.x > 99].groupby("k").apply(lambda g: g.x.sum()).shape[0],
    "a row with a name": lambda m, d: d.groupby("n").apply(lambda g: pd.Series({"lo": g.x.min()}, name="ends")),
    "dictionaries": lambda m, d: d.groupby("k").x.apply(lambda g: g.to_dict()),
    "aggregated twice alike": lambda m, d: d.groupby("n").agg({"x": [max, np.max]}),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", WHOLE)
def test_shapes_that_need_all_of_the_data(case: str) -> None:
    same(WHOLE[case], ROWS)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such column": lambda m, d: d.groupby("n").apply(lambda g: g.absent),
    "no such name": lambda m, d: d.groupby("n").apply("absent"),
    "no truth": lambda m, d: d.groupby("n").filter(lambda g: g.x.sum()),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", ["no such column", "no such name"])
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


def test_a_failing_function_is_named() -> None:
    frame = bigframe.from_pandas(ROWS)
    with pytest.raises((TypeError, bigframe.ExecutionError), match="filter function returned"):
        ERRORS["no truth"](bigframe, frame).to_pandas()


def test_other_types_than_of_the_first_group_are_an_error() -> None:
    frame = bigframe.from_pandas(pd.DataFrame({"k": [1, 1, 2], "x": [1, 2, 3]}))
    lazy = frame.groupby("k").apply(lambda g: 1 if g.name == 1 else "text")
    with pytest.raises(bigframe.ExecutionError, match="int64"):
        lazy.to_pandas()


def test_the_first_group_is_a_real_one(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []

    def total(group: pd.DataFrame) -> int:
        seen.append(len(group))
        return int(group.x.sum())

    bigframe.from_pandas(ROWS).groupby("n").apply(total)
    assert seen == [20]
    assert "to learn that it returns" in caplog.text
