"""``astype``, ``to_numeric`` and ``to_datetime`` against pandas: between all dtypes, with their text forms and errors."""

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import Unsupported
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, TEXTS, TIMES, Row
from tests.conformance.compare import same, same_error

NUMERIC = [
    "int64",
    "int8",
    "int32",
    "uint8",
    "uint64",
    "float64",
    "float32",
    "bool",
    "str",
    "string",
    "Int64",
    "Float64",
]
FINITE = NUMBERS.drop(columns=["f32", "f64", "g64"]).assign(f=[1.5, -2.0, 0.0, 7.9, 3.0, 1e3])


@pytest.mark.parametrize("dtype", [*NUMERIC, "int64[pyarrow]", "float64[pyarrow]"])
def test_integers_and_bools(dtype: str) -> None:
    columns = ["j64", "u8", "b", "n"] if "8" not in dtype else ["u8", "b", "n"]
    same(lambda m, d: d[columns].astype(dtype), NUMBERS)
    same(lambda m, d: d[columns].astype(dtype), NUMBERS.iloc[:0])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint64"])
def test_narrower_integers_wrap(dtype: str) -> None:
    same(lambda m, d: d[["i64", "j64", "i32"]].astype(dtype), NUMBERS)


@pytest.mark.parametrize("dtype", ["float32", "bool", "str", "string", "Float64"])
def test_floats_with_holes_and_infinities(dtype: str) -> None:
    same(lambda m, d: d[["f64", "g64", "f32"]].astype(dtype), NUMBERS)


def test_text_of_floats() -> None:
    floats = pd.DataFrame(
        {
            "x": [1.0, 1e-7, 1e16, np.nan, np.inf, 0.1, 123456789.125, -0.0],
            "y": np.array([0.1, 1e10, 1, 2, 3, 4, 5, np.nan], "f4"),
        }
    )
    same(lambda m, d: d.astype(str), floats)
    same(lambda m, d: d.astype({"x": "str"}), floats)


@pytest.mark.parametrize("dtype", ["int64", "int32", "Int64", "bool", "datetime64[us]"])
def test_whole_floats(dtype: str) -> None:
    same(lambda m, d: d.f.round().astype(dtype), FINITE)


def test_floats_are_cut_off() -> None:
    same(lambda m, d: d.f.astype(int), FINITE)
    same_error(lambda m, d: d.f64.astype(int), NUMBERS)
    same_error(lambda m, d: d.f.astype("Int64"), FINITE)


@pytest.mark.parametrize("unit", ["D", "s", "ms", "us", "ns"])
def test_times_print_to_the_resolution_that_the_finest_needs(unit: str) -> None:
    times = pd.DataFrame(
        {"at": pd.Series(pd.to_datetime(["2020-01-01", None, "2020-07-01"])).astype("M8[ns]"), "n": [1, 2, 3]}
    )
    times["at"] += pd.to_timedelta([0, 0, 1 if unit != "D" else 0], unit=unit)
    times["zone"] = times["at"].dt.tz_localize("Europe/Berlin")
    times["since"] = times["at"] - pd.Timestamp("2020-01-03")
    same(lambda m, d: d.astype(str), times)
    same(lambda m, d: d[d.n < 3].astype({"at": "string", "since": str}), times)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("us", "int64"), ("us", "M8[ns]"), ("us", "M8[ms]"), ("ns", "M8[us]"), ("us", "bool"), ("tz", "datetime64[us, UTC]"),
        ("d", "int64"), ("d", "m8[us]"), ("e", "m8[ns]"), ("n", "M8[us]"), ("n", "m8[ns]"), ("us", "datetime64[ns]"),
    ],
)  # fmt: skip
def test_times(name: str, dtype: str) -> None:
    same(lambda m, d: d[name].astype(dtype), TIMES)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("us", "float64"), ("us", "Int64"), ("us", "datetime64[us, UTC]"), ("tz", "M8[us]"), ("d", "float64")],
)
def test_times_are_no_numbers(name: str, dtype: str) -> None:
    same_error(lambda m, d: d[name].astype(dtype), TIMES)


