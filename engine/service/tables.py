"""The tables of the job store, and how its database is opened so that what was accepted is kept."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, OperationalError

from bigframe.errors import MissingExtra, StoreUnavailable

_PATIENCE = 30
"""Seconds that a write waits for those before it."""
_SHORTEST, _LONGEST = 0.001, 0.003
"""Seconds between two tries to write. SQLite's own tries are up to 0.1 apart, while others commit within 0.005."""

# SQLite numbers rows by itself only where the column is INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

VERSION = 1
"""Of these tables; to be raised whenever one of them changes."""

metadata = MetaData()

versions = Table("job_store", metadata, Column("version", Integer, primary_key=True))

jobs = Table(
    "jobs",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", Text, unique=True),
    Column("digest", String(64), nullable=False),
    Column("reuse_key", String(64)),
    Column("outputs", Integer, nullable=False),
    Column("max_bytes", BigInteger),
    Column("labels", JSON, nullable=False),
    Column("client", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("seq", BigInteger, nullable=False, default=1),
    Column("created", Float(53), nullable=False),
    Column("started", Float(53)),
    Column("finished", Float(53)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("result_of", String(64), nullable=False),
    Column("error", JSON(none_as_null=True)),
    Column("rows", BigInteger),
    Column("cancelling", Boolean, nullable=False, default=False),
    Column("commit_begun", Boolean, nullable=False, default=False),
    # Whether files of the job may be there that nobody needs once it has ended.
    Column("leftovers", Boolean, nullable=False, default=False),
    Column("owner", Text),
    Column("lease_expires", Float(53)),
    Column("token", BigInteger, nullable=False, default=0),
    Index("jobs_by_state", "state", "number"),
    Index("jobs_by_reuse_key", "reuse_key"),
    Index("jobs_by_leftovers", "leftovers"),
)

# A table of its own: SQLite rewrites a whole row when one column changes, and plans are megabytes.
plans = Table(
    "job_plans",
    metadata,
    Column("job", ForeignKey("jobs.id"), primary_key=True),
    Column("document", JSON, nullable=False),
)

events = Table(
    "job_events",
    metadata,
    Column("job", ForeignKey("jobs.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("time", Float(53), nullable=False),
    Column("state", String(16), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)

logs = Table(
    "job_logs",
    metadata,
    Column("seq", _NUMBER, primary_key=True, autoincrement=True),
    Column("job", ForeignKey("jobs.id"), nullable=False),
    Column("time", Float(53), nullable=False),
    Column("text", Text, nullable=False),
    Index("logs_by_job", "job", "seq"),
)

stages = Table(
    "job_stages",
    metadata,
    Column("job", ForeignKey("jobs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("tasks", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("reran", Integer, nullable=False),
    Column("reused", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("seconds", Float(53), nullable=False),
    Column("reads", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
)


def open_database(url: str) -> Engine:
    """An engine for a database whose commits survive a crash of the machine.

    SQLite is opened with a write-ahead log that is synced at every commit, and its write transactions take the lock
    when they begin, so that two that have read the same row never both go on to change it.
    """
    try:
        place = make_url(url)
        if place.get_backend_name() not in ("sqlite", "postgresql"):
            raise ArgumentError
    except ArgumentError:  # a URL may hold a password, so none is shown
        raise ValueError("a job store is at sqlite:///FILE or at postgresql+psycopg://HOST/NAME") from None
    if place.get_backend_name() != "sqlite":
        try:
            return create_engine(place, hide_parameters=True, pool_pre_ping=True, pool_size=8, max_overflow=24)
        except ModuleNotFoundError:
            raise MissingExtra(f"a job store at {place.drivername}://", "postgres") from None
    if place.database and not place.database.startswith("file:"):
        Path(place.database).parent.mkdir(parents=True, exist_ok=True)
    waiting = {"timeout": _PATIENCE}
    engine = create_engine(place, hide_parameters=True, pool_size=8, max_overflow=24, connect_args=waiting)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def create_tables(engine: Engine) -> None:
    """Create what is missing; called by the server before anything else opens the database.

    Raises
    ------
    StoreUnavailable
        If the tables were made by a release whose tables are others.
    """
    with engine.begin() as db:
        is_new = not inspect(db).has_table(jobs.name)
        metadata.create_all(db)
        if is_new:
            db.execute(versions.insert().values(version=VERSION))
        found = db.execute(select(versions.c.version)).scalars().all()
    if found != [VERSION]:
        raise StoreUnavailable(
            f"the job store has tables of version {found[0] if found else 0}, this release makes version {VERSION}: "
            "finish its jobs with the release that made it, or give --database another place"
        )


def _set_up(connection: Any, _: Any) -> None:
    # Transactions begin where `_begin` says, not where Python's driver guesses.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("writes", True):
        connection.exec_driver_sql("BEGIN")
        return
    deadline = time.monotonic() + _PATIENCE
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        while not _locked(connection, last=time.monotonic() > deadline):
            time.sleep(random.uniform(_SHORTEST, _LONGEST))
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")


def _locked(connection: Connection, *, last: bool) -> bool:
    """Whether this connection is the one that may write now."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if last or getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise
        return False
    return True
