"""Comparisons, ``isin`` and ``between`` against pandas: two-valued for default dtypes, three-valued for the others."""

import datetime
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, TEXTS, TIMES, Row, pairs, table
from tests.conformance.compare import same

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NUMERIC = [name for name in NUMBERS if name != "n"]
OF_EACH_KIND = ["i8", "i64", "u64", "f32", "f64", "b"]


@pytest.mark.parametrize("symbol", OPERATORS)
def test_numbers(symbol: str) -> None:
    same(table(pairs(OPERATORS[symbol], NUMERIC, OF_EACH_KIND)), NUMBERS)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_texts_and_times(symbol: str) -> None:
    compare = OPERATORS[symbol]
    same(table(pairs(compare, ["s", "t"], ["s", "t"])), TEXTS)
    rows = (
        pairs(compare, ["ns", "us"], ["ns", "us"])
        | pairs(compare, ["d", "e"], ["d", "e"])
        | pairs(compare, ["tz"], ["tz"])
    )
    same(table(rows), TIMES)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_nullable(symbol: str) -> None:
    numbers = ["i", "j", "f", "b", "n", "p"]
    same(table(pairs(OPERATORS[symbol], numbers, numbers) | pairs(OPERATORS[symbol], ["s"], ["s"])), NULLABLE)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_arrow(symbol: str) -> None:
    compare = OPERATORS[symbol]
    rows = (
        pairs(compare, ["i", "j", "f", "n"], ["i", "j", "f"])
        | pairs(compare, ["s"], ["s"])
        | pairs(compare, ["b"], ["b", "c"])
    )
    same(table(rows), ARROW)


@pytest.mark.parametrize("symbol", ["==", "!="])
def test_values_of_different_kinds_are_never_equal(symbol: str) -> None:
    different = {
        "s, n": lambda d: OPERATORS[symbol](d.s, d.n),
        "s, 1": lambda d: OPERATORS[symbol](d.s, 1),
        "n, a": lambda d: OPERATORS[symbol](d.n, "a"),
    }
    same(table(different), TEXTS)
    different = {
        "us, n": lambda d: OPERATORS[symbol](d.us, d.n),
        "us, tz": lambda d: OPERATORS[symbol](d.us, d.tz),
        "us, d": lambda d: OPERATORS[symbol](d.us, d.d),
        "us, 1": lambda d: OPERATORS[symbol](d.us, 1),
        "us, text": lambda d: OPERATORS[symbol](d.us, "no time"),
        "us, date": lambda d: OPERATORS[symbol](d.us, datetime.date(2020, 1, 1)),
        "tz, naive": lambda d: OPERATORS[symbol](d.tz, pd.Timestamp("2020-01-01")),
    }
    same(table(different), TIMES)


