"""Rows, columns and values picked and set by label, position, pattern or time of day, against pandas."""

from __future__ import annotations

import datetime
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
        "yes": [True, False, True, True, False, True, True],
    },
    index=[5, 3, 3, 9, 0, -1, 5],
)
UNIQUE = ROWS.set_index(pd.Index(list("gcadbfe"), name="k"))
DEFAULT = ROWS.reset_index(drop=True)
LEVELS = ROWS.set_index(pd.MultiIndex.from_arrays([[1, 1, 2, 2, 3, 3, 1], list("abcabab")], names=["p", "q"]))
TIMES = ROWS.set_index(
    pd.to_datetime(
        [
            "2024-01-01 09:30",
            "2024-01-02 23:59:59.999999",
            None,
            "2024-01-02",
            "2020-02-29 12:00",
            "2024-01-01 09:30:00.000001",
            "1999-12-31 17:00",
        ],
        format="ISO8601",
    )
)
SOURCES = {"repeated": ROWS, "unique": UNIQUE, "default": DEFAULT, "levels": LEVELS, "times": TIMES}
Case = Callable[[Any, Any], Any]
pytestmark = [
    pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]


def changed(change: Callable[[Any], Any], column: str | None = None) -> Case:
    def case(_: Any, d: Any) -> Any:
        d = d.copy() if column is None else d[column].copy()
        change(d)
        return d

    return case


def put(indexer: str, key: Any, value: Any) -> Callable[[Any], Any]:
    """An assignment through an indexer; the key and value may be functions of the frame."""

    def change(d: Any) -> None:
        where = tuple(part(d) if callable(part) else part for part in key) if type(key) is tuple else key
        getattr(d, indexer)[where] = value(d) if callable(value) else value

    return change


CASES: dict[str, Case] = {
    "iloc list": lambda m, d: d.iloc[[4, 0, 0, -1]],
    "iloc list of a series": lambda m, d: d.s.iloc[[2, 1]],
    "iloc list and columns": lambda m, d: d.iloc[[3, 1], [2, 0]],
    "iloc array": lambda m, d: d.iloc[np.array([1, 5])],
    "iloc empty list": lambda m, d: d.iloc[[]],
    "iloc mask": lambda m, d: d.iloc[[True, False] * 3 + [True]],
    "iloc mask of a series": lambda m, d: d.x.iloc[[True, False] * 3 + [True]],
    "iloc one value": lambda m, d: d.iloc[2, 1],
    "iloc function": lambda m, d: d.iloc[lambda t: [0, 2]],
    "steps": lambda m, d: d[::2],
    "steps from": lambda m, d: d[1:6:3],
    "steps backwards": lambda m, d: d[::-1],
    "some backwards": lambda m, d: d.iloc[5:1:-2],
    "steps from the end": lambda m, d: d.x.iloc[-5::2],
    "no steps": lambda m, d: d.iloc[5:2:2],
    "steps of a filter": lambda m, d: d[d.x > 0][::2],
    "take": lambda m, d: d.take([3, 3, -2]),
    "take of a series": lambda m, d: d.y.take([0, 6]),
    "take columns": lambda m, d: d.take([1, 0, 1], axis=1),
    "take then a sum": lambda m, d: d.take([3, 3, -2]).x.sum(),
    "iat": lambda m, d: d.iat[3, 2],
    "iat of a series": lambda m, d: d.x.iat[-1],
    "get": lambda m, d: d.get("x"),
    "get several": lambda m, d: d.get(["x", "s"]),
    "get nothing": lambda m, d: d.get("absent"),
    "get a default": lambda m, d: d.get("absent", 7),
    "first_valid_index": lambda m, d: d.y.iloc[1:].first_valid_index(),
    "last_valid_index": lambda m, d: d.s.last_valid_index(),
    "first_valid_index of a frame": lambda m, d: d[["y", "s"]].iloc[2:].first_valid_index(),
    "no valid index": lambda m, d: d[d.x > 99].last_valid_index(),
    "filter items": lambda m, d: d.filter(["s", "absent", "x"]),
    "filter items by keyword": lambda m, d: d.filter(items=["y"]),
    "filter like": lambda m, d: d.filter(like="e"),
    "filter regex": lambda m, d: d.filter(regex="^[xy]$"),
    "filter a condition": lambda m, d: d.filter(cond=d.x > 1),
    "filter a function": lambda m, d: d.filter(lambda t: t.yes),
    "filter an expression": lambda m, d: d.filter(pd.col("x") > 1),
    "loc an expression": lambda m, d: d.loc[pd.col("x") > 1, "s"],
    "set the rows of an expression": changed(lambda d: d.loc.__setitem__((pd.col("x") > 1, "x"), 0)),
    "filter a series": lambda m, d: d.x.filter(cond=d.y > 0),
    "squeeze columns": lambda m, d: d[["x"]].squeeze("columns"),
    "squeeze a column": lambda m, d: d[["x"]].squeeze(),
    "squeeze a value": lambda m, d: d[["x"]].iloc[[1]].squeeze(),
    "squeeze nothing": lambda m, d: d.squeeze(),
    "squeeze a series": lambda m, d: d.s.iloc[:1].squeeze(),
    "set a column's rows by mask": changed(put("loc", (lambda d: d.x > 1, "x"), 0)),
    "set several columns by mask": changed(put("loc", (lambda d: d.x > 1, ["x", "y"]), 0)),
    "set columns to several values": changed(put("loc", (lambda d: d.yes, ["x", "s"]), [7, "z"])),
    "set a whole column": changed(put("loc", (slice(None), "s"), "q")),
    "set by position": changed(put("iloc", (1, 0), 77)),
    "set rows by position": changed(put("iloc", ([1, -1], 2), "new")),
    "set a slice by position": changed(put("iloc", (slice(2, 4), slice(0, 2)), 5)),
    "set by iat": changed(put("iat", (2, 1), 0.5)),
    "set a series by mask": changed(lambda s: s.__setitem__(s > 1, 0), "x"),
    "set a series by position": changed(put("iloc", 2, 5), "x"),
    "set a series slice": changed(lambda s: s.__setitem__(slice(1, 3), 5), "x"),
    "set another kind": changed(put("loc", (lambda d: d.x > 1, "x"), 2.0)),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str, source: str) -> None:
    same(CASES[case], SOURCES[source])


