"""Broadcasting: all rows of a small table for every task, from where they are cheapest to have."""

from __future__ import annotations

from dataclasses import replace

from bigframe.plan.catalog import Filter, Join, Plan, Project, Scan
from bigframe.tree import walk
from engine.kernels.relational.leaves import Read
from engine.planner.exchanges import select, sorted_piece
from engine.planner.planner import Planner
from engine.planner.stages import Branch, Output, Piece

INLINE_BYTES = 2 << 20
"""A file's part below this is read by every task: another stage and reading what it wrote takes longer."""


def broadcast(planner: Planner, piece: Piece, scattered: Piece, *, ordered: bool, to: Piece) -> Branch:
    """All rows of a piece for every task of another, in order if that is observed.

    ``scattered`` is the piece as it would be divided by hash: that may have run.
    """
    width = tuple(piece.schema)
    whole = _inlined(piece, to) or _reread(planner, piece, to) or _exchanged(planner, piece, scattered, to)
    return select(sorted_piece(whole) if ordered else whole, width).branches[0]


def _inlined(piece: Piece, to: Piece) -> Piece | None:
    """Each task computes the rows for itself, from few bytes of files."""
    branch = piece.branches[0]
    size = sum(split.bytes for parts in branch.scans.values() for split in parts[0].splits)
    taken = branch.scans.keys() & {digest for other in to.branches for digest in other.scans}
    if not piece.single or size > INLINE_BYTES or taken or not all(map(_is_light, walk(branch.plan))):
        return None
    scans = {digest: parts * to.tasks for digest, parts in branch.scans.items()}
    return replace(piece, branches=(Branch(branch.plan, to.tasks, scans),))


def _is_light(node: object) -> bool:
    if isinstance(node, Project):
        return node.is_repeatable
    return not isinstance(node, Plan) or isinstance(node, (Filter, Join, Scan))


def _reread(planner: Planner, piece: Piece, to: Piece) -> Piece | None:
    """What a stage has kept for several readers is read whole, not gathered again."""
    branch, kept = piece.branches[0], piece.branches[0].plan
    while isinstance(kept, Project) and not kept.definitions:
        kept = kept.input
    if not isinstance(kept, Read) or kept.everything or kept.position or branch.reads or len(piece.branches) > 1:
        return None
    return replace(piece, branches=(planner.read(kept.stage, tasks=to.tasks, everything=True),))


def _exchanged(planner: Planner, piece: Piece, scattered: Piece, to: Piece) -> Piece:
    gathered = planner.history.holding(piece.branches, "gather")
    hashed = () if gathered else planner.history.holding(scattered.branches, "hash")
    if hashed:
        piece, stage = scattered, hashed[0].stage.key
    else:
        stage = planner.close(piece, Output("gather"))
    return replace(piece, branches=(planner.read(stage, tasks=to.tasks, everything=True),))
