"""Lakehouse tables: one snapshot of a Delta or Iceberg table as the Parquet files that hold its rows."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from bigframe.errors import InputChanged, SourceError, Unsupported
from engine.io import parquet
from engine.io.drift import COLUMN_KEY
from engine.io.files import FileInfo, expand
from engine.io.layout import FileFacts, ScanSpec
from engine.io.schemas import Unified, canonical, common_type

FORMATS = ("delta", "iceberg")
_FIELD_ID = b"PARQUET:field_id"
_STATS_AT_ONCE = 32


@dataclass(frozen=True)
class Snapshot:
    """A table as it was at one version.

    Parameters
    ----------
    name
        For messages.
    pinned
        Options that read this version again.
    schema
        Columns of the table, in its order; fields may carry Parquet field ids.
    files
        (URL, values of the partition columns) of each data file; a value is text, or None.
    partitions
        Columns that the files do not hold themselves.
    """

    name: str
    pinned: Mapping[str, Any]
    schema: pa.Schema
    files: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]
    partitions: tuple[str, ...] = field(default=())


def inspect_table(
    format: str, paths: Sequence[str], options: Mapping[str, Any]
) -> tuple[tuple[FileInfo, ...], FileFacts, ScanSpec, Mapping[str, Any]]:
    """Return the files of a table's snapshot, what their footers say, and the options that read it again.

    Rows stand in the order of the files' paths, and of rows within them: the formats define none between files.

    Raises
    ------
    MissingExtra
        Where the library of the format is not installed.
    Unsupported
        Where the snapshot needs a feature of the format that is not read, such as deletion vectors; names it.
    SourceError
        Where there is no such table or version, or a file is gone or does not fit the table's schema.
    ValueError
        For several paths or an unknown option.
    """
    if len(paths) != 1:
        raise ValueError(f"a {format} table has one path, not {len(paths)}")
    snapshot = _resolve(format, paths[0], options)
    with ThreadPoolExecutor(_STATS_AT_ONCE) as pool:
        files = tuple(pool.map(lambda entry: _stat(snapshot, *entry), sorted(snapshot.files)))
    own = pa.schema([column for column in snapshot.schema if column.name not in snapshot.partitions])
    facts = parquet.inspect_as(files, lambda schemas: fitted(schemas, own))
    schema = pa.schema([(column.name, column.type) for column in snapshot.schema])
    spec = ScanSpec("parquet", schema, snapshot.partitions, facts.details, facts.variants)
    return files, facts, spec, snapshot.pinned


def fitted(schemas: Sequence[tuple[str, pa.Schema]], wanted: pa.Schema) -> Unified:
    """Return how files hold the columns of a table: by field id where both state ids, else by name.

    Raises
    ------
    SourceError
        Where a column's type in a file does not widen to the table's; names the column, the types and the file.
    Unsupported
        Where a field inside a struct was renamed.
    """
    by_bytes: dict[bytes, int] = {}
    variants: list[pa.Schema] = []
    variant_of = []
    for path, schema in schemas:
        encoded = schema.remove_metadata().serialize().to_pybytes()
        if encoded not in by_bytes:
            by_bytes[encoded] = len(variants)
            variants.append(pa.schema([held for column in wanted if (held := _held(path, schema, column)) is not None]))
        variant_of.append(by_bytes[encoded])
    return Unified(pa.schema([(column.name, column.type) for column in wanted]), tuple(variants), tuple(variant_of))


def _resolve(format: str, path: str, options: Mapping[str, Any]) -> Snapshot:
    # Each loads its library, which only those who read such tables have.
    resolve: Callable[..., Snapshot] = importlib.import_module(f"engine.io.{format}").resolve
    known = [name for name in inspect.signature(resolve).parameters if name != "path"]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"a {format} table has no option {unknown[0]!r}; known are {known}")
    return resolve(path, **options)


def _stat(snapshot: Snapshot, url: str, partition: tuple[tuple[str, str | None], ...]) -> FileInfo:
    try:
        (file,) = expand(url)
    except FileNotFoundError as error:
        raise InputChanged(f"{snapshot.name}: {url} is gone; was the table vacuumed since this version?") from error
    return replace(file, partition=partition)


def _held(path: str, schema: pa.Schema, column: pa.Field) -> pa.Field | None:
    """The field of a file that holds a column of the table; None where there is none."""
    number = _field_id(column)
    numbered = {_field_id(held): held for held in schema} if number is not None else {}
    if set(numbered) - {None}:
        held = numbered.get(number)
    else:
        held = schema.field(column.name) if column.name in schema.names else None
    if held is None:
        return None
    _reject_renamed_parts(path, held, column)
    if not _widens(held.type, column.type):
        raise SourceError(f"{path}: column {column.name!r} is {held.type}, but {column.type} in the table")
    metadata = None if held.name == column.name else {COLUMN_KEY: column.name}
    return pa.field(held.name, held.type, metadata=metadata)


def _widens(stored: pa.DataType, wanted: pa.DataType) -> bool:
    # Spark writes moments as INT96, in which Parquet states no zone.
    unzoned = pa.types.is_timestamp(stored) and stored.tz is None and pa.types.is_timestamp(wanted)
    stored = pa.timestamp(wanted.unit, wanted.tz) if unzoned else stored
    common = common_type([wanted, stored])
    return common is not None and canonical(common) == canonical(wanted)


def _reject_renamed_parts(path: str, held: pa.Field, column: pa.Field) -> None:
    if not pa.types.is_struct(held.type) or not pa.types.is_struct(column.type):
        return
    names = {_field_id(part): part.name for part in column.type}
    for part in held.type:
        number = _field_id(part)
        if number is not None and names.get(number, part.name) != part.name:
            reason = f"{path} calls it {part.name!r}, the table {names[number]!r}"
            raise Unsupported(f"a renamed field inside column {column.name!r}", reason)


def _field_id(column: pa.Field) -> int | None:
    text = (column.metadata or {}).get(_FIELD_ID)
    return None if text is None else int(text)
