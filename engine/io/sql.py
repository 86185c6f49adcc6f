"""Databases, through SQLAlchemy: a table or query read in ranges of one of its columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa

from bigframe.errors import InputChanged, MissingExtra, SourceError, Unsupported
from bigframe.ids import derive
from bigframe.schema import from_arrow
from engine.io.files import FileInfo
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split
from engine.io.lazy import scan_batches
from engine.io.schemas import polars_schema
from engine.io.sql_ranges import bucket, cuts, from_json, in_range, to_json
from engine.storage import credentials
from engine.storage.urls import place_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, FromClause

KINDS = ("either", "query", "table")
_SAMPLE_ROWS = 1000
_BATCH_ROWS = 1 << 16
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


def inspect_query(
    urls: Sequence[str],
    sql: str,
    partition_on: str,
    partition_num: int,
    kind: str = "either",
    schema: str | None = None,
    columns: Collection[str] = (),
) -> tuple[tuple[FileInfo], FileFacts, ScanSpec, Mapping[str, Any]]:
    """Return the ranges of a table's or a query's rows, their numbers, and the types of the columns.

    The database is asked for the first rows, which give types as pandas finds them, for the bounds of the column, and
    for the numbers of rows and of values in every range.

    Parameters
    ----------
    urls
        One URL of SQLAlchemy's, whose password is among the credentials of its place.
    sql
        Name of a table, or a query.
    partition_on
        The column.
    partition_num
        How many ranges, of equal width; fewer if there are not so many values.
    kind
        What `sql` is; ``"either"`` asks the database whether there is such a table.
    schema
        Of the table.
    columns
        Of the table; default: all.

    Raises
    ------
    MissingExtra
        Where SQLAlchemy is not installed.
    Unsupported
        Where a column holds what only pandas reads.
    ValueError
        Where there is no such table or column.
    sqlalchemy.exc.SQLAlchemyError
        As the database has it.
    """
    (url,) = urls
    details: dict[str, Any] = {"sql": sql.strip().rstrip(";"), "schema": schema, "on": partition_on}
    with _connected(url) as connection:
        details["kind"] = _kind(connection, sql, schema) if kind == "either" else kind
        sample = _first_rows(connection, details, columns)
        details["names"] = list(map(str, sample.columns))
        rows = _rows(connection, details)
        if partition_on not in rows.c:
            raise ValueError(f"partition_on={partition_on!r} is no column; there are {list(rows.c.keys())}")
        found = cuts(connection, rows.c[partition_on], partition_num)
        details["cuts"] = to_json(found)
        counts = _counted(connection, rows, details["names"], bucket(rows.c[partition_on], found))
        by_range = [counts.get(number, [0] * (len(sample.columns) + 1)) for number in range(len(found) + 1)]
        total, *values = map(sum, zip(*by_range, strict=True))
        held = dict(zip(details["names"], values, strict=True))
        types = {
            name: _type(name, _typical(connection, rows, name, sample[name]) if held[name] else sample[name])
            for name in held
        }
    width = sample.memory_usage(index=False, deep=True).sum() / max(1, len(sample))
    found_schema = pa.schema(list(types.items()))
    facts = FileFacts(
        schema=found_schema,
        blocks=(tuple(Block(count, int(count * width)) for count, *_ in by_range),),
        totals={name: ColumnStatistics(null_count=total - held[name]) for name in types},
        details=details,
    )
    state = derive("sql", repr(details), str(found_schema), repr(by_range)).partition("~")[2]
    file = FileInfo(url, int(total * width), state)
    return (file,), facts, ScanSpec("sql", found_schema, (), details), {"kind": details["kind"]}


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan ranges, in the order of their column; of columns that are not wanted nothing is asked."""
    schema = polars_schema(spec.schema)
    return [(split, scan_batches(partial(_read, spec, split), schema, row_index, split.first_row)) for split in splits]


def find_damage(spec: ScanSpec, splits: Sequence[Split]) -> SourceError | None:
    """Read splits again after a failed scan and return what is wrong with them, if anything is."""
    try:
        for split in splits:
            for _ in _read(spec, split, spec.schema.names):
                pass
    except SourceError as error:
        return error
    return None


