"""Datasets: one face for every format, from a path to splits and scans."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa

from bigframe.errors import SourceError
from bigframe.ids import derive
from bigframe.ops.base import Expr
from engine.io import csv, feather, ipc, jsonl, orc, parquet, sql, sql_rows, tables, warc
from engine.io.drift import conformed
from engine.io.files import FileInfo, check_version, expand
from engine.io.layout import Block, ColumnStatistics, Cost, FileFacts, ScanSpec, Split
from engine.io.lazy import in_turns
from engine.io.pandas_metadata import PandasMetadata, pandas_metadata
from engine.io.schemas import polars_type
from engine.storage.urls import is_local

_CACHED_DATASETS = 64
_CACHED_COLUMNS = 128
_INT32_MAX = 2**31 - 1


class _Format(Protocol):
    """What the module of a format provides."""

    def inspect(self, files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts: ...

    def scan(
        self, spec: ScanSpec, splits: Sequence[Split], row_index: str | None
    ) -> list[tuple[Split, pl.LazyFrame]]: ...

    def verify(self, split: Split) -> None: ...


_FORMATS: dict[str, _Format] = {
    "parquet": parquet,
    "csv": csv,
    "jsonl": jsonl,
    "ipc": ipc,
    "feather": feather,
    "orc": orc,
    "warc": warc,
}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Files of one format that together are a table; rows stand in the order of files and of rows within them.

    Parameters
    ----------
    files
        The files, each with the version that was inspected.
    facts
        What inspecting them found.
    spec
        What a worker needs to read them; JSON-able.
    pinned
        Options that, beside the given ones, read the same state again, where the format keeps earlier ones.
    """

    files: tuple[FileInfo, ...]
    facts: FileFacts
    spec: ScanSpec
    pinned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def format(self) -> str:
        """Name of the format."""
        return self.spec.format

    @property
    def schema(self) -> pa.Schema:
        """Columns of any file, partition columns last; pandas metadata as the first file states it."""
        return self.spec.schema

    @property
    def partitions(self) -> tuple[str, ...]:
        """Columns that come from folder names."""
        return self.spec.partitions

    @cached_property
    def version(self) -> str:
        """A name for the state of all files: equal for equal paths and versions."""
        return derive(self.format, *(f"{file.path}:{file.version}" for file in self.files)).partition("~")[2]

    @cached_property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(block.rows for block in self.blocks)

    @cached_property
    def bytes(self) -> int:
        """Uncompressed bytes of all files, as their format states or estimates them."""
        return sum(block.bytes for block in self.blocks)

    @property
    def pandas_metadata(self) -> PandasMetadata | None:
        """What pandas stored beside the first file; None where it did not write it."""
        return pandas_metadata(self.schema)

    def column_statistics(self, column: str) -> ColumnStatistics:
        """Return statistics of a column over all rows; whatever one block does not know is None."""
        if column in self.partitions:
            values = [dict(file.partition)[column] for file in self.files]
            rows = [sum(block.rows for block in blocks) for blocks in self.facts.blocks]
            nulls = sum(count for value, count in zip(values, rows, strict=True) if value is None)
            return ColumnStatistics(null_count=nulls)
        if self.facts.statistics is None:
            return self.facts.totals.get(column, ColumnStatistics())
        if column not in self._totals:
            self._totals[column] = _total(self._statistics(column), self.blocks)
        return self._totals[column]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of all files, in order."""
        return tuple(block for blocks in self.facts.blocks for block in blocks)

    def block_statistics(self, column: str) -> list[ColumnStatistics] | None:
        """Return statistics of a column in every block, in order; None where the format has none by block."""
        if column in self.partitions:
            values = [self.partition_value(column, dict(file.partition)[column]) for file in self.files]
            sized = [
                (value, block) for value, blocks in zip(values, self.facts.blocks, strict=True) for block in blocks
            ]
            return [ColumnStatistics(value, value, block.rows if value is None else 0, 0, 0) for value, block in sized]
        return None if self.facts.statistics is None else self._statistics(column)

    def partition_value(self, column: str, text: str | None) -> Any:
        """The value of a partition column that a text stands for."""
        return _partition_value(self.spec.scanned_type(column), text)

    @cached_property
    def _totals(self) -> dict[str, ColumnStatistics]:
        """What every estimate asks for again: a few numbers a column, of however many blocks."""
        return {}

    @cached_property
    def _statistics(self) -> Callable[[str], list[ColumnStatistics]]:
        assert self.facts.statistics is not None
        return lru_cache(_CACHED_COLUMNS)(self.facts.statistics)

    def splits(self, target_bytes: int, keep: Sequence[bool] | None = None) -> list[Split]:
        """Cut the dataset into splits of at most `target_bytes` uncompressed bytes, or of one block.

        Every row of the blocks to keep (all by default) is in exactly one split, in order. A file without rows is in
        none.
        """
        result = []
        first_row, first_block = 0, 0
        variants = self.facts.variant_of or (0,) * len(self.files)
        for file, blocks, variant in zip(self.files, self.facts.blocks, variants, strict=True):
            wanted = [True] * len(blocks) if keep is None else keep[first_block : first_block + len(blocks)]
            offset, start = 0, 0
            while start < len(blocks):
                stop, size = start + 1, blocks[start].bytes
                while (
                    wanted[start] and stop < len(blocks) and wanted[stop] and size + blocks[stop].bytes <= target_bytes
                ):
                    size += blocks[stop].bytes
                    stop += 1
                rows = sum(block.rows for block in blocks[start:stop])
                if rows and wanted[start]:
                    whole = stop - start == len(blocks)
                    at = first_row + offset
                    result.append(Split(file, start, stop - start, offset, rows, at, size, whole, variant))
                offset, start = offset + rows, stop
            first_row += offset
            first_block += len(blocks)
        return result

    def cost(self, splits: Sequence[Split], columns: Collection[str]) -> Cost:
        """Return what reading some columns of splits takes.

        In Parquet these are the column chunks; of other formats every byte of the blocks is read. Columns of folder
        names take nothing.
        """
        stored, decoded = 0, 0
        if not columns and not all(is_local(split.file.path) for split in splits):
            columns = self.schema.names[:1]  # over a network rows are counted by reading a column
        wanted = [self.block_statistics(column) or [] for column in columns if column not in self.partitions]
        for split in splits:
            if self.facts.statistics is None:
                share = split.rows / max(1, self._rows_of[split.file])
                stored, decoded = stored + round(split.file.size * share), decoded + split.bytes
                continue
            first = self._first_block[split.file] + split.first_block
            chunks = [entry for entries in wanted for entry in entries[first : first + split.blocks]]
            stored += sum(entry.stored or 0 for entry in chunks)
            decoded += sum(entry.bytes or 0 for entry in chunks)
        return Cost(stored, decoded)

    @cached_property
    def _first_block(self) -> dict[FileInfo, int]:
        counts = [len(blocks) for blocks in self.facts.blocks]
        return dict(zip(self.files, accumulate(counts, initial=0), strict=False))

    @cached_property
    def _rows_of(self) -> dict[FileInfo, int]:
        sums = [sum(block.rows for block in blocks) for blocks in self.facts.blocks]
        return dict(zip(self.files, sums, strict=True))

    def scan(
        self,
        splits: Sequence[Split] | None = None,
        columns: Sequence[str] | None = None,
        predicate: pl.Expr | None = None,
        row_index: str | None = None,
    ) -> pl.LazyFrame:
        """Return the rows of some splits (all of them by default); see `scan`."""
        return scan(self.spec, self.splits(self.bytes + 1) if splits is None else splits, columns, predicate, row_index)

    def columns_that_may_hold_nan(self, columns: Sequence[str] | None = None) -> list[str]:
        """Return the columns, among `columns`, in which a scan may give NaN beside null.

        Floating columns of Parquet, ORC, IPC and JSON, except those that this project's sink marked as free of NaN in every
        file. CSV has none: every text that could mean NaN is missing or keeps the column text.
        """
        names = self.schema.names if columns is None else columns
        floating = [name for name in names if pa.types.is_floating(self.schema.field(name).type)]
        return [name for name in floating if name not in self.facts.nan_free]


def open_dataset(
    format: str, paths: str | Path | Sequence[str | Path], options: Mapping[str, Any] | None = None
) -> Dataset:
    """List and inspect the files that `paths` means.

    Parameters
    ----------
    format
        ``"parquet"``, ``"csv"``, ``"jsonl"``, ``"ipc"``, ``"feather"``, ``"orc"``, ``"warc"``, a table: ``"delta"``,
        ``"iceberg"``, or ``"sql"``, of which a path is the URL of a database.
    paths
        As in `engine.io.files.expand`. Folders named ``key=value`` below a folder argument give partition columns.
    options
        Of the format; JSON data.

    Returns
    -------
    Dataset
        Cached in the process by format, options and the versions of all files.

    Raises
    ------
    FileNotFoundError
        Where a path matches no file.
    SourceError
        Where a file cannot be read as the format, or a column of two files has no common type; names the files.
    ValueError
        For an unknown format or option.

    Examples
    --------
    >>> open_dataset("xls", "table.xls")
    Traceback (most recent call last):
    ValueError: unknown format 'xls'; known are ['csv', 'delta', ..., 'warc']
    """
    if format == "sql" or format in tables.FORMATS:
        listed = [str(paths)] if isinstance(paths, str | Path) else list(map(str, paths))
        if format == "sql":
            return Dataset(*sql.inspect_query(listed, **options or {}))
        return Dataset(*tables.inspect_table(format, listed, options or {}))
    if format not in _FORMATS:
        raise ValueError(f"unknown format {format!r}; known are {sorted({*_FORMATS, *tables.FORMATS, 'sql'})}")
    return _open(format, expand(paths), json.dumps(dict(options or {}), sort_keys=True))


def scan(
    spec: ScanSpec,
    splits: Sequence[Split],
    columns: Sequence[str] | None = None,
    predicate: pl.Expr | None = None,
    row_index: str | None = None,
    where: Expr | None = None,
) -> pl.LazyFrame:
    """Return the rows of `splits`, in their order.

    Parameters
    ----------
    spec
        Of the dataset.
    splits
        Parts to read.
    columns
        Columns to return, in this order; all by default.
    predicate
        Rows to keep; it may use every column and reaches the Parquet statistics. NaN is still NaN here.
    row_index
        Name of a further int64 column, last: the position of each row in the whole dataset, before `predicate`.
    where
        Over names. A database leaves out rows that it does not keep, if not all of them; files are read as they are.

    Returns
    -------
    pl.LazyFrame
        A categorical of CSV and a partition column come as their plain values (text or int32), a categorical of Parquet
        or IPC as Polars' own; timestamps in seconds come in milliseconds.

    Raises
    ------
    SourceError
        Where a file was replaced or removed since it was inspected; names the file.
    """
    for file in dict.fromkeys(split.file for split in splits):
        # Elsewhere each request names the version that it expects.
        if is_local(file.path):
            check_version(file)
    names = list(spec.schema.names if columns is None else columns)
    if not splits:
        return _empty(spec, names, row_index)
    frames = []
    is_sql = spec.format == "sql"
    scans = (
        sql_rows.scan(spec, splits, row_index, where) if is_sql else _FORMATS[spec.format].scan(spec, splits, row_index)
    )
    for split, frame in scans:
        frame = conformed(frame, spec, split)
        values = dict(split.file.partition)
        literals = [_partition_literal(name, spec.scanned_type(name), values[name]) for name in spec.partitions]
        frame = frame.with_columns(literals) if literals else frame
        frame = frame if predicate is None else frame.filter(predicate)
        frames.append(frame.select(names if row_index is None else [*names, row_index]))
    return in_turns(frames)


def find_damage(spec: ScanSpec, splits: Sequence[Split]) -> SourceError | None:
    """Read splits again after a failed scan and return the error that names the file at fault, if one is.

    A reader that takes many files does not say which of them failed.
    """
    if spec.format == "sql":
        return sql.find_damage(spec, splits)
    try:
        for split in splits:
            check_version(split.file)
            _FORMATS[spec.format].verify(split)
    except SourceError as error:
        return error
    return None


def count_rows(dataset: Dataset) -> int:
    """Return the rows of a dataset; known since it was opened, from footers or from the pass that inferred types."""
    return dataset.rows


@lru_cache(_CACHED_DATASETS)
def _open(format: str, files: tuple[FileInfo, ...], options: str) -> Dataset:
    facts = _FORMATS[format].inspect(files, json.loads(options))
    partitions = _partition_fields(files)
    names = tuple(column.name for column in partitions)
    for name in names:
        if name in facts.schema.names:
            raise SourceError(f"column {name!r} is in {files[0].path} and also in the folder names above it")
    schema = pa.schema([*facts.schema, *partitions], metadata=facts.schema.metadata)
    spec = ScanSpec(format, schema, names, facts.details, facts.variants)
    return Dataset(files, facts, spec)


def _partition_fields(files: Sequence[FileInfo]) -> list[pa.Field]:
    keys = [key for key, _ in files[0].partition]
    for file in files:
        if [key for key, _ in file.partition] != keys:
            raise SourceError(f"{file.path} is not partitioned by {keys} like {files[0].path}")
    fields = []
    for key in keys:
        values = [value for file in files for name, value in file.partition if name == key and value is not None]
        # As pyarrow infers them: int32 where all are, else text, and dictionary-encoded.
        dtype = pa.int32() if values and all(map(_is_int32, values)) else pa.string()
        fields.append(pa.field(key, pa.dictionary(pa.int32(), dtype)))
    return fields


def _is_int32(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and -_INT32_MAX - 1 <= int(text) <= _INT32_MAX


def _partition_literal(name: str, dtype: pa.DataType, text: str | None) -> pl.Expr:
    return pl.lit(_partition_value(dtype, text), dtype=polars_type(dtype)).alias(name)


def _partition_value(dtype: pa.DataType, text: str | None) -> Any:
    return pa.scalar(text, pa.string()).cast(dtype).as_py()


def _total(parts: Sequence[ColumnStatistics], blocks: Sequence[Block]) -> ColumnStatistics:
    filled = [(part, block.rows) for part, block in zip(parts, blocks, strict=True) if block.rows]
    counts = [part.null_count for part, _ in filled]
    sizes = [part.bytes for part in parts]
    # A block of nothing but nulls has no bounds and takes none away.
    valued = [part for part, rows in filled if part.null_count != rows]
    bounded = bool(valued) and all(part.min is not None and part.max is not None for part in valued)
    return ColumnStatistics(
        min=min(part.min for part in valued) if bounded else None,
        max=max(part.max for part in valued) if bounded else None,
        null_count=None if None in counts else sum(count for count in counts if count is not None),
        bytes=None if None in sizes else sum(size for size in sizes if size is not None),
    )


def _empty(spec: ScanSpec, names: Sequence[str], row_index: str | None) -> pl.LazyFrame:
    fields = [(name, spec.scanned_type(name)) for name in names]
    if row_index is not None:
        fields.append((row_index, pa.int64()))
    frame = pl.from_arrow(pa.schema(fields).empty_table())
    assert isinstance(frame, pl.DataFrame)
    return frame.lazy()
