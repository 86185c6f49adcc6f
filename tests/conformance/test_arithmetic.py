"""Arithmetic against pandas: every operator over every dtype, with scalars, lazy scalars and other columns."""

import datetime
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, TEXTS, TIMES, Row, pairs, table
from tests.conformance.compare import same, same_error

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
INTEGERS = ["i8", "i32", "i64", "j64", "u8", "u64"]
FLOATS = ["f64", "g64"]
BOOLS = ["b", "c"]


@pytest.mark.parametrize("symbol", OPERATORS)
def test_integers(symbol: str) -> None:
    same(table(pairs(OPERATORS[symbol], INTEGERS, [name for name in INTEGERS if name != "u64"])), NUMBERS)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_numbers_with_floats(symbol: str) -> None:
    rows = pairs(OPERATORS[symbol], [*INTEGERS, "f32", *FLOATS, *BOOLS], FLOATS) | pairs(
        OPERATORS[symbol], FLOATS, [*INTEGERS, *BOOLS]
    )
    if symbol != "//":
        rows |= pairs(OPERATORS[symbol], ["f32", "i8", "i64", "b"], ["f32"])
    same(table(rows), NUMBERS)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_bools(symbol: str) -> None:
    rows = pairs(OPERATORS[symbol], BOOLS, INTEGERS) | pairs(OPERATORS[symbol], INTEGERS, BOOLS)
    if symbol in "+*%":
        rows |= pairs(OPERATORS[symbol], BOOLS, BOOLS)
    same(table(rows), NUMBERS)


def test_powers() -> None:
    rows = pairs(operator.pow, ["i8", "i32", "j64", "u8", "b"], ["u8", "n"]) | pairs(
        operator.pow, ["f64", "g64", "f32"], ["j64", "f64", "n", "b"]
    )
    same(table(rows), NUMBERS)


NUMBER_ROWS: dict[str, Row] = {
    "i8 + 1": lambda d: d.i8 + 1,
    "i8 + numpy": lambda d: d.i8 + np.int64(1),
    "i8 + 1.5": lambda d: d.i8 + 1.5,
    "i8 + True": lambda d: d.i8 + True,
    "u8 - 1": lambda d: d.u8 - 1,
    "1 - u8": lambda d: 1 - d.u8,
    "f32 + 1.5": lambda d: d.f32 + 1.5,
    "f32 + float64": lambda d: d.f32 + np.float64(1.5),
    "f32 * int64": lambda d: d.f32 * np.int64(3),
    "i32 + float32": lambda d: d.i32 + np.float32(1),
    "i64 + nan": lambda d: d.i64 + np.nan,
    "b + 1": lambda d: d.b + 1,
    "b + True": lambda d: d.b + True,
    "b // 2": lambda d: d.b // 2,
    "b % 2": lambda d: d.b % 2,
    "b ** 2": lambda d: d.b**2,
    "1 - b": lambda d: 1 - d.b,
    "i64 // 2": lambda d: d.i64 // 2,
    "i64 // -3": lambda d: d.i64 // -3,
    "i64 % -3": lambda d: d.i64 % -3,
    "i64 // 0": lambda d: d.i64 // 0,
    "i64 % 0": lambda d: d.i64 % 0,
    "i64 / 0": lambda d: d.i64 / 0,
    "i8 // 0": lambda d: d.i8 // 0,
    "f64 // 0": lambda d: d.f64 // 0,
    "f64 // 0.1": lambda d: d.f64 // 0.1,
    "f64 % 0.1": lambda d: d.f64 % 0.1,
    "f32 % 0": lambda d: d.f32 % 0,
    "i64 // True": lambda d: d.i64 // True,
    "i64 % False": lambda d: d.i64 % False,
    "True // i64": lambda d: True // d.n,
    "7 // n": lambda d: 7 // d.n,
    "7 % n": lambda d: 7 % d.n,
    "7 / j64": lambda d: 7 / d.j64,
    "2 ** n": lambda d: 2**d.n,
    "2.0 ** j64": lambda d: 2.0**d.j64,
    "j64 ** 2": lambda d: d.j64**2,
    "f64 ** 0.5": lambda d: d.f64**0.5,
    "-i8": lambda d: -d.i8,
    "-u8": lambda d: -d.u8,
    "-f64": lambda d: -d.f64,
    "-b": lambda d: -d.b,
    "+b": lambda d: +d.b,
    "abs i8": lambda d: abs(d.i8),
    "abs f64": lambda d: abs(d.f64),
    "abs b": lambda d: d.b.abs(),
    "round f64": lambda d: d.f64.round(1),
    "round f32": lambda d: d.f32.clip(-9, 9).round(1),
    "round i64": lambda d: d.i64.round(-1),
    "round i8": lambda d: d.i8.round(-1),
    "round b": lambda d: d.b.round(),
    "round()": lambda d: round(d.g64, 1),
    "add": lambda d: d.i64.add(1),
    "radd": lambda d: d.i64.radd(1),
    "sub": lambda d: d.i64.sub(d.j64),
    "rsub": lambda d: d.i64.rsub(1),
    "subtract": lambda d: d.i64.subtract(2),
    "mul": lambda d: d.f64.mul(2),
    "rmul": lambda d: d.f64.rmul(2),
    "multiply": lambda d: d.i64.multiply(2),
    "div": lambda d: d.f64.div(2),
    "rdiv": lambda d: d.f64.rdiv(2),
    "divide": lambda d: d.i64.divide(2),
    "truediv": lambda d: d.f64.truediv(d.g64),
    "rtruediv": lambda d: d.f64.rtruediv(2),
    "floordiv": lambda d: d.i64.floordiv(3),
    "rfloordiv": lambda d: d.n.rfloordiv(3),
    "mod": lambda d: d.i64.mod(3),
    "rmod": lambda d: d.n.rmod(3),
    "pow": lambda d: d.j64.pow(2),
    "rpow": lambda d: d.j64.rpow(2.0),
}


