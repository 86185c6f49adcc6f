"""Stages: what a job consists of, and the leaves through which one stage reads another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bigframe.plan.node import Plan
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

    def to_json(self) -> dict[str, Any]:
        return {"splits": [split.to_json() for split in self.splits], "offset": self.offset, "length": self.length}


@dataclass(frozen=True)
class Branch:
    """One query that several tasks run, each on its own part of what the leaves read."""

    plan: Plan
    tasks: int
    scans: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """Where the rows of a stage's tasks go.

    ``keep``: partition i is what task i made. ``hash``: by the hash of keys. ``range``: by the order of the first
    sort key, with bounds from the samples of stage ``samples``. ``gather``: one partition. ``sink``: files.
    ``memory``: the caller, who sorts the rows by ``order``.
    """

    kind: str
    partitions: int = 1
    keys: tuple[str, ...] = ()
    order: tuple[SortKey, ...] = ()
    samples: str | None = None
    sink: str | None = None


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

    @property
    def key(self) -> str:
        parts: list[Any] = [self.output, self.sample]
        for branch in self.branches:
            cuts = [
                (digest, [[(s.file.path, s.file.version, s.offset, s.rows) for s in part.splits] for part in parts_])
                for digest, parts_ in sorted(branch.scans.items())
            ]
            shares = [[(part.offset, part.length) for part in parts_] for _, parts_ in sorted(branch.scans.items())]
            parts.append((branch.plan.digest, branch.tasks, cuts, shares))
        return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()

    @property
    def reads(self) -> tuple[str, ...]:
        """Keys of the stages that this one reads."""
        from bigframe.tree import walk

        found = {node.stage: None for branch in self.branches for node in walk(branch.plan) if isinstance(node, Read)}
        if self.output.samples is not None:
            found[self.output.samples] = None
        return tuple(found)


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
    rows, bytes
        Estimates.
    """

    branches: tuple[Branch, ...]
    order: tuple[SortKey, ...] = ()
    positional: bool = True
    hashed_on: tuple[str, ...] | None = None
    rows: float = 0
    bytes: float = 0

    @property
    def tasks(self) -> int:
        return sum(branch.tasks for branch in self.branches)

    @property
    def schema(self) -> Mapping[str, DType]:
        return self.branches[0].plan.schema
