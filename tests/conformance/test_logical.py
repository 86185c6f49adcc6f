"""``& | ^ ~`` against pandas: bools, nullable bools, integers, and bools with holes."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import Unsupported
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, Row, pairs, table
from tests.conformance.compare import same

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
INTEGERS = ["i8", "i32", "i64", "j64", "u8"]
HOLES = pd.DataFrame(
    {
        "o": np.array([True, np.nan, np.nan, False, True, False], dtype=object),
        "b": [True, True, False, False, True, True],
    }
)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_bools_and_integers(symbol: str) -> None:
    operate = OPERATORS[symbol]
    bools = ["b", "c"]
    rows = (
        pairs(operate, bools, [*bools, *INTEGERS])
        | pairs(operate, INTEGERS, [*bools, *INTEGERS])
        | pairs(operate, ["u64"], ["u8", "b"])
    )
    scalars: dict[str, Row] = {
        "b True": lambda d: operate(d.b, True),
        "True b": lambda d: operate(True, d.b),
        "b 1": lambda d: operate(d.b, 1),
        "i64 True": lambda d: operate(d.i64, True),
        "i64 3": lambda d: operate(d.i64, 3),
        "3 i64": lambda d: operate(3, d.i64),
        "masks": lambda d: operate(d.f64 > 0, d.i64 > 0),
    }
    same(table(rows | scalars), NUMBERS)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_three_valued(symbol: str) -> None:
    operate = OPERATORS[symbol]
    bools = ["b", "c", "p"]
    same(
        table(pairs(operate, bools, bools) | {"NA": lambda d: operate(d.b, pd.NA), "i": lambda d: operate(d.i, 3)}),
        NULLABLE,
    )
    same(table(pairs(operate, bools, bools) | {"True": lambda d: operate(d.b, True)}), ARROW)


def test_not() -> None:
    same(table({name: lambda d, name=name: ~d[name] for name in ("b", "c", "i8", "i64", "u8")}), NUMBERS)
    same(table({name: lambda d, name=name: ~d[name] for name in ("b", "c", "i")}), NULLABLE)
    same(table({name: lambda d, name=name: ~d[name] for name in ("b", "c")}), ARROW)
    same(lambda m, d: ~d[["b", "c"]], NUMBERS)
    same(lambda m, d: d[["b", "c"]] & d[["b", "c"]], NUMBERS)


def test_nullable_text_meets_nullable_numbers() -> None:
    same(table({"both": lambda d: (d.s == "a") & (d.i > 0), "bool": lambda d: d.p | (d.s == "a")}), NULLABLE)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_holes_among_python_bools(symbol: str) -> None:
    operate = OPERATORS[symbol]
    rows: dict[str, Row] = {
        "o b": lambda d: operate(d.o, d.b),
        "b o": lambda d: operate(d.b, d.o),
        "o o": lambda d: operate(d.o, d.o),
        "o True": lambda d: operate(d.o, True),
    }
    same(table(rows), HOLES)


@pytest.mark.parametrize("make", [lambda d: d.f64 | 1, lambda d: ~d.f64, lambda d: d.b & None, lambda d: d.b | np.nan])
def test_type_errors(make: Row) -> None:
    with pytest.raises(TypeError):
        make(bigframe.from_pandas(NUMBERS))


@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (HOLES, lambda d: ~d.o),
        (NUMBERS, lambda d: d.b & d.f64),
        (NUMBERS, lambda d: d.u64 & d.i64),
        (NUMBERS, lambda d: d.i64.where(d.b) & 1),
        (NULLABLE, lambda d: d.i & d.b),
    ],
)
def test_no_kernel_computes_on_python_objects(frame: pd.DataFrame, make: Row) -> None:
    with bigframe.option_context("fallback", "raise"), pytest.raises(Unsupported):
        make(bigframe.from_pandas(frame))


def test_masks_keep_what_is_true() -> None:
    same(lambda m, d: d[~(d.f64 > 0)], NUMBERS)
    same(lambda m, d: d[d.b & (d.i64 > 1)], NUMBERS)
    same(lambda m, d: d[d.i > 0], NULLABLE)
    same(lambda m, d: d[~(d.i > 0)], NULLABLE)
    same(lambda m, d: d[d.o.fillna(False)], HOLES)
    same(lambda m, d: d[lambda e: e.b].b, HOLES)
    same(lambda m, d: d[[True, False, True, False, True, False]], HOLES)


def test_a_mask_with_holes_is_an_error() -> None:
    with pytest.raises(ValueError, match="Cannot mask with non-boolean array containing NA"):
        HOLES[HOLES.o]
    frame = bigframe.from_pandas(HOLES)
    with pytest.raises(ValueError, match="Cannot mask with non-boolean array containing NA"):
        frame[frame.o].to_pandas()