def test_scalars_and_method_forms() -> None:
    same(table(NUMBER_ROWS), NUMBERS)


def test_zero_rows() -> None:
    same(table(NUMBER_ROWS), NUMBERS.iloc[:0])


TIME_ROWS: dict[str, Row] = {
    "ns - us": lambda d: d.ns - d.us,
    "us - us": lambda d: d.us - d.us,
    "ns + d": lambda d: d.ns + d.d,
    "d + ns": lambda d: d.d + d.ns,
    "us + d": lambda d: d.us + d.d,
    "us - e": lambda d: d.us - d.e,
    "tz + e": lambda d: d.tz + d.e,
    "tz - tz": lambda d: d.tz - d.tz,
    "d + e": lambda d: d.d + d.e,
    "e - d": lambda d: d.e - d.d,
    "d * n": lambda d: d.d * d.n,
    "n * e": lambda d: d.n * d.e,
    "d * x": lambda d: d.d * d.x,
    "d / n": lambda d: d.d / d.n,
    "d / x": lambda d: d.d / d.x,
    "d / e": lambda d: d.d / d.e,
    "e / d": lambda d: d.e / d.d,
    "d // n": lambda d: d.d // d.n,
    "d // e": lambda d: d.d // d.e,
    "d % e": lambda d: d.d % d.e,
    "d % n": lambda d: d.d % d.n,
    "-d": lambda d: -d.d,
    "abs d": lambda d: d.d.abs(),
    "ns - scalar": lambda d: d.ns - pd.Timestamp("2020-01-01"),
    "scalar - us": lambda d: pd.Timestamp("2020-01-01") - d.us,
    "us + 1D": lambda d: d.us + pd.Timedelta("1D"),
    "us + 1ns": lambda d: d.us + pd.Timedelta(1, "ns"),
    "us + numpy": lambda d: d.us + np.timedelta64(1, "D"),
    "us + python": lambda d: d.us + datetime.timedelta(days=1),
    "us - NaT": lambda d: d.us - pd.NaT,
    "tz - scalar": lambda d: d.tz - pd.Timestamp("2020-01-01", tz="UTC"),
    "d * 2": lambda d: d.d * 2,
    "1.5 * d": lambda d: 1.5 * d.d,
    "d / 2": lambda d: d.d / 2,
    "d / 1h": lambda d: d.d / pd.Timedelta("1h"),
    "1h / d": lambda d: pd.Timedelta("1h") / d.d,
    "d // 1h": lambda d: d.d // pd.Timedelta("1h"),
    "d % 1h": lambda d: d.d % pd.Timedelta("1h"),
    "d // 2": lambda d: d.d // 2,
    "d + NaT": lambda d: d.d + pd.NaT,
}


def test_times() -> None:
    same(table(TIME_ROWS), TIMES)


