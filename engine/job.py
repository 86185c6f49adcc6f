"""The engine's front: takes plans, runs them as jobs, returns Arrow tables."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa

from bigframe.errors import ExecutionError, MemoryLimitError
from bigframe.ops.base import Scalar
from bigframe.plan.catalog import Plan, Sink
from bigframe.sources import JobEstimate, SourceInfo
from bigframe.tree import walk
from engine import datasets
from engine.claims import JobFolder
from engine.control import Control
from engine.cost import check_limit, memory, need, scanned, sources
from engine.datasets import Datasets, located
from engine.driver import Driver, StageRun
from engine.exec.cancel import CancelToken
from engine.exec.child import ChildRunner
from engine.exec.errors import ExchangeFull, TaskOutOfMemory, WorkersLost
from engine.exec.inprocess import InProcessRunner
from engine.exec.progress import Progress
from engine.exec.runner import Runner
from engine.explain import explain
from engine.io.blobs import write_blob
from engine.kernels.functions import require_no_job
from engine.kernels.types import polars_type
from engine.memory import machine_limit, parse_bytes
from engine.metrics import job_metrics
from engine.optimizer.estimates import known_rows
from engine.optimizer.pipeline import optimize
from engine.planner.ending import ending
from engine.planner.facts import Facts
from engine.planner.finished import History
from engine.planner.lowering import Planner
from engine.planner.stages import Output, Piece
from engine.scalars import ready_scalars, with_values
from engine.sinks import RESUMABLE, prepare_sinks
from engine.sizing import Sizing
from engine.storage.urls import join


@dataclass
class Report:
    """What happened in a job, for ``explain(analyze=True)``."""

    plans: tuple[Plan, ...]
    stages: Mapping[str, StageRun]
    seconds: float

    @property
    def metrics(self) -> dict[str, Any]:
        """What the job took, in all and by stage; see :func:`engine.metrics.job_metrics`."""
        return job_metrics(self.stages, self.seconds)


class Engine:
    """Runs plans in this process or on a Dask cluster.

    Parameters
    ----------
    storage
        Where in-memory inputs and exchange files go; every worker must reach it.
    address, workers
        Of the Dask cluster; no address runs in this process.
    memory_limit
        Bytes for the whole job; default: the machine's.
    partitions
        How many partitions every scan and exchange has, or the share of the rows of each; default: by bytes.
    slots
        Tasks at once that jobs are cut for; default: what the cluster has when a job begins. A cluster that grows and
        shrinks needs it: a job that is begun again finds its finished stages only if it is cut as before.
    """

    def __init__(
        self,
        *,
        storage: str,
        address: str | None = None,
        memory_limit: str | int | None = None,
        workers: int | None = None,
        partitions: int | Sequence[float] | None = None,
        slots: int | None = None,
    ) -> None:
        self._slots = slots
        self.storage = storage.rstrip("/")
        self.memory_limit = machine_limit() if memory_limit is None else parse_bytes(memory_limit)
        self.partitions = partitions
        self.distributed = address is not None
        self.runner: Runner = InProcessRunner()
        self._child: ChildRunner | None = None
        self.running: CancelToken | None = None
        self.last: Report | None = None
        self._optimize = optimize  # tests put fewer rules in its place, and expect the same tables
        self._turn = threading.Lock()
        if address is not None:
            from engine.exec.cluster import connect

            limit = memory_limit if address == "local" else None
            self.runner = connect(address, workers=workers, memory_limit=limit, storage=self.storage)

    # -- jobs

    def run(
        self,
        roots: Sequence[Plan],
        *,
        progress: Any = "auto",
        measure: bool = False,
        max_bytes: int | None = None,
        control: Control | None = None,
    ) -> list[pa.Table]:
        """Run plans as one job; a table for each, columns by id.

        Equal jobs have equal folders, so a job whose driver was killed goes on where it stopped when it is run again.

        Parameters
        ----------
        roots
            The plans.
        progress
            Of :class:`Progress`.
        measure
            Run operator by operator, and keep in ``last`` what each of them did.
        max_bytes
            Bytes that the job may scan.
        control
            The job's owner, where somebody else than the caller owns it.

        Raises
        ------
        ConnectionError, WorkersLost, StorageError
            The cluster or the storage is gone. What has finished stays on the storage, for the next run.
        Unsupported
            A user's function starts it while a job calls that function.
        Fenced
            The control says that the job has another owner; its files stay as they are.
        Exception
            What a task or reader raised; nothing of the job's files is left, and nothing half-written.
        """
        require_no_job()
        owner = control or Control()
        owner.max_bytes = max_bytes if owner.max_bytes is None else owner.max_bytes
        key = owner.key or hashlib.blake2b(" ".join(r.digest for r in roots).encode(), digest_size=10).hexdigest()
        folder = join(self.storage, "jobs", key)
        # A job with an owner has a folder of its own; others share one with equal jobs that were cut off.
        with self._turn:
            try:
                kept = any(isinstance(root, Sink) for root in roots)
                with JobFolder(folder, owned=bool(owner.key), kept=kept) as held:
                    return self._run_in(held, tuple(roots), progress, measure, owner)
            except ExchangeFull:
                if not held.brief:
                    raise
            with JobFolder(folder, owned=False, kept=True) as held:
                return self._run_in(held, tuple(roots), progress, measure, owner)

    def _run_in(
        self, folder: JobFolder, roots: tuple[Plan, ...], progress: Any, measure: bool, owner: Control
    ) -> list[pa.Table]:
        started = time.perf_counter()
        token = CancelToken()
        with _ended(folder, token):
            files = Datasets(self.storage)
            optimized = self._optimize(roots, facts=files)
            if owner.max_bytes is not None:
                stages = self._expected(optimized, files).stages.values()
                needed = sum(scanned(stage, files) for stage in stages)
                check_limit(owner.max_bytes, needed, stages, files, when="by estimate")
            with (
                prepare_sinks(optimized, files, folder, owner.key, token) as sinks,
                Progress(progress, lambda: self.slots) as shown,
            ):
                driver = Driver(self.runner, folder, files, sinks.told, token, shown, owner, measure=measure)
                self.running = token
                try:
                    tables = self._run(optimized, driver, files, sinks)
                except KeyboardInterrupt:
                    token.cancel("Ctrl-C")
                    raise
                finally:
                    self.running = None
        self.last = Report(optimized, driver.runs, time.perf_counter() - started)
        return tables

    def _run(self, roots: tuple[Plan, ...], driver: Driver, files: Datasets, sinks: Any) -> list[pa.Table]:
        asked = roots
        while scalars := ready_scalars(roots):
            subplans = tuple(scalar.plan for scalar in scalars)
            tables = self._stages(subplans, asked, driver, files)  # type: ignore[arg-type]
            values = {s.digest: _scalar_value(table, s.id) for s, table in zip(scalars, tables, strict=True)}
            roots = with_values(roots, values)
        # What a scalar and the rest share is still computed once: sums taken twice may differ in their last bit.
        frames = self._stages(roots, asked, driver, files)
        driver.control.committing()
        tables = [
            sinks.commit(root, driver) if isinstance(root, Sink) else _table(root, frame)
            for root, frame in zip(roots, frames, strict=True)
        ]
        driver.control.committed(tables)
        return tables

    def _stages(
        self, roots: tuple[Plan, ...], whole: tuple[Plan, ...], driver: Driver, files: Datasets
    ) -> list[pl.DataFrame]:
        """The tables of some of a job's plans; what is divided is planned again after every stage, by what it made."""
        facts = Facts(roots, whole, files, self.sizing)
        driver.runner = self._apart() if facts.apart else self.runner
        driver.folder.expect(brief=facts.brief)
        planned = None
        while True:
            if planned is None or not facts.undivided:
                planned = self._planned(facts, driver.history)
            planner, results = planned
            coming = {key: stage for key, stage in planner.stages.items() if key not in driver.runs}
            ready = planner.ready(coming)
            driver.control.on_stages(coming)
            driver.progress.expect(coming)
            try:
                driver.run(ready, planner.made)
            except (TaskOutOfMemory, WorkersLost) as error:
                # A worker is most often lost for want of memory. The same again in smaller pieces, if there are any.
                lost = next(stage for key, stage in ready.items() if error.task.startswith(key))
                if facts.cut_finer(lost):
                    continue
                if isinstance(error, TaskOutOfMemory):
                    raise MemoryLimitError(f"{error}; {need(lost, planner, files)}") from error
                error.add_note(need(lost, planner, files))
                raise
            if len(ready) == len(coming):
                break
        kept: dict[str, pl.DataFrame] = {}
        for key, piece in results:
            if key not in kept and planner.stages[key].output.kind != "sink":
                kept[key] = _ordered(driver.frame(key), piece)
        return [kept.get(key, pl.DataFrame()) for key, _ in results]

    def _planned(self, facts: Facts, history: History) -> tuple[Planner, list[tuple[str, Piece]]]:
        """The stages of some of a job's plans; for each plan the key of its last one, and what its rows are like."""
        planner = facts.planner(history)
        results: list[tuple[str, Piece]] = []
        for root in facts.roots:
            piece = planner.plan(root)
            here = not (self.distributed or facts.apart)
            output = Output("sink", sink=root.url) if isinstance(root, Sink) else ending(planner, piece, here=here)
            results.append((planner.close(piece, output), piece))
        return planner, results

    def _expected(self, optimized: tuple[Plan, ...], files: Datasets) -> Planner:
        """All stages that a job will have, as far as they are known before it runs."""
        scalars = tuple(node.plan for node in walk(*optimized) if isinstance(node, Scalar))
        return self._planned(Facts((*scalars, *optimized), optimized, files, self.sizing), History())[0]  # type: ignore[arg-type]

    def planner(self, roots: tuple[Plan, ...], files: Datasets) -> Planner:
        """A planner for plans of which nothing has run."""
        return Facts(roots, roots, files, self.sizing).planner(History())

    def _apart(self) -> Runner:
        """Runs tasks that may not fit in a process that may be ended."""
        if self._child is None:
            self._child = ChildRunner(self.memory_limit)
        return self._child

    @property
    def slots(self) -> int:
        """Tasks at once that jobs are cut for."""
        return self._slots or max(1, self.runner.slots)

    @property
    def sizing(self) -> Sizing:
        """How jobs are cut."""
        return Sizing(self.memory_limit, self.slots, self.distributed, self.partitions)

    def cancel(self) -> None:
        """Stop the running job, if there is one, from another thread."""
        if self.running is not None:
            self.running.cancel()

    # -- looking without running

    def describe(self, format: str, paths: Sequence[str], settings: Mapping[str, Any]) -> SourceInfo:
        return datasets.describe(format, paths, settings)

    def estimate(self, roots: Sequence[Plan]) -> list[JobEstimate]:
        """Rows and bytes of each plan's result, and what the job that makes all of them takes; nothing is run."""
        files = Datasets(self.storage)
        optimized = self._optimize(tuple(roots), facts=files)
        planner = self._expected(optimized, files)
        read = sources(planner.stages.values(), files)
        used = memory(planner, files, self.slots)
        tables = [planner.estimates[(root.input if isinstance(root, Sink) else root).digest] for root in optimized]
        return [JobEstimate(one.rows, one.bytes, one.exact, read, len(planner.stages), used) for one in tables]

    def known_rows(self, plan: Plan) -> int | None:
        """How many rows a plan's result has, if footers and constants say so."""
        return known_rows(plan, Datasets(self.storage))

    @property
    def last_metrics(self) -> dict[str, Any] | None:
        """What the last job that succeeded took; see :func:`engine.metrics.job_metrics`."""
        return None if self.last is None else self.last.metrics

    def explain(self, roots: Sequence[Plan], *, analyze: bool = False, verbose: bool = False) -> str:
        """The plans as text; with ``analyze`` they run first."""
        if analyze:
            self.run(roots, progress=False, measure=True)
        return explain(self, tuple(roots), self.last if analyze else None, verbose=verbose)

    def put_blob(self, path: str, table: pa.Table) -> None:
        """Write in-memory data under the name of its content; data that is there already is not written again."""
        write_blob(located(path, self.storage), table)

    def close(self) -> None:
        """Stop what the engine started."""
        self.runner.close()
        if self._child is not None:
            self._child.close()


