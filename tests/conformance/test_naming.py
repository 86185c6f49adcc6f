"""Labels of columns and rows, and names of index levels, against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {"x": [3, -1, 4, 1, -5], "y": [1.5, np.nan, -2.5, 0.25, np.nan], "s": ["b", "a", None, "", "b"]},
    index=[5, 3, 3, 9, 0],
)
NAMED = ROWS.rename_axis("key")
LEVELS = ROWS.set_index(pd.MultiIndex.from_arrays([[1, 1, 2, 2, 3], list("abcab")], names=["p", None]))
TEXT = ROWS.set_index(pd.Index(["a", None, "c", "d", "a"], name="t"))
DEFAULT = ROWS.reset_index(drop=True)
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
SOURCES = {"labelled": ROWS, "default": DEFAULT, "named": NAMED, "levels": LEVELS, "text": TEXT, "nothing": ROWS[:0]}
Case = Callable[[Any, Any], Any]


def _in_place(change: Callable[[Any], Any]) -> Case:
    def case(_: Any, d: Any) -> Any:
        d = d.copy()
        answer = change(d)
        assert answer is None or answer is d
        return d

    return case


CASES: dict[str, Case] = {
    "set_axis of columns": lambda m, d: d.set_axis(["a", "b", "c"], axis=1),
    "set_axis of columns by name": lambda m, d: d.set_axis([1, 2, 1], axis="columns"),
    "set_axis by another column": lambda m, d: d.set_axis(d.s),
    "set_axis by a computed column": lambda m, d: d.set_axis((d.x * 2).rename("twice")),
    "set_axis of a series": lambda m, d: d.x.set_axis(d.s),
    "index assigned": _in_place(lambda d: setattr(d, "index", d.x)),
    "rename_axis": lambda m, d: d.x.rename_axis(index=lambda name: f"{name}!"),
    "rename_axis by mapping": lambda m, d: d.rename_axis(index={"key": "k", "p": "q", "t": "u"}),
    "rename_axis in place": _in_place(lambda d: d.rename_axis(index=str, inplace=True)),
    "rename_axis of columns": lambda m, d: d.rename_axis(columns="label")[["s", "x"]],
    "rename_axis of both": lambda m, d: d.rename_axis(index=str, columns="label").drop(columns="x"),
    "rename_axis by axis": lambda m, d: d.rename_axis("label", axis=1).rename(columns={"x": "z"}),
    "add_prefix": lambda m, d: d.add_prefix("a_"),
    "add_suffix": lambda m, d: d.add_suffix("_z"),
    "add_suffix to columns of a frame of numbers": lambda m, d: d.set_axis([1, 2.5, "c"], axis=1).add_suffix("_z"),
    "add_prefix to rows": lambda m, d: d.add_prefix("a_", axis=0),
    "add_suffix to rows": lambda m, d: d.add_suffix("_z", axis="index"),
    "add_prefix of a series": lambda m, d: d.x.add_prefix("a_"),
    "add_suffix of a series": lambda m, d: d.s.add_suffix(""),
    "rename columns": lambda m, d: d.rename(columns={"x": "z", "absent": "q"}),
    "rename columns by function": lambda m, d: d.rename(str.upper, axis=1),
    "rename columns by a series": lambda m, d: d.rename(columns=pd.Series({"x": "z"})),
    "rename rows": lambda m, d: d.rename(index={3: 30, 0: -1}),
    "rename rows of text": lambda m, d: d.rename({"a": "A", "b": "B"}),
    "rename both": lambda m, d: d.rename(index={9: 8}, columns={"y": "why"}),
    "rename rows by function": lambda m, d: d.x.rename(lambda label: f"<{label}>"),
    "rename a series": lambda m, d: d.x.rename("z"),
    "rename a series to None": lambda m, d: d.x.rename(None),
    "rename rows of a series": lambda m, d: d.x.rename({5: 50}),
    "rename in place": _in_place(lambda d: d.rename(columns={"x": "z"}, inplace=True)),
    "drop columns": lambda m, d: d.drop(columns=["x", "s"]),
    "drop a column by axis": lambda m, d: d.drop("x", axis=1),
    "drop columns, some absent": lambda m, d: d.drop(columns=["x", "absent"], errors="ignore"),
    "drop in place": _in_place(lambda d: d.drop(columns="x", inplace=True)),
    "set_index": lambda m, d: d.set_index("s"),
    "set_index beside": lambda m, d: d.set_index(["s", "x"], append=True),
    "set_index by a column": lambda m, d: d.set_index(d.x * 2),
    "set_index by several": lambda m, d: d.set_index(["s", d.x.rename("z")]),
    "set_index and keep": lambda m, d: d.set_index(["s"], drop=False),
    "set_index in place": _in_place(lambda d: d.set_index("s", inplace=True)),
    "reset_index": lambda m, d: d.reset_index(),
    "reset_index of one level": lambda m, d: d.reset_index(level=0),
    "reset_index of the last level": lambda m, d: d.reset_index(level=-1),
    "reset_index of levels": lambda m, d: d.set_index(["s", "x"]).reset_index(level=["x"]),
    "reset_index of one level, dropped": lambda m, d: d.set_index(["s", "x"]).reset_index(level=0, drop=True),
    "reset_index of all levels": lambda m, d: d.set_index(["s", "x"]).reset_index(level=[1, 0]),
    "reset_index under a name": lambda m, d: d.set_index("s").reset_index(names="label"),
    "reset_index under names": lambda m, d: d.set_index(["s", "x"]).reset_index(names=["one", "two"]),
    "reset_index in place": _in_place(lambda d: d.reset_index(drop=True, inplace=True)),
    "reset_index, repeated": lambda m, d: d.set_index("s", drop=False).reset_index(allow_duplicates=True),
    "reset_index of a series": lambda m, d: d.y.reset_index(),
    "reset_index of a series under a name": lambda m, d: d.y.reset_index(name="value"),
    "reset_index of a level of a series": lambda m, d: d.set_index(["s", "x"]).y.reset_index("s"),
    "reset_index of a series, dropped": lambda m, d: d.y.reset_index(drop=True),
    "reset_index of a nameless series": lambda m, d: d.y.rename(None).reset_index(),
    "then a sum": lambda m, d: d.set_index(["s", "x"]).reset_index(level=0).groupby("s").y.sum(),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str, source: str) -> None:
    if source == "nothing" and case in OF_SOME_ROWS:
        pytest.skip("the dtype of the labels is that of the first of them")
    same(CASES[case], SOURCES[source])


OF_SOME_ROWS = {
    "add_prefix to rows",
    "add_suffix to rows",
    "add_prefix of a series",
    "add_suffix of a series",
    "rename rows by function",
}

OF_LEVELS: dict[str, Case] = {
    "droplevel": lambda m, d: d.droplevel(0),
    "droplevel by name": lambda m, d: d.droplevel("p"),
    "droplevel of a series": lambda m, d: d.x.droplevel(-1),
    "swaplevel": lambda m, d: d.swaplevel(),
    "swaplevel by name": lambda m, d: d.x.swaplevel("p", 1),
    "reorder_levels": lambda m, d: d.reorder_levels([1, 0]),
    "rename_axis": lambda m, d: d.rename_axis(["one", "two"]),
    "rename one level": lambda m, d: d.rename(index={1: 10, 3: 30}, level="p"),
    "rename every level": lambda m, d: d.rename(index={1: 10, "a": "A"}),
    "labels of columns": lambda m, d: d.set_axis(
        pd.MultiIndex.from_product([["u"], ["a", "b", "c"]]), axis=1
    ).droplevel(0, axis=1),
    "columns swapped": lambda m, d: d.set_axis(pd.MultiIndex.from_product([["u"], ["a", "b", "c"]]), axis=1).swaplevel(
        axis=1
    ),
}


@pytest.mark.parametrize("case", OF_LEVELS)
def test_levels(case: str) -> None:
    same(OF_LEVELS[case], LEVELS)


ROWS_ONLY: dict[str, Case] = {
    "set_axis by a list": lambda m, d: d.set_axis(list("abcde")),
    "set_axis by a range": lambda m, d: d.set_axis(range(5)),
    "set_axis by levels": lambda m, d: d.set_axis(
        pd.MultiIndex.from_arrays([list("aabbc"), range(5)], names=["u", "v"])
    ),
    "set_axis by times": lambda m, d: d.x.set_axis(
        pd.DatetimeIndex(["2024-01-01", None, "2020-02-29", "2024-01-02", None], name="d")
    ),
    "index assigned": _in_place(lambda d: setattr(d, "index", list("vwxyz"))),
    "index of a series assigned": _in_place(lambda d: setattr(d.x, "index", list("vwxyz"))),
    "set_index by an array": lambda m, d: d.set_index(np.arange(5.0)),
    "set_index by an array and a column": lambda m, d: d.set_index(["s", np.arange(5)], append=True),
    "drop rows": lambda m, d: d.drop([3, 5]),
    "drop a row": lambda m, d: d.drop(index=9),
    "drop rows, some absent": lambda m, d: d.drop(index=[9, 77], errors="ignore"),
    "drop rows and a column": lambda m, d: d.drop(index=[9], columns="x"),
    "drop rows of a series": lambda m, d: d.x.drop([3, 0]),
    "drop rows of a series in place": _in_place(lambda d: d.x.drop([3, 0], inplace=True)),
    "rename rows to another kind": lambda m, d: d.rename(index={3: "three"}),
    "verified": lambda m, d: d.set_index("x", verify_integrity=True),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", ROWS_ONLY)
def test_rows(case: str) -> None:
    same(ROWS_ONLY[case], ROWS)


ERRORS: dict[str, Case] = {
    "too few labels": lambda m, d: d.set_axis([1, 2]),
    "too few labels for columns": lambda m, d: d.set_axis([1, 2], axis=1),
    "no such axis": lambda m, d: d.set_axis([1, 2], axis=2),
    "no axis of columns": lambda m, d: d.x.set_axis([1], axis=1),
    "no labels": lambda m, d: d.set_axis(None),
    "rename nothing": lambda m, d: d.rename(),
    "rename twice": lambda m, d: d.rename({"x": "y"}, columns={"x": "z"}),
    "rename an absent column": lambda m, d: d.rename(columns={"absent": "z"}, errors="raise"),
    "drop nothing": lambda m, d: d.drop(),
    "drop twice": lambda m, d: d.drop("x", columns=["x"]),
    "drop an absent column": lambda m, d: d.drop(columns="absent"),
    "drop an absent row": lambda m, d: d.drop(index=[3, 77]),
    "drop an absent row of a series": lambda m, d: d.x.drop(77),
    "rename_axis by a mapping": lambda m, d: d.rename_axis({"key": "k"}),
    "rename_axis to too many": lambda m, d: d.rename_axis(["a", "b"]),
    "droplevel of the only level": lambda m, d: d.droplevel(0),
    "swaplevel of one level": lambda m, d: d.swaplevel(),
    "reset_index of an absent level": lambda m, d: d.reset_index(level="absent"),
    "reset_index over a column": lambda m, d: d.set_index("s", drop=False).reset_index(),
    "reset_index of a series in place": lambda m, d: d.x.reset_index(inplace=True),
    "set_index by an absent column": lambda m, d: d.set_index("absent"),
    "set_index by too few": lambda m, d: d.set_index(np.arange(2)),
    "an argument that there is not": lambda m, d: d.rename(nothing=1),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], NAMED)


def test_index_is_lazy_until_looked_at() -> None:
    lazy = bigframe.from_pandas(LEVELS).swaplevel().rename_axis(["a", "b"]).reset_index(level="b")
    assert list(lazy.columns) == ["b", "x", "y", "s"]
    assert [name for name, _ in lazy._frame.index or ()] == ["a"]


def _named(frame: Any, axis: str, name: str, value: Any) -> Any:
    setattr(getattr(frame, axis), name, value)
    return frame


@pytest.mark.parametrize("source", SOURCES)
def test_names_are_given_to_the_labels_of_an_object(source: str) -> None:
    one = source != "levels"
    names = ["n"] if one else ["n", "m"]
    same(lambda m, d: _named(d, "index", "names", names), SOURCES[source])
    same(lambda m, d: _named(d, "index", "names", names).reset_index(), SOURCES[source])
    same(lambda m, d: _named(d, "columns", "name", "n"), SOURCES[source])
    same(lambda m, d: _named(d, "columns", "names", ["n"])[["x"]], SOURCES[source])
    same(lambda m, d: _named(d["x"], "index", "names", names), SOURCES[source])
    if one:
        same(lambda m, d: _named(d, "index", "name", "n"), SOURCES[source])
        same(lambda m, d: _named(d, "index", "name", "n").query("x > 0"), SOURCES[source])


def test_names_given_later() -> None:
    def of_labels_kept(m: Any, d: Any) -> Any:
        labels = d.index
        labels.name = "n"
        return d.assign(labels=d["x"])

    def of_labels_replaced(m: Any, d: Any) -> Any:
        labels = d.index
        d.index = [1, 2, 3, 4, 5]
        labels.name = "n"
        return d

    same(of_labels_kept, ROWS)
    same(of_labels_replaced, ROWS)
    same_error(lambda m, d: _named(d, "index", "name", ["n"]), ROWS)
    same_error(lambda m, d: _named(d, "index", "names", ["n", "m"]), ROWS)
