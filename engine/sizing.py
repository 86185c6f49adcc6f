"""Sizing: into how many tasks scans and exchanges are divided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bigframe.plan.scan import Scan
from engine.datasets import OPENING_BYTES, Datasets
from engine.planner.stages import Part

TASK_BYTES = 192 << 20
# Dividing fewer costs more in stages and messages than it gains: TPC-H at scale 1 on two workers took 3.8 s, with 16 MiB 4.0.
_LEAST_TASK_BYTES = 64 << 20
_LEAST_DEAR_BYTES = 1 << 20
SPARE = 4
"""So many partitions are written for each that is expected to be read: what is small is read together."""


@dataclass(frozen=True)
class Sizing:
    """How the work of a job is cut.

    Parameters
    ----------
    memory_limit
        Bytes for the whole job.
    slots
        Tasks at once.
    distributed
        Whether tasks run on a cluster; in this process one task has all cores.
    partitions
        How many partitions every scan and exchange has, or the share of the rows of each; None: by bytes.
    undivided
        Whether all fits into one task, of all cores.
    dear
        Whether rows take far longer to compute than to read, so that few are worth a task.
    """

    memory_limit: int
    slots: int
    distributed: bool
    partitions: int | Sequence[float] | None = None
    undivided: bool = False
    dear: bool = False

    def holds(self, size: float) -> bool:
        """Whether a job whose operators keep so many bytes need not be divided: Polars streams what passes them."""
        return self.adaptive and not self.distributed and size <= self.memory_limit / 2

    def apart(self, size: float) -> bool:
        """Whether a job whose operators keep so many bytes runs beside the caller's process, which might be ended."""
        return self.adaptive and not self.distributed and size > self.memory_limit / 4

    @property
    def adaptive(self) -> bool:
        """Whether counts follow bytes."""
        return self.partitions is None

    @property
    def task_bytes(self) -> float:
        """Bytes of one task at most: in this process all of them while they fit, else what keeps every slot in memory."""
        if self.distributed:
            return min(TASK_BYTES, self.memory_limit / (4 * self.slots))
        # Sorting holds rows twice, the files that they come from are mapped, and the processes themselves take a share.
        return self.memory_limit / 6

    @property
    def broadcast_bytes(self) -> float:
        """Below this a join's smaller side goes to every task whole."""
        return min(64 << 20, self.memory_limit / 16)

    def task(self, size: float) -> float:
        """Bytes of one task where so many are divided: on a cluster a task for every slot, unless these get too small."""
        if not self.distributed:
            return self.task_bytes
        return min(self.task_bytes, max(size / self.slots, _LEAST_DEAR_BYTES if self.dear else _LEAST_TASK_BYTES))

    def fits(self, size: float) -> bool:
        """Whether one task that has so many bytes already may keep them."""
        if self.partitions is None:
            return self.undivided or size <= self.task_bytes
        return self.exchange(size) == 1

    def exchange(self, size: float) -> int:
        """Partitions of an exchange of about so many bytes: more than will be read apart, for estimates are often low."""
        if isinstance(self.partitions, int):
            return self.partitions
        if self.partitions is not None:
            return len(self.partitions)
        return max(SPARE, 2 * self.slots, math.ceil(SPARE * size / self.task(size)))

    def scan(self, scan: Scan, files: Datasets, finer: int = 1) -> tuple[Part, ...]:
        """A scan's rows divided among tasks, or among so many times more."""
        if self.partitions is not None:
            shares = [1.0] * self.partitions if isinstance(self.partitions, int) else self.partitions
            return files.parts_by_shares(scan, shares)
        size = files.memory(scan)
        if not self.distributed:
            tasks = finer if self.undivided else math.ceil(size / self.task_bytes) * finer
            parts = files.parts(scan, tasks)
            # Where whole blocks were too much for a task before, they are cut; a reader then drops what is not its own.
            return parts if finer == 1 or len(parts) == tasks else files.parts_by_shares(scan, [1.0] * tasks)
        size += files.files(scan) * OPENING_BYTES
        tasks = math.ceil(size / self.task(size))
        # A last round of tasks that leaves slots idle takes as long as a full one.
        rounds = round(tasks / self.slots) if tasks > 1 else 0
        return files.parts(scan, (max(1, rounds) * self.slots if rounds else tasks) * finer)
