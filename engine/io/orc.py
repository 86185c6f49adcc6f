"""ORC: footers, stripes and scans, through pyarrow."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa
from pyarrow import orc

from bigframe.errors import SourceError, StorageError, Unsupported
from engine.io.files import FileInfo, open_binary
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split
from engine.io.lazy import scan_batches
from engine.io.orc_footer import OrcFooter, parse_tail
from engine.io.schemas import polars_schema, unify_schemas
from engine.storage.urls import is_local

_DAMAGE = (pa.ArrowException, OSError, IndexError, KeyError)


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return schema, stripes and numbers of missing values of ORC files from their footers alone.

    Raises
    ------
    SourceError
        Where a file is truncated, corrupt or not ORC; the message names it.
    Unsupported
        Where a column holds maps or unions.
    """
    unknown = sorted(set(options) - {"on_drift"})
    if unknown:
        raise ValueError(f"ORC has no option {unknown[0]!r}; it has 'on_drift'")
    with ThreadPoolExecutor(min(32, 4 * (os.cpu_count() or 1), len(files))) as pool:
        found = list(pool.map(_read_footer, files))
    unified = unify_schemas([(file.path, schema) for file, (schema, _) in zip(files, found, strict=True)], **options)
    for field in unified.schema:
        if _holds_maps(field.type):
            raise Unsupported(f"the ORC column {field.name!r} of type {field.type}", "no plan holds maps or unions")
    return FileFacts(
        schema=unified.schema,
        blocks=tuple(tuple(Block(rows, size) for rows, size in footer.stripes) for _, footer in found),
        totals={name: ColumnStatistics(null_count=_missing(name, found)) for name in unified.schema.names},
        variants=unified.variants,
        variant_of=unified.variant_of,
    )


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan stripes one after the other; of columns that are not wanted nothing is read."""
    return [
        (
            split,
            scan_batches(partial(_read_stripes, split), polars_schema(spec.stored(split)), row_index, split.first_row),
        )
        for split in splits
    ]


def verify(split: Split) -> None:
    """Read every stripe of a split; SourceError names the file where one does not decode."""
    try:
        for stripe in _stripes(split, None):
            stripe.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{split.file.path}: corrupt ORC data: {error}") from error


def _read_footer(file: FileInfo) -> tuple[pa.Schema, OrcFooter]:
    try:
        with _opened(file) as opened:
            return opened.schema, parse_tail(opened.reader.serialized_file_tail())
    except (SourceError, StorageError):
        raise
    except _DAMAGE as error:
        raise SourceError(f"{file.path}: not a readable ORC file (truncated or foreign): {error}") from error


def _holds_maps(dtype: pa.DataType) -> bool:
    if pa.types.is_map(dtype) or pa.types.is_union(dtype):
        return True
    return pa.types.is_nested(dtype) and any(_holds_maps(dtype.field(i).type) for i in range(dtype.num_fields))


def _missing(name: str, found: Sequence[tuple[pa.Schema, OrcFooter]]) -> int | None:
    missing = 0
    for schema, footer in found:
        position = schema.get_field_index(name)
        values = 0 if position < 0 else footer.values[position]
        if values is None:
            return None
        missing += sum(rows for rows, _ in footer.stripes) - values
    return missing


def _read_stripes(split: Split, columns: list[str]) -> Iterator[pl.DataFrame]:
    for stripe in _stripes(split, columns):
        frame = pl.from_arrow(stripe.select(columns))
        assert isinstance(frame, pl.DataFrame)
        yield frame


def _stripes(split: Split, columns: list[str] | None) -> Iterator[pa.RecordBatch]:
    # To pyarrow a name with a dot may also be that of a field inside another column.
    names = None if columns is None or any("." in name for name in columns) else columns
    with _opened(split.file) as opened:
        for number in range(split.first_block, split.first_block + split.blocks):
            yield opened.read_stripe(number, names)


@contextmanager
def _opened(file: FileInfo) -> Iterator[orc.ORCFile]:
    if is_local(file.path):
        with pa.memory_map(file.path) as mapped:
            yield orc.ORCFile(mapped)
        return
    with open_binary(file.path, file.version) as raw:
        source = _Source(raw)
        try:
            yield orc.ORCFile(source)
        except (pa.ArrowException, OSError):
            if source.error is not None:
                raise source.error from None
            raise


class _Source:
    """A file that keeps the error of a read, of which ORC's reader passes on the text alone."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def read(self, size: int = -1) -> bytes:
        try:
            return self._raw.read(size)
        except Exception as error:
            self.error = error
            raise
