"""Sizing: into how many tasks scans and exchanges are divided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bigframe.plan.scan import Scan
from engine.datasets import Datasets
from engine.planner.stages import Part

TASK_BYTES = 192 << 20
_LEAST_TASK_BYTES = 16 << 20


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
    """

    memory_limit: int
    slots: int
    distributed: bool
    partitions: int | Sequence[float] | None = None

    @property
    def task_bytes(self) -> float:
        """Bytes of one task: in this process all of them while they fit, else what keeps every slot busy in memory."""
        if self.distributed:
            return min(TASK_BYTES, self.memory_limit / (4 * self.slots))
        return self.memory_limit / 4

    @property
    def broadcast_bytes(self) -> float:
        """Below this a join's smaller side goes to every task whole."""
        return min(64 << 20, self.memory_limit / 16)

    def exchange(self, size: float) -> int:
        """Partitions of an exchange of so many bytes."""
        if isinstance(self.partitions, int):
            return self.partitions
        if self.partitions is not None:
            return len(self.partitions)
        return max(1, math.ceil(size / self.task_bytes))

    def scan(self, scan: Scan, files: Datasets) -> tuple[Part, ...]:
        """A scan's rows divided among tasks."""
        if self.partitions is not None:
            shares = [1.0] * self.partitions if isinstance(self.partitions, int) else self.partitions
            return files.parts(scan, 0, shares)
        size = files.kept_bytes(scan)
        if not self.distributed:
            return files.parts(scan, float("inf") if size <= self.task_bytes else self.task_bytes, None)
        return files.parts(scan, min(self.task_bytes, max(size / (2 * self.slots), _LEAST_TASK_BYTES)), None)
