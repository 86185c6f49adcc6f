"""Operands of other kinds: values given row by row, what is matched by label, offsets, and pandas' words about the rest."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.columns import NUMBERS, TEXTS, TIMES, Row
from tests.conformance.compare import same

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "/": operator.truediv}

VALUES: list[Any] = [
    [1, 2, 3, 4, 5, 6],
    [1.5, np.nan, 3.0, 4.0, 5.0, 6.0],
    range(6),
    np.arange(6, dtype="int8"),
    np.array(2),
    pd.Index(range(1, 7), name="i64"),
    pd.Index(range(1, 7), name="other"),
    pd.array([1, 2, None, 4, 5, 6], dtype="Int64"),
    pd.Series([1, 2, 3, 4, 5, 6], name="i64"),
]


@pytest.mark.filterwarnings("ignore:Operation with range:pandas.errors.Pandas4Warning")
@pytest.mark.parametrize("symbol", OPERATORS)
@pytest.mark.parametrize("values", VALUES, ids=[f"{type(one).__name__}{n}" for n, one in enumerate(VALUES)])
def test_values_given_row_by_row(symbol: str, values: Any) -> None:
    here = NUMBERS.reset_index(drop=True).iloc[:6]
    same(lambda m, d: OPERATORS[symbol](d.i64, values), here)
    same(lambda m, d: OPERATORS[symbol](d.f64, values), here)
    same(lambda m, d: OPERATORS[symbol](values, d.i64), here)
    same(lambda m, d: d.i64 < values, here)
    if not isinstance(values, pd.Series):
        same(lambda m, d: OPERATORS[symbol](d.i64, values), here.set_index("u8"))


def error_of(make: Callable[[], Any]) -> tuple[type[Exception], str]:
    try:
        made = make()
    except Exception as error:
        return type(error), str(error)
    raise AssertionError(f"nothing raised, but {made!r}")


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (NUMBERS, lambda d: d.i64 + [1, 2]),
        (NUMBERS, lambda d: d.i64 == [1, 2]),
        (NUMBERS, lambda d: d.i64.add([1, 2])),
        (NUMBERS, lambda d: d[["i64", "f64"]] + [1, 2, 3]),
        (NUMBERS, lambda d: d.i64 + "text"),
        (NUMBERS, lambda d: d[["i64", "f64"]] + "text"),
        (NUMBERS, lambda d: d.i64 < "text"),
        (TIMES, lambda d: d.us + d.us),
        (TIMES, lambda d: d.us + 1),
        (TIMES, lambda d: d.us * 2),
        (TIMES, lambda d: d.us < 1),
        (TEXTS, lambda d: d.s + 1),
    ],
)
def test_messages_of_errors(frame: pd.DataFrame, make: Row) -> None:
    assert error_of(lambda: make(frame)) == error_of(lambda: make(bigframe.from_pandas(frame)))


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_offsets_added_to_times() -> None:
    same(lambda m, d: d.us + pd.DateOffset(months=1), TIMES)
    same(lambda m, d: d[["us"]] - pd.offsets.Day(2), TIMES)


UNIQUE = NUMBERS[["i64", "j64", "f64", "n"]].reset_index(drop=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d[["i64"]] + d[["f64"]],
        lambda d: d[["i64", "f64"]] + d[["f64", "n"]],
        lambda d: d - d.mean(),
        lambda d: d.iloc[0] + d,
        lambda d: d * [1, 2, 3, 4],
        lambda d: d.div(pd.Series({"n": 2.0, "f64": 4.0})),
        lambda d: d / d.f64.where(d.f64 > 1e9).mean(),
        lambda d: d.i64 / np.nan,
        lambda d: d.f64.add(1, fill_value=0),
        lambda d: d.i64.sub(d.f64[d.n > 2], fill_value=1),
        lambda d: d.add(d[["f64"]], fill_value=0),
        lambda d: d.add(d.n[d.n > 2], axis=0),
        lambda d: d.gt(d.mean()),
        lambda d: d.n + pd.Series([1, 2], index=[1, 7]),
        lambda d: pd.Series([1.5] * 6) * d.n,
    ],
)
@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_operands_that_are_matched_by_label(make: Row) -> None:
    same(lambda m, d: make(d), UNIQUE)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.mul(d.n, axis=0),
        lambda d: d.rsub(d.f64, axis="index"),
        lambda d: d.lt(d.n, axis=0),
        lambda d: d.add(2, axis=0),
        lambda d: d.n.add(d.i64, axis=0),
        lambda d: d / d.n.max(),
    ],
)
def test_operands_with_a_value_for_each_row(make: Row) -> None:
    same(lambda m, d: make(d), UNIQUE)


EXTREMES: dict[str, Callable[[Any], Any]] = {
    "of columns": lambda d: np.maximum(d.x, d.y),
    "of whole numbers and floats": lambda d: np.minimum(d.i, d.x),
    "of floats and whole numbers": lambda d: np.maximum(d.x, d.i),
    "beside a number": lambda d: np.maximum(d.i, 2),
    "of a number": lambda d: np.minimum(2, d.x),
    "of tables": lambda d: np.maximum(d, d * -1.0),
    "which numbers are missing": lambda d: np.isnan(d),
}


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("case", EXTREMES)
def test_numpy_functions_of_two(case: str) -> None:
    numbers = pd.DataFrame({"x": [1.0, None, 3.0, 4.0], "y": [2.0, 1.0, None, 4.0], "i": [0, 5, 1, 4]})
    numbers = numbers[["x", "y"]] if "tables" in case else numbers
    same(lambda m, d: EXTREMES[case](d), numbers)


@pytest.mark.parametrize("bound", [1, 5])
def test_missing_put_under_a_mask_makes_floats_where_there_is_one(bound: int) -> None:
    def put(m: Any, d: Any) -> Any:
        column = d.x.copy()
        column[column > bound] = np.nan
        return column

    same(put, pd.DataFrame({"x": [1, 2, 3]}))


BY_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "a value for each row": lambda m, d: d.add(d.a, 0),
    "a value for each row, reflected": lambda m, d: d.rsub(d.a, "index"),
    "a comparison of each row": lambda m, d: d.eq(d.a, "index"),
    "columns": lambda m, d: d.mul(2, "columns"),
    "a series that fills": lambda m, d: d.a.add(d.b[:1], None, 5),
}


@pytest.mark.parametrize("case", BY_PLACE)
def test_arguments_by_place(case: str) -> None:
    same(BY_PLACE[case], pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}))
