"""Arrow IPC files: record batches, memory-mapped where the file is local."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from bigframe.errors import SourceError
from engine.io.files import FileInfo, check_version, open_binary
from engine.io.layout import Block, FileFacts, ScanSpec, Split
from engine.io.lazy import scan_batches, scan_native
from engine.io.schemas import polars_schema, unify_schemas
from engine.storage.urls import is_local, local_path

_SMALL = 64 << 10
_SMALL_FILES = 64
"""To scan a file takes 0.2 ms, which is much where its rows take less: of so many, so small, the rows are kept."""


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return schema and record batches of IPC files.

    The format stores no statistics, so column facts are unknown. Bytes are shared out among the batches by rows.

    Raises
    ------
    SourceError
        Where a file is truncated or not an IPC *file* (a stream is not); the message names it.
    """
    return united(files, read_footers(files), options)


def read_footers(files: Sequence[FileInfo]) -> list[tuple[pa.Schema, tuple[Block, ...]]]:
    """Return the schema and the record batches of each file; see `inspect`."""
    with ThreadPoolExecutor(min(32, os.cpu_count() or 1, len(files))) as pool:
        return list(pool.map(_inspect_file, files))


def united(
    files: Sequence[FileInfo], found: Sequence[tuple[pa.Schema, tuple[Block, ...]]], options: Mapping[str, Any]
) -> FileFacts:
    """Return what files hold together, each of which has the schema and the record batches that were found."""
    unknown = sorted(set(options) - {"on_drift"})
    if unknown:
        raise ValueError(f"IPC has no option {unknown[0]!r}; it has 'on_drift'")
    schemas = [(file.path, schema) for file, (schema, _) in zip(files, found, strict=True)]
    unified = unify_schemas(schemas, **options)
    return FileFacts(
        schema=unified.schema,
        blocks=tuple(blocks for _, blocks in found),
        variants=unified.variants,
        variant_of=unified.variant_of,
    )


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan record batches; local files through Polars' memory-mapping reader, others through pyarrow."""
    if len(splits) == 1 and (held := _held(splits[0])) is not None:
        return [(splits[0], held.lazy() if row_index is None else _numbered(held, row_index, splits[0].first_row))]
    if all(is_local(split.file.path) for split in splits):
        return scan_native(_scan_files, splits, row_index)
    return [
        (
            split,
            scan_batches(partial(_read_batches, split), polars_schema(spec.stored(split)), row_index, split.first_row),
        )
        for split in splits
    ]


def verify(split: Split) -> None:
    """Decode every batch of a split; SourceError names the file where one does not."""
    try:
        for batch in _open_batches(split):
            batch.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{split.file.path}: corrupt Arrow IPC data: {error}") from error


def _held(split: Split) -> pl.DataFrame | None:
    """The rows of a small local file, which is read once; None for others, also for one that cannot be read."""
    if split.file.size > _SMALL or not split.whole or not is_local(split.file.path):
        return None
    try:
        return _small(split.file)
    except (OSError, pl.exceptions.PolarsError):
        return None  # a scan says what is wrong


@lru_cache(_SMALL_FILES)
def _small(file: FileInfo) -> pl.DataFrame:
    return pl.read_ipc(Path(local_path(file.path)).read_bytes())  # a file that is mapped may be cut off meanwhile


def _numbered(frame: pl.DataFrame, name: str, first: int) -> pl.LazyFrame:
    return frame.lazy().with_columns(pl.int_range(first, first + frame.height, dtype=pl.Int64).alias(name))


def _scan_files(files: tuple[FileInfo, ...], row_index: str | None) -> pl.LazyFrame:
    return pl.scan_ipc([file.path for file in files], row_index_name=row_index, glob=False, hive_partitioning=False)


def _inspect_file(file: FileInfo) -> tuple[pa.Schema, tuple[Block, ...]]:
    try:
        with _open_source(file.path) as source:
            schema = pa.ipc.open_file(source).schema
            # One column is enough to learn the rows of a batch; others need not be decompressed.
            reader = pa.ipc.open_file(source, options=pa.ipc.IpcReadOptions(included_fields=[0]))
            rows = [reader.get_batch(i).num_rows for i in range(reader.num_record_batches)]
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{file.path}: not a readable Arrow IPC file (truncated or foreign): {error}") from error
    total = max(sum(rows), 1)
    return schema, tuple(Block(count, file.size * count // total) for count in rows)


def _open_batches(split: Split) -> Iterator[pa.RecordBatch]:
    check_version(split.file)
    with _open_source(split.file.path) as source:
        reader = pa.ipc.open_file(source)
        for index in range(split.first_block, split.first_block + split.blocks):
            yield reader.get_batch(index)


def _read_batches(split: Split, columns: list[str]) -> Iterator[pl.DataFrame]:
    for batch in _open_batches(split):
        frame = pl.from_arrow(batch.select(columns))
        assert isinstance(frame, pl.DataFrame)
        yield frame


def _open_source(path: str) -> Any:
    return pa.memory_map(path) if is_local(path) else pa.PythonFile(open_binary(path), mode="r")
