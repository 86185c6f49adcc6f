"""Missing values against pandas: ``isna``, ``fillna``, ``dropna`` in every family of dtypes."""

import datetime

import numpy as np
import pandas as pd
import pytest

from bigframe.errors import PerformanceWarning
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, TEXTS, TIMES, Row, table
from tests.conformance.compare import same, same_error

OBJECTS = pd.DataFrame(
    {
        "bool": np.array([True, np.nan, False], dtype=object),
        "date": [datetime.date(2020, 1, 1), None, datetime.date(2020, 1, 3)],
        "bytes": [b"x", None, b""],
        "list": [[1, 2], None, []],
        "none": [None, None, None],
    }
)


@pytest.mark.parametrize(
    "frame",
    [NUMBERS, TEXTS, TIMES, NULLABLE, ARROW, OBJECTS],
    ids=["numbers", "texts", "times", "nullable", "arrow", "objects"],
)
def test_isna(frame: pd.DataFrame) -> None:
    same(lambda m, d: d.isna(), frame)
    same(lambda m, d: m.notna(d), frame)
    same(lambda m, d: d.isnull(), frame.iloc[:0])
    name = frame.columns[-1]
    same(lambda m, d: d[d[name].notna()], frame)
    same(lambda m, d: d[name].isna(), frame)


FILLS: dict[str, tuple[pd.DataFrame, dict[str, Row]]] = {
    "numbers": (
        NUMBERS,
        {
            "f64 0": lambda d: d.f64.fillna(0),
            "f64 mean": lambda d: d.f64.fillna(d.j64.mean()),
            "f64 column": lambda d: d.f64.fillna(d.i64),
            "f64 numpy": lambda d: d.f64.fillna(np.float32(0.1)),
            "f32 0.1": lambda d: d.f32.fillna(0.1),
            "i64 no hole": lambda d: d.i64.fillna(5),
            "i64 no hole, 1.5": lambda d: d.i64.fillna(1.5),
            "i64 no hole, column": lambda d: d.i64.fillna(d.f64),
            "b no hole": lambda d: d.b.fillna("x"),
            "i64 holes": lambda d: d.i64.where(d.b).fillna(0),
            "i64 holes, 1.5": lambda d: d.j64.where(d.b).fillna(1.5),
            "i64 holes, column": lambda d: d.j64.where(d.b).fillna(d.f64),
            "i64 no hole made": lambda d: d.i64.where(d.n > 0).fillna(0),
            "i64 no hole made, 1.5": lambda d: d.j64.where(d.n > 0).fillna(1.5),
        },
    ),
    "texts": (
        TEXTS,
        {
            "x": lambda d: d.s.fillna("x"),
            "empty": lambda d: d.s.fillna(""),
            "column": lambda d: d.s.fillna(d.t),
        },
    ),
    "times": (
        TIMES,
        {
            "text": lambda d: d.ns.fillna("2000-01-01"),
            "timestamp": lambda d: d.us.fillna(pd.Timestamp("2000-01-01")),
            "zone": lambda d: d.tz.fillna(pd.Timestamp("2000-01-01", tz="Europe/Berlin")),
            "column": lambda d: d.us.fillna(d.us.min()),
            "timedelta": lambda d: d.d.fillna(pd.Timedelta("1s")),
        },
    ),
    "nullable": (
        NULLABLE,
        {
            "i": lambda d: d.i.fillna(0),
            "f": lambda d: d.f.fillna(1),
            "b": lambda d: d.b.fillna(False),
            "s": lambda d: d.s.fillna("z"),
            "column": lambda d: d.b.fillna(d.c),
        },
    ),
    "arrow": (ARROW, {"i": lambda d: d.i.fillna(7), "f": lambda d: d.f.fillna(0.5), "s": lambda d: d.s.fillna("z")}),
    "objects": (
        OBJECTS,
        {
            "bool": lambda d: d["bool"].fillna(False),
            "bool back": lambda d: d["bool"].fillna(False).astype(bool),
            "date": lambda d: d.date.fillna(datetime.date(2000, 1, 1)),
            "bytes": lambda d: d.bytes.fillna(b"-"),
        },
    ),
}


@pytest.mark.parametrize("kind", FILLS)
def test_fillna(kind: str) -> None:
    frame, rows = FILLS[kind]
    same(table(rows), frame)


def test_fillna_of_frames() -> None:
    same(lambda m, d: d[["f64", "f32", "i64"]].fillna(0), NUMBERS)
    same(lambda m, d: d.fillna({"f64": 0, "f32": 1.5, "absent": 3}), NUMBERS)
    same(lambda m, d: d.fillna({"s": "?", "t": "!"}), TEXTS)


def test_dropna() -> None:
    same(lambda m, d: d.f64.dropna(), NUMBERS)
    same(lambda m, d: d.s.dropna(), TEXTS)
    same(lambda m, d: d.i.dropna(), NULLABLE)
    same(lambda m, d: d.us.dropna(ignore_index=True), TIMES)
    same(lambda m, d: d.dropna(), NUMBERS)
    same(lambda m, d: d.dropna(subset=["s"]), TEXTS)
    same(lambda m, d: d.dropna(subset="s", ignore_index=True), TEXTS)
    same(lambda m, d: d[["s", "t"]].dropna(how="all"), TEXTS)
    same(lambda m, d: d.dropna(), OBJECTS)


@pytest.mark.parametrize(
    ("frame", "make"), [(NULLABLE, lambda d: d.i.fillna(1.5)), (NULLABLE, lambda d: d.b.fillna("x"))]
)
def test_errors(frame: pd.DataFrame, make: Row) -> None:
    same_error(lambda m, d: make(d), frame)


@pytest.mark.parametrize(
    ("frame", "make"),
    [
        (NUMBERS, lambda d: d.f64.fillna("x")),
        (TEXTS, lambda d: d.s.fillna(5)),
        (TEXTS, lambda d: d.s.fillna(d.n)),
        (TIMES, lambda d: d.us.fillna(pd.Timestamp("2000-01-01 00:00:00.000000001"))),
        (TIMES, lambda d: d.us.fillna(pd.Timestamp("2000-01-01", tz="UTC"))),
        (OBJECTS, lambda d: d.none.fillna(1)),
    ],
)
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
def test_another_kind_gathers_the_data(frame: pd.DataFrame, make: Row) -> None:
    with pytest.warns(PerformanceWarning, match="depend on whether a value is replaced"):
        same(lambda m, d: make(d), frame)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_frames_filled_by_the_labels_of_others() -> None:
    holes = pd.DataFrame({"a": [1, None], "b": [None, 2.0], "c": [None, None]})
    other = pd.DataFrame({"b": [7.0, 8.0], "a": [5.0, 6.0], "z": [0.0, 0.0]})
    same(lambda m, d, o: d.fillna(o), holes, other)
    same(lambda m, d: d.fillna(pd.Series({"b": 3.5, "c": 1.0})), holes)
    same(lambda m, d: d.fillna(m.Series({"b": 3.5, "c": 1.0})), holes)
    same(lambda m, d: d.round(pd.Series({"a": 0, "b": 1})), holes)
