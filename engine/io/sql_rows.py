"""Reading rows of a database: the columns and rows that a plan needs, in the order of the ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
from polars.io.plugins import register_io_source

from bigframe.errors import InputChanged, SourceError
from bigframe.ops.base import Expr, columns_read
from engine.io.layout import ScanSpec, Split
from engine.io.schemas import polars_schema
from engine.io.sql_conditions import condition, decided
from engine.io.sql_connection import connected, rows_of
from engine.io.sql_ranges import from_json, in_ranges
from engine.io.sql_values import frames

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, CursorResult, FromClause, Select

_FETCHED_ROWS = 4096
"""What a server sends at once."""

_MADE_ROWS = 512
"""More objects that live at once are walked by Python's collector again and again, for half of the time."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a split.

    Parameters
    ----------
    columns
        Names, in order.
    where
        Rows for which this is false or missing may be left out; over names.
    position
        Name of a further int64 column: the position of each row in the whole dataset.
    limit
        How many rows of the split, from its first, if not all; excludes ``where``.
    """

    columns: Sequence[str]
    where: Expr | None = None
    position: str | None = None
    limit: int | None = None


def scan(
    spec: ScanSpec, splits: Sequence[Split], row_index: str | None, where: Expr | None
) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan ranges, in the order of their column; of columns that are not wanted nothing is asked."""
    return [(split, _scan(spec, split, row_index, where)) for split in splits]


def _scan(spec: ScanSpec, split: Split, row_index: str | None, where: Expr | None) -> pl.LazyFrame:
    schema = polars_schema(spec.schema)
    full = schema if row_index is None else {**schema, row_index: pl.Int64()}

    def source(
        wanted: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        names = list(full) if wanted is None else wanted
        columns = [name for name in schema if name in names]
        limit = n_rows if n_rows is not None and n_rows < split.rows else None
        # A limit counts the rows before they are filtered.
        asked = Wanted(columns, where if limit is None else None, row_index if row_index in names else None, limit)
        for frame in read(spec, split, asked):
            yield frame.select(names) if predicate is None else frame.select(names).filter(predicate)

    return register_io_source(source, schema=full, is_pure=True)


def read(spec: ScanSpec, split: Split, wanted: Wanted) -> Iterator[pl.DataFrame]:
    """Read a split in one query.

    Raises
    ------
    InputChanged
        Where it has another number of rows than when the plan was made.
    SourceError
        Where the database fails, or a value is not of its column's type.
    """
    import sqlalchemy as sa

    where = decided(wanted.where, spec.details["kinds"])
    wanted = replace(wanted, columns=wanted.columns or spec.schema.names[:1], where=where)
    types = {name: spec.schema.field(name).type for name in wanted.columns}
    if where is not None and wanted.position is not None:
        types[wanted.position] = pa.int64()
    expected = split.rows if wanted.limit is None else wanted.limit
    try:
        with connected(split.file.path) as connection:
            rows = rows_of(connection, spec.details)
            if where is not None:
                counted = sa.select(sa.func.count()).select_from(rows).where(_ranges(rows, spec, split))
                _check(split, connection.execute(counted).scalar_one(), expected)
            seen = 0
            asked = _query(rows, spec, split, wanted)
            with connection.execution_options(yield_per=_FETCHED_ROWS).execute(asked) as result:
                for frame in frames(types, _rows(result)):
                    if wanted.position is not None and where is None:
                        first = split.first_row + seen
                        numbers = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True)
                        frame = frame.with_columns(numbers.alias(wanted.position))
                    seen += frame.height
                    yield frame
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(f"{split.file.path}: {error}") from error
    if where is None:
        _check(split, seen, expected)


def _rows(result: CursorResult[Any]) -> Iterator[Sequence[Any]]:
    """Some rows at a time; the first of them brings from a server what the next ones take."""
    while (row := result.fetchone()) is not None:
        yield [row, *result.fetchmany(_MADE_ROWS - 1)]


def _query(rows: FromClause, spec: ScanSpec, split: Split, wanted: Wanted) -> Select[Any]:
    import sqlalchemy as sa

    where, position, kinds = wanted.where, wanted.position, spec.details["kinds"]
    ranges, order = _ranges(rows, spec, split), _order(rows, spec, split)
    if where is None or position is None:
        asked = sa.select(*(rows.c[name] for name in wanted.columns)).where(ranges).order_by(*order)
        asked = asked if where is None else asked.where(condition(where, rows, kinds))
        return asked if wanted.limit is None else asked.limit(wanted.limit)
    # Positions are those before the rows are filtered.
    read = dict.fromkeys([*wanted.columns, *columns_read(where)])
    number = sa.func.row_number().over(order_by=order) + sa.literal(split.first_row - 1, sa.BigInteger())
    numbered = sa.select(*(rows.c[name] for name in read), number.label(position)).where(ranges).subquery("numbered")
    asked = sa.select(*(numbered.c[name] for name in (*wanted.columns, position)))
    return asked.where(condition(where, numbered, kinds)).order_by(numbered.c[position])


def _ranges(rows: FromClause, spec: ScanSpec, split: Split) -> ColumnElement[bool]:
    """Which rows are in a split."""
    found = from_json(spec.details["cuts"])
    return in_ranges(rows.c[spec.details["on"]], found, split.first_block, split.first_block + split.blocks)


def _order(rows: FromClause, spec: ScanSpec, split: Split) -> Sequence[ColumnElement[Any]]:
    """The order of a split's rows; those that miss the key are the last, wherever the database sorts them."""
    import sqlalchemy as sa

    key = rows.c[spec.details["on"]]
    is_last = split.first_block + split.blocks > len(spec.details["cuts"])
    return (sa.case((key.is_(None), 1), else_=0), key) if is_last and spec.details["keyless"] else (key,)


def _check(split: Split, seen: int, expected: int) -> None:
    if seen != expected:
        raise InputChanged(
            f"{split.file.path}: {seen:,} rows where there were {expected:,} when the plan was made; read them again"
        )
