"""The driver process: runs one job at a time on the service's cluster, under the job's lease.

Standard input holds the settings on its first line and then a line per job; the process ends when its input does, so
it never outlives its server. On standard output it says that it is ready, and which job it is done with.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from bigframe.errors import Cancelled, FunctionsRefused, StoreUnavailable
from bigframe.plan.node import Plan
from bigframe.plan.sink import Sink
from engine.exec import cluster  # noqa: F401  (a warm process has loaded what connecting needs)
from engine.job import Engine
from engine.service.documents import plans_of
from engine.service.failures import described
from engine.service.jobs import Lease, State
from engine.service.jobstore import JobStore, LeaseLost
from engine.service.ownership import JobLog, Ownership, end_process
from engine.service.results import store_table, stored
from engine.service.settings import Settings
from engine.sinks import RESUMABLE

JOBS_PER_PROCESS = 50
"""After so many jobs a process gives its place to a fresh one: functions that were loaded stay in memory."""

_log = logging.getLogger(__name__)


class JobRunner:
    """Runs jobs on the cluster that it was last told of.

    Parameters
    ----------
    settings
        Of the server.
    store
        Where jobs are.
    """

    def __init__(self, settings: Settings, store: JobStore) -> None:
        self._settings = settings
        self._store = store
        self._engine: Engine | None = None
        self._address = ""

    def run(self, lease: Lease, address: str) -> None:
        """Run a job to its end, or hand it back where the cluster is gone; whatever happens is in the job store."""
        try:
            limit = self._store.get(lease.job).max_bytes
            seconds = self._settings.lease_seconds
            with Ownership(self._store, lease, seconds=seconds, max_bytes=limit, stop=self._stop) as owner:
                handler = JobLog(owner)
                logging.getLogger().addHandler(handler)
                try:
                    self._settle(lease, owner, address)
                finally:
                    logging.getLogger().removeHandler(handler)
        except (LeaseLost, StoreUnavailable) as error:
            # What was computed is on the storage; who takes the job next finds it there.
            end_process(error)

    def _settle(self, lease: Lease, owner: Ownership, address: str) -> None:
        owner.log(f"attempt begins under token {lease.token}")
        try:
            self._compute(lease, owner, address)
        except (LeaseLost, StoreUnavailable):
            raise
        except Cancelled as error:
            owner.log(f"cancelled: {error}")
            owner.finish(State.CANCELLED)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what became of the job
            resumable = isinstance(error, RESUMABLE)
            if isinstance(error, ConnectionError) or (resumable and owner.commit_begun):
                owner.log(f"to be gone on with: {error}")
                owner.release(str(error), max_attempts=self._settings.max_attempts, error=described(error))
                return
            _log.exception("failed")
            # Where the engine leaves the job's files to whoever goes on with it, nobody will.
            owner.finish(State.FAILED, error=described(error), leftovers=resumable)

    def _compute(self, lease: Lease, owner: Ownership, address: str) -> None:
        document = self._store.plan(lease.job)
        if document["functions"] and not self._settings.trust_udfs:
            raise FunctionsRefused("the plan calls user functions, and this service does not run them")
        roots = plans_of(document, self._settings.storage)
        written = stored(roots, self._settings.storage, lease.job)
        owner.on_committed = partial(self._deliver, lease.job, owner, roots)
        self._connected(address).run(written, progress=False, control=owner)
        self._store.swept(lease.job)

    def _deliver(self, job: str, owner: Ownership, roots: Sequence[Plan], tables: Sequence[pa.Table]) -> None:
        """Say that a job has succeeded; until that is durable, what the next driver would need stays."""
        for number, (root, table) in enumerate(zip(roots, tables, strict=True)):
            if isinstance(root, Sink):
                store_table(self._settings.storage, job, number, table)
        rows = sum(sum(table.column(1).to_pylist()) for table in tables)
        owner.log(f"succeeded with {rows} rows")
        owner.finish(State.SUCCEEDED, rows=rows, leftovers=True)

    def _connected(self, address: str) -> Engine:
        if self._engine is not None and self._address == address:
            return self._engine
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        settings = self._settings
        self._engine = Engine(
            storage=settings.storage,
            address=address,
            memory_limit=settings.memory_limit,
            slots=settings.max_workers,
        )
        self._address = address
        return self._engine

    def _stop(self) -> None:
        if self._engine is not None:
            self._engine.cancel()


def main() -> None:
    """The body of the process."""
    settings = Settings.from_json(json.loads(sys.stdin.readline()))
    # What user code prints belongs in the server's log, not between this process and the supervisor.
    report = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    logging.captureWarnings(True)
    logging.getLogger("engine").setLevel(logging.INFO)
    told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(told,), daemon=True).start()
    runner = JobRunner(settings, JobStore(settings.database_url, create=False))
    report.write(json.dumps({"ready": os.getpid()}) + "\n")
    for _ in range(JOBS_PER_PROCESS):
        job = told.get()
        runner.run(Lease(job["job"], job["token"]), job["address"])
        report.write(json.dumps({"done": job["job"]}) + "\n")


def _listen(told: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in iter(sys.stdin.readline, ""):
        told.put(json.loads(line))
    os._exit(os.EX_OK)


if __name__ == "__main__":
    main()
