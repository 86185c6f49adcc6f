"""JSON lines: types inferred from all the data as pandas infers them, and scans."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.json as pajson

from bigframe.errors import SourceError
from engine.io.files import FileInfo, check_version, open_decompressed, reject_binary
from engine.io.json_types import (
    JsonColumn,
    convert_column,
    is_date_like,
    merge_columns,
    observe,
    settle_column,
)
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split, decode_schema, encode_schema
from engine.io.lazy import scan_batches
from engine.io.schemas import polars_schema, unify_schemas

_CHUNK_BYTES = 1 << 24
_HEAD_BYTES = 4096
_OPTIONS = ("dtype", "convert_dates", "compression", "on_drift")
_WIDE_INTEGER = re.compile(rb"[\[:,]\s*-?[0-9]{19,}\s*[\],}]")


class MalformedLineError(SourceError, ValueError):
    """A line is not a JSON object, or a column changes its kind there."""


@dataclass
class _Survey:
    """What a pass over one file found."""

    columns: dict[str, JsonColumn] = field(default_factory=dict)
    rows: int = 0
    bytes: int = 0


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return schema and row counts of JSON-lines files after one pass over all their data.

    Dtypes are those of ``pandas.read_json(lines=True)`` over the files put together, with its conversions: text that
    is all numbers becomes numbers, whole floats become integers, and columns named like dates (``date``, ``*_at``, …)
    become datetimes where all their values are ISO 8601 or epochs. Objects become structs. A file is one block.

    Parameters
    ----------
    files
        Plain or compressed files.
    options
        ``dtype`` and ``convert_dates`` (True or False, as in pandas), ``compression``, and ``on_drift``, see
        `engine.io.schemas.unify_schemas`. A file without a line has no columns, and differs from none.

    Raises
    ------
    SourceError
        Names file and line where a line is malformed or a column changes its kind (a number, then text), both files where
        it does so between them, and the file where it is binary or truncated.
    ValueError
        For an unknown option.
    """
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise ValueError(f"JSON lines have no option {unknown[0]!r}; known are {sorted(_OPTIONS)}")
    compression = options.get("compression", "infer")
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(files))) as pool:
        surveys = list(pool.map(lambda file: _survey(file.path, compression), files))
    columns = _merge_files(files, surveys, options.get("on_drift", "union"))
    dtype, convert_dates = options.get("dtype", True), options.get("convert_dates", True)
    settled = {name: settle_column(name, column, dtype, convert_dates) for name, column in columns.items()}
    return FileFacts(
        schema=pa.schema([(name, dtype) for name, (dtype, _) in settled.items()]),
        blocks=tuple((Block(survey.rows, survey.bytes),) for survey in surveys),
        totals={name: ColumnStatistics(null_count=column.nulls) for name, column in columns.items()},
        details={
            "compression": compression,
            "parsed": encode_schema(pa.schema([(name, column.parsed) for name, column in columns.items()])),
            "rules": {name: rule for name, (_, rule) in settled.items()},
        },
    )


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan whole files, parsing only the wanted columns."""
    schema = polars_schema(spec.schema, without=spec.partitions)
    return [
        (split, scan_batches(partial(_read_batches, spec, schema, split), schema, row_index, split.first_row))
        for split in splits
    ]


def verify(split: Split) -> None:
    """Do nothing: every line was read when the file was inspected, and its version is checked when it is read."""


def _read_batches(
    spec: ScanSpec, schema: Mapping[str, pl.DataType], split: Split, columns: list[str]
) -> Iterator[pl.DataFrame]:
    check_version(split.file)
    parsed = decode_schema(spec.details["parsed"])
    wanted = pa.schema([parsed.field(name) for name in columns])
    conversions = [convert_column(name, spec.details["rules"][name], schema[name]) for name in columns]
    for _, lines in _chunks(split.file.path, spec.details["compression"]):
        frame = pl.from_arrow(_parse(lines, wanted, "ignore"))
        assert isinstance(frame, pl.DataFrame)
        yield frame.select(conversions)


def _survey(path: str, compression: str | None) -> _Survey:
    survey = _Survey()
    for first_line, lines in _chunks(path, compression):
        try:
            found, rows = _examine(lines, survey.columns)
            columns = {}
            for name in dict.fromkeys([*survey.columns, *found]):
                before = survey.columns.get(name, JsonColumn(nulls=survey.rows))
                columns[name] = merge_columns([before, found.get(name, JsonColumn(nulls=rows))])
        except (pa.ArrowInvalid, TypeError, ValueError) as error:
            raise _blame(path, first_line, lines, survey.columns, error) from error
        if any(column.has_wide_integers for column in found.values()):
            _reject_wide_integers(path, first_line, lines)
        survey.columns = columns
        survey.rows += rows
        survey.bytes += sum(map(len, lines))
    return survey


def _examine(lines: list[bytes], known: Mapping[str, JsonColumn]) -> tuple[dict[str, JsonColumn], int]:
    text = {name for name, column in known.items() if pa.types.is_string(column.parsed)}
    table = _parse(lines, pa.schema([(name, pa.string()) for name in text]), "infer")
    order = table.column_names
    stamps = {field.name for field in table.schema if pa.types.is_timestamp(field.type)}
    if stamps:
        # pyarrow takes ISO 8601 text for timestamps, which loses its spelling.
        table = _parse(lines, pa.schema([(name, pa.string()) for name in text | stamps]), "infer")
    rows = sum(not line.isspace() for line in lines)
    if table.num_rows != rows:
        raise ValueError(f"{rows} lines hold {table.num_rows} JSON objects")
    return {name: observe(table[name], is_date_like(name)) for name in order}, rows


def _parse(lines: list[bytes], schema: pa.Schema, unexpected: str) -> pa.Table:
    data = b"".join(lines)
    if not data.strip():
        return schema.empty_table()
    return pajson.read_json(
        pa.BufferReader(data),
        pajson.ReadOptions(use_threads=False, block_size=len(data) + 1),
        pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior=unexpected),
    )


def _chunks(path: str, compression: str | None) -> Iterator[tuple[int, list[bytes]]]:
    """Yield (number of the first line, lines)."""
    first = 1
    with open_decompressed(path, compression) as stream:
        try:
            reject_binary(path, stream.peek(_HEAD_BYTES)[:_HEAD_BYTES])
            while lines := stream.readlines(_CHUNK_BYTES):
                yield first, lines
                first += len(lines)
        except SourceError:
            raise
        except (OSError, EOFError) as error:
            raise SourceError(f"{path}: the compressed file is truncated or corrupt: {error}") from error


def _merge_files(files: Sequence[FileInfo], surveys: Sequence[_Survey], on_drift: str) -> dict[str, JsonColumn]:
    filled = [(file.path, survey.columns) for file, survey in zip(files, surveys, strict=True) if survey.rows]
    if not filled:
        return {}
    schemas = [(path, pa.schema([(name, found.parsed) for name, found in columns.items()])) for path, columns in filled]
    return {
        name: merge_columns([survey.columns.get(name, JsonColumn(nulls=survey.rows)) for survey in surveys])
        for name in unify_schemas(schemas, on_drift).schema.names
    }


def _blame(
    path: str, first_line: int, lines: list[bytes], known: Mapping[str, JsonColumn], cause: Exception
) -> MalformedLineError:
    """Return an error that names the first line at fault, found by reading the chunk line by line."""
    kinds = {name: _arrow_kind(column.parsed) for name, column in known.items()}
    for number, line in enumerate(lines, first_line):
        if line.isspace():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            return MalformedLineError(f"{path}: line {number}: not valid JSON: {error}")
        if not isinstance(record, dict):
            return MalformedLineError(f"{path}: line {number}: not a JSON object but {_kind(record)}")
        for name, value in record.items():
            if value is not None and kinds.setdefault(name, "null") == "null":
                kinds[name] = _kind(value)
            if value is not None and kinds[name] != _kind(value):
                text = f"column {name!r} was {kinds[name]} before and is {_kind(value)} here"
                return MalformedLineError(f"{path}: line {number}: {text}")
    last = first_line + len(lines) - 1
    return MalformedLineError(f"{path}: between lines {first_line} and {last}: {cause}")


def _reject_wide_integers(path: str, first_line: int, lines: list[bytes]) -> None:
    for number, line in enumerate(lines, first_line):
        if _WIDE_INTEGER.search(line):
            raise MalformedLineError(f"{path}: line {number}: an integer does not fit 64 signed bits")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a bool"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "null"


def _arrow_kind(dtype: pa.DataType) -> str:
    if pa.types.is_boolean(dtype):
        return "a bool"
    if pa.types.is_integer(dtype) or pa.types.is_floating(dtype):
        return "a number"
    if pa.types.is_string(dtype):
        return "text"
    return "a list" if pa.types.is_list(dtype) else "an object" if pa.types.is_struct(dtype) else "null"