def test_texts() -> None:
    rows: dict[str, Row] = {
        "s + t": lambda d: d.s + d.t,
        "s + x": lambda d: d.s + "x",
        "x + s": lambda d: "x" + d.s,
        "s * n": lambda d: d.s * d.n,
        "n * s": lambda d: d.n * d.s,
        "s * 2": lambda d: d.s * 2,
        "s + None": lambda d: d.s + None,
    }
    same(table(rows), TEXTS)


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/"])
def test_nullable(symbol: str) -> None:
    same(table(pairs(OPERATORS[symbol], ["i", "j", "f", "n"], ["i", "j", "f", "n", "b"])), NULLABLE)


def test_nullable_division_and_powers() -> None:
    rows = (
        pairs(operator.floordiv, ["i", "j"], ["i", "j", "n", "b", "p"])
        | pairs(operator.mod, ["i", "j"], ["i", "j", "n", "b", "p"])
        | pairs(lambda x, y: x ** abs(y), ["i", "f", "n"], ["i", "j", "n"])
        | {
            "b + b": lambda d: d.b + d.c,
            "b * b": lambda d: d.b * d.c,
            "b + p": lambda d: d.p + d.b,
            "i // 0": lambda d: d.i // 0,
            "i % 0": lambda d: d.i % 0,
            "i / 0": lambda d: d.i / 0,
            "f // 0": lambda d: d.f // 0,
            "i + NA": lambda d: d.i + pd.NA,
            "s + x": lambda d: d.s + "x",
            "s + s": lambda d: d.s + d.s,
            "abs": lambda d: d.i.abs(),
            "round": lambda d: d.f.round(),
        }
    )
    same(table(rows), NULLABLE)


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "//"])
def test_arrow(symbol: str) -> None:
    same(table(pairs(OPERATORS[symbol], ["i", "j", "f", "n"], ["j", "f", "n"])), ARROW.iloc[[0, 1, 3, 4, 5]])


LAZY_ROWS: dict[str, Row] = {
    "i64 - mean": lambda d: d.j64 - d.j64.mean(),
    "i8 - own max": lambda d: d.i8 - d.i8.max(),
    "i8 - other max": lambda d: d.i8 - d.j64.max(),
    "f32 - mean": lambda d: d.f32 - d.f64.min(),
    "f32 / mean": lambda d: d.f32 / d.n.mean(),
    "j64 / std": lambda d: d.j64 / d.j64.std(),
    "1 / mean - n": lambda d: 1 / d.n.mean() - d.n,
    "scalar arithmetic": lambda d: d.n * (d.n.max() - d.n.min() + 1),
    "filtered": lambda d: d.n - d[d.b].n.mean(),
}


def test_lazy_scalars() -> None:
    same(table(LAZY_ROWS), NUMBERS)


def test_lazy_scalars_of_times_and_nullable() -> None:
    same(
        table({"us": lambda d: d.us - d.us.min(), "ns": lambda d: d.ns - d.us.max(), "d": lambda d: d.d / d.e.max()}),
        TIMES,
    )
    same(
        table({"i": lambda d: d.i - d.i.mean(), "n": lambda d: d.n - d.i.max(), "in": lambda d: d.i - d.n.max()}),
        NULLABLE,
    )


def test_a_scalar_of_another_frame() -> None:
    same(lambda m, d, e: d.n - e.n.sum(), NUMBERS, NULLABLE)


def test_a_scalar_out_of_a_column_s_range_is_an_overflow() -> None:
    same_error(lambda m, d: d.i8 + d.i32.max(), NUMBERS)


def test_frames() -> None:
    two = ["i64", "f64"]
    same(lambda m, d: d[two] + 1, NUMBERS)
    same(lambda m, d: 1 - d[two], NUMBERS)
    same(lambda m, d: d[two] * d[two], NUMBERS)
    same(lambda m, d: d[two].add(2), NUMBERS)
    same(lambda m, d: -d[two], NUMBERS)
    same(lambda m, d: d[two].round({"f64": 1}), NUMBERS)
    same(lambda m, d: d[two].abs() - d[["f64", "i64"]], NUMBERS)


def test_columns_of_other_rows_meet_by_their_index() -> None:
    x, y = pd.DataFrame({"x": [1, 2, 3, 4]}), pd.DataFrame({"y": [10, 20, 30]})
    same(lambda m, d, e: d.x + e.y, x, y)
    same(lambda m, d, e: d[["x"]] + e.rename(columns={"y": "x"}), x, y)


