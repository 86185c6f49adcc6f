"""Input that breaks naive engines: integers that overflow, missing keys, and nothing left after a filter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same

TOP = 2**63 - 1
LARGE = pd.DataFrame(
    {
        "k": ["a", "b", "a", "c", "b", "a", None],
        "i": [TOP, TOP, 1, -TOP - 1, TOP, TOP, 5],
        "u": np.array([2**64 - 1, 7, 3, 2**63, 2**63, 2**64 - 2, 1], dtype="uint64"),
        "n": np.array([127, 127, -128, 127, 127, 1, 2], dtype="int8"),
    }
)

OVERFLOWS: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda m, d: d.i.sum(),
    "sum of unsigned": lambda m, d: d.u.sum(),
    "sum of narrow": lambda m, d: d.n.sum(),
    "product": lambda m, d: d.i.prod(),
    "sums": lambda m, d: d[["i", "n"]].sum(),
    "sum by key": lambda m, d: d.groupby("k").i.sum(),
    "sums by key": lambda m, d: d.groupby("k", dropna=False)[["i", "u", "n"]].sum(),
    "product by key": lambda m, d: d.groupby("k").i.prod(),
    "cumulative": lambda m, d: d.i.cumsum(),
    "cumulative by key": lambda m, d: d[d.k.notna()].groupby("k").i.cumsum(),
    "mean": lambda m, d: d.i.mean(),
    "mean by key": lambda m, d: d.groupby("k").i.mean(),
    "plus": lambda m, d: d.i + d.i,
    "minus": lambda m, d: -d.i - 2,
    "times": lambda m, d: d.i * 3,
    "unsigned below zero": lambda m, d: d.u - d.u.max(),
    "narrow": lambda m, d: d.n + d.n,
    "difference": lambda m, d: d.i.diff(),
    "absolute": lambda m, d: d.i.abs(),
}


@pytest.mark.parametrize("case", OVERFLOWS)
def test_integers_wrap_as_in_pandas(case: str) -> None:
    same(OVERFLOWS[case], LARGE)


LEFT = pd.DataFrame(
    {
        "f": [1.0, np.nan, 2.0, np.nan, 3.0, -0.0, 0.0, np.inf],
        "s": ["a", None, "b", "", None, "a", np.nan, "c"],
        "t": pd.to_datetime(["2024-01-01", None, "2024-01-02", None, "2024-01-01", None, "2024-01-03", None]),
        "n": pd.array([1, None, 2, None, 1, 0, None, 3], dtype="Int64"),
        "x": range(8),
    }
)
RIGHT = pd.DataFrame(
    {
        "f": [np.nan, 2.0, np.nan, 0.0, np.inf],
        "s": [None, "b", "", "a", None],
        "t": pd.to_datetime([None, "2024-01-01", None, "2024-01-09", "2024-01-03"]),
        "n": pd.array([None, 1, None, 2, 9], dtype="Int64"),
        "y": [10, 20, 30, 40, 50],
    }
)


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
@pytest.mark.parametrize("key", ["f", "s", "t", "n", "f s", "t n"])
def test_missing_join_keys_match_each_other(key: str, how: str) -> None:
    on = key.split()
    same(lambda m, a, b: a[[*on, "x"]].merge(b[[*on, "y"]], on=on, how=how), LEFT, RIGHT)


@pytest.mark.parametrize("dropna", [True, False])
@pytest.mark.parametrize("key", ["f", "s", "t", "n", "f s", "t n"])
def test_missing_group_keys(key: str, dropna: bool) -> None:
    on = key.split()
    same(lambda m, d: d.groupby(on, dropna=dropna).agg(a=("x", "sum"), b=("x", "nunique"), c=("x", "size")), LEFT)
    same(lambda m, d: d.groupby(on, dropna=dropna, sort=False).x.max(), LEFT)


def test_a_column_of_nothing_is_a_key() -> None:
    rows = pd.DataFrame({"k": [np.nan] * 6, "x": range(6)})
    same(lambda m, d: d.groupby("k").x.sum(), rows)
    same(lambda m, d: d.groupby("k", dropna=False).x.sum(), rows)
    same(lambda m, d: d.merge(d.head(2), on="k"), rows)


def none_of(d: Any) -> Any:
    return d[d.x > 99]


NOTHING: dict[str, Callable[[Any, Any], Any]] = {
    "rows": lambda m, d: none_of(d),
    "head": lambda m, d: none_of(d).head(3),
    "tail": lambda m, d: none_of(d).tail(3),
    "slice": lambda m, d: none_of(d)[2:5],
    "sort": lambda m, d: none_of(d).sort_values(["s", "x"], ascending=[False, True]),
    "groupby": lambda m, d: none_of(d).groupby("s").agg(a=("x", "sum"), b=("f", "mean"), c=("x", "nunique")),
    "groupby with missing": lambda m, d: none_of(d).groupby(["s", "f"], dropna=False).x.max(),
    "groupby as columns": lambda m, d: none_of(d).groupby("s", as_index=False).x.count(),
    "merge with rows": lambda m, d: none_of(d).merge(d[["s", "x"]], on="s"),
    "left merge with rows": lambda m, d: none_of(d).merge(d[["s", "x"]], on="s", how="left"),
    "rows left merged": lambda m, d: d.merge(none_of(d)[["s", "x"]], on="s", how="left"),
    "outer merge": lambda m, d: none_of(d).merge(d[["s", "x"]], on="s", how="outer"),
    "merge with nothing": lambda m, d: none_of(d).merge(none_of(d), on="f"),
    "concat": lambda m, d: m.concat([none_of(d), none_of(d)]),
    "drop_duplicates": lambda m, d: none_of(d).drop_duplicates("s"),
    "sum": lambda m, d: none_of(d).x.sum(),
    "sums": lambda m, d: none_of(d)[["x", "f"]].sum(),
    "mean": lambda m, d: none_of(d).f.mean(),
    "max": lambda m, d: none_of(d).f.max(),
    "count": lambda m, d: none_of(d).count(),
    "nunique": lambda m, d: none_of(d).nunique(),
    "median": lambda m, d: none_of(d).f.median(),
    "cumsum": lambda m, d: none_of(d).x.cumsum(),
    "shift": lambda m, d: none_of(d).f.shift(),
    "value_counts": lambda m, d: none_of(d).s.value_counts(),
    "length": lambda m, d: len(none_of(d)),
    "members of nothing": lambda m, d: d[d.s.isin(none_of(d).s)],
    "reset_index": lambda m, d: none_of(d).reset_index(drop=True),
    "strings": lambda m, d: none_of(d).s.str.upper(),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_filter_that_removes_everything(case: str) -> None:
    same(NOTHING[case], LEFT)


def test_nothing_can_be_written_and_read(tmp_path: Path) -> None:
    rows = LEFT.drop(columns="n")
    none_of(bigframe.from_pandas(rows)).to_parquet(tmp_path / "none")
    again = bigframe.read_parquet(tmp_path / "none")
    assert again.x.sum().item() == 0
    assert len(again) == 0
    expected = none_of(rows)
    pd.testing.assert_frame_equal(again.to_pandas(), expected, check_index_type=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "none"), expected, check_index_type=False)
