"""Row labels against pandas: setting and resetting them, computing with them, keeping them through other steps."""

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
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2020-02-29", None, "1960-01-01", "2024-01-02"]),
    },
    index=[5, 3, 3, 9, 0, -1, 5],
)
DEFAULT = ROWS.reset_index(drop=True)
NAMED = ROWS.rename_axis("key")
SOURCES = {"labelled": ROWS, "default": DEFAULT, "named": NAMED, "nothing": ROWS.iloc[:0]}

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "set": lambda m, d: d.set_index("s"),
    "set and keep": lambda m, d: d.set_index("s", drop=False),
    "set times": lambda m, d: d.set_index("t"),
    "set floats": lambda m, d: d.set_index("y"),
    "set several": lambda m, d: d.set_index(["s", "x"]),
    "set beside": lambda m, d: d.set_index("s", append=True),
    "reset": lambda m, d: d.reset_index(),
    "reset and drop": lambda m, d: d.reset_index(drop=True),
    "reset under a name": lambda m, d: d.reset_index(names="label"),
    "reset several": lambda m, d: d.set_index(["s", "x"]).reset_index(),
    "there and back": lambda m, d: d.set_index("s").reset_index(),
    "reset a series": lambda m, d: d.x.reset_index(),
    "reset and drop of a series": lambda m, d: d.x.reset_index(drop=True),
    "reset a series under a name": lambda m, d: d.x.reset_index(name="value"),
    "filter and reset": lambda m, d: d[d.x > 1].reset_index(drop=True),
    "filter and reset into a column": lambda m, d: d[d.x > 1].reset_index(),
    "sort and reset": lambda m, d: d.sort_values("x").reset_index(drop=True),
    "sort and reset into a column": lambda m, d: d.sort_values("x").reset_index(),
    "index": lambda m, d: d.index,
    "index of strings": lambda m, d: d.set_index("s").index,
    "index of a filter": lambda m, d: d[d.x > 1].index,
    "index plus": lambda m, d: d.assign(z=d.index + 1),
    "index beside a column": lambda m, d: d.assign(z=d.x * d.index),
    "index in a mask": lambda m, d: d[d.index % 2 == 1],
    "index in a set": lambda m, d: d[d.index.isin([3, 0])],
    "index as a column": lambda m, d: d.assign(z=d.index),
    "index after a filter": lambda m, d: (lambda e: e.assign(z=e.index))(d[d.x > 1]),
    "largest label": lambda m, d: d.index.max(),
    "two levels, then a group": lambda m, d: d.set_index(["s", "x"]).groupby(level=0).y.sum(),
    "two levels, then a filter": lambda m, d: (lambda e: e[e.y > 0])(d.set_index(["s", "x"])),
    "two levels, then a column": lambda m, d: d.set_index(["s", "x"]).y,
    "reset after a concat": lambda m, d: m.concat([d, d]).reset_index(),
    "reset a group": lambda m, d: d.groupby("s").x.sum().reset_index(),
    "arithmetic of two columns": lambda m, d: d.x + d.y,
    "arithmetic after a reset": lambda m, d: (lambda e: e.x + e.y)(d.reset_index()),
    "unsettled, then reset": lambda m, d: d.assign(q=d.x.where(d.x > 2)).reset_index(),
    "default indexes pair up": lambda m, d: d.reset_index(drop=True).x + d.reset_index(drop=True).y,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str, source: str) -> None:
    same(CASES[case], SOURCES[source])


def test_frames_with_default_indexes_pair_by_position() -> None:
    same(lambda m, d: d[d.x > 1].reset_index(drop=True).x + d[d.x <= 1].reset_index(drop=True).x, DEFAULT)
    same(lambda m, d: d.head(3).x + d.x, DEFAULT)


def test_names_and_facts() -> None:
    lazy = bigframe.from_pandas(NAMED)
    assert lazy.index.name == "key"
    assert list(lazy.index.names) == ["key"]
    assert len(lazy.index) == 7
    assert not lazy.index.is_unique
    assert bigframe.from_pandas(DEFAULT).index.is_unique
    assert list(lazy.index) == list(NAMED.index)
    levels = lazy.set_index(["s", "x"]).index
    assert levels.equals(NAMED.set_index(["s", "x"]).index)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such column": lambda m, d: d.set_index("absent"),
    "column that exists": lambda m, d: d.rename(columns={"x": "index"}).rename(columns={"y": "level_0"}).reset_index(),
    "name that exists": lambda m, d: d.set_index("s", drop=False).reset_index(),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


def _renamed(rename: Callable[[Any], None]) -> Callable[[Any, Any], Any]:
    def make(m: Any, d: Any) -> Any:
        rename(d)
        return d

    return make


def _set_name(d: Any) -> None:
    d.index.name = "label"


def _set_names(d: Any) -> None:
    d.index.names = ["label"]


def _set_name_of_labels_no_longer_used(d: Any) -> None:
    labels = d.index
    d.index = range(10, 10 + len(d))
    labels.name = "label"


@pytest.mark.parametrize("rename", [_set_name, _set_names, _set_name_of_labels_no_longer_used])
@pytest.mark.parametrize("source", SOURCES)
def test_a_name_given_to_the_index_is_the_frames(rename: Callable[[Any], None], source: str) -> None:
    same(_renamed(rename), SOURCES[source])
    same(_renamed(rename), SOURCES[source].x)


def test_values_as_an_index() -> None:
    same(lambda m, d: d.set_index([iter(range(7)), "x"]), DEFAULT)
    same(lambda m, d: d.set_index([pd.Index(range(7), name="n"), np.arange(7)]), DEFAULT)
    with pytest.raises(ValueError, match="Length mismatch: Expected 7 rows, received array of length 2"):
        bigframe.from_pandas(DEFAULT).set_index([[1, 2]])


PLACES: dict[str, Callable[[Any, Any], Any]] = {
    "first": lambda m, d: repr(d.index[0]),
    "last": lambda m, d: repr(d.index[-1]),
    "third of a filter": lambda m, d: repr(d[d.x > 0].index[2]),
    "slice": lambda m, d: d.index[1:3],
    "list": lambda m, d: d.index[[0, 2]],
    "mask": lambda m, d: d.index[d.x > 1],
    "array": lambda m, d: d.index[np.array([True, False] * 3 + [True])],
    "through a label": lambda m, d: d.loc[d.index[3]].x if d.index.is_unique else 0,
}


@pytest.mark.parametrize("source", ["labelled", "default", "named"])
@pytest.mark.parametrize("place", PLACES)
def test_labels_by_position(place: str, source: str) -> None:
    same(PLACES[place], SOURCES[source])


def test_a_position_past_the_end() -> None:
    same_error(lambda m, d: d.index[99], ROWS)


@pytest.mark.parametrize("source", ["default", "named"])
def test_a_lazy_label(source: str) -> None:
    unique = SOURCES[source][~SOURCES[source].index.duplicated()]
    same(lambda m, d: d.loc[d.x.idxmax(), "s"], unique)
    same(lambda m, d: d.loc[d.x.idxmin()].x, unique)
    same(lambda m, d: d.loc[: d.x.idxmax()], unique)
    same(lambda m, d: d.at[d.x.idxmax(), "x"], unique)
    same(lambda m, d: d.x.iloc[d.x.argmin()], unique)
