"""Stages: what a job consists of, and the leaves through which one stage reads another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bigframe.plan.node import Plan, plans
from bigframe.schema import DType
from engine.io.layout import Split
from engine.kernels.relational.leaves import Read

SortKey = tuple[str, bool, bool]
"""(column id, descending, missing last)."""


@dataclass(frozen=True)
class Part:
    """The share of a scan that one task reads: splits, and of their rows a range."""

    splits: tuple[Split, ...]
    offset: int = 0
    length: int | None = None

    @property
    def rows(self) -> int:
        """How many rows it has at most."""
        return sum(split.rows for split in self.splits) if self.length is None else self.length

    @cached_property
    def key(self) -> str:
        """Equal for equal rows of equal versions of files."""
        cuts = [(split.file.path, split.file.version, split.offset, split.rows) for split in self.splits]
        return _hashed([cuts, self.offset, self.length])

    def to_json(self) -> dict[str, Any]:
        return {"splits": [split.to_json() for split in self.splits], "offset": self.offset, "length": self.length}


@dataclass(frozen=True)
class Share:
    """What one task reads of a stage: partitions from start to stop, of the files of all its tasks or of some."""

    start: int
    stop: int
    files: tuple[int, int] | None = None


@dataclass(frozen=True)
class Branch:
    """One query that several tasks run, each on its own part of what the leaves read.

    Attributes
    ----------
    scans, reads
        By the digest of a leaf, what each task reads of it; of a stage whose shares are not named, task i reads
        partition i.
    """

    plan: Plan
    tasks: int
    scans: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    reads: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Equal for branches that make the same rows."""
        scans = [(digest, [part.key for part in parts]) for digest, parts in sorted(self.scans.items())]
        return _hashed([self.plan.digest, self.tasks, scans, sorted(self.reads.items())])

    def over(self, plan: Plan) -> Branch:
        """The branch with another plan over the same leaves."""
        return Branch(plan, self.tasks, self.scans, self.reads)

    def share(self, read: Read, task: int, partitions: int) -> Share:
        """What a task reads of a stage that has so many partitions."""
        if read.everything:
            return Share(0, partitions)
        return self.reads[read.digest][task] if read.digest in self.reads else Share(task, task + 1)


def side_by_side(plan: Plan, tasks: int, *branches: Branch) -> Branch:
    """A branch whose plan has the leaves of several."""
    scans = {digest: parts for branch in branches for digest, parts in branch.scans.items()}
    reads = {digest: shares for branch in branches for digest, shares in branch.reads.items()}
    return Branch(plan, tasks, scans, reads)


@dataclass(frozen=True)
class Output:
    """Where the rows of a stage's tasks go.

    ``keep``: partition i is what task i made. ``hash``: by the hash of keys. ``range``: by the order of the first
    sort key, with bounds from the samples of stage ``samples``. ``sample``: nowhere, only samples are taken. ``gather``:
    one partition. ``sink``: files. ``memory``: the caller, who sorts the rows by ``order``. Of a stage of which the first
    rows are ``enough`` no more tasks run, from the first one on, than make so many.
    """

    kind: str
    partitions: int = 1
    keys: tuple[str, ...] = ()
    order: tuple[SortKey, ...] = ()
    samples: str | None = None
    sink: str | None = None
    enough: int | None = None


@dataclass(frozen=True)
class Stage:
    """Queries without exchange between their nodes, run task by task; equal stages have equal keys."""

    branches: tuple[Branch, ...]
    output: Output
    sample: tuple[str, ...] = ()

    @property
    def tasks(self) -> int:
        return sum(branch.tasks for branch in self.branches)

    @property
    def schema(self) -> Mapping[str, DType]:
        return self.branches[0].plan.schema

    @cached_property
    def key(self) -> str:
        return _hashed([self.output, self.sample, self.rows_key])

    @cached_property
    def rows_key(self) -> str:
        """Equal for stages that make the same rows and hand them over in different ways."""
        return _hashed([branch.key for branch in self.branches])

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Keys of the stages that this one reads."""
        found = {node.stage: None for branch in self.branches for node in plans(branch.plan) if isinstance(node, Read)}
        if self.output.samples is not None:
            found[self.output.samples] = None
        return tuple(found)


def _hashed(parts: Sequence[Any]) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


@dataclass(frozen=True)
class Piece:
    """A table that is being planned: open branches, and what is known of their rows.

    Attributes
    ----------
    order
        The keys by which the rows' order is defined; after them, if ``positional``, the order of tasks and of rows
        within them.
    hashed_on
        Columns by whose hash the rows are divided among tasks, if they are.
    buckets, shares
        Into how many partitions the hash divides them, and which of these each task has; None: task i has partition i.
    rows, bytes
        What is known of them: estimates, until a stage that has run says more.
    of
        Digest of the node whose rows these are; None while they are states of some kind.
    """

    branches: tuple[Branch, ...]
    order: tuple[SortKey, ...] = ()
    positional: bool = True
    hashed_on: tuple[str, ...] | None = None
    buckets: int = 1
    shares: tuple[Share, ...] | None = None
    rows: float = 0
    bytes: float = 0
    of: str | None = None

    @property
    def single(self) -> bool:
        """Whether one task has all rows."""
        return self.tasks == 1 and len(self.branches) == 1

    @property
    def tasks(self) -> int:
        return sum(branch.tasks for branch in self.branches)

    @property
    def schema(self) -> Mapping[str, DType]:
        return self.branches[0].plan.schema
