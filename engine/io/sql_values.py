"""Values of databases as Arrow arrays: which of Python's values a column of a type may hold, and how they get there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa

from bigframe.errors import SourceError

_VALUES: tuple[tuple[Any, tuple[type, ...]], ...] = (
    (pa.types.is_null, ()),
    (pa.types.is_boolean, (bool,)),
    (pa.types.is_integer, (int,)),
    (pa.types.is_floating, (int, float, Decimal)),
    (pa.types.is_large_string, (str,)),
    (pa.types.is_large_binary, (bytes,)),
    (pa.types.is_timestamp, (date,)),
    (pa.types.is_date32, (date,)),
)
"""Which of Python's values columns of a type hold; databases give them as they like."""

_FRAME_BYTES = 8 << 20


def is_held(dtype: pa.DataType) -> bool:
    """Whether columns of a type are read."""
    return any(is_type(dtype) for is_type, _ in _VALUES)


def frames(types: Mapping[str, pa.DataType], fetched: Iterable[Sequence[Any]]) -> Iterator[pl.DataFrame]:
    """Make rows into frames of some megabytes.

    Parameters
    ----------
    types
        Of the columns, in the order of the rows' values.
    fetched
        Some rows at a time.

    Raises
    ------
    SourceError
        Where a value is not of its column's type; names the column.
    """
    batches: list[pa.RecordBatch] = []
    size = 0
    for rows in fetched:
        values = zip(*rows, strict=True)
        batch = pa.record_batch({name: _array(name, dtype, next(values)) for name, dtype in types.items()})
        batches.append(batch)
        size += batch.nbytes
        if size >= _FRAME_BYTES:
            yield _frame(batches)
            batches, size = [], 0
    if batches:
        yield _frame(batches)


def _frame(batches: Sequence[pa.RecordBatch]) -> pl.DataFrame:
    frame = pl.from_arrow(pa.Table.from_batches(batches))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _array(name: str, dtype: pa.DataType, values: Sequence[Any]) -> pa.Array:
    kinds = set(map(type, values)) - {type(None)}
    strange = {kind for kind in kinds if not _holds(dtype, kind)}
    try:
        if strange:
            raise TypeError(f"values of type {min(kind.__name__ for kind in strange)}")
        if pa.types.is_floating(dtype) and kinds - {float}:
            values = [None if value is None else float(value) for value in values]
        if kinds == {date} and pa.types.is_timestamp(dtype):
            return pa.array(values, pa.date32()).cast(dtype)
        return pa.array(values, dtype)
    except (pa.ArrowException, TypeError, OverflowError) as error:
        raise SourceError(
            f"column {name!r}, {dtype} in its first values, has others: {error}; cast it in the query"
        ) from error


def _holds(dtype: pa.DataType, kind: type) -> bool:
    if kind is bool or issubclass(kind, datetime):
        return bool(pa.types.is_boolean(dtype) if kind is bool else pa.types.is_timestamp(dtype))
    return issubclass(kind, next(kinds for is_type, kinds in _VALUES if is_type(dtype)))
