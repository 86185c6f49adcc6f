"""Databases, through SQLAlchemy: a table or query read in ranges of one of its columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from bigframe.errors import SourceError, Unsupported
from bigframe.ids import derive
from bigframe.schema import from_arrow
from engine.io.files import FileInfo
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split
from engine.io.sql_conditions import kinds
from engine.io.sql_connection import connected, rows_of
from engine.io.sql_ranges import bucket, cuts, to_json
from engine.io.sql_rows import Wanted, read
from engine.io.sql_values import is_held

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, FromClause

KINDS = ("either", "query", "table")
_SAMPLE_ROWS = 1000


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
    with connected(url) as connection:
        details["kind"] = _kind(connection, sql, schema) if kind == "either" else kind
        sample = _first_rows(connection, details, columns)
        details["names"] = list(map(str, sample.columns))
        rows = rows_of(connection, details)
        if partition_on not in rows.c:
            raise ValueError(f"partition_on={partition_on!r} is no column; there are {list(rows.c.keys())}")
        key = rows.c[partition_on]
        low, high, total, keys, *values = _surveyed(connection, rows, key, details["names"])
        found = cuts(low, high, partition_num)
        details["cuts"], details["keyless"] = to_json(found), keys < total
        by_range = _rows_by_range(connection, rows, bucket(key, found), len(found) + 1)
        held = dict(zip(details["names"], values, strict=True))
        types = {
            name: _type(name, _typical(connection, rows, name, sample[name]) if held[name] else sample[name])
            for name in held
        }
        found_schema = pa.schema(list(types.items()))
        details["kinds"] = kinds(connection, rows, found_schema)
    width = sample.memory_usage(index=False, deep=True).sum() / max(1, len(sample))
    facts = FileFacts(
        schema=found_schema,
        blocks=(tuple(Block(count, int(count * width)) for count in by_range),),
        totals={name: ColumnStatistics(null_count=total - held[name]) for name in types},
        details=details,
    )
    state = derive("sql", repr(details), str(found_schema), repr((by_range, held))).partition("~")[2]
    file = FileInfo(url, int(total * width), state)
    return (file,), facts, ScanSpec("sql", found_schema, (), details), {"kind": details["kind"]}


def find_damage(spec: ScanSpec, splits: Sequence[Split]) -> SourceError | None:
    """Read splits again after a failed scan and return what is wrong with them, if anything is."""
    try:
        for split in splits:
            for _ in read(spec, split, Wanted(spec.schema.names)):
                pass
    except SourceError as error:
        return error
    return None


def _type(name: str, column: Any) -> pa.DataType:
    """The Arrow type of a column as pandas reads it."""
    try:
        arrow = pa.array(column, from_pandas=True).type
    except pa.ArrowException as error:
        raise Unsupported(
            f"column {name!r}", f"its values have no common type: {error}", "a cast in the query"
        ) from None
    dtype = from_arrow(arrow)
    if not is_held(dtype.arrow) or dtype.pandas != column.dtype != object:
        raise Unsupported(f"column {name!r}", f"pandas reads it as {column.dtype}", "a cast in the query")
    return dtype.arrow


def _first_rows(connection: Connection, details: Mapping[str, Any], columns: Collection[str]) -> pd.DataFrame:
    import sqlalchemy as sa

    # pandas leaves its cursor open, and a server's cursor says so.
    cursors: list[Any] = []
    sa.event.listen(connection, "after_cursor_execute", lambda _, cursor, *__: cursors.append(cursor))
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
    for cursor in cursors:
        cursor.close()
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


def _surveyed(
    connection: Connection, rows: FromClause, key: ColumnElement[Any], names: Sequence[str]
) -> tuple[Any, ...]:
    """The bounds of the key, the number of rows and, of the key and of each column, of values."""
    import sqlalchemy as sa

    counts = (sa.func.count(column) for column in (key, *(rows.c[name] for name in names)))
    asked = sa.select(sa.func.min(key), sa.func.max(key), sa.func.count(), *counts).select_from(rows)
    return tuple(connection.execute(asked).one())


def _rows_by_range(connection: Connection, rows: FromClause, part: ColumnElement[int], ranges: int) -> list[int]:
    """The number of rows of each range."""
    import sqlalchemy as sa

    parts = sa.select(part.label("part")).select_from(rows).subquery()
    asked = sa.select(parts.c.part, sa.func.count()).group_by(parts.c.part)
    counted = {int(number): int(count) for number, count in connection.execute(asked)}
    return [counted.get(number, 0) for number in range(ranges)]


def _kind(connection: Connection, sql: str, schema: str | None) -> str:
    import sqlalchemy as sa

    return "table" if sa.inspect(connection).has_table(sql, schema) else "query"
