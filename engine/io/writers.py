"""Frames written as bytes of a format: Parquet, CSV, JSON lines, Arrow IPC, Feather and ORC."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from engine.io.categories import as_categories, named_in
from engine.io.files import COMPRESSIONS
from engine.io.parquet import NAN_FREE_KEY

SUFFIXES = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".tsv", ".txt"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "ipc": (".arrow", ".feather", ".ipc"),
    "feather": (".feather", ".ftr", ".arrow", ".ipc"),
    "orc": (".orc",),
}
OPTIONS = {
    "parquet": {"compression", "row_group_size"},
    "csv": {"compression", "sep", "header", "na_rep"},
    "jsonl": {"compression", "date_format"},
    "ipc": {"compression"},
    "feather": {"compression"},
    "orc": {"compression"},
}
TEXT_FORMATS = ("csv", "jsonl")
_COPY_BYTES = 1 << 22
_ROW_GROUP_BYTES = 128 << 20
_ROW_GROUP_ROWS = 1 << 20
# Readers of remote IPC files fetch whole record batches, and shuffled training reads permute them.
_BATCH_ROWS = 1 << 16
_DECIMALS = {"ms": 3, "us": 6, "ns": 9}


def check_options(format: str, options: Mapping[str, Any]) -> None:
    """Raise ValueError for an unknown format, option or compression."""
    if format not in OPTIONS:
        raise ValueError(f"unknown format {format!r}; known are {sorted(OPTIONS)}")
    unknown = sorted(set(options) - OPTIONS[format])
    if unknown:
        raise ValueError(f"writing {format} has no option {unknown[0]!r}; known are {sorted(OPTIONS[format])}")
    codec = options.get("compression")
    if format in TEXT_FORMATS and codec not in (None, *COMPRESSIONS.values()):
        raise ValueError(f"unknown compression {codec!r}; known are {sorted(COMPRESSIONS.values())}")


def write_frame(
    frame: pl.DataFrame,
    target: BinaryIO,
    format: str,
    schema: pa.Schema | None,
    options: Mapping[str, Any],
    *,
    header: bool,
) -> None:
    """Write `frame` to an open file.

    Parameters
    ----------
    frame
        Rows in order.
    target
        Binary file, left open.
    format
        One of `SUFFIXES`.
    schema
        Arrow types and metadata (pandas' own, if any) of all but text files; None takes the frame's types, with text
        as plain strings.
    options
        Of the format, checked by `check_options`; compression of text is the caller's.
    header
        Whether a CSV header is due, if the options want one.

    Raises
    ------
    ValueError
        Where the format cannot hold a column; names it.
    """
    if format == "csv":
        rows = frame.select([_csv_text(frame[name]) for name in frame.columns])
        header = header and options.get("header", True)
        separator, null = options.get("sep", ","), options.get("na_rep", "")
        rows.write_csv(target, include_header=header, separator=separator, null_value=null)
    elif format == "jsonl":
        iso = options.get("date_format", "epoch") == "iso"
        frame.select([_json_value(frame[name], iso=iso) for name in frame.columns]).write_ndjson(target)
    elif format == "parquet":
        _write_parquet(frame, target, schema, options)
    elif format == "orc":
        table = arrow_table(frame, schema)
        _write_orc(table.schema, [table], target, options)
    else:
        table = arrow_table(frame, schema)
        compression = pa.ipc.IpcWriteOptions(compression=options.get("compression"))
        with pa.ipc.new_file(target, table.schema, options=compression) as writer:
            writer.write_table(table, max_chunksize=_BATCH_ROWS)


def arrow_table(frame: pl.DataFrame, schema: pa.Schema | None) -> pa.Table:
    """Return `frame` as Arrow with plain string types, or with the types, categories and metadata of `schema`.

    Raises
    ------
    ValueError
        Where `schema` has other columns, or a value does not fit its type; names the column.
    """
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    target = schema or pa.schema([(field.name, _plain(field.type)) for field in table.schema])
    if target.names != table.column_names:
        raise ValueError(f"the frame has columns {table.column_names}, not {target.names}")
    columns, categories = [], named_in(target)
    for field, column in zip(target, table.columns, strict=True):
        try:
            named = categories.get(field.name)
            columns.append(column.cast(field.type) if named is None else as_categories(column, field.type, named))
        except pa.ArrowException as error:
            raise ValueError(f"column {field.name!r} cannot be written as {field.type}: {error}") from error
    return pa.table(columns, schema=target)


def concatenate(parts: Sequence[BinaryIO], target: BinaryIO, format: str, options: Mapping[str, Any]) -> None:
    """Write the rows of several files of one schema, each written by `write_frame` as `part_format` says, as one file."""
    if format in TEXT_FORMATS:
        for part in parts:
            shutil.copyfileobj(part, target, _COPY_BYTES)
    elif format == "parquet":
        _concatenate_parquet([pq.ParquetFile(part, page_checksum_verification=True) for part in parts], target, options)
    elif format == "orc":
        readers = [pa.ipc.open_file(part) for part in parts]
        _write_orc(readers[0].schema, _tables(readers), target, options)
    else:
        readers = [pa.ipc.open_file(part) for part in parts]
        compression = pa.ipc.IpcWriteOptions(compression=options.get("compression"))
        with pa.ipc.new_file(target, readers[0].schema, options=compression) as writer:
            for reader in readers:
                for index in range(reader.num_record_batches):
                    writer.write_batch(reader.get_batch(index))


def part_format(format: str) -> str:
    """Return the format of the parts of a file: ORC's are not ORC, which would read other types than were written."""
    return "ipc" if format == "orc" else format


def _write_orc(schema: pa.Schema, tables: Iterable[pa.Table], target: BinaryIO, options: Mapping[str, Any]) -> None:
    with orc.ORCWriter(target, compression=options.get("compression") or "uncompressed") as writer:
        writer.write(schema.empty_table())
        for table in tables:
            writer.write(table)


def _tables(readers: Sequence[Any]) -> Iterator[pa.Table]:
    for reader in readers:
        for index in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(index)])