OF_SOURCE: dict[str, dict[str, Case]] = {
    "repeated": {
        "loc list": lambda m, d: d.loc[[0, 9]],
        "loc list of repeated": lambda m, d: d.loc[[3, 0, 5]],
        "loc list twice": lambda m, d: d.x.loc[[9, 9]],
        "loc one of several": lambda m, d: d.loc[3],
        "loc list and columns": lambda m, d: d.loc[[9, 0], ["s", "x"]],
        "series by label": lambda m, d: d.x[9],
        "series by several labels": lambda m, d: d.x[[9, 0]],
        "in": lambda m, d: (9 in d.x, 77 in d.x, "x" in d),
        "filter rows like": lambda m, d: d.filter(like="5", axis=0),
        "filter rows regex": lambda m, d: d.x.filter(regex="^-?[13]"),
        "set a row": changed(put("loc", (9, "x"), 70)),
        "set repeated rows": changed(put("loc", (3, "x"), 70)),
        "set rows": changed(put("loc", ([9, 0], "s"), "new")),
        "set a series by label": changed(lambda s: s.__setitem__(9, 70), "x"),
        "set all of a row": changed(lambda d: d.loc.__setitem__((9, ["x", "y"]), [1, 2.5])),
        "at": lambda m, d: d.at[9, "s"],
        "at of a series": lambda m, d: d.s.at[9],
        "set by at": changed(put("at", (9, "y"), 7.5)),
        "xs": lambda m, d: d.xs(3),
        "pop": changed(lambda s: s.pop(9), "x"),
        "delete": changed(lambda s: s.__delitem__(9), "x"),
        "a row more": changed(put("loc", 100, [1, 2.0, "new", True])),
    },
    "unique": {
        "set to a column": changed(put("loc", (lambda d: d.x > 1, "y"), lambda d: d.y * 2)),
        "loc list": lambda m, d: d.loc[["a", "g", "a"]],
        "loc array": lambda m, d: d.loc[np.array(["b", "f"])],
        "loc slice": lambda m, d: d.loc["c":"b"],
        "loc a lazy list": lambda m, d: d.loc[d.index[:2]],
        "series by slice of labels": lambda m, d: d.x["c":"b"],
        "frame by slice of labels": lambda m, d: d["c":"b"],
        "at": lambda m, d: d.at["a", "x"],
        "set by at": changed(put("at", ("a", "x"), 70)),
        "filter rows like": lambda m, d: d.filter(like="e", axis=0),
        "filter rows items": lambda m, d: d.x.filter(items=["e", "q", "a"]),
        "filter a series by default": lambda m, d: d.x.filter(regex="[a-c]"),
        "get a row": lambda m, d: d.x.get("a"),
        "get no row": lambda m, d: d.x.get("zz", -1),
        "items": lambda m, d: dict(d.x.items()),
        "keys": lambda m, d: d.x.keys(),
        "a row more": changed(put("loc", ("new", "x"), 1)),
    },
    "levels": {
        "xs": lambda m, d: d.xs(1),
        "xs of a level": lambda m, d: d.xs("a", level="q"),
        "xs of the last level": lambda m, d: d.x.xs("b", level=-1),
        "xs and keep": lambda m, d: d.xs("a", level="q", drop_level=False),
        "xs of both": lambda m, d: d.xs((3, "a"), level=["p", "q"]),
        "xs of a row": lambda m, d: d.xs((3, "a")),
        "xs of a value": lambda m, d: d.x.xs((3, "a")),
        "xs of a column": lambda m, d: d.xs("x", axis=1),
        "loc tuple": lambda m, d: d.x.loc[(2, "c")],
        "loc label": lambda m, d: d.loc[2],
    },
    "times": {
        "between_time": lambda m, d: d.between_time("09:00", "17:00"),
        "between_time exclusive": lambda m, d: d.x.between_time("09:30", datetime.time(17), inclusive="neither"),
        "between_time around midnight": lambda m, d: d.between_time("23:00", "09:30"),
        "between_time to the left": lambda m, d: d.between_time("09:30", "17:00", "left"),
        "at_time": lambda m, d: d.at_time("09:30"),
        "at_time of a time": lambda m, d: d.x.at_time(datetime.time(12)),
        "loc of a day": lambda m, d: d.sort_index().loc["2024-01-02"],
        "loc of a time": lambda m, d: d.loc[pd.Timestamp("2024-01-02")],
    },
}


