"""Rows by position against pandas: head, tail, slices and iloc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

LABELLED = pd.DataFrame(
    {"x": range(10), "y": [*np.linspace(0, 1, 9), np.nan], "s": list("abcdefghij")},
    index=[5, 3, 3, 9, 0, -1, 5, 7, 2, 2],
)
DEFAULT = LABELLED.reset_index(drop=True)
FLOATS = LABELLED.set_axis(np.linspace(-1.5, 3, 10))
SOURCES = {"labelled": LABELLED, "default": DEFAULT, "floats": FLOATS, "nothing": LABELLED.iloc[:0]}

CASES: dict[str, Callable[[Any, Any], Any]] = {
    **{f"head {n}": (lambda m, d, n=n: d.head(n)) for n in (0, 1, 3, 10, 99, -1, -3, -10, -99)},
    **{f"tail {n}": (lambda m, d, n=n: d.tail(n)) for n in (0, 1, 3, 10, 99, -1, -3, -10, -99)},
    **{
        f"slice {start}:{stop}": (lambda m, d, start=start, stop=stop: d[start:stop])
        for start, stop in [
            (None, None),
            (2, None),
            (None, 4),
            (2, 5),
            (5, 2),
            (-3, None),
            (None, -3),
            (-5, -2),
            (2, -2),
            (-4, 9),
            (0, 0),
            (99, None),
        ]
    },
    "head": lambda m, d: d.head(),
    "tail": lambda m, d: d.tail(),
    "iloc rows": lambda m, d: d.iloc[2:5],
    "iloc from the end": lambda m, d: d.iloc[-3:],
    "iloc rows and columns": lambda m, d: d.iloc[1:4, [0, 2]],
    "iloc columns": lambda m, d: d.iloc[:, 1:],
    "iloc last column": lambda m, d: d.iloc[:, -1],
    "iloc columns backwards": lambda m, d: d.iloc[:, ::-1],
    "iloc some of a column": lambda m, d: d.iloc[2:6, 0],
    "iloc columns by mask": lambda m, d: d.iloc[:, [True, False, True]],
    "series": lambda m, d: d.x[2:5],
    "series head": lambda m, d: d.s.head(2),
    "series iloc": lambda m, d: d.y.iloc[-2:],
    "after a filter": lambda m, d: d[d.x % 2 == 0].head(3),
    "tail after a filter": lambda m, d: d[d.x % 2 == 0].tail(3),
    "middle after a filter": lambda m, d: d[d.x % 2 == 0][1:3],
    "after a sort": lambda m, d: d.sort_values("x", ascending=False)[2:6],
    "tail after a sort": lambda m, d: d.sort_values("x", ascending=False).tail(4),
    "of a head": lambda m, d: d.head(7).tail(3),
    "of a tail": lambda m, d: d.tail(7).head(3),
    "of a slice": lambda m, d: d[1:8][2:][:3],
    "then a filter": lambda m, d: (lambda h: h[h.x > 2])(d.head(6)),
    "then a sum": lambda m, d: d.head(6).x.sum(),
    "then a new column": lambda m, d: d.tail(4).assign(z=lambda t: t.x + 1),
    "then a group": lambda m, d: d.head(7).groupby("s").x.sum(),
    "of a join": lambda m, d: d.merge(d, on="s")[2:4],
    "of a group": lambda m, d: d.groupby("s").x.sum().tail(3),
    "of a concat": lambda m, d: m.concat([d, d])[8:12],
    "two heads": lambda m, d: m.concat([d.head(2), d.head(4)]),
    "heads joined": lambda m, d: d.head(5).merge(d.tail(7), on="s"),
}


@pytest.mark.parametrize("source", ["labelled", "default"])
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str, source: str) -> None:
    same(CASES[case], SOURCES[source])


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith(("head ", "tail ", "slice "))])
def test_nothing(case: str) -> None:
    same(CASES[case], SOURCES["nothing"])


def test_slices_of_nothing() -> None:
    for make in (lambda d: d.head(3), lambda d: d.tail(3), lambda d: d[1:3], lambda d: d[-2:], lambda d: d.head(-1)):
        same(lambda m, d, make=make: make(d), SOURCES["nothing"])


@pytest.mark.parametrize("row", [0, 3, 9, -1, -10])
def test_one_row(row: int) -> None:
    lazy = bigframe.from_pandas(LABELLED)
    pd.testing.assert_series_equal(lazy.iloc[row], LABELLED.iloc[row])
    assert lazy.x.iloc[row] == LABELLED.x.iloc[row]
    assert lazy.iloc[row, 2] == LABELLED.iloc[row, 2]


@pytest.mark.parametrize("source", SOURCES)
def test_lengths(source: str) -> None:
    rows = SOURCES[source]
    lazy = bigframe.from_pandas(rows)
    assert len(lazy) == len(rows)
    assert lazy.shape == rows.shape
    assert lazy.size == rows.size
    assert lazy.empty == rows.empty
    assert len(lazy[lazy.x > 4]) == len(rows[rows.x > 4])
    assert len(lazy.x) == len(rows.x)
    assert lazy.x.empty == rows.x.empty
    assert lazy[lazy.x > 99].empty
    assert len(lazy.head(3)) == len(rows.head(3))


def test_iteration() -> None:
    lazy = bigframe.from_pandas(LABELLED)
    assert list(lazy) == list(LABELLED)
    assert list(lazy.s) == list(LABELLED.s)
    assert [label for label, _ in lazy.items()] == list(LABELLED)
    assert [tuple(row) for row in lazy.head(3).itertuples()] == [tuple(row) for row in LABELLED.head(3).itertuples()]
    assert [label for label, _ in lazy.iterrows()] == list(LABELLED.index)
    assert "x" in lazy
    assert "absent" not in lazy
    assert list(lazy.keys()) == list(LABELLED.keys())


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "row beyond": lambda m, d: d.iloc[10],
    "row before": lambda m, d: d.iloc[-11],
    "column beyond": lambda m, d: d.iloc[:, 7],
    "columns beyond": lambda m, d: d.iloc[:, [0, 7]],
    "truth": lambda m, d: bool(d),
    "truth of a column": lambda m, d: bool(d.x),
}


@pytest.mark.parametrize("labels", [LABELLED, DEFAULT], ids=["labelled", "default"])
def test_bounds_among_integers_are_integers(labels: pd.DataFrame) -> None:
    same_error(lambda m, d: d[1.0:2.0], labels)
    same_error(lambda m, d: d.x["a":], labels)
    same(lambda m, d: d.x[0.5:2.0], FLOATS)


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], LABELLED)


NAMED: dict[str, Callable[[Any, Any], Any]] = {
    "a value": lambda m, d: d.x.a,
    "several values": lambda m, d: d.x.b,
    "of a reduction": lambda m, d: d.mean().y,
    "of an index of categories": lambda m, d: d.set_index(d.index.astype("category")).x.a,
    "a method": lambda m, d: d.rename({"a": "sum"}).x.sum(),
}


@pytest.mark.parametrize("case", NAMED)
def test_labels_as_attributes(case: str) -> None:
    same(NAMED[case], pd.DataFrame({"x": [1, 2, 3], "y": [0.5, 1, 2]}, index=list("abb")))


def test_no_label_is_no_attribute() -> None:
    with bigframe.connect() as session:
        frame = bigframe.DataFrame({"x": [1, 2]}, index=[5, 6])
        assert not hasattr(frame.x, "a")
        assert session.jobs == 0
    same_error(lambda m, d: d.x.nonsense, pd.DataFrame({"x": [1]}, index=["a"]))
