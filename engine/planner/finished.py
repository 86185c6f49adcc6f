"""Finished stages: what they really made, from which the rest of a job is planned again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.planner.stages import Branch, Output, Stage


@dataclass(frozen=True)
class Finished:
    """A stage that has run.

    Attributes
    ----------
    stage
        The stage.
    of
        Digest of the node whose rows it holds, if it holds those of one.
    rows, bytes
        What it made, in memory.
    measure
        Gives, for each of its tasks in order, the bytes of every partition that the task wrote to.
    """

    stage: Stage
    of: str | None
    rows: int
    bytes: int
    measure: Callable[[], Sequence[Mapping[int, float]]]

    @cached_property
    def files(self) -> Sequence[Mapping[int, float]]:
        """Of each task's file, the bytes of every partition."""
        return self.measure()

    @cached_property
    def sizes(self) -> list[float]:
        """Bytes of every partition."""
        totals = [0.0] * self.stage.output.partitions
        for file in self.files:
            for partition, size in file.items():
                totals[partition] += size
        return totals


class History:
    """The finished stages of a job, found by key or by the rows that they hold."""

    def __init__(self) -> None:
        self._stages: dict[str, Finished] = {}
        self._holding: dict[tuple[str, tuple[str, ...]], list[Finished]] = {}

    def add(self, finished: Finished) -> None:
        """Learn that a stage has run."""
        if finished.stage.key not in self._stages:
            self._stages[finished.stage.key] = finished
            alike = finished.stage.output.kind, tuple(finished.stage.schema)
            self._holding.setdefault(alike, []).append(finished)

    def get(self, key: str) -> Finished | None:
        """A stage, if it has run."""
        return self._stages.get(key)

    def holding(self, branches: tuple[Branch, ...], kind: str) -> Sequence[Finished]:
        """Stages that have handed over just these rows, and all of them, in one way."""
        alike = self._holding.get((kind, tuple(branches[0].plan.schema)))
        if not alike:
            return ()
        rows = Stage(branches, Output(kind)).rows_key
        return [one for one in alike if one.stage.rows_key == rows and one.stage.output.enough is None]

    def observed(self) -> Iterator[tuple[str, int, int]]:
        """Node digest, rows and bytes of every node whose rows a stage holds."""
        for finished in self._stages.values():
            if finished.of is not None:
                yield finished.of, finished.rows, finished.bytes
