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
SOURCES = {
    "repeated": ROWS,
    "unique": UNIQUE,
    "default": DEFAULT,
    "levels": LEVELS,
    "times": TIMES,
    "sorted times": TIMES.set_axis(TIMES.index.fillna(pd.Timestamp("2023-05-05"))).sort_index(),
}
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
        "a row of a list": changed(put("loc", "new", [1, 2.0, "new", True])),
        "a row of a mapping": changed(put("loc", "new", {"x": 1, "y": 2.0, "s": "new", "yes": True})),
        "set rows to a list": changed(put("loc", (["a", "g"], "x"), [70, 80])),
        "set rows and columns to a table": changed(
            put("loc", (["a", "g"], ["x", "y"]), np.array([[1.0, 2.5], [3.0, 4.5]]))
        ),
        "set rows to a column of others": changed(
            lambda d: d.loc.__setitem__((["a", "g"], "x"), type(d.x)([70, 80], index=["g", "a"]))
        ),
        "set a slice of labels": changed(put("loc", (slice("c", "b"), "x"), 5)),
        "set a mask to a list": changed(lambda d: d.loc.__setitem__((d.x > 2, "x"), [70, 80, 90])),
        "set an array of bools to a list": changed(
            put("loc", (np.array([True, False, False, True, False, False, False]), "x"), [70, 80])
        ),
        "add a column everywhere": changed(put("loc", (slice(None), "new"), 1)),
        "add a column by labels": changed(lambda d: d.__setitem__("new", d.x.iloc[[3, 0, 5]])),
        "add a column in another order": changed(lambda d: d.__setitem__("new", d.x.sort_values())),
        "set a row in place": changed(put("loc", "a", [7, 2.5, "z", False])),
        "loc ellipsis": lambda m, d: d.loc[..., "x"],
        "loc of an axis": lambda m, d: d.loc(axis=1)[["x", "s"]],
        "loc bools": lambda m, d: d.loc[[True, False, False, True, False, False, True]],
        "loc a mask of columns": lambda m, d: d.loc[:, [True, False, False, True]],
        "loc a slice without order": lambda m, d: d.loc["a":"b", "x"],
        "series by bools": lambda m, d: d.x[[True, False, False, True, False, False, True]],
        "series set by bools": changed(lambda s: s.__setitem__([True] + [False] * 6, 70), "x"),
        "series set to values in order": changed(lambda s: s.__setitem__(["a", "g"], type(s)([70, 80])), "x"),
        "series a row more": changed(lambda s: s.__setitem__("new", 70), "x"),
    },
    "default": {
        "a row more": changed(lambda d: d.loc.__setitem__(len(d), [1, 2.0, "new", True])),
        "a row apart": changed(put("loc", 100, [1, 2.0, "new", True])),
        "loc label": lambda m, d: d.loc[3],
        "loc slice with a step": lambda m, d: d.loc[1:6:2],
        "loc list": lambda m, d: d.loc[[3, 0, 3]],
        "set a label": changed(put("loc", (3, "x"), 70)),
        "set labels to a list": changed(put("loc", ([3, 0], "x"), [70, 80])),
        "set labels": changed(put("loc", ([3, 0], ["x", "y"]), 7)),
        "set a slice": changed(put("loc", (slice(1, 3), "x"), 7)),
        "set a missing value": changed(put("loc", (3, "x"), None)),
        "set all to a list": changed(put("loc", (slice(None), "x"), [7, 6, 5, 4, 3, 2, 1])),
        "set positions to a table": changed(put("iloc", ([5, 0], [0, 1]), np.array([[1.0, 2.5], [3.0, 4.5]]))),
        "set a slice of positions to a list": changed(put("iloc", (slice(1, 3), 0), [70, 80])),
        "set values by an array of bools": changed(
            lambda d: d[["x", "y"]].__setitem__(np.array([[True, False]] * 7), 0)
        ),
        "set_index of a column of other rows": lambda m, d: d.set_index(d.x.sort_values()),
        "set_index of levels": lambda m, d: d.set_index(
            pd.MultiIndex.from_arrays([list("abcdefg"), range(7)], names=["p", 0])
        ),
        "index of a level by a number": lambda m, d: d.set_index(["s", d.x.rename(0)]).loc["b"],
        "insert": changed(lambda d: d.insert(1, "new", d.x * 2)),
        "add to itself": changed(lambda s: s.__iadd__(1), "x"),
        "index by position": lambda m, d: d.set_index("x").index[2],
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
        "loc label and column": lambda m, d: d.loc[2, "x"],
        "loc labels and column": lambda m, d: d.loc[(2, "c"), "x"],
        "loc mask and column": lambda m, d: d.loc[d.x > 1, "x"],
        "set by mask": changed(put("loc", (lambda d: d.x > 1, "x"), 0)),
    },
    "sorted times": {
        "loc of a month": lambda m, d: d.loc["2024-01"],
        "loc of a day": lambda m, d: d.loc["2024-01-02"],
        "loc of a moment": lambda m, d: d.loc["2024-01-01 09:30:00.000001"],
        "loc from day to day": lambda m, d: d.loc["2020":"2024-01-01"],
        "loc from a day": lambda m, d: d.x.loc["2024-01-02":],
        "bracket from a day": lambda m, d: d["2024-01-02":],
        "set a day to a value": changed(put("loc", (slice("2024-01-02", None), "x"), 7)),
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


def added(mask: Callable[[Any], Any], column: str, amount: Any) -> Case:
    """``d.loc[mask, column] += amount``."""

    def change(d: Any) -> None:
        d.loc[mask(d), column] += amount

    return changed(change)


NATIVE: dict[str, Case] = {
    "add to integers where": added(lambda d: d.x > 1, "x", 1),
    "add to floats where": added(lambda d: d.x > 1, "y", 0.5),
    "add to text where": added(lambda d: d.s.notna(), "s", "!"),
    "add to some rows of others": changed(
        lambda d: d.loc.__setitem__((d.x > 0, "y"), d.loc[d.x > 2, "y"] * 2),
    ),
    "a column of some rows": changed(lambda d: d.__setitem__("new", d[d.x > 1].x)),
    "a list of labels": changed(lambda d: d.loc.__setitem__((list(d.index[:2].to_list()), "x"), [70, 80])),
    "a table by position": changed(put("iloc", ([5, 0], [0, 1]), np.array([[1.0, 2.5], [3.0, 4.5]]))),
    "a list where": changed(lambda d: d.loc.__setitem__((d.x > 2, "x"), [70, 80, 90])),
    "a whole row": changed(lambda d: d.loc.__setitem__(d.index[0], [1, 2.0, "new", True])),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("source", ["unique", "default"])
@pytest.mark.parametrize("case", NATIVE)
def test_assignments_that_gather_nothing(case: str, source: str) -> None:
    same(NATIVE[case], SOURCES[source])


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
    "too many keys": lambda m, d: d.loc[3, "x", 1],
    "two ellipses": lambda m, d: d.loc[..., ...],
    "a bool as a label": lambda m, d: d.loc[True],
    "a slice of other labels": lambda m, d: d.loc["a":"b"],
    "positions that are no integers": lambda m, d: d.iloc[1.0:2.0],
    "bools of another length": lambda m, d: d.loc[[True, False]],
    "column past the end": lambda m, d: d.iat[0, 9],
    "set bools of another length": changed(put("loc", ([True, False], "x"), 1)),
    "set too many values": changed(put("loc", ([9, 0], "x"), [1, 2, 3])),
    "set a time among numbers": changed(put("loc", (9, "x"), pd.NaT)),
    "insert past the end": changed(lambda d: d.insert(9, "new", 1)),
    "insert before the start": changed(lambda d: d.insert(-1, "new", 1)),
    "assign too many values": changed(lambda d: d.__setitem__("x", [1, 2])),
    "assign several columns to one": changed(lambda d: d.__setitem__("new", d[["x", "y"]])),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


def test_axes() -> None:
    lazy = bigframe.from_pandas(UNIQUE)
    assert [list(axis) for axis in lazy.axes] == [list(axis) for axis in UNIQUE.axes]
    assert len(lazy.x.axes) == 1


TRUNCATED_LABELS: dict[str, Any] = {
    "rising": [1, 2, 3, 4],
    "falling": [4, 3, 2, 1],
    "texts": list("abcd"),
    "times": pd.date_range("2020", periods=4),
    "the same": [1, 1, 1, 1],
    "counted": None,
}


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("kind", TRUNCATED_LABELS)
def test_truncate(kind: str) -> None:
    table = pd.DataFrame({"a": range(4), "b": range(4)}, index=TRUNCATED_LABELS[kind])
    before, after = sorted(table.index[1:3])
    same(lambda m, d: d.truncate(before, after), table)
    same(lambda m, d: d.a.truncate(before=before), table)
    same(lambda m, d: d.truncate(after=after), table)
    same(lambda m, d: d.truncate("b", axis=1), table)


def test_truncate_without_order() -> None:
    table = pd.DataFrame({"a": range(4)}, index=[1, 3, 2, 4])
    same_error(lambda m, d: d.truncate(1, 2), table)
    same_error(lambda m, d: d.sort_index().truncate(3, 2), table)