SCALARS: dict[str, tuple[pd.DataFrame, dict[str, Row]]] = {
    "numbers": (
        NUMBERS,
        {
            "i8 == 1000": lambda d: d.i8 == 1000,
            "i8 < 1000": lambda d: d.i8 < 1000,
            "1000 > i8": lambda d: d.i8 < 1000,
            "u8 > -1": lambda d: d.u8 > -1,
            "u8 == -1": lambda d: d.u8 == -1,
            "i64 == 2**53 + 1": lambda d: d.i64 == 2**53 + 1,
            "i64 == 2**63": lambda d: d.i64 == 2**63,
            "i64 < 2**70": lambda d: d.i64 < 2**70,
            "i64 > -2**70": lambda d: d.i64 > -(2**70),
            "i64 > 1.5": lambda d: d.i64 > 1.5,
            "f32 == -0.1": lambda d: d.f32 == -0.1,
            "f64 == inf": lambda d: d.f64 == np.inf,
            "f64 == nan": lambda d: d.f64 == np.nan,
            "f64 != nan": lambda d: d.f64 != np.nan,
            "i64 == None": lambda d: d.i64 == None,  # noqa: E711
            "i64 < nan": lambda d: d.i64 < np.nan,
            "b == 1": lambda d: d.b == 1,
            "b == True": lambda d: d.b == True,  # noqa: E712
            "b > 0": lambda d: d.b > 0,
            "numpy": lambda d: d.i64 >= np.int8(2),
            "eq": lambda d: d.i64.eq(10),
            "ne": lambda d: d.i64.ne(d.j64),
            "lt": lambda d: d.i64.lt(3),
            "le": lambda d: d.i64.le(2),
            "gt": lambda d: d.i64.gt(2),
            "ge": lambda d: d.i64.ge(2),
            "mean": lambda d: d.j64 > d.j64.mean(),
            "f32 min": lambda d: d.f32 == d.f32.min(),
            "max of another": lambda d: d.i8 < d.i64.max(),
            "mean < column": lambda d: d.j64.mean() < d.j64,
            "not >": lambda d: ~(d.f64 > 0),
            "not !=": lambda d: ~(d.f64 != 0),
        },
    ),
    "texts": (
        TEXTS,
        {
            "s == a": lambda d: d.s == "a",
            "s == ''": lambda d: d.s == "",
            "s != a": lambda d: d.s != "a",
            "s < b": lambda d: d.s < "b",
            "s == nan": lambda d: d.s == "nan",
            "s == None": lambda d: d.s == None,  # noqa: E711
            "s != None": lambda d: d.s != None,  # noqa: E711
            "s == min": lambda d: d.s == d.s.min(),
        },
    ),
    "times": (
        TIMES,
        {
            "ns == text": lambda d: d.ns == "2020-01-01",
            "us < text": lambda d: d.us < "2020-06-01",
            "tz < text": lambda d: d.tz < "2020-06-01",
            "d > text": lambda d: d.d > "1h",
            "us == timestamp": lambda d: d.us == pd.Timestamp("2020-01-01"),
            "us >= numpy": lambda d: d.us >= np.datetime64("2020-01-01"),
            "us < python": lambda d: d.us < datetime.datetime(2020, 1, 2),
            "tz < UTC": lambda d: d.tz < pd.Timestamp("2020-06-01", tz="UTC"),
            "us == NaT": lambda d: d.us == pd.NaT,
            "us != NaT": lambda d: d.us != pd.NaT,
            "d == timedelta": lambda d: d.d == pd.Timedelta("1D"),
            "d <= python": lambda d: d.d <= datetime.timedelta(hours=1),
            "us == max": lambda d: d.us == d.us.max(),
        },
    ),
    "nullable": (
        NULLABLE,
        {
            "i > 0": lambda d: d.i > 0,
            "i != 1": lambda d: d.i != 1,
            "i == NA": lambda d: d.i == pd.NA,
            "i > 0.5": lambda d: d.i > 0.5,
            "b == True": lambda d: d.b == True,  # noqa: E712
            "s == a": lambda d: d.s == "a",
            "s < b": lambda d: d.s < "b",
            "not": lambda d: ~(d.i > 0),
            "mean": lambda d: d.i > d.i.mean(),
            "default beside": lambda d: d.n < d.i.max(),
        },
    ),
    "arrow": (
        ARROW,
        {
            "i > 0": lambda d: d.i > 0,
            "i != 1": lambda d: d.i != 1,
            "s == a": lambda d: d.s == "a",
            "not": lambda d: ~(d.f > 0),
        },
    ),
}


@pytest.mark.parametrize("kind", SCALARS)
def test_scalars(kind: str) -> None:
    frame, rows = SCALARS[kind]
    same(table(rows), frame)


@pytest.mark.parametrize("kind", SCALARS)
def test_zero_rows(kind: str) -> None:
    frame, rows = SCALARS[kind]
    same(table({name: row for name, row in rows.items() if "m" not in name}), frame.iloc[:0])


