"""The connection that a task makes to a database, and the table or query that it selects from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bigframe.errors import MissingExtra
from engine.storage import credentials
from engine.storage.urls import place_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, FromClause


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Connect to the database of a URL, with the password that the session keeps for its place."""
    place, _ = place_of(url)
    with _engine(url, credentials.serial(place)).connect() as connection:
        yield connection.execution_options(stream_results=True)


def rows_of(connection: Connection, details: Mapping[str, Any]) -> FromClause:
    """Return the table or the query, with its columns."""
    import sqlalchemy as sa

    if details["kind"] == "table":
        table = sa.Table(details["sql"], sa.MetaData(), schema=details["schema"], autoload_with=connection)
        for column in table.columns:
            if isinstance(column.type, (sa.Numeric, sa.Float)):
                column.type.asdecimal = False  # as pandas has it; as decimals SQLite's numbers would be rounded
        return table
    # A colon before a word is a parameter to SQLAlchemy, and part of the query to pandas.
    text = sa.text(details["sql"].replace(":", r"\:"))
    return text.columns(*map(sa.column, details["names"])).subquery("asked")


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
