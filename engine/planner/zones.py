"""Zones: the bounds of a column in what each task scans, from the statistics of files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from bigframe.plan.scan import Scan
from engine.datasets import Datasets
from engine.planner.stages import Part

Bounds: TypeAlias = "tuple[Any, Any] | None"
"""The smallest and the largest value; None where there are no rows."""

MOST_READ = 1.25
"""What tasks read of a table together is so many times its bytes at most: where zones overlap, blocks are read again."""

_MOST_COMPARED = 1_000_000


class Zones:
    """What is known of the values that each task of a job scans.

    Parameters
    ----------
    files
        What the scans read.
    split
        Divides a scan's rows among tasks.
    """

    def __init__(self, files: Datasets, split: Callable[[Scan], tuple[Part, ...]]) -> None:
        self._files = files
        self._split = split
        self.of = cache(self._of)
        self.overlapping = cache(self._overlapping)

    def _of(self, scan: Scan, id: str) -> tuple[Bounds, ...] | None:
        """The bounds of a column in each part of a scan; None where a value is missing, or a bound unknown."""
        known = self._files.block_bounds(scan, id)
        return None if known is None else tuple(_of_part(part, known) for part in self._split(scan))

    def _overlapping(self, scan: Scan, id: str, wanted: tuple[Bounds, ...]) -> tuple[Part, ...] | None:
        """For each of some bounds the blocks of a scan with values between them; None if together that is too much."""
        known = self._files.block_bounds(scan, id)
        if known is None:
            return None
        blocks = [bounds for file in known.values() for bounds in file]
        kinds = {_kind(bounds) for bounds in (*blocks, *wanted) if bounds is not None}
        if len(kinds) > 1 or len(blocks) * len(wanted) > _MOST_COMPARED:
            return None
        dataset, kept = self._files.of(scan), self._files.kept(scan)
        parts, read = [], 0
        for one in wanted:
            meet = [keep and _overlap(one, bounds) for keep, bounds in zip(kept, blocks, strict=True)]
            read += sum(block.bytes for block, met in zip(dataset.blocks, meet, strict=True) if met)
            parts.append(Part(tuple(dataset.splits(dataset.bytes + 1, meet))))
        needed = sum(block.bytes for block, keep in zip(dataset.blocks, kept, strict=True) if keep)
        return tuple(parts) if read <= MOST_READ * needed else None


def _of_part(part: Part, known: dict[str, list[tuple[Any, Any]]]) -> Bounds:
    found = [
        bounds
        for split in part.splits
        for bounds in known[split.file.path][split.first_block : split.first_block + split.blocks]
    ]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def _kind(bounds: tuple[Any, Any]) -> type:
    """What values can be compared with: numbers with each other, all else with its like."""
    return float if isinstance(bounds[0], int | float) else type(bounds[0])


def _overlap(one: Bounds, other: Bounds) -> bool:
    return one is not None and other is not None and one[0] <= other[1] and other[0] <= one[1]
