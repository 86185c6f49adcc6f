"""Cost: what the stages of a job read of their sources, how much memory they take, and whether that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bigframe.errors import LimitExceeded
from bigframe.plan.catalog import Plan, Scan
from bigframe.sources import SourceCost, sized
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.io.layout import Cost, Split
from engine.kernels.relational.leaves import Read
from engine.optimizer.estimates import Estimate, estimates
from engine.planner.holding import held
from engine.planner.planner import Planner
from engine.planner.stages import Branch, Stage
from engine.titles import described


@dataclass
class _Reading:
    """What has been found so far of one source."""

    scan: Scan
    stored: int = 0
    blocks: set[tuple[str, int]] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def add(self, splits: Iterable[Split], cost: Cost) -> None:
        self.stored += cost.stored
        for split in splits:
            self.files.add(split.file.path)
            self.blocks.update((split.file.path, split.first_block + number) for number in range(split.blocks))


def sources(stages: Iterable[Stage], files: Datasets) -> tuple[SourceCost, ...]:
    """What stages read of each source, the largest first."""
    found: dict[tuple[str, tuple[str, ...]], _Reading] = {}
    for stage in stages:
        for branch in stage.branches:
            for scan in _scans(branch):
                reading = found.setdefault((scan.format, scan.paths), _Reading(scan))
                for part in branch.scans[scan.digest]:
                    reading.add(part.splits, files.cost(scan, part))
    return tuple(sorted((_cost(one, files) for one in found.values()), key=lambda cost: -cost.bytes_scanned))


def memory(planner: Planner, files: Datasets, slots: int) -> float:
    """Bytes of what the tasks of the largest stage that run at once have read, decompressed; guessed."""
    largest = 0.0
    for stage in planner.stages.values():
        tasks = sorted((size for branch in stage.branches for size in _inputs(branch, planner, files)), reverse=True)
        largest = max(largest, sum(tasks[:slots]))
    return largest


def need(stage: Stage, planner: Planner, files: Datasets) -> str:
    """Which operator of a stage holds most in memory, how much that may be in one task, and what to change."""
    plans = tuple(branch.plan for branch in stage.branches)
    before = {node.digest: _read(node, planner) for node in walk(*plans) if isinstance(node, Read)}
    sizes = estimates(plans, files, before)
    found = {node.digest: (held(node, sizes), node) for node in walk(*plans) if isinstance(node, Plan)}
    size, largest = max(found.values(), key=lambda one: one[0])
    return (
        f"the most memory is held by {described(largest)}: by estimate {sized(size / stage.tasks)} in each of "
        f"{stage.tasks} tasks. Give the job more memory (memory_limit=), or this step less: fewer columns, earlier filters"
    )


def _read(node: Read, planner: Planner) -> Estimate:
    made = planner.history.get(node.stage)
    size = planner.sizes.get(node.stage, 0.0) if made is None else float(made.bytes)
    return Estimate(size / max(1, sum(dtype.width for dtype in node.schema.values())), size)


def check_limit(limit: int | None, needed: int, stages: Iterable[Stage], files: Datasets, *, when: str) -> None:
    """Refuse to read more bytes than a job may.

    Raises
    ------
    LimitExceeded
        With the limit, what is needed, and the largest source.
    """
    if limit is None or needed <= limit:
        return
    largest = next(iter(sources(stages, files)), None)
    most = f"; the most is read of {largest.name}: {largest.bytes_scanned:,} bytes" if largest else ""
    raise LimitExceeded(
        f"{when} {needed:,} bytes are scanned, above max_bytes={limit:,}{most}. Select fewer columns, filter by columns "
        "in whose order the files are written, or raise max_bytes"
    )


def scanned(stage: Stage, files: Datasets) -> int:
    """Bytes of storage that a stage reads of its sources."""
    return sum(
        files.cost(scan, part).stored
        for branch in stage.branches
        for scan in _scans(branch)
        for part in branch.scans[scan.digest]
    )


def _scans(branch: Branch) -> list[Scan]:
    found = {node.digest: node for node in walk(branch.plan) if isinstance(node, Scan) and node.digest in branch.scans}
    return list(found.values())


def _inputs(branch: Branch, planner: Planner, files: Datasets) -> list[float]:
    """For each task of a branch, the bytes that it reads, in memory."""
    scans = _scans(branch)
    reads: Mapping[str, Read] = {node.stage: node for node in walk(branch.plan) if isinstance(node, Read)}
    read = sum(
        planner.sizes[key] / (1 if node.everything else max(1, planner.stages[key].output.partitions))
        for key, node in reads.items()
    )
    return [
        read + sum(files.cost(scan, branch.scans[scan.digest][task]).decoded for scan in scans)
        for task in range(branch.tasks)
    ]


def _cost(reading: _Reading, files: Datasets) -> SourceCost:
    scan, dataset = reading.scan, files.of(reading.scan)
    more = f" and {len(scan.paths) - 1} more" if len(scan.paths) > 1 else ""
    name = "memory" if ("normal", True) in scan.options else scan.paths[0] + more
    totals = (len(dataset.blocks), len(reading.files), len(dataset.files))
    return SourceCost(name, scan.format, reading.stored, len(reading.blocks), *totals)