def _read(spec: ScanSpec, split: Split, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    import sqlalchemy as sa

    seen = 0
    found = from_json(spec.details["cuts"])
    types = {name: spec.schema.field(name).type for name in columns}
    try:
        with _connected(split.file.path) as connection:
            rows = _rows(connection, spec.details)
            key = rows.c[spec.details["on"]]
            for number in range(split.first_block, split.first_block + split.blocks):
                asked = sa.select(*(rows.c[name] for name in columns)).where(in_range(key, found, number)).order_by(key)
                for batch in connection.execute(asked).partitions(_BATCH_ROWS):
                    seen += len(batch)
                    yield _frame(types, batch)
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(f"{split.file.path}: {error}") from error
    if seen != split.rows:
        raise InputChanged(
            f"{split.file.path}: {seen:,} rows where there were {split.rows:,} when the plan was made; read them again"
        )


def _frame(types: Mapping[str, pa.DataType], batch: Sequence[Any]) -> pl.DataFrame:
    values = zip(*batch, strict=True)
    table = pa.table({name: _array(name, dtype, next(values)) for name, dtype in types.items()})
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _array(name: str, dtype: pa.DataType, values: Sequence[Any]) -> pa.Array:
    kinds = set(map(type, values)) - {type(None)}
    strange = {kind for kind in kinds if not _holds(dtype, kind)}
    try:
        if strange:
            raise TypeError(f"values of type {min(kind.__name__ for kind in strange)}")
        if pa.types.is_floating(dtype):
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


def _type(name: str, column: Any) -> pa.DataType:
    """The Arrow type of a column as pandas reads it."""
    try:
        arrow = pa.array(column, from_pandas=True).type
    except pa.ArrowException as error:
        raise Unsupported(
            f"column {name!r}", f"its values have no common type: {error}", "a cast in the query"
        ) from None
    dtype = from_arrow(arrow)
    if not any(is_type(dtype.arrow) for is_type, _ in _VALUES) or dtype.pandas != column.dtype != object:
        raise Unsupported(f"column {name!r}", f"pandas reads it as {column.dtype}", "a cast in the query")
    return dtype.arrow


def _first_rows(connection: Connection, details: Mapping[str, Any], columns: Collection[str]) -> pd.DataFrame:
    if details["kind"] == "table":
        chosen = list(columns) or None
        chunks = pd.read_sql_table(
            details["sql"],
            connection,
            schema=details["schema"],
            columns=chosen,
            chunksize=_SAMPLE_ROWS,
        )
    else:
        chunks = pd.read_sql_query(details["sql"], connection, chunksize=_SAMPLE_ROWS)
    with closing(chunks):
        first = next(chunks)
    if not first.columns.is_unique:
        raise Unsupported("a query that names two columns alike", "columns are read by their names")
    return first


def _typical(connection: Connection, rows: FromClause, name: str, first: Any) -> Any:
    """The first values of a column from which its type is seen: integers beside missing ones look like floats."""
    import sqlalchemy as sa

    is_seen = not first.isna().any() or (first.notna().any() and first.dtype != "float64")
    if is_seen:
        return first
    asked = sa.select(rows.c[name]).where(rows.c[name].is_not(None)).limit(_SAMPLE_ROWS)
    values = pd.read_sql_query(asked, connection)[name]
    return pd.to_datetime(values) if first.dtype.kind == "M" else values


def _counted(connection: Connection, rows: FromClause, names: Sequence[str], part: Any) -> dict[int, list[int]]:
    """For each range the number of its rows and, of each column, of its values."""
    import sqlalchemy as sa

    parts = sa.select(part.label("part"), *(rows.c[name].label(f"c{n}") for n, name in enumerate(names))).subquery()
    counts = [sa.func.count(parts.c[f"c{n}"]) for n in range(len(names))]
    asked = sa.select(parts.c.part, sa.func.count(), *counts).group_by(parts.c.part)
    return {int(number): list(counted) for number, *counted in connection.execute(asked)}


def _rows(connection: Connection, details: Mapping[str, Any]) -> FromClause:
    import sqlalchemy as sa

    if details["kind"] == "table":
        return sa.Table(details["sql"], sa.MetaData(), schema=details["schema"], autoload_with=connection)
    # A colon before a word is a parameter to SQLAlchemy, and part of the query to pandas.
    text = sa.text(details["sql"].replace(":", r"\:"))
    return text.columns(*map(sa.column, details["names"])).subquery("asked")


def _kind(connection: Connection, sql: str, schema: str | None) -> str:
    import sqlalchemy as sa

    return "table" if sa.inspect(connection).has_table(sql, schema) else "query"


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    place, _ = place_of(url)
    with _engine(url, credentials.serial(place)).connect() as connection:
        yield connection.execution_options(stream_results=True)


@lru_cache(16)
def _engine(url: str, _serial: int) -> Engine:
    """Kept while the password of the place stays."""
    try:
        import sqlalchemy as sa
    except ImportError as error:
        raise MissingExtra("reading databases in ranges", "sql") from error
    place, _ = place_of(url)
    password = credentials.options_for(place).get("password")
    address = sa.make_url(url)
    return sa.create_engine(address if password is None else address.set(password=password), poolclass=sa.NullPool)
