"""The driver: runs the stages of a job in order, resumes what is finished, and commits what is written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from bigframe.plan.node import plans
from bigframe.plan.scan import Scan
from bigframe.plan.wire import Document
from engine.claims import JobFolder
from engine.control import Control
from engine.cost import check_limit, scanned
from engine.datasets import Datasets
from engine.exec.cancel import CancelToken
from engine.exec.errors import ExchangesLost
from engine.exec.exchange import ExchangeFile, read_exchange
from engine.exec.inprocess import InProcessRunner
from engine.exec.manifest import StageManifest
from engine.exec.progress import Progress
from engine.exec.runner import Runner, Task, TaskResult
from engine.exec.stage_task import EXCHANGES, take_result
from engine.exec.stepwise import Step
from engine.kernels.relational.leaves import Read
from engine.optimizer.pipeline import CHECK
from engine.planner.finished import Finished, History
from engine.planner.stages import Branch, Stage

FUNCTION = "engine.exec.stage_task:run"
MAX_REPAIRS = 10
SMALL_BYTES = 1 << 20
"""A task of a brief job that reads no more than this has less to compute than to start."""


@dataclass
class StageRun:
    """What is known of a stage while its job runs."""

    stage: Stage
    results: dict[str, TaskResult] = field(default_factory=dict)
    reused: int = 0
    reran: int = 0

    def key(self, number: int) -> str:
        return f"{self.stage.key}-{number}"

    def in_order(self) -> list[TaskResult]:
        return [self.results[self.key(number)] for number in range(self._asked)]

    def missing(self, runner: Runner) -> list[int]:
        """The tasks that run next: all that have not, or as many again as have, while it is not known how many are enough."""
        left = [number for number in range(self._asked) if self.key(number) not in self.results]
        return left if self.stage.output.enough is None else left[: max(1, runner.slots, len(self.results))]

    @property
    def _asked(self) -> int:
        """How many tasks, from the first, make all rows that are asked of it, as far as is known."""
        enough, rows = self.stage.output.enough, 0
        for number in range(self.stage.tasks if enough is not None else 0):
            result = self.results.get(self.key(number))
            if result is None:
                break
            rows += result.value["rows"]
            if rows >= enough:
                return number + 1
        return self.stage.tasks

    @property
    def finished(self) -> bool:
        """Whether all its tasks have, or so many that they are enough."""
        return len(self.results) == self.stage.tasks or self._asked < self.stage.tasks

    @property
    def tasks(self) -> int:
        """How many it has; once those that ran are enough, no more than these."""
        return len(self.results) if self.finished else self.stage.tasks

    @property
    def exchanged(self) -> int:
        """Bytes of the exchange files that it wrote."""
        return int(self.total("bytes_exchanged"))

    def total(self, name: str) -> float:
        """Sum over the finished tasks of what each reports under a name."""
        total: float = sum(result.value.get(name, 0) for result in self.results.values())
        return total

    @property
    def peak_memory(self) -> int:
        """Largest resident size, in bytes, of a process while it ran one of the tasks."""
        return max((result.value.get("peak_memory", 0) for result in self.results.values()), default=0)

    def steps(self) -> dict[str, Step]:
        """What each operator did over all tasks, by digest; empty unless the job was measured."""
        found: dict[str, Step] = {}
        for result in self.results.values():
            for step in (Step(**step) for step in result.value["steps"]):
                found[step.digest] = found[step.digest].merged(step) if step.digest in found else step
        return found

    @property
    def rows(self) -> int:
        return sum(result.value["rows"] for result in self.results.values())

    @property
    def bytes(self) -> int:
        return sum(result.value["bytes"] for result in self.results.values())

    @property
    def seconds(self) -> float:
        return float(sum(result.value["seconds"] for result in self.results.values()))


class Driver:
    """Runs stages on a runner, over exchange files in a job's folder.

    Parameters
    ----------
    runner
        Where tasks run.
    folder
        The job's folder on the exchange storage.
    datasets
        What the scans read.
    sinks
        Prepared sinks, as JSON, by the key under which stages name them.
    cancel
        Stops the job.
    progress
        Told of each stage's run as its tasks finish.
    control
        The job's owner.
    measure
        Have tasks run operator by operator and report what each did.
    """

    def __init__(
        self,
        runner: Runner,
        folder: JobFolder,
        datasets: Datasets,
        sinks: Mapping[str, Mapping[str, Any]],
        cancel: CancelToken,
        progress: Progress,
        control: Control,
        *,
        measure: bool = False,
    ) -> None:
        self.runs: dict[str, StageRun] = {}
        self.history = History()
        self.runner = runner
        self._here = InProcessRunner()
        self.folder = folder
        self.datasets = datasets
        self.sinks = sinks
        self.cancel = cancel
        self.progress = progress
        self.control = control
        self.measure = measure
        self._files: dict[str, ExchangeFile] = {}

    def run(self, stages: Mapping[str, Stage], made: Mapping[str, str | None]) -> None:
        """Run stages whose inputs have run, but for tasks that ran in a job like this one that was cut off.

        ``made`` names, by stage, the node whose rows it holds, if it holds those of one.
        """
        self._check_limit(*stages.values())
        runs = [StageRun(stage) for stage in stages.values()]
        self.runs.update((run.stage.key, run) for run in runs)
        try:
            self._finish(runs, repairs=0)
        finally:
            for run in runs:
                key = run.stage.key
                if run.finished:
                    measure = partial(self._measure, run)
                    self.history.add(Finished(run.stage, made[key], run.rows, run.bytes, measure))
                else:
                    # It may be planned again in other tasks.
                    del self.runs[key]
        self._check_limit()

    def _measure(self, run: StageRun) -> list[dict[int, float]]:
        """Bytes in memory, roughly, of each partition that each task wrote to."""
        measured = []
        for result in run.in_order():
            sections = self._file(result).sections
            stored = sum(section.length for section in sections.values())
            scale = result.value["bytes"] / max(1, stored)
            measured.append({number: section.length * scale for number, section in sections.items()})
        return measured

    def _check_limit(self, *coming: Stage) -> None:
        """Refuse to go on where the tasks that have run and the stage to come read more than the job may."""
        limit = self.control.max_bytes
        if limit is not None:
            done = sum(run.total("bytes_scanned") for run in self.runs.values())
            needed = int(done) + sum(scanned(stage, self.datasets) for stage in coming)
            stages = [*(run.stage for run in self.runs.values()), *coming]
            check_limit(limit, needed, stages, self.datasets, when="with what has run")

    def frame(self, key: str) -> pl.DataFrame:
        """The rows of a finished stage, task after task."""
        run = self.runs[key]
        if run.stage.output.kind == "memory":
            return pl.concat([take_result(run.key(number)) for number in range(run.stage.tasks)], how="vertical")
        return read_exchange([self._file(result) for result in run.in_order()], 0)

    def _finish(self, runs: Sequence[StageRun], repairs: int) -> None:
        with ExitStack() as held:
            manifests: dict[str, StageManifest] = {}
            for run in runs:
                if run.stage.output.kind != "memory" and not self.folder.brief:
                    manifests[run.stage.key] = manifest = held.enter_context(self._manifest(run))
                    self._reuse(run, manifest)
            self._run_missing(runs, manifests, repairs)

    def _reuse(self, run: StageRun, manifest: StageManifest) -> None:
        manifest.verify()
        found = {key: result for key, result in manifest.finished.items() if key not in run.results}
        run.results.update(found)
        run.reused += len(found)
        self.progress.update(run)
        self.control.on_stage(run)

    def _manifest(self, run: StageRun) -> StageManifest:
        return StageManifest.at(self.folder.path, "stages", run.stage.key, self.control.fence)

    def _run_missing(self, runs: Sequence[StageRun], manifests: Mapping[str, StageManifest], repairs: int) -> None:
        here: list[Task] = []
        tasks: list[Task] = []
        owners: dict[str, StageRun] = {}
        for run in runs:
            missing = run.missing(self.runner)
            added = here if run.stage.output.kind == "memory" else tasks
            documents = [Document(branch.plan) for branch in run.stage.branches]
            added += [self._task(run, number, documents) for number in missing]
            owners.update((run.key(number), run) for number in missing)

        def record(result: TaskResult) -> None:
            run = owners[result.key]
            run.results[result.key] = result
            if run.stage.key in manifests:
                manifests[run.stage.key].record(result, _outputs(result))
            self.progress.update(run)
            self.control.on_stage(run)
            self.control.check()

        try:
            for runner, given in ((self._here, here), (self.runner, tasks)):
                if given:
                    runner.run(FUNCTION, given, on_result=record, cancel=self.cancel)
        except ExchangesLost as lost:
            if repairs >= MAX_REPAIRS:
                raise
            self._repair(set(lost.producers))
            repairs += 1
        if not all(run.finished for run in runs):
            self._run_missing(runs, manifests, repairs)

    def _repair(self, producers: set[str]) -> None:
        """Run the tasks again whose output is missing or corrupt."""
        for run in list(self.runs.values()):
            lost = producers & run.results.keys()
            if not lost:
                continue
            with self._manifest(run) as manifest:
                for key in lost:
                    manifest.forget(key)
            for key in lost:
                # The new file may have the old one's name with the rows in another order.
                self._files.pop(run.results.pop(key).value["file"]["path"], None)
            run.reran += len(lost)
            self._finish([run], repairs=1)

    # -- what a task is told

    def _task(self, run: StageRun, number: int, documents: Sequence[Document]) -> Task:
        branch, local = _branch_of(run.stage, number)
        spec = self._spec(run, run.stage.branches[branch], number, local)
        plan = documents[branch]
        if os.environ.get(CHECK):  # so that a test of a job in this process is one of the wire too
            return Task(run.key(number), {**spec, "plan": plan.json})
        return Task(run.key(number), spec, {"plan": plan})

    def _spec(self, run: StageRun, branch: Branch, number: int, local: int) -> dict[str, Any]:
        leaves = {node.digest: node for node in plans(branch.plan) if isinstance(node, (Scan, Read))}
        scans = {leaf.digest: self._scan(branch, leaf, local) for leaf in leaves.values() if isinstance(leaf, Scan)}
        reads = {leaf.digest: self._read(branch, leaf, local) for leaf in leaves.values() if isinstance(leaf, Read)}
        read_bytes = sum(scan["bytes"] for scan in scans.values()) + sum(read["bytes"] for read in reads.values())
        return {
            "number": local,
            "task": number,
            "scans": scans,
            "reads": reads,
            "small": self.folder.brief and read_bytes <= SMALL_BYTES,
            "output": self._output(run),
            "sample": list(run.stage.sample),
            "measure": self.measure,
        }

    def _scan(self, branch: Branch, scan: Scan, number: int) -> dict[str, Any]:
        dataset = self.datasets.of(scan)
        parts = next(parts for digest, parts in branch.scans.items() if digest == scan.digest)
        return {
            "spec": dataset.spec.to_json(),
            "part": parts[number].to_json(),
            "bytes": self.datasets.cost(scan, parts[number]).stored,
            "rows": parts[number].rows,
            "nan": self.datasets.nan_columns(scan),
        }

    def _read(self, branch: Branch, read: Read, number: int) -> dict[str, Any]:
        """What a task reads of a stage: some partitions, of all files or some."""
        producer = self.runs[read.stage]
        share = branch.share(read, number, producer.stage.output.partitions)
        results = producer.in_order()
        partitions = range(share.start, share.stop)
        files = [self._file(result).only(partitions) for result in results[slice(*(share.files or (None,)))]]
        return {
            "files": [file.to_json() for file in files],
            "partitions": list(partitions),
            "bytes": sum(section.length for file in files for section in file.sections.values()),
            "rows": sum(file.rows for file in files),
            "before": sum(result.value["rows"] for result in results[:number]),
        }

    def _file(self, result: TaskResult) -> ExchangeFile:
        path = result.value["file"]["path"]
        if path not in self._files:
            self._files[path] = ExchangeFile.from_json(result.value["file"])
        return self._files[path]

    def _output(self, run: StageRun) -> dict[str, Any]:
        output = run.stage.output
        told: dict[str, Any] = {"kind": output.kind, "partitions": output.partitions, "keys": list(output.keys)}
        if output.kind in EXCHANGES:
            told["folder"] = f"{self.folder.path}/exchange"
            told["room"] = self.folder.room
        if output.kind == "range":
            assert output.samples is not None
            told["order"] = [list(key) for key in output.order]
            told["bounds"] = _bounds(self.runs[output.samples], output.partitions)
        if output.sink is not None:
            told.update(self.sinks[output.sink])
        return told


def _branch_of(stage: Stage, number: int) -> tuple[int, int]:
    """Which branch of a stage a task runs, and the task's number within it."""
    for place, branch in enumerate(stage.branches):
        if number < branch.tasks:
            return place, number
        number -= branch.tasks
    raise IndexError(number)


def _bounds(run: StageRun, partitions: int) -> list[Any]:
    """Values that divide the sampled rows into equal ranges; each task's sample counts by its rows."""
    weighted = [
        (value, result.value["rows"] / len(result.value["sample"]))
        for result in run.in_order()
        for value in result.value["sample"]
    ]
    weighted.sort()
    total, reached = sum(weight for _, weight in weighted), 0.0
    bounds: list[Any] = []
    for value, weight in weighted:
        reached += weight
        if reached >= total * (len(bounds) + 1) / partitions and len(bounds) < partitions - 1:
            bounds.append(value)
    return sorted(set(bounds))


def _outputs(result: TaskResult) -> dict[str, int]:
    if "file" in result.value:
        file = ExchangeFile.from_json(result.value["file"])
        return {file.path: file.size}
    staged: dict[str, int] = result.value.get("staged", {})
    return staged