@contextmanager
def _ended(folder: JobFolder, token: CancelToken) -> Iterator[None]:
    """Remove a job's folder at its end, unless the job may go on."""
    try:
        yield
    except RESUMABLE:
        raise
    except BaseException:
        token.when_idle(folder.remove)
        raise
    else:
        token.when_idle(folder.remove)


def _ordered(frame: pl.DataFrame, piece: Piece) -> pl.DataFrame:
    if not piece.order:
        return frame
    return frame.sort(
        [key for key, _, _ in piece.order],
        descending=[descending for _, descending, _ in piece.order],
        nulls_last=[last for _, _, last in piece.order],
        maintain_order=True,
    )


def _table(root: Plan, frame: pl.DataFrame) -> pa.Table:
    columns = [frame.get_column(id).cast(polars_type(dtype.arrow)) for id, dtype in root.schema.items()]
    arrays = [column.to_arrow().cast(dtype.arrow) for column, dtype in zip(columns, root.schema.values(), strict=True)]
    return pa.table(arrays, names=list(root.schema))


def _scalar_value(frame: pl.DataFrame, id: str) -> Any:
    value = frame.get_column(id)
    if value.len() != 1:
        raise ExecutionError(f"a scalar has {value.len()} rows")
    if value.dtype.is_temporal() and value.dtype != pl.Date:
        ticks = value.to_physical()[0]
        unit = value.dtype.time_unit  # type: ignore[attr-defined]
        make = pd.Timedelta if isinstance(value.dtype, pl.Duration) else pd.Timestamp
        return None if ticks is None else make(ticks, unit=unit).as_unit(unit)
    return value[0]
