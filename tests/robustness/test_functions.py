"""User functions that fail, cheat or cannot travel: the error names the function and the line that passed it."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd

HERE = Path(__file__)
DATA = pandas.DataFrame({"a": range(60), "t": [f"text {n}" for n in range(60)]})
TYPES = {"a": "int64", "t": "str"}
Failing = Callable[..., str]


@pytest.fixture
def df(session: pd.Session) -> Any:
    return pd.from_pandas(DATA)


def test_a_function_that_cannot_be_pickled(session: pd.Session, df: Any) -> None:
    lock = threading.Lock()

    def guarded(value: int) -> int:
        with lock:
            return value

    with pytest.raises(
        TypeError, match=r"the function '.*guarded' cannot be shipped to a worker: cannot pickle '_thread.lock' object"
    ):
        df.a.map(guarded)
    assert session.jobs == 0


def test_a_function_that_raises(df: Any, failing: Failing) -> None:
    def picky(value: int) -> int:
        return {"known": 1}[f"unknown {value}"]

    mapped = df.a.map(picky)
    line = sys._getframe().f_lineno - 1
    error = failing(pd.ExecutionError, mapped.to_pandas)
    assert "picky raised KeyError: 'unknown " in error
    assert f"(called at {HERE}:{line})" in error


def test_a_row_function_that_raises(df: Any, failing: Failing) -> None:
    applied = df.apply(lambda row: row.a / 0 if row.t == "text 50" else 1.0, axis=1, output_type=float)
    error = failing(pd.ExecutionError, lambda: applied.sum().item())
    assert "raised ZeroDivisionError" in error
    assert f"{HERE}:{sys._getframe().f_lineno - 3}" in error


def test_a_function_that_returns_another_type(df: Any, failing: Failing) -> None:
    error = failing(pd.ExecutionError, lambda: df.t.map(lambda value: value, output_type=int).to_pandas())
    assert "<lambda> returned values that are not int64" in error
    assert "pass output_type= (called at" in error
    assert f"{HERE}:{sys._getframe().f_lineno - 3}" in error


def test_a_function_that_changes_its_input(df: Any, failing: Failing) -> None:
    def careless(part: pandas.DataFrame) -> pandas.DataFrame:
        part["a"] = 0
        return part

    error = failing(pd.ExecutionError, lambda: df.map_partitions(careless, output_types=TYPES).to_pandas())
    assert "careless changed the frame it was given; work on a copy" in error
    assert f"{HERE}:{sys._getframe().f_lineno - 2}" in error


def test_a_function_that_returns_no_frame(df: Any, failing: Failing) -> None:
    error = failing(pd.ExecutionError, lambda: df.map_partitions(len, output_types=TYPES).to_pandas())
    assert "len must return a DataFrame, it returned int" in error


def test_a_function_that_returns_other_columns(df: Any, failing: Failing) -> None:
    def fewer(part: pandas.DataFrame) -> pandas.DataFrame:
        return part[["a"]]

    error = failing(pd.ExecutionError, lambda: df.map_partitions(fewer, output_types=TYPES).to_pandas())
    assert "fewer returned columns ['a'], declared are ['a', 't']" in error


def test_a_function_that_returns_another_dtype_names_the_column(df: Any, failing: Failing) -> None:
    def swapped(part: pandas.DataFrame) -> pandas.DataFrame:
        return part.assign(a=part.t)

    error = failing(pd.ExecutionError, lambda: df.map_partitions(swapped, output_types=TYPES).to_pandas())
    assert "swapped returned column 'a' that is not int64" in error


def test_a_function_of_fewer_rows_is_fine_for_partitions(df: Any) -> None:
    def even(part: pandas.DataFrame) -> pandas.DataFrame:
        return part[part.a % 2 == 0]

    pandas.testing.assert_frame_equal(df.map_partitions(even, output_types=TYPES).to_pandas(), DATA[DATA.a % 2 == 0])


def test_a_class_whose_constructor_fails(df: Any, failing: Failing) -> None:
    class Model:
        def __init__(self) -> None:
            raise RuntimeError("no weights")

        def __call__(self, part: pandas.DataFrame) -> pandas.DataFrame:
            return part

    error = failing(pd.ExecutionError, lambda: df.map_partitions(Model, output_types=TYPES).to_pandas())
    assert "Model" in error
    assert "RuntimeError: no weights" in error
    assert f"{HERE}:{sys._getframe().f_lineno - 3}" in error