PARSED = pd.DataFrame(
    {
        "int": ["1", " 2 ", "1_0"],
        "hole": ["1", None, "3"],
        "float": ["1.5", None, "1e3"],
        "date": ["2020-01-01", None, "2020-02-03 04:05:06"],
        "delta": ["1D", None, "2h"],
        "text": ["a", "", None],
    }
)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("int", "int64"), ("int", "int8"), ("hole", "Int64"), ("hole", "float64"), ("float", "float64"), ("float", "Float64"),
        ("date", "M8[us]"), ("date", "datetime64[us, UTC]"), ("delta", "m8[us]"), ("text", "bool"), ("text", "string"),
    ],
)  # fmt: skip
def test_texts(name: str, dtype: str) -> None:
    same(lambda m, d: d[name].astype(dtype), PARSED)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("text", "int64"), ("float", "int64"), ("hole", "int64"), ("text", "float64"), ("text", "M8[us]")],
)
def test_texts_that_do_not_convert(name: str, dtype: str) -> None:
    same_error(lambda m, d: d[name].astype(dtype), PARSED)


@pytest.mark.parametrize("dtype", ["float64", "str", "string", "Float64", "Int32", "int64[pyarrow]"])
def test_nullable_numbers(dtype: str) -> None:
    same(lambda m, d: d.i.astype(dtype), NULLABLE)
    same(lambda m, d: d.f.fillna(0).round().astype(dtype), NULLABLE)


def test_nullable_without_holes() -> None:
    same(lambda m, d: d.i.fillna(0).astype("int64"), NULLABLE)
    same(lambda m, d: d.b.fillna(False).astype(bool), NULLABLE)
    same(lambda m, d: d[["b", "c"]].astype("Int64"), NULLABLE)
    same(lambda m, d: d.s.astype("str"), NULLABLE)
    same(lambda m, d: d.b.astype("str"), NULLABLE)
    same_error(lambda m, d: d.i.astype("int64"), NULLABLE)
    same_error(lambda m, d: d.b.astype(bool), NULLABLE)


def test_arrow() -> None:
    same(lambda m, d: d.i.astype("float64"), ARROW)
    same(lambda m, d: d.i.astype("str"), ARROW)
    same(lambda m, d: d.i.astype("Int64"), ARROW)
    same(lambda m, d: d.b.astype("boolean"), ARROW)
    same(lambda m, d: d.s.astype("str"), ARROW)


OBJECTS = pd.DataFrame(
    {
        "date": [datetime.date(2020, 1, 1), None],
        "decimal": [decimal.Decimal("1.50"), None],
        "bytes": [b"a", None],
        "bool": np.array([True, np.nan], dtype=object),
    }
)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("date", "str"),
        ("date", "M8[us]"),
        ("decimal", "str"),
        ("decimal", "float64"),
        ("bytes", "str"),
        ("bool", "str"),
    ],
)
def test_objects(name: str, dtype: str) -> None:
    same(lambda m, d: d[name].astype(dtype), OBJECTS)


def test_frames() -> None:
    same(lambda m, d: d.astype({"i64": "float64", "b": "int8"}), NUMBERS)
    same_error(lambda m, d: d.astype({"absent": "float64"}), NUMBERS)
    same_error(lambda m, d: d.i64.astype("nonsense"), NUMBERS)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("dtype", [object, "category", complex, "M8[s]"])
def test_dtypes_that_only_pandas_computes_with(dtype: Any) -> None:
    same(lambda m, d: d.i64.astype(dtype), NUMBERS)


def test_holes_among_python_bools_have_no_truth() -> None:
    with pytest.raises(Unsupported, match="None is False to pandas and NaN is True"):
        bigframe.from_pandas(OBJECTS)["bool"].astype(bool).to_pandas()


NUMERALS: dict[str, list[Any]] = {
    "ints": ["1", " 2 ", "+3"],
    "hole": ["1", None, "3"],
    "floats": ["1", "2.5", "1e3"],
    "empty": ["1", "", "3"],
}


@pytest.mark.parametrize("name", NUMERALS)
def test_to_numeric(name: str) -> None:
    texts = pd.DataFrame({"text": NUMERALS[name], "n": [1, 2, 3]})
    same(lambda m, d: m.to_numeric(d.text), texts)
    same(lambda m, d: m.to_numeric(d.text)[d.n == 1], texts)
    same(lambda m, d: m.to_numeric(d.text).astype(str), texts)


