"""Choosing rows and columns against pandas: masks, ``loc``, labels, ``drop``, ``rename``, ``select_dtypes``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, -5, 9, 2],
        "y": [1.5, np.nan, -2.5, 0.25, np.nan, 1e3, 4.0],
        "s": ["b", "a", None, "", "b", "c", None],
        "b": [True, False, True, True, False, True, True],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2020-02-29", None, "1960-01-01", "2024-01-02"]),
        "i": np.array([1, 2, 3, 4, 5, 6, 7], dtype="int8"),
    },
    index=[5, 3, 3, 9, 0, -1, 5],
)
DEFAULT = ROWS.reset_index(drop=True)
NAMED = ROWS.set_index("s")

MASKS: dict[str, Callable[[Any, Any], Any]] = {
    "comparison": lambda m, d: d[d.x > 1],
    "missing does not compare": lambda m, d: d[d.y > 0],
    "negation keeps what is missing": lambda m, d: d[~(d.y > 0)],
    "unequal keeps what is missing": lambda m, d: d[d.y != 1.5],
    "and": lambda m, d: d[(d.x > 1) & d.b],
    "or": lambda m, d: d[(d.x > 3) | (d.y > 3)],
    "xor": lambda m, d: d[(d.x > 1) ^ d.b],
    "column": lambda m, d: d[d.b],
    "missing": lambda m, d: d[d.s.isna()],
    "present": lambda m, d: d[d.s.notna() & (d.s != "")],
    "membership": lambda m, d: d[d.s.isin(["a", "b"])],
    "membership with missing": lambda m, d: d[d.s.isin(["a", None])],
    "strings": lambda m, d: d[d.s.str.startswith("b")],
    "times": lambda m, d: d[d.t >= "2023-01-01"],
    "of a column": lambda m, d: d.x[d.y > 0],
    "of a column by itself": lambda m, d: d.y[d.y > 0],
    "twice": lambda m, d: (lambda e: e[e.x < 5])(d[d.x > 0]),
    "none": lambda m, d: d[d.x > 99],
    "all": lambda m, d: d[d.x > -99],
    "by index": lambda m, d: d[d.index > 2],
    "loc": lambda m, d: d.loc[d.x > 1],
    "loc and column": lambda m, d: d.loc[d.x > 1, "y"],
    "loc and columns": lambda m, d: d.loc[d.x > 1, ["y", "s"]],
    "loc and slice of columns": lambda m, d: d.loc[d.x > 1, "y":"b"],
    "loc of a function": lambda m, d: d.loc[lambda e: e.x > 1],
    "loc of a function and columns": lambda m, d: d.loc[lambda e: e.x > 1, ["x"]],
    "loc of a column": lambda m, d: d.x.loc[d.b],
    "loc columns": lambda m, d: d.loc[:, ["s", "x"]],
    "loc column": lambda m, d: d.loc[:, "s"],
    "loc slice of columns": lambda m, d: d.loc[:, "y":],
    "of other rows' column": lambda m, d: d[["x"]][d.b],
}


@pytest.mark.parametrize("source", [ROWS, DEFAULT, ROWS.iloc[:0]], ids=["labelled", "default", "nothing"])
@pytest.mark.parametrize("case", MASKS)
def test_masks(case: str, source: pd.DataFrame) -> None:
    same(MASKS[case], source)


COLUMNS: dict[str, Callable[[Any, Any], Any]] = {
    "one": lambda m, d: d["x"],
    "attribute": lambda m, d: d.x,
    "list": lambda m, d: d[["s", "x"]],
    "list of one": lambda m, d: d[["s"]],
    "repeated": lambda m, d: d[["x", "s", "x"]],
    "none": lambda m, d: d[[]],
    "index of labels": lambda m, d: d[d.columns[:2]],
    "drop": lambda m, d: d.drop(columns="x"),
    "drop several": lambda m, d: d.drop(columns=["x", "s"]),
    "drop by axis": lambda m, d: d.drop(["x", "s"], axis=1),
    "drop what is absent": lambda m, d: d.drop(columns=["x", "absent"], errors="ignore"),
    "rename": lambda m, d: d.rename(columns={"x": "z", "absent": "q"}),
    "rename by function": lambda m, d: d.rename(columns=str.upper),
    "rename by axis": lambda m, d: d.rename({"x": "z"}, axis=1),
    "rename to repeat": lambda m, d: d[["x", "y"]].rename(columns={"x": "y"}),
    "swap": lambda m, d: d.rename(columns={"x": "y", "y": "x"}),
    "prefix": lambda m, d: d.add_prefix("p_"),
    "suffix": lambda m, d: d.add_suffix("_q"),
    "numbers": lambda m, d: d.select_dtypes("number"),
    "floats and strings": lambda m, d: d.select_dtypes(include=["float64", "str"]),
    "all but bools": lambda m, d: d.select_dtypes(exclude="bool"),
    "times only": lambda m, d: d.select_dtypes("datetime"),
    "unsettled numbers": lambda m, d: d.merge(d[["x", "i"]].head(2), on="x", how="left").select_dtypes("float64"),
    "new": lambda m, d: d.assign(z=d.x + d.i),
    "new from a function": lambda m, d: d.assign(z=lambda e: e.x * 2, w=lambda e: e.z + 1),
    "new constant": lambda m, d: d.assign(z=1, w="k", v=None),
    "replaced": lambda m, d: d.assign(x=d.x * 2),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_columns(case: str) -> None:
    same(COLUMNS[case], ROWS)


def changed(change: Callable[[Any, Any], None]) -> Callable[[Any, Any], Any]:
    """A function that changes a copy and returns it."""

    def make(m: Any, d: Any) -> Any:
        copy = d.copy()
        change(m, copy)
        return copy

    return make


def set_item(label: Any, value: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return changed(lambda m, d: d.__setitem__(label, value(d)))


def set_loc(label: Any, mask: Callable[[Any], Any], value: Any) -> Callable[[Any, Any], Any]:
    return changed(lambda m, d: d.loc.__setitem__((mask(d), label), value))


CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "new column": set_item("z", lambda d: d.x + 1),
    "old column": set_item("x", lambda d: d.x + 1),
    "constant": set_item("z", lambda d: 5),
    "several columns": set_item(["p", "q"], lambda d: d[["x", "y"]]),
    "attribute": changed(lambda m, d: setattr(d, "x", d.x * 3)),
    "delete": changed(lambda m, d: d.__delitem__("x")),
    "pop": changed(lambda m, d: d.pop("x")),
    "insert": changed(lambda m, d: d.insert(1, "z", d.x * 2)),
    "labels": changed(lambda m, d: setattr(d, "columns", list("abcdef"))),
    "where": set_loc("x", lambda d: d.x > 2, 0),
    "where strings": set_loc("s", lambda d: d.s.isna(), "none"),
    "where floats": set_loc("y", lambda d: d.b, -1.0),
    "where missing": set_loc("y", lambda d: d.b, np.nan),
}


@pytest.mark.parametrize("case", CHANGES)
def test_changes(case: str) -> None:
    same(CHANGES[case], ROWS)


def test_changing_a_copy_leaves_the_original() -> None:
    lazy = bigframe.from_pandas(ROWS)
    other = lazy.copy()
    other["x"] = 0
    pd.testing.assert_frame_equal(lazy.to_pandas(), ROWS)


LABELS: dict[str, Callable[[Any, Any], Any]] = {
    "slice": lambda m, d: d.loc[2:4],
    "open slice": lambda m, d: d.loc[3:],
    "slice and columns": lambda m, d: d.loc[:3, ["x", "s"]],
    "slice of a column": lambda m, d: d.x.loc[1:2],
    "slice after a filter": lambda m, d: d[d.x > 0].loc[2:5],
}


@pytest.mark.parametrize("case", LABELS)
def test_slices_of_a_sorted_index(case: str) -> None:
    same(LABELS[case], DEFAULT)


def test_one_label() -> None:
    lazy, named = bigframe.from_pandas(ROWS), bigframe.from_pandas(NAMED)
    pd.testing.assert_series_equal(lazy.loc[9], ROWS.loc[9])
    pd.testing.assert_frame_equal(lazy.loc[3].to_pandas(), ROWS.loc[3])
    pd.testing.assert_series_equal(named.loc["a"], NAMED.loc["a"])
    assert lazy.loc[9, "x"] == ROWS.loc[9, "x"]
    assert lazy.x.loc[9] == ROWS.x.loc[9]


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such column": lambda m, d: d["absent"],
    "no such columns": lambda m, d: d[["x", "absent"]],
    "no such attribute": lambda m, d: d.absent,
    "no such row": lambda m, d: d.loc[77],
    "no such column of rows": lambda m, d: d.loc[d.x > 1, "absent"],
    "no such column to drop": lambda m, d: d.drop(columns="absent"),
    "no such column to rename": lambda m, d: d.rename(columns={"absent": "z"}, errors="raise"),
    "no such column to delete": changed(lambda m, d: d.__delitem__("absent")),
    "column that exists": changed(lambda m, d: d.insert(0, "x", 1)),
    "labels of another number": changed(lambda m, d: setattr(d, "columns", ["a"])),
    "mask of numbers": lambda m, d: d.loc[d.y],
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)
