"""Rows that become columns, against pandas: one look at the keys, and nothing gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

pytestmark = pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
ROWS = pd.DataFrame(
    {
        "k": ["a", "b", "a", "b", "c"],
        "g": [2, 1, 1, 2, 1],
        "i": [1, 2, 3, 4, 5],
        "f": [1.5, np.nan, 3, 4, 5],
        "s": list("vwxyz"),
        "t": pd.to_datetime(["2020-01-02", "2020-01-01", "2020-01-02", "2020-01-01", "2020-01-03"]),
    }
)
FULL = ROWS[ROWS.k != "c"].assign(b=[True, False, True, True])
LONG = pd.concat([ROWS, ROWS.assign(i=7, f=np.nan)], ignore_index=True).assign(
    z=[np.nan, np.nan, 1, np.nan, 2, np.nan, np.nan, np.nan, np.nan, np.nan], h=list("xyxxyyxyxx")
)
CASES: dict[str, Callable[[Any], Any]] = {
    "pivot": lambda d: d.pivot(index="k", columns="g", values="i"),
    "pivot floats": lambda d: d.pivot(index="k", columns="g", values="f"),
    "pivot text": lambda d: d.pivot(index="g", columns="k", values="s"),
    "pivot times": lambda d: d.pivot(index="k", columns="g", values="t"),
    "pivot by times": lambda d: d.drop(columns="f").pivot(index="s", columns="t", values="i"),
    "pivot a list": lambda d: d.pivot(index="k", columns="g", values=["i"]),
    "pivot all": lambda d: d[["k", "g", "i", "f", "s"]].pivot(index="k", columns="g"),
    "pivot under the index": lambda d: d.pivot(columns="g", values="i"),
    "pivot by two": lambda d: d.pivot(index=["k", "s"], columns="g", values="i"),
    "unstack": lambda d: d.set_index(["k", "g"]).i.unstack(),
    "unstack the first level": lambda d: d.set_index(["k", "g"]).f.unstack(0),
    "unstack by name": lambda d: d.set_index(["k", "g"]).s.unstack("k"),
    "unstack and fill": lambda d: d.set_index(["k", "g"]).i.unstack(fill_value=0),
    "unstack a frame": lambda d: d.set_index(["k", "g"])[["i", "f"]].unstack(),
    "unstack one of three": lambda d: d.set_index(["k", "g", "s"]).i.unstack("g"),
    "unstack groups": lambda d: d.groupby(["k", "g"]).i.sum().unstack(),
    "unstack sizes": lambda d: d.groupby(["g", "k"]).size().unstack(fill_value=0),
    "unstack means": lambda d: d.groupby(["k", "g"])[["i", "f"]].mean().unstack(0),
}
TABLES: dict[str, Callable[[Any], Any]] = {
    "means": lambda d: d.pivot_table(index="k", columns="g", values="i"),
    "sums": lambda d: d.pivot_table(index="k", columns="g", values="f", aggfunc="sum"),
    "several values": lambda d: d.pivot_table(index="k", columns="g", values=["i", "f"]),
    "all values": lambda d: d[["k", "g", "z", "f", "i"]].pivot_table(index="k", columns="g"),
    "two keys filled": lambda d: d.pivot_table(index=["k", "h"], columns="g", values="i", aggfunc="sum", fill_value=0),
    "means filled": lambda d: d.pivot_table(index="k", columns="g", values="f", fill_value=0),
    "columns without a value": lambda d: d.pivot_table(index="k", columns="h", values="z", aggfunc="max"),
    "counts by time": lambda d: d.pivot_table(index="k", columns="t", values="i", aggfunc="count"),
    "first times": lambda d: d.pivot_table(index="k", columns="h", values="t", aggfunc="first"),
    "of some rows": lambda d: d[d.k == "a"].pivot_table(index="k", columns="g", values="i", aggfunc="sum"),
    "several keys across": lambda d: d.pivot_table("i", "k", ["g", "h"], aggfunc="sum"),
    "several keys across, means": lambda d: d.pivot_table("f", "k", ["g", "h"]),
    "several keys across, filled": lambda d: d.pivot_table(["i", "f"], "k", ["g", "h"], aggfunc="sum", fill_value=0),
    "several keys across, functions": lambda d: d.pivot_table("i", "k", ["g", "h"], aggfunc=["sum", "max"]),
    "several levels": lambda d: d.groupby(["k", "g", "h"]).i.sum().unstack(["g", "h"]),
    "several levels by number": lambda d: d.groupby(["k", "g", "h"]).i.sum().unstack([0, 2]),
    "several levels of a table": lambda d: d.groupby(["k", "g", "h"])[["i", "f"]].max().unstack(["g", "h"]),
    "several levels filled": lambda d: d.groupby(["k", "g", "h"]).i.sum().unstack(["g", "h"], fill_value=-1),
    "pivot by several": lambda d: d.groupby(["k", "g", "h"]).i.sum().reset_index().pivot(index="k", columns=["g", "h"]),
    "pivot by a list of one": lambda d: d.groupby(["k", "g"]).i.sum().reset_index().pivot(index="k", columns=["g"]),
    "functions": lambda d: d.pivot_table("i", "k", "g", aggfunc=["sum", "max"]),
    "functions of values": lambda d: d.pivot_table(["i", "f"], "k", "g", aggfunc=["mean", "count"]),
    "functions of one value in a list": lambda d: d.pivot_table(["i"], "k", "g", aggfunc=["max", "min"], fill_value=0),
    "no key across": lambda d: d.pivot_table("i", ["k", "g"], aggfunc="sum"),
    "no key across, filled": lambda d: d.pivot_table("f", ["k", "h"], aggfunc="max", fill_value=0),
    "no key across, means": lambda d: d[["k", "i"]].pivot_table("i", "k"),
    "no key across, functions": lambda d: d[["k", "i"]].pivot_table("i", "k", aggfunc=["sum", "count"]),
    "sums of some filled": lambda d: d.pivot_table(
        index="k", columns="h", values=["z", "i"], aggfunc="sum", fill_value=9
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(lambda m, d: CASES[case](d), ROWS)
    same(lambda m, d: CASES[case](d), FULL.drop(columns="b"))


@pytest.mark.parametrize("case", TABLES)
def test_tables(case: str) -> None:
    same(lambda m, d: TABLES[case](d), LONG)


def test_bools_of_every_place() -> None:
    same(lambda m, d: d.pivot(index="k", columns="g", values="b"), FULL)
    same(lambda m, d: d.set_index(["k", "g"]).b.iloc[:3].unstack(fill_value=False), FULL)


def test_errors() -> None:
    same_error(lambda m, d: d.pivot(index="t", columns="k", values="i"), LONG)
    same_error(lambda m, d: d.set_index(["k", "g"]).i.unstack("nobody"), ROWS)
