"""Arranging: which partitions of finished exchanges each task reads, small ones together and a hot one in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from engine.kernels.relational.leaves import Read
from engine.planner.finished import Finished
from engine.planner.planner import Planner
from engine.planner.stages import Piece, Share

HOT = 2
"""A partition with more than this many times the bytes of a task is read by several tasks, where the join allows it."""


def arranged(planner: Planner, *pieces: Piece, split: int | None = None) -> tuple[Piece, ...]:
    """The pieces as their tasks read exchanges that have run: as many bytes a task as it should have.

    Parameters
    ----------
    planner
        Knows what has run; as long as an exchange has not, task i reads partition i.
    pieces
        Each reads one exchange; task i of every one of them gets the same partitions.
    split
        Number of the piece whose rows may be divided further, while the others' are read by each of the tasks.
    """
    made = [_finished(planner, piece) for piece in pieces]
    if not planner.sizing.adaptive or any(one is None for one in made):
        return pieces
    known = [one for one in made if one is not None]
    totals = [sum(sizes) for sizes in zip(*(one.sizes for one in known), strict=True)]
    target = planner.sizing.task(sum(totals)) / max(planner.finer.get(one.stage.key, 1) for one in known)
    shares = [Share(start, stop) for start, stop in _runs(totals, target)]
    if split is None or len({one.stage.key for one in known}) < len(known):
        return tuple(_reading(planner, piece, shares) for piece in pieces)
    pieced = [part for share in shares for part in _parts(known[split], share, target)]
    whole = [Share(part.start, part.stop) for part in pieced]
    told = (_reading(planner, piece, pieced if n == split else whole) for n, piece in enumerate(pieces))
    return tuple(piece if len(pieced) == len(shares) else replace(piece, hashed_on=None) for piece in told)


def is_movable(piece: Piece) -> bool:
    """Whether each task's partitions may still be chosen."""
    return len(piece.branches) == 1 and isinstance(piece.branches[0].plan, Read) and piece.shares is None


def follow(planner: Planner, piece: Piece, anchor: Piece) -> Piece:
    """The piece with the partitions that each task of another piece has."""
    if not is_movable(piece) or anchor.shares is None:
        return piece
    return _reading(planner, piece, anchor.shares)


def by_files(planner: Planner, piece: Piece, finished: Finished) -> Piece:
    """The piece as read from a stage with one partition, whose files are divided among tasks in their order."""
    sizes = [sum(file.values()) for file in finished.files]
    runs = _runs(sizes, planner.sizing.task(sum(sizes)) / planner.finer.get(finished.stage.key, 1))
    shares = [Share(0, finished.stage.output.partitions, run) for run in runs]
    whole = planner.read(finished.stage.key, tasks=len(shares), shares=tuple(shares))
    return replace(piece, branches=(whole,), hashed_on=None)


def _finished(planner: Planner, piece: Piece) -> Finished | None:
    leaf = piece.branches[0].plan
    return planner.history.get(leaf.stage) if isinstance(leaf, Read) and is_movable(piece) else None


def _reading(planner: Planner, piece: Piece, shares: Sequence[Share]) -> Piece:
    leaf = piece.branches[0].plan
    assert isinstance(leaf, Read)
    told = tuple(shares)
    return replace(piece, branches=(planner.read(leaf.stage, tasks=len(told), shares=told),), shares=told)


def _runs(sizes: Sequence[float], target: float) -> Iterator[tuple[int, int]]:
    """Neighbours together as long as they are small: (start, stop) of each run, at least one."""
    cuts, filled = [0], 0.0
    for number, size in enumerate(sizes):
        if filled and filled + size > target:
            cuts.append(number)
            filled = 0.0
        filled += size
    return pairwise([*cuts, len(sizes)])


def _parts(finished: Finished, share: Share, target: float) -> list[Share]:
    """A share, divided by files if it is a single hot partition."""
    if share.stop - share.start > 1 or finished.sizes[share.start] <= HOT * target:
        return [share]
    sizes = [file.get(share.start, 0.0) for file in finished.files]
    return [replace(share, files=files) for files in _runs(sizes, target)]