MEMBERS: dict[str, tuple[pd.DataFrame, dict[str, Row]]] = {
    "numbers": (
        NUMBERS,
        {
            "ints": lambda d: d.i64.isin([10, 2]),
            "floats": lambda d: d.i64.isin([10.0, 2.5]),
            "texts": lambda d: d.i64.isin(["10"]),
            "nothing": lambda d: d.i64.isin([]),
            "huge": lambda d: d.i64.isin([2**70, 2]),
            "exact": lambda d: d.i64.isin([2**53 + 1]),
            "near": lambda d: d.i64.isin([2**53]),
            "beyond": lambda d: d.i8.isin([300, 1]),
            "unsigned": lambda d: d.u8.isin([-1, 255]),
            "set": lambda d: d.i64.isin({10, 2}),
            "array": lambda d: d.i64.isin(np.array([10, 2])),
            "range": lambda d: d.i64.isin(range(5)),
            "series": lambda d: d.i64.isin(pd.Series([10, 2])),
            "bool": lambda d: d.b.isin([True]),
            "bool by int": lambda d: d.b.isin([1]),
            "nan": lambda d: d.f64.isin([np.nan, 0.1]),
            "None": lambda d: d.f64.isin([None]),
            "NaT": lambda d: d.f64.isin([pd.NaT, 0.1]),
            "ints in floats": lambda d: d.f64.isin([0, -2.5]),
            "inf": lambda d: d.f64.isin([np.inf]),
            "hole where none is": lambda d: d.i64.isin([None, 10]),
            "between": lambda d: d.i64.between(1, 5),
            "between neither": lambda d: d.i64.between(2, 10, inclusive="neither"),
            "between left": lambda d: d.f64.between(-2.5, 0.1, inclusive="left"),
            "between right": lambda d: d.f64.between(-2.5, 0.1, inclusive="right"),
            "between column": lambda d: d.i64.between(d.j64, 10),
        },
    ),
    "texts": (
        TEXTS,
        {
            "a or None": lambda d: d.s.isin(["a", None]),
            "a or nan": lambda d: d.s.isin(["a", np.nan]),
            "mixed": lambda d: d.s.isin(["a", 5]),
            "empty": lambda d: d.s.isin([""]),
            "between": lambda d: d.s.between("a", "c"),
        },
    ),
    "times": (
        TIMES,
        {
            "timestamp": lambda d: d.ns.isin([pd.Timestamp("2020-01-01")]),
            "None": lambda d: d.ns.isin([None]),
            "NaT": lambda d: d.ns.isin([pd.NaT]),
            "None beside": lambda d: d.ns.isin([None, pd.Timestamp("2020-01-01")]),
            "finer than the column": lambda d: d.us.isin([pd.Timestamp("2020-01-01 00:00:00.000000001")]),
            "index": lambda d: d.us.isin(pd.to_datetime(["2020-01-01"])),
            "numpy": lambda d: d.us.isin([np.datetime64("2020-01-01")]),
            "python": lambda d: d.us.isin([datetime.datetime(2020, 1, 1)]),
            "other zone": lambda d: d.tz.isin([pd.Timestamp("2019-12-31 23:00", tz="UTC")]),
            "no zone": lambda d: d.tz.isin([pd.Timestamp("2020-01-01")]),
            "date": lambda d: d.us.isin([datetime.date(2020, 1, 1)]),
            "timedelta": lambda d: d.d.isin([pd.Timedelta("1D")]),
            "between": lambda d: d.us.between("2019-01-01", "2020-12-31"),
        },
    ),
    "nullable": (
        NULLABLE,
        {
            "ints": lambda d: d.i.isin([1]),
            "None": lambda d: d.i.isin([1, None]),
            "NA": lambda d: d.i.isin([1, pd.NA]),
            "bool": lambda d: d.b.isin([True]),
            "text": lambda d: d.s.isin(["a"]),
            "between": lambda d: d.i.between(0, 3),
        },
    ),
    "arrow": (
        ARROW,
        {
            "ints": lambda d: d.i.isin([1, 3]),
            "None": lambda d: d.i.isin([1, None]),
            "text": lambda d: d.s.isin(["a", None]),
        },
    ),
}


@pytest.mark.parametrize("kind", MEMBERS)
def test_membership(kind: str) -> None:
    frame, rows = MEMBERS[kind]
    same(table(rows), frame)


def test_frames() -> None:
    two = ["i64", "j64"]
    same(lambda m, d: d[two] > 0, NUMBERS)
    same(lambda m, d: d[two] == d[two], NUMBERS)
    same(lambda m, d: d[two].isin([10, 0]), NUMBERS)
    same(lambda m, d: d[d.i64 > d.i64.mean()], NUMBERS)


@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (NUMBERS, lambda d: d.i64 < "a"),
        (NUMBERS, lambda d: d.i64.isin("abc")),
        (TEXTS, lambda d: d.s < 1),
        (TEXTS, lambda d: d.s < d.n),
        (TIMES, lambda d: d.us < 1),
        (TIMES, lambda d: d.us < "no time"),
        (TIMES, lambda d: d.us < d.tz),
        (TIMES, lambda d: d.us < datetime.date(2020, 1, 1)),
        pytest.param(
            NULLABLE, lambda d: d.i == d.s, marks=pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
        ),
    ],
)
def test_no_order_between_kinds(frame: pd.DataFrame, make: Row) -> None:
    with pytest.raises(TypeError):
        make(frame)
    with pytest.raises(TypeError):
        make(bigframe.from_pandas(frame))


@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (NULLABLE, lambda d: d.i == None),  # noqa: E711
        (NULLABLE, lambda d: d.i != np.nan),
        (NULLABLE, lambda d: d.i == "a"),
        (ARROW, lambda d: d.i == d.p),
    ],
)
def test_what_pandas_decides_by_storage_is_gathered(frame: pd.DataFrame, make: Row) -> None:
    with pytest.warns(bigframe.PerformanceWarning):
        same(lambda m, d: make(d), frame)
