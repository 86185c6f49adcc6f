"""Session: where plans run, where their data lives, and what has been learnt about them."""

from __future__ import annotations

import atexit
import hashlib
import os
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

import pyarrow as pa

from bigframe.errors import FunctionsRefused, Unsupported
from bigframe.ops.reductions import Size
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.node import Plan
from bigframe.session.backend import Backend
from bigframe.session.http import Token
from bigframe.session.options import options
from bigframe.session.remote import RemoteEngine
from bigframe.sources import JobEstimate, SourceInfo

_SCHEMES = ("http://", "https://", "tcp://", "tls://")


class Session:
    """A place to run plans: this process, a Dask cluster over shared storage, or a service.

    Parameters
    ----------
    address
        ``None`` runs in this process; ``"local"`` starts a Dask cluster on this machine and stops it with the session;
        ``"tcp://host:port"`` joins a running scheduler; ``"http://host:port"`` speaks to a service, which has a storage
        and limits of its own.
    token
        Of the service; default: the environment variable ``BIGFRAME_TOKEN``.
    storage
        Folder or fsspec URL for in-memory inputs and exchange files; every worker must reach it. Default: a temporary
        folder that is removed with the session.
    memory_limit
        Bytes, or text such as ``"8GB"``, for the whole job; default: what the machine or its cgroup allows.
    workers
        Number of worker processes of a ``"local"`` cluster; default: one per core.
    partitions
        Number of partitions that in-process jobs use; default: one, through which Polars runs on all cores.

    Raises
    ------
    ValueError
        If the address has another form, or a parameter does not go with it.
    ConnectionError
        If no scheduler or service answers at the address, or one of other versions does.
    PermissionError
        If the service does not know the token.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        storage: str | None = None,
        memory_limit: str | int | None = None,
        workers: int | None = None,
        partitions: int | None = None,
    ) -> None:
        if address is not None and address != "local" and not address.startswith(_SCHEMES):
            raise ValueError(
                f"an address is 'http://host:port' or 'https://…' of a service, 'tcp://host:port' or 'tls://…' of a Dask "
                f"scheduler, or 'local', not {address!r}"
            )
        self.address = address
        self.is_remote = address is not None and address.startswith(("http://", "https://"))
        if token is not None and not self.is_remote:
            raise ValueError("a token is for a service: connect('http://host:port', token=…)")
        self._token = None if token is None else Token(token)
        self.memory_limit = memory_limit
        self.workers = workers
        self.partitions = partitions
        needs_folder = storage is None and not self.is_remote
        self._temporary = tempfile.TemporaryDirectory(prefix="bigframe-") if needs_folder else None
        self._storage = self._temporary.name if self._temporary else str(storage or "")
        self.jobs = 0
        self.facts: dict[str, Any] = {}
        self._engine: Backend | None = None
        own = {"storage": storage, "memory_limit": memory_limit, "workers": workers, "partitions": partitions}
        given = [name for name, value in own.items() if value is not None]
        if self.is_remote and given:
            raise ValueError(f"a service has its own {', '.join(given)}, set where it is started")
        _open.add(self)

    @property
    def storage(self) -> str:
        """Where in-memory inputs and exchange files go.

        Raises
        ------
        Unsupported
            If the session is connected to a service.
        """
        if self.is_remote:
            instead = "a session that runs its jobs itself, connect(storage=…)"
            raise Unsupported("reading a session's storage", "a service keeps it to itself", instead)
        return self._storage

    @property
    def engine(self) -> Backend:
        """The engine, started when the first job needs it."""
        if self._engine is None and self.is_remote:
            self._engine = RemoteEngine(str(self.address), self._token)
        if self._engine is None:
            from engine.job import Engine

            self._engine = Engine(
                storage=self.storage,
                address=self.address,
                memory_limit=self.memory_limit,
                workers=self.workers,
                partitions=self.partitions,
            )
        return self._engine

    def check_function(self, name: str) -> None:
        """Raise FunctionsRefused where the session's jobs may not call functions of their users."""
        if self.is_remote and not self.service("a user function").trusts_functions:
            raise FunctionsRefused(
                f"the service at {self.address} does not run functions of its clients, so not {name}: use columnar "
                "methods, or have the service started with --trust-udfs"
            )

    def service(self, what: str) -> RemoteEngine:
        """The service behind the session, for what only a service can do.

        Raises
        ------
        Unsupported
            If the session runs its jobs itself.
        """
        engine = self.engine if self.is_remote else None
        if not isinstance(engine, RemoteEngine):
            reason = "the session runs its jobs itself, and they end with it"
            raise Unsupported(what, reason, "`bigframe serve`, and connect('http://host:port', token=…)")
        return engine

    def run(self, *plans: Plan, max_bytes: int | None = None) -> list[pa.Table]:
        """Run several plans as one job that shares their common parts; a table for each."""
        self.jobs += 1
        return self.engine.run(plans, progress=options.progress, max_bytes=max_bytes)

    def describe(self, format: str, paths: tuple[str, ...], settings: Mapping[str, Any]) -> SourceInfo:
        """Columns, dtypes, size and version of files, without reading their rows where the format allows."""
        return self.engine.describe(format, paths, settings)

    def use(self, url: str, storage_options: Mapping[str, Any]) -> None:
        """Reach the place of a URL with these keys and endpoint from now on; they stay in this process and its workers.

        Raises
        ------
        Unsupported
            If the session runs its jobs on a service, which has keys of its own.
        """
        if self.is_remote:
            reason = "a service reads with the keys of the place where it was started"
            raise Unsupported("storage_options=", reason)
        from engine.storage import credentials

        credentials.register(url, storage_options)

    def store(self, table: pa.Table) -> tuple[str, str]:
        """Put in-memory data on the session's storage under the hash of its content; its path and that hash.

        Raises
        ------
        ValueError
            If it is larger than ``options.upload_limit``.
        """
        if table.nbytes > options.upload_limit:
            raise ValueError(
                f"{table.nbytes:,} bytes of in-memory data exceed options.upload_limit = {options.upload_limit:,}; "
                "raise that limit, or write the data to Parquet and read it with read_parquet"
            )
        digest = hashlib.blake2b(digest_size=16)
        digest.update(table.schema.serialize())
        for batch in table.combine_chunks().to_batches():
            digest.update(batch.serialize())
        name = f"{digest.hexdigest()}.arrow"
        path = f"scratch://blobs/{name}"
        self.engine.put_blob(path, table)
        return path, digest.hexdigest()

    def estimate(self, *plans: Plan) -> list[JobEstimate]:
        """For each plan what its result will be, and what the job for all of them will take; no job is run."""
        return list(self.engine.estimate(plans))

    @property
    def last_metrics(self) -> dict[str, Any] | None:
        """What the last job that a look at a frame ran has taken; None before there was one.

        Returns
        -------
        dict
            ``job``: ``rows`` of its results, ``bytes_scanned`` of storage, ``bytes_fetched`` from stores that are not
            local disks, ``requests`` to them and ``retries``, ``bytes_exchanged`` between stages, ``cpu_seconds`` of
            the tasks, ``peak_memory`` (largest resident size of a process while it ran a task, in bytes), ``seconds``.
            ``stages``: the same of each, with its operators.
        """
        return self.engine.last_metrics

    def known_rows(self, plan: Plan) -> int | None:
        """How many rows a plan's result has, if footers say so."""
        return self.engine.known_rows(plan)

    def count(self, plan: Plan) -> int:
        """How many rows a plan's result has; a job unless footers say so."""
        known = self.known_rows(plan)
        if known is not None:
            return known
        counted = self.run(Aggregate(plan, (), (("rows", Size()),)))[0]
        rows: int = counted.column("rows")[0].as_py()
        return rows

    def cancel(self) -> None:
        """Stop the job that is running in another thread."""
        if self._engine is not None:
            self._engine.cancel()

    def explain(self, *plans: Plan, analyze: bool = False, verbose: bool = False) -> str:
        """The plan as asked, as optimised and as stages; with ``analyze`` it runs and says what happened."""
        if analyze:
            self.jobs += 1
        return self.engine.explain(plans, analyze=analyze, verbose=verbose)

    def close(self) -> None:
        """Stop the cluster that the session started and remove its temporary files."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        if self._temporary is not None:
            self._temporary.cleanup()
        _open.discard(self)
        _connected[:] = [session for session in _connected if session is not self]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        place = "" if self.is_remote else f", storage={self.storage!r}"
        return f"Session({self.address or 'in this process'!r}{place})"


_open: weakref.WeakSet[Session] = weakref.WeakSet()
_connected: list[Session] = []
# What `using` chose in this thread, and how many sessions were connected then: one connected since is more recent.
_chosen: ContextVar[tuple[Session, int] | None] = ContextVar("chosen", default=None)


def connect(address: str | None = None, **settings: Any) -> Session:
    """Open a session and make it the current one.

    Parameters
    ----------
    address, **settings
        As of :class:`Session`.

    Returns
    -------
    Session
        Close it, or use it as a context manager, to return to the session before.

    Examples
    --------
    >>> import bigframe as pd
    >>> with pd.connect() as session:
    ...     int(pd.DataFrame({"x": [1, 2]})["x"].sum())
    3
    """
    session = Session(address, **settings)
    if address is not None:
        try:
            _ = session.engine
        except BaseException:
            session.close()
            raise
    _connected.append(session)
    return session


@contextmanager
def using(session: Session) -> Iterator[Session]:
    """Make an open session the current one of this thread for a while, without closing it afterwards."""
    before = _chosen.set((session, len(_connected)))
    try:
        yield session
    finally:
        _chosen.reset(before)


def current() -> Session:
    """The session that runs what is looked at now; opened from ``BIGFRAME_*`` variables if there is none."""
    chosen = _chosen.get()
    if chosen is not None and len(_connected) <= chosen[1]:
        return chosen[0]
    if not _connected:
        _connected.append(
            Session(
                os.environ.get("BIGFRAME_ADDRESS") or None,
                storage=os.environ.get("BIGFRAME_STORAGE") or None,
                memory_limit=os.environ.get("BIGFRAME_MEMORY_LIMIT") or None,
            )
        )
    return _connected[-1]


@atexit.register
def _close_all() -> None:
    for session in list(_open):
        session.close()
