"""``where``, ``mask``, ``clip`` and ``loc[mask, column] =`` against pandas, with and without a replaced value."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bigframe.errors import PerformanceWarning
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, TEXTS, TIMES, Row, table
from tests.conformance.compare import same, same_error

CHOICES: dict[str, tuple[pd.DataFrame, dict[str, Row]]] = {
    "numbers": (
        NUMBERS,
        {
            "i64": lambda d: d.i64.where(d.b),
            "i64, nothing replaced": lambda d: d.i64.where(d.n > 0),
            "i8": lambda d: d.i8.where(d.b),
            "i64, 0": lambda d: d.i64.where(d.b, 0),
            "i64, -1.0": lambda d: d.i64.where(d.b, -1.0),
            "i64, column": lambda d: d.i64.where(d.b, d.j64),
            "i64, max": lambda d: d.i64.where(d.b, d.j64.max()),
            "i64, callable": lambda d: d.i64.where(lambda x: x > 0, 0),
            "f64": lambda d: d.f64.where(d.f64 > 0),
            "f64, 0": lambda d: d.f64.where(d.b, 0),
            "f64, ints": lambda d: d.f64.where(d.b, d.j64),
            "f64, mean": lambda d: d.f64.where(d.b, d.j64.mean()),
            "f32, 0.1": lambda d: d.f32.where(d.b, 0.1),
            "b": lambda d: d.b.where(d.c),
            "b, nothing replaced": lambda d: d.b.where(d.n > 0),
            "b, False": lambda d: d.b.where(d.c, False),
            "b, column": lambda d: d.b.where(d.c, d.c),
            "mask": lambda d: d.i64.mask(d.i64 < 2**53).astype("Int64"),
            "mask, nothing replaced": lambda d: d.i64.mask(d.n < 0),
            "mask, 0": lambda d: d.i64.mask(d.b, 0),
            "mask holes": lambda d: d.f64.mask(d.f64.isna(), 0),
            "clip": lambda d: d.i64.clip(0, 5),
            "clip crossed": lambda d: d.i64.clip(5, 1),
            "clip below": lambda d: d.f64.clip(lower=-1),
            "clip above": lambda d: d.f64.clip(upper=1),
            "clip column": lambda d: d.f64.clip(d.g64),
            "clip i8": lambda d: d.i8.clip(-5, 5),
        },
    ),
    "texts": (
        TEXTS,
        {
            "s": lambda d: d.s.where(d.n > 1),
            "s, no": lambda d: d.s.where(d.n > 1, "no"),
            "s, column": lambda d: d.s.where(d.n > 1, d.t),
            "mask": lambda d: d.s.mask(d.s == "a", "A"),
            "mask holes": lambda d: d.s.mask(d.s.isna(), "?"),
            "clip": lambda d: d.s.clip("b"),
        },
    ),
    "times": (
        TIMES,
        {
            "ns": lambda d: d.ns.where(d.n > 1),
            "ns, timestamp": lambda d: d.ns.where(d.n > 1, pd.Timestamp("2000-01-01")),
            "us, text": lambda d: d.us.where(d.n > 1, "2000-01-01"),
            "tz": lambda d: d.tz.where(d.n > 1),
            "d, timedelta": lambda d: d.d.where(d.n > 1, pd.Timedelta("1s")),
            "clip": lambda d: d.us.clip(pd.Timestamp("2000-01-01"), pd.Timestamp("2020-02-01")),
        },
    ),
    "nullable": (
        NULLABLE,
        {
            "i": lambda d: d.i.where(d.p),
            "i, 0": lambda d: d.i.where(d.p, 0),
            "i by boolean": lambda d: d.i.where(d.b, 0),
            "n by boolean": lambda d: d.n.where(d.b, 0),
            "n by boolean, hole": lambda d: d.n.where(d.b),
            "mask": lambda d: d.i.mask(d.p, 0),
            "mask by boolean": lambda d: d.i.mask(d.b),
            "mask n by boolean": lambda d: d.n.mask(d.b, 0),
            "clip": lambda d: d.i.clip(0, 2),
            "s": lambda d: d.s.where(d.p, "no"),
        },
    ),
    "arrow": (
        ARROW,
        {"i": lambda d: d.i.where(d.p), "i, 0": lambda d: d.i.where(d.b, 0), "s": lambda d: d.s.where(d.p, "no")},
    ),
}


@pytest.mark.parametrize("kind", CHOICES)
def test_choices(kind: str) -> None:
    frame, rows = CHOICES[kind]
    same(table(rows), frame)
    same(table({name: row for name, row in rows.items() if name not in ("i64, max", "f64, mean")}), frame.iloc[:0])


def test_frames() -> None:
    two = ["i64", "j64"]
    same(lambda m, d: d[two].where(d[two] > 0, 0), NUMBERS)
    same(lambda m, d: d[["j64", "f64"]].where(d[["j64", "f64"]] > 0), NUMBERS)
    same(lambda m, d: d[two].mask(d[two] > 0, 0), NUMBERS)
    same(lambda m, d: d[two].clip(0, 5), NUMBERS)


def test_integers_beyond_2_to_the_53_lose_digits_beside_a_hole_as_in_pandas() -> None:
    same(lambda m, d: d.i64.mask(d.b), NUMBERS)


@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (NUMBERS, lambda d: d.i64.where(d.b, 1.5)),
        (NUMBERS, lambda d: d.i64.where(d.b, d.f64)),
        (NUMBERS, lambda d: d.i64.where(d.b, d.j64.mean())),
        (NUMBERS, lambda d: d.i8.where(d.b, 1000)),
        (NUMBERS, lambda d: d.b.where(d.c, 0)),
        (NUMBERS, lambda d: d.i64.clip(2.5)),
        (TEXTS, lambda d: d.s.where(d.n > 1, 5)),
        (TEXTS, lambda d: d.s.where(d.n > 1, d.n)),
    ],
)
def test_a_dtype_that_depends_on_whether_a_value_is_replaced_gathers_the_data(frame: pd.DataFrame, make: Row) -> None:
    with pytest.warns(PerformanceWarning, match="depend on whether a value is replaced"):
        same(lambda m, d: make(d), frame)


@pytest.mark.parametrize(
    ("frame", "make"), [(NUMBERS, lambda d: d.i64.where(d.i64)), (NULLABLE, lambda d: d.i.where(d.p, 1.5))]
)
def test_type_errors(frame: pd.DataFrame, make: Row) -> None:
    same_error(lambda m, d: make(d), frame)


def put(label: str, value: Any, mask: Row = lambda d: d.n > 2) -> Any:
    def make(_: Any, frame: Any) -> Any:
        frame = frame.copy()
        frame.loc[mask(frame), label] = value(frame) if callable(value) else value
        return frame

    return make


# pandas looks the rows of a column up by label, which a repeated index does not allow.
PLAIN = NUMBERS.reset_index(drop=True)
PUTS: dict[str, tuple[pd.DataFrame, str, Any]] = {
    "0": (NUMBERS, "i64", 0),
    "2.0": (NUMBERS, "i64", 2.0),
    "nan": (NUMBERS, "j64", np.nan),
    "None": (NUMBERS, "f64", None),
    "mean": (NUMBERS, "f64", lambda d: d.j64.mean()),
    "column": (PLAIN, "i64", lambda d: d.j64),
    "bool": (NUMBERS, "b", False),
    "text": (TEXTS, "s", "x"),
    "no text": (TEXTS, "s", None),
    "time": (TIMES, "us", "2021-01-01"),
    "nullable": (NULLABLE, "i", 9),
    "new": (NUMBERS, "new", 5),
    "new text": (NUMBERS, "new", "x"),
    "new time": (NUMBERS, "new", pd.Timestamp("2020-01-01")),
    "new column": (PLAIN, "new", lambda d: d.i64),
}


@pytest.mark.parametrize("name", PUTS)
@pytest.mark.parametrize("some", [True, False], ids=["some rows", "no row"])
def test_loc_assignment(name: str, some: bool) -> None:
    frame, label, value = PUTS[name]
    same(put(label, value, lambda d: d.n > (2 if some else 99)), frame)


@pytest.mark.parametrize(("label", "value"), [("i64", 1.5), ("i8", 1000), ("b", 1), ("b", np.nan), ("i64", "x")])
def test_loc_assignment_of_another_kind_is_an_error(label: str, value: Any) -> None:
    same_error(put(label, value), NUMBERS)


TABLE = pd.DataFrame({"a": [1, 2, 3], "b": [4.0, None, 6]}, index=["x", "y", "z"])
HOLDS = [True, False, True]
GIVEN_BY_POSITION: dict[str, Callable[[Any], Any]] = {
    "list": lambda d: d.b.where(HOLDS),
    "array": lambda d: d.b.mask(np.array(HOLDS), 7),
    "list of values": lambda d: d.b.mask(HOLDS, [1, 2, 3.0]),
    "array for a table": lambda d: d[["b"]].where(np.array(HOLDS)[:, None]),
    "column and array": lambda d: d.b.where(d.a > 1, np.array([1.0, 2.0, 3.0])),
    "list and function": lambda d: d.b.where(HOLDS, lambda s: s * 2),
    "series for a table": lambda d: d.where(d.b > 4),
    "table of one column": lambda d: d.where(d[["b"]] > 4),
    "masked by a table of one column": lambda d: d.mask(d[["b"]] > 4),
}


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("case", GIVEN_BY_POSITION)
def test_condition_beside_rows(case: str) -> None:
    same(lambda m, d: GIVEN_BY_POSITION[case](d), TABLE)


def test_condition_in_another_order() -> None:
    same(lambda m, d: d.where(d[["b", "a"]] > 2, d[["b", "a"]] * 2), TABLE)


@pytest.mark.parametrize("factor", [2.0, 2.5])
def test_integers_that_floats_replace_are_gathered(factor: float) -> None:
    with pytest.warns(PerformanceWarning, match="its dtype would depend on whether a value is replaced"):
        same(lambda m, d: d.where(d[["b", "a"]] > 2, d[["b", "a"]] * factor), TABLE)


def test_condition_of_another_shape() -> None:
    same_error(lambda m, d: d.b.where([True, False]), TABLE)
    same_error(lambda m, d: d.where(HOLDS), TABLE)
    same_error(lambda m, d: d.b.where([1, 2, 3]), TABLE)
