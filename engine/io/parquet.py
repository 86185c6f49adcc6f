"""Parquet: footers, schemas, statistics and scans."""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bigframe.errors import InputChanged, SourceError, StorageError
from engine.io.column_chunks import RowGroup, RowGroups, read_footer
from engine.io.drift import UNITED, columns_held, conformed_statistics, is_united_by_polars, missing_statistics
from engine.io.files import FileInfo
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split
from engine.io.lazy import runs, scan_batches, scan_native
from engine.io.pandas_metadata import PandasMetadata, pandas_metadata
from engine.io.schemas import Unified, polars_schema, unify_schemas
from engine.storage.urls import is_local

NAN_FREE_KEY = b"bigframe.nan_free"
_WIDENING = pl.ScanCastOptions(
    integer_cast=["upcast", "allow-float"],
    float_cast="upcast",
    datetime_cast="upcast",
    missing_struct_fields="insert",
    categorical_to_string="allow",
)
_MAX_FOOTERS = 50_000
_KEPT_SCANS = 64


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

    @cached_property
    def leaves(self) -> dict[str, range]:
        """Numbers of the column chunks of each column."""
        return _leaves(self.schema)

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
        leaves = self.leaves[column]
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


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return schema, row groups and statistics of Parquet files from their footers alone."""
    unknown = sorted(set(options) - {"on_drift"})
    if unknown:
        raise ValueError(f"Parquet has no option {unknown[0]!r}; it has 'on_drift'")
    return inspect_as(files, partial(unify_schemas, **options))


def inspect_as(files: Sequence[FileInfo], unify: Callable[[Sequence[tuple[str, pa.Schema]]], Unified]) -> FileFacts:
    """Return what `inspect` does, with the schemas of the files, (path, schema) of each, united by a function."""
    footers = read_footers(files) if files else []
    unified = unify([(footer.file.path, footer.schema) for footer in footers])
    blocks = tuple(footer.blocks for footer in footers)

    held = [columns_held(schema) for schema in unified.variants or (unified.schema,)]
    variant_of = unified.variant_of or (0,) * len(footers)

    def statistics(column: str) -> list[ColumnStatistics]:
        wanted, entries = unified.schema.field(column).type, []
        for footer, groups, variant in zip(footers, blocks, variant_of, strict=True):
            field = held[variant].get(column)
            if field is None:
                entries += missing_statistics(groups)
            else:
                entries += conformed_statistics(footer.column_statistics(field.name), field.type, wanted)
        return entries

    floating = [
        {name: field.name for name, field in columns.items() if pa.types.is_floating(field.type)} for columns in held
    ]
    pairs = ((footer.nan_free, floating[variant]) for footer, variant in zip(footers, variant_of, strict=True))
    suspects = {name for free, columns in pairs for name, stored in columns.items() if stored not in free}
    return FileFacts(
        schema=unified.schema,
        blocks=blocks,
        statistics=statistics,
        nan_free=frozenset(field.name for field in unified.schema if pa.types.is_floating(field.type)) - suspects,
        variants=unified.variants,
        variant_of=unified.variant_of,
    )


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan row groups; local files through Polars' reader, others by ranges through pyarrow."""
    if all(is_local(split.file.path) for split in splits):
        if not spec.variants or not is_united_by_polars(spec):
            return scan_native(_scan_files, splits, row_index)
        own = pa.schema([field for field in spec.schema if field.name not in spec.partitions])
        united = [replace(split, variant=UNITED) for split in splits]
        return scan_native(partial(_scan_united, schema=polars_schema(own)), united, row_index)
    groups, frames, before = _row_groups(splits), [], 0
    for run in runs(splits):
        positions = range(before, before + sum(split.blocks for split in run))
        schema = polars_schema(spec.stored(run[0]))
        frames.append((run[0], scan_batches(partial(_read, groups, positions), schema, row_index, run[0].first_row)))
        before = positions.stop
    return frames


def verify(split: Split) -> None:
    """Read every byte of a split with pyarrow; SourceError names the file where it does not decode."""
    for _ in _read(_row_groups([split]), range(split.blocks), None):
        pass


def row_groups(files: Sequence[FileInfo]) -> RowGroups:
    """Every row group of some files, by its number among all."""
    numbers = [(file, number) for file in files for number in range(_read_footer(file).metadata.num_row_groups)]
    return RowGroups([RowGroup(file, number) for file, number in numbers], _footer_of)


@lru_cache(_KEPT_SCANS)
def _scan_files(files: tuple[FileInfo, ...], row_index: str | None) -> pl.LazyFrame:
    """Files as they are. Polars keeps the first footer in the scan, so a job that reads the same files again need not read it."""
    return pl.scan_parquet([file.path for file in files], **_options(row_index))


def _scan_united(files: tuple[FileInfo, ...], row_index: str | None, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """Files of unlike schemas, with the columns of one."""
    return pl.scan_parquet(
        [file.path for file in files],
        schema=dict(schema),
        missing_columns="insert",
        extra_columns="ignore",
        cast_options=_WIDENING,
        **_options(row_index),
    )


def _options(row_index: str | None) -> dict[str, Any]:
    return {"row_index_name": row_index, "glob": False, "hive_partitioning": False}


def _row_groups(splits: Sequence[Split]) -> RowGroups:
    numbered = [(split.file, range(split.first_block, split.first_block + split.blocks)) for split in splits]
    return RowGroups([RowGroup(file, number) for file, numbers in numbered for number in numbers], _footer_of)


def _footer_of(file: FileInfo) -> tuple[pq.FileMetaData, Mapping[str, range]]:
    footer = _read_footer(file)
    return footer.metadata, footer.leaves


def _read(groups: RowGroups, positions: Sequence[int], columns: list[str] | None) -> Iterator[pl.DataFrame]:
    for position in positions:
        frame = pl.from_arrow(groups.read(position, columns))
        assert isinstance(frame, pl.DataFrame)
        yield frame


def _read_footer(file: FileInfo) -> ParquetInfo:
    key = (file.path, file.version)
    with _footers_lock:
        if key in _footers:
            _footers.move_to_end(key)
            return _footers[key] if _footers[key].file == file else replace(_footers[key], file=file)
    try:
        metadata = read_footer(file)
        info = ParquetInfo(file, metadata.schema.to_arrow_schema(), metadata)
    except (StorageError, InputChanged, FileNotFoundError):
        raise
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
    stored = sum(chunk.total_compressed_size for chunk in chunks)
    statistics = None if nested else chunks[0].statistics
    if statistics is None:
        return ColumnStatistics(bytes=size, stored=stored)
    try:
        low, high = (statistics.min, statistics.max) if statistics.has_min_max else (None, None)
    except (OverflowError, UnicodeDecodeError):
        low, high = None, None  # a date that Python has not, or a string that was cut inside a character
    return ColumnStatistics(low, high, statistics.null_count if statistics.has_null_count else None, size, stored)
