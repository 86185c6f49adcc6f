"""JSON lines against pandas: dtypes and values."""

from __future__ import annotations

import gzip
import io
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import zstandard

from bigframe.errors import SourceError
from engine.io.jsonl import MalformedLineError
from engine.io.layout import ScanSpec
from engine.io.source import Dataset, open_dataset, scan


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def dtype_of(dtype: pa.DataType, nulls: int) -> str:
    if pa.types.is_large_string(dtype):
        return "str"
    if pa.types.is_timestamp(dtype):
        return f"datetime64[{dtype.unit}, {dtype.tz}]" if dtype.tz else f"datetime64[{dtype.unit}]"
    if pa.types.is_nested(dtype) or (pa.types.is_boolean(dtype) and nulls):
        return "object"
    return str(dtype.to_pandas_dtype().__name__)


def values_of(column: list[Any]) -> list[Any]:
    """Missing is None; a struct has no fields without a value, as in pandas' dicts."""

    def plain(value: Any) -> Any:
        if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
            return None
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if inner is not None}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return pd.Timestamp(value) if hasattr(value, "tzinfo") else value

    return [plain(value) for value in column]


def check(path: Path, **options: Any) -> Dataset:
    expected = pd.read_json(io.StringIO(path.read_text()), lines=True, **options)
    dataset = open_dataset("jsonl", path, options)
    assert dataset.rows == len(expected)
    assert dataset.schema.names == list(expected.columns)
    spec = ScanSpec.from_json(json.loads(json.dumps(dataset.spec.to_json())))
    frame = scan(spec, dataset.splits(1)).collect()
    for name in expected.columns:
        nulls = dataset.column_statistics(name).null_count
        assert nulls is not None
        assert dtype_of(dataset.schema.field(name).type, nulls) == str(expected[name].dtype), name
        column = frame[name]
        actual = column.to_pandas().to_list() if column.dtype.is_temporal() else column.to_list()
        assert values_of(actual) == values_of(expected[name].to_list()), name
    return dataset


ORDINARY: dict[str, list[Any]] = {
    "all-kinds": [{"i": 1, "f": 1.5, "s": "x", "b": True, "l": [1, 2], "o": {"x": 1, "y": "z"}, "n": None}],
    "whole-floats": [{"a": 1.0}, {"a": -0.0}, {"a": 1e18}],
    "whole-floats-missing": [{"a": 1.0}, {"a": None}],
    "large-float": [{"a": 1e20}, {"a": 1.0}],
    "int-missing": [{"a": 1}, {"a": None}, {"b": 1}],
    "int-and-float": [{"a": 1}, {"a": 2.5}],
    "int-beyond-2**53": [{"a": 9007199254740993}, {"a": 1}],
    "bool-missing": [{"a": True}, {"a": None}],
    "bool": [{"a": True}, {"a": False}],
    "column-appears-late": [{"a": 1}, {"b": "x", "a": 2}, {"c": [1]}],
    "text": [{"a": "x"}, {"a": None}, {"a": ""}, {"a": "😀\u0000"}],
    "iso-text-in-plain-column": [{"a": "2020-01-01"}, {"a": "2021-01-01T00:00:00Z"}],
    "digits": [
        {"a": "007", "b": "1.5", "c": " 1 ", "d": "1e3", "e": "1_0"},
        {"a": "2", "b": "2", "c": "+2", "d": "1", "e": "2"},
    ],
    "digits-missing": [{"a": "1"}, {"a": None}],
    "digits-beyond-int64": [{"a": "9223372036854775808"}, {"a": "1"}],
    "digits-beyond-2**53": [{"a": "9007199254740993"}, {"a": "1"}],
    "digits-and-empty": [{"a": "1"}, {"a": ""}],
    "nan-text": [{"a": "nan", "b": "inf"}, {"a": "2", "b": "1"}],
    "nan": ['{"a":NaN}', '{"a":1.5}'],
    "nested": [{"a": {"x": {"y": [1, 2.5]}}}, {"a": {"x": {"z": "s"}}}, {"a": None}],
    "list-of-objects": [{"a": [{"x": 1}, {"y": "2020-01-01"}]}, {"a": []}],
    "empty-list": [{"a": []}],
    "blank-lines": ["", {"a": 1}, "", "  ", {"a": 2}],
    "crlf": ['{"a":1}\r', '{"a":2}\r'],
    "date": [{"date": "2020-01-01"}, {"date": None}],
    "datetime": [{"created_at": "2020-01-01T10:00:00"}, {"created_at": "2021-01-01T10:00:00"}],
    "datetime-utc": [{"created_at": "2020-01-01T10:00:00Z"}, {"created_at": "2021-01-01T10:00:00Z"}],
    "datetime-ns": [{"created_at": "2020-01-01 00:00:00.123456789"}],
    "datetime-mixed": [
        {"modified": "2020-01-01"},
        {"modified": "2020-01-02T10:00:00"},
        {"modified": "2020-01-02 10:00:00.5"},
    ],
    "date-slashes": [{"Date": "01/02/2020"}, {"Date": "12/31/2020"}],
    "date-not": [{"date": "x"}, {"date": "2020-01-01"}],
    "date-null": [{"date": None}],
    "date-bool": [{"date": True}],
    "epoch-s": [{"timestamp": 1577836800}, {"timestamp": 1577836801}],
    "epoch-ms": [{"timestamp_ms": 1577836800123}],
    "epoch-us": [{"timestamp": 1577836800123456}],
    "epoch-ns": [{"timestamp": 1577836800123456789}],
    "epoch-missing": [{"run_time": 1577836800}, {"run_time": None}],
    "epoch-fraction": [{"timestamp": 1577836800.5}],
    "epoch-text": [{"timestamp": "1577836800"}],
    "epoch-too-small": [{"run_time": 5}, {"run_time": 1577836800}],
    "float-time-too-small": [{"run_time": 0.5}],
}


