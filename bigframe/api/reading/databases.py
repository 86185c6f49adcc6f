"""Tables and queries of databases as frames."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from bigframe.announcing import first_here
from bigframe.api.binding.calls import is_left_out
from bigframe.api.binding.fallbacks import read_here
from bigframe.api.reading.io import read_files
from bigframe.errors import MissingExtra, Unsupported
from bigframe.session import current

_log = logging.getLogger("bigframe")
_SECRET = re.compile(r"pass|pwd|secret|token|key|credential", re.IGNORECASE)
_PARTITIONED = """
In bigframe
-----------
Tier: *gathered*; *native* with ``partition_on=``. pandas reads the source when this is called, in this process.

partition_on
    Column by whose values the rows are read in ranges, lazily and several at once: of numbers or times, best an indexed key.
    The database is asked now, which is logged: for the first rows, whose dtypes are those of the frame (a value that does
    not fit them is a ``SourceError``), for the bounds of the column, for the numbers of values, and of rows by range.
    ``con`` is then a URL of SQLAlchemy's, or an engine, of which the URL is taken and nothing else.
partition_num
    How many ranges of equal width; default 8.

The rows come in the order of ``partition_on``, those that miss it last. Each task makes a query of its own, which names the
columns that are used, and in SQLite and PostgreSQL the filters that mean there what they mean here. Another number of rows
than before is an ``InputChanged``. Passwords stay out of plans.
"""


def read_sql(
    sql: Any,
    con: Any,
    *args: Any,
    partition_on: str | None = None,
    partition_num: int = 8,
    **options: Any,
) -> Any:
    """Read a query or a table. Tier: *gathered*; *native* with ``partition_on=``."""
    return _read(pd.read_sql, "either", sql, con, args, options, partition_on, partition_num)


def read_sql_query(
    sql: Any,
    con: Any,
    *args: Any,
    partition_on: str | None = None,
    partition_num: int = 8,
    **options: Any,
) -> Any:
    """Read a query. Tier: *gathered*; *native* with ``partition_on=``."""
    return _read(pd.read_sql_query, "query", sql, con, args, options, partition_on, partition_num)


def read_sql_table(
    table_name: str,
    con: Any,
    *args: Any,
    partition_on: str | None = None,
    partition_num: int = 8,
    **options: Any,
) -> Any:
    """Read a table. Tier: *gathered*; *native* with ``partition_on=``."""
    return _read(pd.read_sql_table, "table", table_name, con, args, options, partition_on, partition_num)


def _read(
    function: Callable[..., Any],
    kind: str,
    sql: Any,
    con: Any,
    args: tuple[Any, ...],
    options: dict[str, Any],
    partition_on: str | None,
    partition_num: int,
) -> Any:
    if partition_on is None:
        return read_here(function, sql, con, *args, **options)
    name, signature = function.__name__, inspect.signature(function)
    given = dict(signature.bind(sql, con, *args, **options).arguments)
    for key in ("sql", "table_name", "con"):
        given.pop(key, None)
    index, columns, schema = (given.pop(key, None) for key in ("index_col", "columns", "schema"))
    backend, dtype = given.pop("dtype_backend", None), given.pop("dtype", None)
    for key, value in given.items():
        if not is_left_out(value, signature.parameters[key]):
            raise Unsupported(f"{name}({key}=, partition_on=)", "ranges are read as the database has them")
    if not isinstance(sql, str):
        raise Unsupported(
            f"{name}(partition_on=) of {type(sql).__name__}", "a plan holds text", "the text of the query"
        )
    if partition_num < 1:
        raise ValueError(f"partition_num must be at least 1, got {partition_num}")
    levels = [index] if isinstance(index, str) else list(index or ())
    wanted = [] if columns is None or kind == "query" else [*levels, *columns]
    settings = {"sql": sql, "kind": kind, "partition_on": partition_on, "partition_num": partition_num}
    more = {"schema": schema, "columns": tuple(dict.fromkeys(wanted))}
    settings.update({key: value for key, value in more.items() if value})
    url = _address(name, con)
    if first_here(name):
        _log.warning(
            "%s: asking the database for the bounds of %r, and for the rows of %d ranges of it",
            name,
            partition_on,
            partition_num,
        )
    frame = read_files("sql", url, settings, None, backend)
    frame = frame if dtype is None else frame.astype(dtype)
    return frame.set_index(levels) if levels else frame


def _address(name: str, con: Any) -> str:
    """The URL of a database without its password, which the session keeps."""
    try:
        import sqlalchemy as sa
    except ImportError as error:
        raise MissingExtra("reading databases in ranges", "sql") from error
    if not isinstance(con, (str, sa.URL, sa.Engine)):
        reason = "every task makes a connection of its own"
        raise Unsupported(f"{name}(partition_on=) of an open connection", reason, "the database's URL")
    if current().is_remote:
        raise Unsupported(f"{name}(partition_on=)", "a service reads files only")
    url = con.url if isinstance(con, sa.Engine) else sa.make_url(con)
    if secret := next((key for key, value in url.query.items() if _SECRET.search(f"{key} {value}")), None):
        raise Unsupported(f"the URL's parameter {secret!r}", "plans hold no secrets", "a password before the host")
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:") or url.database.startswith("file:"):
            raise Unsupported(
                f"{name}(partition_on=) of a database in memory", "every task makes a connection of its own"
            )
        url = url.set(database=str(Path(url.database).absolute()))
    # `URL.set` takes None for no change.
    open_url = sa.URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
    address = open_url.render_as_string()
    if url.password is not None:
        current().use(address, {"password": str(url.password)})
    return address


def _describe(ours: Any, theirs: Callable[..., Any]) -> None:
    """Give a reader pandas' docstring and parameters, beside its own."""
    signature = inspect.signature(theirs)
    own = [one for one in inspect.signature(ours).parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY]
    ours.__doc__ = f"{inspect.getdoc(theirs) or ''}\n{_PARTITIONED}"
    ours.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *own])


for _ours, _theirs in (
    (read_sql, pd.read_sql),
    (read_sql_query, pd.read_sql_query),
    (read_sql_table, pd.read_sql_table),
):
    _describe(_ours, _theirs)
