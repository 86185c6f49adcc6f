"""Files whose schema is not the dataset's: their values, and their statistics, as the dataset's types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl
import pyarrow as pa

from engine.io.layout import Block, ColumnStatistics, ScanSpec, Split
from engine.io.schemas import canonical, holds_struct, is_list, is_number, polars_type

COLUMN_KEY = b"column"
UNITED = -1
"""Variant of a split whose rows its reader gives in the dataset's schema already."""


def columns_held(stored: pa.Schema) -> dict[str, pa.Field]:
    """Return the fields of a file by the dataset's names; a field's metadata says what it is where its name does not."""
    return {(field.metadata or {}).get(COLUMN_KEY, field.name.encode()).decode(): field for field in stored}


def conformed(frame: pl.LazyFrame, spec: ScanSpec, split: Split) -> pl.LazyFrame:
    """Return the rows of a split's file with the dataset's columns and types; what the file lacks is null.

    Casts between widths of integers stand aside for filters, which still reach the file's statistics (measured on
    Polars 2.1); above other casts a filter reads every row group of such a file.
    """
    if not spec.variants or split.variant == UNITED:
        return frame
    held = columns_held(spec.stored(split))
    columns = []
    for field in spec.schema:
        if field.name in spec.partitions:
            continue
        stored = held.get(field.name)
        if stored is None:
            columns.append(pl.lit(None, polars_type(spec.scanned_type(field.name))).alias(field.name))
        elif canonical(stored.type) != canonical(field.type):
            columns.append(conform(pl.col(stored.name), stored.type, field.type).alias(field.name))
        elif stored.name != field.name:
            columns.append(pl.col(stored.name).alias(field.name))
    return frame.with_columns(columns) if columns else frame


def is_united_by_polars(spec: ScanSpec) -> bool:
    """Return True where Polars' own Parquet reader unites the files, so that one scan takes files of many schemas.

    A query over thousands of scans takes Polars time that grows with their square.
    """
    wanted = {field.name: field.type for field in spec.schema}
    return all(
        name == field.name and _is_cast_by_polars(field.type, wanted[name])
        for variant in spec.variants
        for name, field in columns_held(variant).items()
    )


def conform(value: pl.Expr, stored: pa.DataType, wanted: pa.DataType) -> pl.Expr:
    """Return values of one type as a type to which it widens; Polars raises for a moment beyond the finer unit's range.

    Polars casts structs by position, so their fields are put together by name.
    """
    if pa.types.is_struct(wanted) and pa.types.is_struct(stored):
        present = {field.name: field.type for field in stored}
        fields = [
            conform(value.struct.field(field.name), present[field.name], field.type).alias(field.name)
            if field.name in present
            else pl.lit(None, polars_type(field.type)).alias(field.name)
            for field in wanted
        ]
        return pl.when(value.is_not_null()).then(pl.struct(fields))
    if holds_struct(wanted) and is_list(stored):
        lists = value.cast(pl.List(polars_type(stored.value_type)))
        return lists.list.eval(conform(pl.element(), stored.value_type, wanted.value_type))
    if pa.types.is_timestamp(stored) and pa.types.is_timestamp(wanted) and stored.tz is None and wanted.tz is not None:
        return value.cast(pl.Datetime(wanted.unit)).dt.replace_time_zone("UTC").cast(polars_type(wanted))
    return value.cast(polars_type(wanted))


def conformed_statistics(
    entries: Sequence[ColumnStatistics], stored: pa.DataType, wanted: pa.DataType
) -> list[ColumnStatistics]:
    """Return statistics of a column of one file as they hold for its values once they have the dataset's type."""
    if canonical(stored) == canonical(wanted):
        return list(entries)
    return [replace(entry, min=_widened(entry.min, wanted), max=_widened(entry.max, wanted)) for entry in entries]


def missing_statistics(blocks: Sequence[Block]) -> list[ColumnStatistics]:
    """Return statistics of a column that a file lacks."""
    return [ColumnStatistics(null_count=block.rows, bytes=0, stored=0) for block in blocks]


def _is_cast_by_polars(stored: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_struct(stored) and pa.types.is_struct(wanted):
        return all(_is_cast_by_polars(part.type, wanted.field(part.name).type) for part in stored)
    if is_list(stored) and is_list(wanted) and not pa.types.is_fixed_size_list(stored):
        return _is_cast_by_polars(stored.value_type, wanted.value_type)
    moments = pa.types.is_timestamp(stored) and pa.types.is_timestamp(wanted) and stored.tz == wanted.tz
    texts = pa.types.is_dictionary(stored) and canonical(stored.value_type) == canonical(wanted)
    numbers = is_number(stored) and is_number(wanted)
    return pa.types.is_null(stored) or canonical(stored) == canonical(wanted) or moments or texts or numbers


def _widened(bound: Any, wanted: pa.DataType) -> Any:
    if isinstance(bound, int) and pa.types.is_floating(wanted):
        return float(bound)  # rounds beyond 2**53 as the values do, so that bounds stay bounds
    if isinstance(bound, date) and not isinstance(bound, datetime) and pa.types.is_timestamp(wanted):
        return datetime.combine(bound, time())
    if isinstance(bound, datetime) and bound.tzinfo is None and wanted.tz is not None:
        return bound.replace(tzinfo=UTC)
    return bound
