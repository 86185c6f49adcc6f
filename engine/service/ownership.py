"""What ties a running job to its driver process: the lease it renews, and what it reports under the lease's token."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from bigframe.errors import Cancelled, StoreUnavailable
from engine.control import Control
from engine.planner.stages import Stage
from engine.service.jobs import Lease, StageProgress, State
from engine.service.jobstore import JobStore, LeaseLost
from engine.service.picture import SKETCH, sketch, stage_title

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.driver import StageRun

_BEAT = 0.25
"""Seconds between looks at the store; a cancelled job is to stop within one."""
_LONGEST_TITLE = 200
_MOST_LINES = 10_000
"""Of one attempt's log: a job that prints for every row must not fill the job store."""


def end_process(reason: Exception) -> NoReturn:
    """End this process on the spot: who has lost a lease writes and cleans up nothing more, for that is the next's."""
    os.write(2, f"the driver process ends: {reason}\n".encode())
    os._exit(os.EX_TEMPFAIL)


class Ownership(Control):
    """A job that this process runs, while it runs; entered, it keeps the lease and reports in a thread of its own.

    Parameters
    ----------
    store
        Where it reports to.
    lease
        Of the job.
    seconds
        How long a lease lasts.
    max_bytes
        Bytes that the job may scan.
    stop
        Called once, from the thread, when somebody asked to cancel the job.

    Attributes
    ----------
    commit_begun
        Whether outputs may be visible.
    on_committed
        Called with the job's tables when all of them are.
    """

    def __init__(
        self, store: JobStore, lease: Lease, *, seconds: float, max_bytes: int | None, stop: Callable[[], None]
    ) -> None:
        self.key = lease.job
        self.fence = str(lease.token)
        self.max_bytes = max_bytes
        self._store = store
        self._lease = lease
        self._seconds = seconds
        self._stop = stop
        self.commit_begun = False
        self.on_committed: Callable[[Sequence[pa.Table]], None] = lambda _: None
        self._renewed = time.monotonic()
        self._cancelled = False
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._stages: dict[str, StageProgress] = {}
        self._runs: dict[str, StageRun] = {}
        self._begun: dict[str, StageRun] = {}
        self._changed = False
        self._lines: list[str] = []
        self._logged = 0
        self._thread = threading.Thread(target=self._keep, name="bigframe-lease", daemon=True)

    # -- asked by the engine

    def check(self) -> None:
        """See :meth:`engine.control.Control.check`."""
        if self._cancelled:
            raise Cancelled("cancelled on request")

    def on_stages(self, stages: Mapping[str, Stage]) -> None:
        """See :meth:`engine.control.Control.on_stages`."""
        with self._lock:
            finished = {key: stage for key, stage in self._stages.items() if self._has_finished(key)}
            self._stages = finished | {key: _coming(stage) for key, stage in stages.items()}
            self._changed = True

    def _has_finished(self, key: str) -> bool:
        return key in self._begun and self._begun[key].finished

    def on_stage(self, run: StageRun) -> None:
        """See :meth:`engine.control.Control.on_stage`."""
        # Its sums are over all tasks, so they are taken when they are reported, not for each of many small tasks.
        with self._lock:
            self._runs[run.stage.key] = run
            self._begun[run.stage.key] = run

    def committing(self) -> None:
        """See :meth:`engine.control.Control.committing`."""
        self.check()
        try:
            self._store.committing(self._lease)
        except (LeaseLost, StoreUnavailable) as error:
            # Raised in the engine it would remove what the next owner goes on from.
            end_process(error)
        self.commit_begun = True

    def committed(self, tables: Sequence[pa.Table]) -> None:
        """See :meth:`engine.control.Control.committed`."""
        try:
            self.on_committed(tables)
        except (LeaseLost, StoreUnavailable) as error:
            end_process(error)

    # -- told to the store

    def log(self, line: str) -> None:
        """Add a line to the job's log, soon."""
        with self._lock:
            self._logged += 1
            if self._logged < _MOST_LINES:
                self._lines.append(line)
            elif self._logged == _MOST_LINES:
                self._lines.append(f"… further lines are left out: {_MOST_LINES} were logged")

    def report(self) -> None:
        """Write what is new to the store, now."""
        with self._lock:
            lines, self._lines = self._lines, []
            # Copies, for the engine's thread adds results meanwhile.
            runs = [replace(run, results=dict(run.results)) for run in self._runs.values()]
            self._runs.clear()
        for run in runs:
            self._note(_progress(run))
        with self._lock:
            stages = list(self._stages.values()) if self._changed else None
            self._changed = False
        try:
            if lines:
                self._store.log(self._lease.job, lines)
                lines = []
            if stages is not None:
                self._store.set_stages(self._lease, stages)
        except StoreUnavailable:
            with self._lock:
                self._lines = lines + self._lines
                self._changed = self._changed or stages is not None
            raise

    def finish(
        self,
        state: State,
        *,
        rows: int | None = None,
        error: Mapping[str, Any] | None = None,
        leftovers: bool = False,
    ) -> None:
        """End the job; see :meth:`engine.service.jobstore.JobStore.finish`. The lease is kept no longer."""
        self._end()
        self._store.finish(self._lease, state, rows=rows, error=error, leftovers=leftovers)

    def release(self, reason: str, *, max_attempts: int, error: Mapping[str, Any]) -> None:
        """Let another driver go on; see :meth:`engine.service.jobstore.JobStore.release`."""
        self._end()
        self._store.release(self._lease, reason, max_attempts=max_attempts, error=error)

    def _end(self) -> None:
        # First, for a look at the store after the job's last change would find the lease lost.
        self._ended.set()
        self._thread.join()
        self.report()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _note(self, stage: StageProgress) -> None:
        with self._lock:
            self._stages[stage.key] = stage
            self._changed = True

    def _keep(self) -> None:
        while not self._ended.wait(_BEAT):
            try:
                self._beat()
            except LeaseLost as error:
                end_process(error)
            except StoreUnavailable as error:
                if time.monotonic() - self._renewed > self._seconds:
                    end_process(error)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._renewed > self._seconds / 3:
            self._store.renew(self._lease, self._seconds)
            self._renewed = now
        if not self._cancelled and self._store.asked_to_cancel(self._lease):
            self._cancelled = True
            self._stop()
        self.report()


class JobLog(logging.Handler):
    """Sends log records of this process to the log of the job that it runs."""

    def __init__(self, owner: Ownership) -> None:
        super().__init__(logging.INFO)
        self._owner = owner

    def emit(self, record: logging.LogRecord) -> None:
        """See :meth:`logging.Handler.emit`."""
        self._owner.log(self.format(record))


def _title(stage: Stage) -> str:
    return stage_title(stage)[:_LONGEST_TITLE]


def _coming(stage: Stage) -> StageProgress:
    return StageProgress(stage.key, _title(stage), stage.tasks, reads=stage.reads, metrics={SKETCH: sketch(stage)})


def _progress(run: StageRun) -> StageProgress:
    counted = {name: int(run.total(name)) for name in ("bytes_scanned", "bytes_fetched", "bytes_exchanged")}
    return StageProgress(
        key=run.stage.key,
        title=_title(run.stage),
        tasks=run.tasks,
        done=len(run.results),
        reran=run.reran,
        reused=run.reused,
        rows=run.rows,
        bytes=run.bytes,
        seconds=run.seconds,
        reads=run.stage.reads,
        metrics={
            **counted,
            "cpu_seconds": run.total("cpu_seconds"),
            "peak_memory": run.peak_memory,
            SKETCH: sketch(run.stage),
        },
    )
