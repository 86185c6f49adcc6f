"""Windows inside other expressions: each is a step of its own, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pandas
import pytest

import bigframe as pd
from bigframe.ops.arithmetic import Add, Mod
from bigframe.ops.base import Column, Expr
from bigframe.ops.groups import PerGroup
from bigframe.ops.reductions import Sum
from bigframe.ops.windows import CumSum, Shift
from bigframe.semantics.values import literal

ROWS = pandas.DataFrame({"k": [n % 3 for n in range(40)], "x": range(40)})


@pytest.fixture(params=[1, 4])
def rows(request: pytest.FixtureRequest) -> Iterator[pd.DataFrame]:
    with pd.connect(partitions=request.param):
        yield pd.from_pandas(ROWS)


def computed(rows: pd.DataFrame, expr: Expr) -> list[float]:
    frame, id = rows._frame.define(expr)
    found: list[float] = pd.Series(frame.select(("found",), (id,))).to_pandas().tolist()
    return found


def test_a_window_inside_an_operator(rows: pd.DataFrame) -> None:
    (x,) = rows._frame.find("x")
    assert computed(rows, Add(CumSum(Column(x)), literal(1))) == (ROWS.x.cumsum() + 1).tolist()


def test_a_window_of_a_window(rows: pd.DataFrame) -> None:
    k, x = (Column(rows._frame.one(label)) for label in ("k", "x"))
    found = computed(rows, Add(CumSum(Shift(Add(x, literal(1)), periods=-1), (k,)), CumSum(x)))
    shifted = (ROWS.x + 1).shift(-1)
    assert pandas.Series(found).equals(shifted.groupby(ROWS.k).cumsum() + ROWS.x.cumsum())


def test_a_window_inside_a_reduction_per_group(rows: pd.DataFrame) -> None:
    k, x = (Column(rows._frame.one(label)) for label in ("k", "x"))
    assert computed(rows, PerGroup(Sum(CumSum(x)), (k,))) == ROWS.x.cumsum().groupby(ROWS.k).transform("sum").tolist()


def test_keys_that_are_computed(rows: pd.DataFrame) -> None:
    (x,) = rows._frame.find("x")
    expected = ROWS.x.groupby(ROWS.x % 5).cumsum()
    assert computed(rows, CumSum(Column(x), (Mod(Column(x), literal(5)),))) == expected.tolist()