@pytest.mark.parametrize("rows", ORDINARY.values(), ids=ORDINARY.keys())
def test_lines_are_read_as_pandas_reads_them(tmp_path: Path, rows: list[Any]) -> None:
    check(write(tmp_path / "x.jsonl", *rows))


@pytest.mark.filterwarnings("ignore:The 'convert_dates' keyword")
@pytest.mark.parametrize(
    "options", [{"dtype": False}, {"convert_dates": False}, {"dtype": False, "convert_dates": False}]
)
def test_conversions_can_be_switched_off(tmp_path: Path, options: dict[str, bool]) -> None:
    rows = [{"a": "7", "b": 1.0, "c": True, "date": "2020-01-01"}, {"a": "8", "b": 2.0, "date": "2020-01-02"}]
    check(write(tmp_path / "x.jsonl", *rows), **options)


def test_types_hold_over_every_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.io.jsonl._CHUNK_BYTES", 64)
    rows: list[Any] = [{"i": i, "d": str(i), "t": "x", "date": "2020-01-01"} for i in range(50)]
    rows += [{"i": 0.5, "d": "1.5", "t": "y", "date": None, "late": {"x": 1}}, {"t": None, "late": {"y": [1]}}]
    dataset = check(write(tmp_path / "x.jsonl", *rows))
    frame = dataset.scan(columns=["t"], predicate=pl.col("i") == 42, row_index="at").collect()
    assert frame.rows() == [("x", 42)]


def test_files_are_typed_together(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", {"a": 1, "b": "1"})
    write(tmp_path / "2.jsonl", {"a": 1.5, "c": True})
    dataset = open_dataset("jsonl", tmp_path)
    assert dataset.scan(row_index="at").collect().rows() == [(1.0, 1.0, None, 0), (1.5, None, 1.0, 1)]


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_compressed_lines(tmp_path: Path, suffix: str, compress: Any) -> None:
    path = tmp_path / f"x.jsonl{suffix}"
    # Two members, as appending writers leave them.
    path.write_bytes(compress(b'{"a":1}\n') + compress(b'{"a":2}\n'))
    assert open_dataset("jsonl", path).scan().collect()["a"].to_list() == [1, 2]
    path.write_bytes(compress(b'{"a":1}\n' * 9999)[:-9])
    with pytest.raises(SourceError, match=rf"x\.jsonl\{suffix}"):
        open_dataset("jsonl", path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"a": 1}, "", '{"a":'], "line 3: not valid JSON"),
        ([{"a": 1}, '{"a":1} x'], "line 2: not valid JSON"),
        ([{"a": 1}, '{"a":1}{"a":2}'], "line 2: not valid JSON"),
        (['{"a":', "1}"], "line 1: not valid JSON"),
        ([{"a": 1}, "[1]"], "line 2: not a JSON object but a list"),
        ([{"a": 1}, {"b": 1}, {"a": "x"}], "line 3: column 'a' was a number before and is text here"),
        ([{"a": True}, {"a": 1}], "line 2: column 'a' was a bool before and is a number here"),
        ([{"a": "x"}, {"a": None}, {"a": [1]}], "line 3: column 'a' was text before and is a list here"),
        ([{"a": 1.5}, {"a": 9223372036854775808}], "line 2: an integer does not fit"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1 << 24])
def test_bad_line_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[Any], message: str, chunk: int
) -> None:
    monkeypatch.setattr("engine.io.jsonl._CHUNK_BYTES", chunk)
    with pytest.raises(MalformedLineError, match=rf"x\.jsonl: {message}"):
        open_dataset("jsonl", write(tmp_path / "x.jsonl", *rows))


def test_binary_file_in_the_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {"a": 1})
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(SourceError, match=r"b\.png: this is a binary file"):
        open_dataset("jsonl", tmp_path)


def test_files_that_disagree_name_the_column(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", {"a": 1})
    write(tmp_path / "2.jsonl", {"a": "x"})
    with pytest.raises(SourceError, match=r"column 'a' is int64 in .*1\.jsonl but string in .*2\.jsonl"):
        open_dataset("jsonl", tmp_path)


def test_files_are_united_by_name_or_refused(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", {"a": 1, "b": None})
    write(tmp_path / "2.jsonl")
    write(tmp_path / "3.jsonl", {"c": {"x": 1}, "a": 1.5})
    dataset = open_dataset("jsonl", tmp_path)
    assert dict(zip(dataset.schema.names, dataset.schema.types, strict=True)) == {
        "a": pa.float64(),
        "b": pa.float64(),
        "c": pa.struct([("x", pa.int64())]),
    }
    assert dataset.scan(row_index="at").collect().rows() == [(1.0, None, None, 0), (1.5, None, {"x": 1}, 1)]
    with pytest.raises(SourceError, match=r"column 'a' is int64 in .*1\.jsonl but double in .*3\.jsonl"):
        open_dataset("jsonl", tmp_path, {"on_drift": "error"})


def test_files_without_a_line_have_no_columns(tmp_path: Path) -> None:
    dataset = open_dataset("jsonl", write(tmp_path / "1.jsonl"))
    assert (dataset.rows, dataset.schema.names) == (0, [])


def test_unknown_option(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no option 'orient'"):
        open_dataset("jsonl", write(tmp_path / "x.jsonl", {"a": 1}), {"orient": "split"})