@pytest.mark.parametrize(("source", "case"), [(source, case) for source, cases in OF_SOURCE.items() for case in cases])
def test_cases_of_a_source(source: str, case: str) -> None:
    same(OF_SOURCE[source][case], SOURCES[source])


ERRORS: dict[str, Case] = {
    "take past the end": lambda m, d: d.take([7]),
    "take before the start": lambda m, d: d.take([-8]),
    "take a slice": lambda m, d: d.take(slice(2)),
    "iloc past the end": lambda m, d: d.iloc[[7]],
    "iloc column past the end": lambda m, d: d.iloc[:, 4],
    "iloc of text": lambda m, d: d.iloc["x"],
    "step of zero": lambda m, d: d[::0],
    "loc absent": lambda m, d: d.loc[[3, 77]],
    "loc absent only": lambda m, d: d.loc[[78, 77]],
    "series absent": lambda m, d: d.x[77],
    "at absent": lambda m, d: d.at[77, "x"],
    "xs absent": lambda m, d: d.xs(77),
    "xs a list": lambda m, d: d.xs([3]),
    "xs level of one": lambda m, d: d.xs(3, level=0),
    "filter by nothing": lambda m, d: d.filter(),
    "filter twice": lambda m, d: d.filter(like="x", regex="y"),
    "between_time without times": lambda m, d: d.between_time("09:00", "10:00"),
    "between_time otherwise": lambda m, d: d.between_time("09:00", "10:00", inclusive="all"),
    "no such axis": lambda m, d: d.take([0], axis=3),
    "set text among numbers": changed(put("loc", (lambda d: d.x > 1, "x"), "text")),
    "set past the end": changed(put("iloc", (9, 0), 1)),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


def test_axes() -> None:
    lazy = bigframe.from_pandas(UNIQUE)
    assert [list(axis) for axis in lazy.axes] == [list(axis) for axis in UNIQUE.axes]
    assert len(lazy.x.axes) == 1
