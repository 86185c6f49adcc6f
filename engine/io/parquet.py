"""Parquet: footers, schemas, statistics and scans."""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bigframe.errors import SourceError
from engine.io.files import FileInfo, check_version, is_local, open_binary
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split
from engine.io.lazy import scan_batches, scan_native
from engine.io.schemas import polars_schema, unify_schemas

NAN_FREE_KEY = b"bigframe.nan_free"
_MAX_FOOTERS = 10_000


@dataclass(frozen=True)
class PandasMetadata:
    """What pandas stored beside its own Parquet files.

    Parameters
    ----------
    index_columns
        Columns that are index levels, outermost first.
    range_index
        (name, start, stop, step) of a RangeIndex, which has no column; None where there is none.
    column_order
        Columns in the order of the frame that was written, without index levels.
    raw
        The whole of it.
    """

    index_columns: tuple[str, ...]
    range_index: tuple[str | None, int, int, int] | None
    column_order: tuple[str, ...]
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class ParquetInfo:
    """The footer of one file.

    Parameters
    ----------
    file
        The file.
    schema
        Its Arrow schema.
    metadata
        The footer as pyarrow read it.
    """

    file: FileInfo
    schema: pa.Schema
    metadata: pq.FileMetaData

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return int(self.metadata.num_rows)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Row groups: rows and uncompressed bytes."""
        groups = map(self.metadata.row_group, range(self.metadata.num_row_groups))
        return tuple(Block(group.num_rows, group.total_byte_size) for group in groups)

    @property
    def compressed_bytes(self) -> tuple[int, ...]:
        """Bytes of each row group as stored."""
        groups = map(self.metadata.row_group, range(self.metadata.num_row_groups))
        return tuple(sum(group.column(i).total_compressed_size for i in range(group.num_columns)) for group in groups)

    @property
    def pandas(self) -> PandasMetadata | None:
        """pandas' own metadata; None where pandas did not write the file."""
        return pandas_metadata(self.schema)

    @property
    def nan_free(self) -> frozenset[str]:
        """Floating columns that this project's sink found free of NaN when it wrote the file."""
        return frozenset(json.loads((self.schema.metadata or {}).get(NAN_FREE_KEY, b"[]")))

    def column_statistics(self, column: str) -> list[ColumnStatistics]:
        """Return statistics of one column for each row group; a nested column has only its bytes."""
        leaves = _leaves(self.schema)[column]
        groups = map(self.metadata.row_group, range(self.metadata.num_row_groups))
        nested = pa.types.is_nested(self.schema.field(column).type)
        return [_group_statistics(group, leaves, nested) for group in groups]


_footers: OrderedDict[tuple[str, str], ParquetInfo] = OrderedDict()
_footers_lock = threading.Lock()


def read_footers(files: Sequence[FileInfo]) -> list[ParquetInfo]:
    """Read the footers of `files` in parallel, each (path, version) once per process.

    Raises
    ------
    SourceError
        Where a file is truncated, corrupt or not Parquet; the message names it.
    """
    with ThreadPoolExecutor(min(32, 4 * (os.cpu_count() or 1), len(files))) as pool:
        return list(pool.map(_read_footer, files))


def pandas_metadata(schema: pa.Schema) -> PandasMetadata | None:
    """Return pandas' metadata of an Arrow schema, or None.

    Examples
    --------
    >>> pandas_metadata(pa.schema([("a", pa.int64())])) is None
    True
    """
    encoded = (schema.metadata or {}).get(b"pandas")
    if encoded is None:
        return None
    raw = json.loads(encoded)
    levels = raw["index_columns"]
    ranges = [level for level in levels if isinstance(level, dict) and level["kind"] == "range"]
    range_index = (ranges[0]["name"], ranges[0]["start"], ranges[0]["stop"], ranges[0]["step"]) if ranges else None
    columns = tuple(level for level in levels if isinstance(level, str))
    order = tuple(entry["field_name"] for entry in raw["columns"] if entry["field_name"] not in columns)
    return PandasMetadata(columns, range_index, order, raw)


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return schema, row groups and statistics of Parquet files from their footers alone."""
    if options:
        raise ValueError(f"Parquet has no option {min(options)!r}")
    footers = read_footers(files)
    schema = unify_schemas([(footer.file.path, footer.schema) for footer in footers])
    return FileFacts(
        schema=schema,
        blocks=tuple(footer.blocks for footer in footers),
        statistics=lambda column: [entry for footer in footers for entry in footer.column_statistics(column)],
        nan_free=frozenset.intersection(*(footer.nan_free for footer in footers)),
    )


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan row groups; local files through Polars' reader, others through pyarrow and fsspec."""
    if all(is_local(split.file.path) for split in splits):
        return scan_native(_scan_paths, splits, row_index)
    schema = polars_schema(spec.schema, without=spec.partitions)
    return [
        (split, scan_batches(partial(_read_batches, split), schema, row_index, split.first_row)) for split in splits
    ]


def verify(split: Split) -> None:
    """Read every byte of a split with pyarrow; SourceError names the file where it does not decode."""
    try:
        for _ in _read_batches(split, None):
            pass
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{split.file.path}: corrupt Parquet data: {error}") from error


def _scan_paths(paths: list[str], row_index: str | None) -> pl.LazyFrame:
    return pl.scan_parquet(paths, row_index_name=row_index, glob=False, hive_partitioning=False)


def _read_batches(split: Split, columns: list[str] | None) -> Iterator[pl.DataFrame]:
    check_version(split.file)
    with open_binary(split.file.path) as source:
        reader = pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=True)
        for group in range(split.first_block, split.first_block + split.blocks):
            frame = pl.from_arrow(reader.read_row_group(group, columns=columns))
            assert isinstance(frame, pl.DataFrame)
            yield frame


def _read_footer(file: FileInfo) -> ParquetInfo:
    key = (file.path, file.version)
    with _footers_lock:
        if key in _footers:
            _footers.move_to_end(key)
            return ParquetInfo(file, _footers[key].schema, _footers[key].metadata)
    try:
        with open_binary(file.path) as source:
            metadata = pq.read_metadata(source)
        info = ParquetInfo(file, metadata.schema.to_arrow_schema(), metadata)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{file.path}: not a readable Parquet file (truncated or foreign): {error}") from error
    with _footers_lock:
        _footers[key] = info
        while len(_footers) > _MAX_FOOTERS:
            _footers.popitem(last=False)
    return info


def _leaves(schema: pa.Schema) -> dict[str, range]:
    leaves, start = {}, 0
    for field in schema:
        stop = start + _leaf_count(field.type)
        leaves[field.name] = range(start, stop)
        start = stop
    return leaves


def _leaf_count(dtype: pa.DataType) -> int:
    if not pa.types.is_nested(dtype):
        return 1
    return sum(_leaf_count(dtype.field(i).type) for i in range(dtype.num_fields))


def _group_statistics(group: Any, leaves: range, nested: bool) -> ColumnStatistics:
    chunks = [group.column(leaf) for leaf in leaves]
    size = sum(chunk.total_uncompressed_size for chunk in chunks)
    statistics = None if nested else chunks[0].statistics
    if statistics is None:
        return ColumnStatistics(bytes=size)
    low, high = (statistics.min, statistics.max) if statistics.has_min_max else (None, None)
    return ColumnStatistics(low, high, statistics.null_count if statistics.has_null_count else None, size)
