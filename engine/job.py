"""The engine's front: takes wire plans, runs them as jobs, returns Arrow tables."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa

from bigframe.errors import ExecutionError
from bigframe.plan import wire
from bigframe.plan.catalog import Plan, Scan, Sink
from engine import datasets
from engine.datasets import Datasets, SourceInfo
from engine.driver import Driver, StageRun, remove_folder
from engine.exec.cancel import CancelToken
from engine.exec.errors import WorkersLost
from engine.exec.inprocess import InProcessRunner
from engine.exec.progress import Progress
from engine.exec.runner import Runner
from engine.explain import explain
from engine.io.blobs import write_blob
from engine.kernels.types import polars_type
from engine.memory import machine_limit, parse_bytes
from engine.optimizer.estimates import Estimate, estimates
from engine.optimizer.liveness import demands
from engine.optimizer.pipeline import optimize
from engine.planner.lowering import Planner
from engine.planner.sharing import shared_nodes
from engine.planner.stages import Output, Part, Piece
from engine.scalars import ready_scalars, with_values
from engine.sinks import prepare_sinks

TASK_BYTES = 192 << 20


@dataclass
class Report:
    """What happened in a job, for ``explain(analyze=True)``."""

    plans: tuple[Plan, ...]
    stages: Mapping[str, StageRun]
    seconds: float


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
    """

    def __init__(
        self,
        *,
        storage: str,
        address: str | None = None,
        memory_limit: str | int | None = None,
        workers: int | None = None,
        partitions: int | Sequence[float] | None = None,
    ) -> None:
        self.storage = storage.rstrip("/")
        self.memory_limit = machine_limit() if memory_limit is None else parse_bytes(memory_limit)
        self.partitions = partitions
        self.distributed = address is not None
        self.runner: Runner = InProcessRunner()
        self.running: CancelToken | None = None
        self.last: Report | None = None
        self._optimize = optimize  # tests put fewer rules in its place, and expect the same tables
        self._turn = threading.Lock()
        if address is not None:
            from engine.exec.cluster import connect

            self.runner = connect(address, workers=workers, memory_limit=memory_limit if address == "local" else None)

    # -- jobs

    def run(self, document: Mapping[str, Any], *, progress: Any = "auto", measure: bool = False) -> list[pa.Table]:
        """Run the plans of a wire document as one job; a table for each, columns by id.

        Equal jobs have equal folders, so a job whose driver was killed goes on where it stopped when it is run again.

        Parameters
        ----------
        document
            As :func:`bigframe.plan.wire.dumps` makes it.
        progress
            Of :class:`Progress`.
        measure
            Run operator by operator, and keep in ``last`` what each of them did.

        Raises
        ------
        ConnectionError, WorkersLost
            The cluster is gone. What has finished stays on the storage, for the next run.
        Exception
            What a task or reader raised; nothing of the job's files is left, and nothing half-written.
        """
        roots = wire.loads(document)
        token = CancelToken()
        started = time.perf_counter()
        key = hashlib.blake2b(" ".join(root.digest for root in roots).encode(), digest_size=10).hexdigest()
        folder = f"{self.storage}/jobs/{key}"
        files = Datasets()
        optimized = self._optimize(roots, facts=files)
        with self._turn, prepare_sinks(optimized, files, key, token) as sinks, Progress(progress) as shown:
            driver = Driver(self.runner, folder, files, sinks.told, token, shown.update, measure=measure)
            self.running = token
            resumable = False
            try:
                tables = self._run(optimized, driver, files, sinks)
            except KeyboardInterrupt:
                token.cancel("Ctrl-C")
                raise
            except (ConnectionError, WorkersLost):
                resumable = True
                raise
            finally:
                self.running = None
                if not resumable:
                    token.when_idle(partial(remove_folder, folder))
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
        return [
            sinks.commit(root, driver) if isinstance(root, Sink) else _table(root, frame)
            for root, frame in zip(roots, frames, strict=True)
        ]

    def _stages(
        self, roots: tuple[Plan, ...], whole: tuple[Plan, ...], driver: Driver, files: Datasets
    ) -> list[pl.DataFrame]:
        planner = self.planner(roots, whole, files)
        results: list[tuple[str, Piece]] = []
        for root in roots:
            piece = planner.plan(root)
            kind = "gather" if self.distributed else "memory"
            output = Output("sink", sink=root.digest) if isinstance(root, Sink) else Output(kind, order=piece.order)
            results.append((planner.close(piece, output), piece))
        driver.run(planner.stages)
        kept: dict[str, pl.DataFrame] = {}
        for key, piece in results:
            if key not in kept and planner.stages[key].output.kind != "sink":
                kept[key] = _ordered(driver.frame(key), piece)
        return [kept.get(key, pl.DataFrame()) for key, _ in results]

    def planner(self, roots: tuple[Plan, ...], whole: tuple[Plan, ...], files: Datasets) -> Planner:
        """A planner for some of a job's plans, with what is known of all of them."""
        return Planner(
            split=lambda scan: self._parts(scan, files),
            partitions=self._partitions,
            demands=demands((*whole, *roots)),
            estimates=estimates((*whole, *roots), files),
            shared=shared_nodes(whole) | shared_nodes(roots),
            broadcast_bytes=min(64 << 20, self.memory_limit / 16),
        )

    @property
    def _target(self) -> float:
        """Bytes of one task: in this process all of them while they fit, else what keeps every slot busy in memory."""
        if self.distributed:
            return min(TASK_BYTES, self.memory_limit / (4 * max(1, self.runner.slots)))
        return self.memory_limit / 4

    def _partitions(self, size: float) -> int:
        if isinstance(self.partitions, int):
            return self.partitions
        if self.partitions is not None:
            return len(self.partitions)
        return max(1, math.ceil(size / self._target))

    def _parts(self, scan: Scan, files: Datasets) -> tuple[Part, ...]:
        if self.partitions is not None:
            shares = [1.0] * self.partitions if isinstance(self.partitions, int) else self.partitions
            return files.parts(scan, 0, shares)
        size = files.of(scan).bytes
        if not self.distributed:
            return files.parts(scan, float("inf") if size <= self._target else self._target, None)
        return files.parts(scan, min(self._target, max(size / (2 * max(1, self.runner.slots)), 16 << 20)), None)

    def cancel(self) -> None:
        """Stop the running job, if there is one, from another thread."""
        if self.running is not None:
            self.running.cancel()

    # -- looking without running

    def describe(self, format: str, paths: Sequence[str], settings: Mapping[str, Any]) -> SourceInfo:
        return datasets.describe(format, paths, settings)

    def estimate(self, document: Mapping[str, Any]) -> list[Estimate]:
        """Rows and bytes of each plan's result, from footers and rough selectivities."""
        files = Datasets()
        roots = optimize(wire.loads(document), facts=files)
        known = estimates(roots, files)
        return [known[root.digest] for root in roots]

    def explain(self, document: Mapping[str, Any], *, analyze: bool = False, verbose: bool = False) -> str:
        """The plans as text; with ``analyze`` they run first."""
        if analyze:
            self.run(document, progress=False, measure=True)
        return explain(self, wire.loads(document), self.last if analyze else None, verbose=verbose)

    def put_blob(self, path: str, table: pa.Table) -> None:
        """Write in-memory data under the name of its content; data that is there already is not written again."""
        write_blob(path, table)

    def close(self) -> None:
        """Stop what the engine started."""
        self.runner.close()


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