def test_to_numeric_with_errors() -> None:
    texts = pd.DataFrame({"text": ["1", "x", "3"]})
    same(lambda m, d: m.to_numeric(d.text, errors="coerce"), texts)
    same_error(lambda m, d: m.to_numeric(d.text), texts)
    same(lambda m, d: m.to_numeric(d.i64), NUMBERS)
    with pytest.raises(Unsupported, match=r"beyond 2\*\*53"):
        bigframe.to_numeric(bigframe.from_pandas(NUMBERS).i64.astype(str)).to_pandas()


def test_to_datetime() -> None:
    same(lambda m, d: m.to_datetime(d.date, format="ISO8601"), PARSED)
    same(lambda m, d: m.to_datetime(d.date, format="ISO8601", utc=True), PARSED)
    same(lambda m, d: m.to_datetime(d.us.astype(str)), TIMES)
    same(lambda m, d: m.to_datetime(d.s.fillna("x").where(d.n < 0, "03/02/2020"), format="%d/%m/%Y"), TEXTS)


def test_to_datetime_of_texts_with_offsets() -> None:
    texts = pd.DataFrame({"z": ["2024-01-02T03:04:05Z", "2024-05-06T07:08:09.5Z", None], "n": [1, 2, 3]})
    texts["o"] = ["2024-01-02 03:04+0200", "2024-05-06 07:08-0130", None]
    same(lambda m, d: m.to_datetime(d.z, utc=True, format="ISO8601"), texts)
    same(lambda m, d: m.to_datetime(d.z, utc=True, format="ISO8601").dt.tz_convert("Asia/Tokyo")[d.n > 1], texts)
    same(lambda m, d: m.to_datetime(d.o, utc=True), texts)
    same(lambda m, d: m.to_datetime(d.o, utc=True, format="%Y-%m-%d %H:%M%z").dt.hour, texts)
    same(lambda m, d: m.to_datetime(d.z.fillna("x"), utc=True, format="ISO8601", errors="coerce"), texts)
    same_error(lambda m, d: m.to_datetime(d.z.fillna("x"), utc=True, format="ISO8601"), texts)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_to_datetime_with_arguments_by_place() -> None:
    texts = pd.DataFrame({"day": ["01/02/2024", "03/02/2024"], "late": ["x 2024-01-02", "y 2024-01-03"]})
    same(lambda m, d: m.to_datetime(d.day, "raise", True, False, True), texts)
    same(lambda m, d: m.to_datetime(d.late, format="%Y-%m-%d", exact=False), texts)


@pytest.mark.parametrize("unit", ["D", "h", "m", "s", "ms", "us", "ns"])
def test_to_datetime_of_counts(unit: str) -> None:
    counts = pd.DataFrame({"n": [0, -1, 19_723, 40_000], "small": np.array([0, 1, 2, 3], "uint8")})
    same(lambda m, d: m.to_datetime(d.n, unit=unit), counts)
    same(lambda m, d: m.to_datetime(d.small, unit=unit, utc=True)[d.n > 0], counts)
    same(lambda m, d: m.to_datetime(d.n * 10**12, unit=unit, errors="coerce"), counts)


def test_to_datetime_of_too_large_a_count() -> None:
    same_error(lambda m, d: m.to_datetime(d.n, unit="s"), pd.DataFrame({"n": [1, 10**17]}))


def test_a_column_of_durations_is_gathered() -> None:
    with pytest.warns(bigframe.PerformanceWarning, match="its unit depends on the data"):
        same(lambda m, d: m.to_timedelta(d.delta), PARSED)
    assert bigframe.to_timedelta("1D") == pd.Timedelta("1D")


def test_round_trips() -> None:
    rows: list[Row] = [
        lambda d: d.n.astype(str).astype(int),
        lambda d: d.n.astype("Int64").astype(str).astype("Int64"),
        lambda d: d.f64.astype(str).astype(float),
        lambda d: d.b.astype(int).astype(bool),
    ]
    for row in rows:
        same(lambda m, d, row=row: row(d), NUMBERS)