def test_a_column_from_before_a_filter_meets_by_its_index() -> None:
    x = pd.DataFrame({"x": [1, 2, 3, 4]})
    same(lambda m, d: d[d.x > 1].x + d.x, x)
    same(lambda m, d: d[d.x > 1][["x"]] - d, x)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.i8 + 1000,
        lambda d: d.u8 + -1,
        lambda d: d.i64 + 2**63,
        lambda d: d.j64**-1,
        lambda d: d.n**d.j64,
        lambda d: d.b - d.c,
        lambda d: d.b / d.c,
        lambda d: d.b // True,
    ],
)
def test_errors(make: Row) -> None:
    same_error(lambda m, d: make(d), NUMBERS)


@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (NUMBERS, lambda d: d.i64 + "x"),
        (NUMBERS, lambda d: d.i64 + None),
        (TIMES, lambda d: d.us + 1),
        (TIMES, lambda d: d.us + d.us),
        (TIMES, lambda d: d.us - d.tz),
        (TIMES, lambda d: d.us - "2020-01-01"),
        (TIMES, lambda d: d.us + None),
        (TEXTS, lambda d: d.s + 1),
        (TEXTS, lambda d: d.s - d.t),
        (TEXTS, lambda d: -d.s),
        (ARROW, lambda d: d.b + d.c),
        (ARROW, lambda d: d.i + d.b),
        (ARROW, lambda d: d.i + d.p),
    ],
)
def test_type_errors(frame: pd.DataFrame, make: Row) -> None:
    with pytest.raises(TypeError):
        make(frame)
    with pytest.raises(TypeError):
        make(bigframe.from_pandas(frame))


@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (NUMBERS, lambda d: d.f32 // d.f32),
        (NUMBERS, lambda d: d.i64 + pd.NA),
        (NULLABLE, lambda d: 7 // d.i),
        (NULLABLE, lambda d: d.n % d.i),
        (NULLABLE, lambda d: d.b // d.i),
    ],
)
def test_what_pandas_decides_by_the_data_is_gathered(frame: pd.DataFrame, make: Row) -> None:
    with pytest.warns(bigframe.PerformanceWarning):
        same(lambda m, d: make(d), frame)


@pytest.mark.parametrize(
    ("frame", "make"), [(NUMBERS, lambda d: d.i64 // d.i8.where(d.i8 == 1, 1)), (ARROW, lambda d: d.i % d.j)]
)
def test_what_no_tier_has_is_refused(frame: pd.DataFrame, make: Row) -> None:
    with pytest.raises(NotImplementedError):
        make(bigframe.from_pandas(frame)).to_pandas()


def test_families_do_not_mix() -> None:
    d, e = bigframe.from_pandas(NULLABLE.reset_index(drop=True)), bigframe.from_pandas(ARROW.reset_index(drop=True))
    with pytest.warns(bigframe.PerformanceWarning, match="different dtype families"):
        d.i + e.i


EXACT: dict[str, Callable[[Any], Any]] = {
    "by a constant": lambda d: d.x / 10,
    "by an integer": lambda d: d.i / 100,
    "by a negative": lambda d: d.x / -3.0,
    "by zero": lambda d: d.i / 0,
    "by a sum": lambda d: d.i / d.i.sum(),
    "by the largest": lambda d: d.x / d.x.max(),
    "by another frame's sum": lambda d: d.i / d[d.i > 0].i.sum(),
    "narrow": lambda d: d.x.astype("float32") / 10,
    "frames": lambda d: d / 7,
    "shares": lambda d: (d.i % 9).value_counts(normalize=True).sort_index(),
    "rounded": lambda d: d.x.round(1),
    "rounded percents": lambda d: (d.i / d.i.max() * 100).round(2),
}


@pytest.mark.parametrize("case", EXACT)
def test_quotients_and_rounded_numbers_are_exact(case: str) -> None:
    draw = np.random.default_rng(0)
    data = pd.DataFrame({"x": draw.normal(size=300) * 100, "i": draw.integers(-1000, 1000, 300)})
    expected, actual = EXACT[case](data), EXACT[case](bigframe.from_pandas(data)).to_pandas()
    assert np.array_equal(actual.to_numpy(), expected.to_numpy(), equal_nan=True)