def _concatenate_parquet(readers: Sequence[pq.ParquetFile], target: BinaryIO, options: Mapping[str, Any]) -> None:
    schema = readers[0].schema_arrow
    marks = [set(json.loads((reader.schema_arrow.metadata or {}).get(NAN_FREE_KEY, b"[]"))) for reader in readers]
    metadata = {**(schema.metadata or {}), NAN_FREE_KEY: json.dumps(sorted(set.intersection(*marks))).encode()}
    with _parquet_writer(target, schema.with_metadata(metadata), options) as writer:
        for reader in readers:
            for group in range(reader.num_row_groups):
                writer.write_table(reader.read_row_group(group).replace_schema_metadata(metadata))


def _write_parquet(frame: pl.DataFrame, target: BinaryIO, schema: pa.Schema | None, options: Mapping[str, Any]) -> None:
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    clean = [name for name in floats if not frame[name].is_nan().any()]
    slices = _ahead(arrow_table(part, schema) for part in _row_groups(frame, options.get("row_group_size")))
    table = next(slices)
    metadata = {**(table.schema.metadata or {}), NAN_FREE_KEY: json.dumps(sorted(clean)).encode()}
    with _parquet_writer(target, table.schema.with_metadata(metadata), options) as writer:
        writer.write_table(table.replace_schema_metadata(metadata), row_group_size=max(len(table), 1))
        for table in slices:
            writer.write_table(table.replace_schema_metadata(metadata), row_group_size=len(table))


def _ahead(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same tables, the next one made while one is in use: neither making nor encoding them needs the other's core."""
    with ThreadPoolExecutor(1, thread_name_prefix="bigframe-rows") as pool:
        coming = pool.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = pool.submit(next, tables, None)
            yield table


def _parquet_writer(target: BinaryIO, schema: pa.Schema, options: Mapping[str, Any]) -> pq.ParquetWriter:
    compression = options.get("compression", "snappy")
    return pq.ParquetWriter(target, schema, compression=compression or "none", write_page_checksum=True)


def _row_groups(frame: pl.DataFrame, rows: int | None) -> Iterator[pl.DataFrame]:
    if rows is None:
        bytes_per_row = frame.estimated_size() / max(frame.height, 1)
        rows = max(1, min(_ROW_GROUP_ROWS, int(_ROW_GROUP_BYTES / max(bytes_per_row, 1))))
    yield frame.head(rows)
    for start in range(rows, frame.height, rows):
        yield frame.slice(start, rows)


def _csv_text(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype == pl.Boolean:
        return column.replace_strict({True: "True", False: "False"}, return_dtype=pl.String)
    if isinstance(dtype, pl.Datetime):
        # Every value has the same number of decimals: pandas reads a column of mixed spellings as text.
        zone = "%:z" if dtype.time_zone else ""
        return column.dt.strftime(f"%Y-%m-%d %H:%M:%S%.{_DECIMALS[dtype.time_unit]}f{zone}")
    if dtype.is_nested() or dtype in {pl.Binary, pl.Duration}:
        raise ValueError(f"column {column.name!r} of type {dtype} cannot be written as CSV")
    return column


def _json_value(column: pl.Series, *, iso: bool) -> pl.Series:
    dtype = column.dtype
    if dtype == pl.Binary:
        raise ValueError(f"column {column.name!r} of type {dtype} cannot be written as JSON")
    if isinstance(dtype, pl.Duration):
        return column.dt.total_milliseconds()
    if dtype == pl.Date:
        return column if iso else column.cast(pl.Datetime("ms")).dt.epoch("ms")
    if isinstance(dtype, pl.Datetime):
        zone = "Z" if dtype.time_zone else ""
        utc = column.dt.convert_time_zone("UTC") if dtype.time_zone else column
        return utc.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.3f{zone}") if iso else utc.dt.epoch("ms")
    return column


def _plain(dtype: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(dtype):
        return pa.string()
    if pa.types.is_large_binary(dtype):
        return pa.binary()
    if pa.types.is_large_list(dtype):
        return pa.list_(_plain(dtype.value_type))
    if pa.types.is_fixed_size_list(dtype):
        return pa.list_(_plain(dtype.value_type), dtype.list_size)
    if pa.types.is_struct(dtype):
        return pa.struct([(field.name, _plain(field.type)) for field in dtype])
    if pa.types.is_dictionary(dtype):
        return pa.dictionary(pa.int32(), _plain(dtype.value_type), dtype.ordered)
    return dtype
