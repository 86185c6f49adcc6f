"""Exchanges: rows change places between stages, and their order travels as columns."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ids import derive
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from engine.kernels.relational.leaves import Origin
from engine.planner.planner import Planner, extend
from engine.planner.stages import Branch, Output, Piece


def gather(planner: Planner, piece: Piece, *, ordered: bool) -> Piece:
    """All rows in one task, in order if that is observed."""
    if piece.tasks == 1 and len(piece.branches) == 1:
        return sorted_piece(piece) if ordered and piece.order else replace(piece, order=())
    width = tuple(piece.schema)
    stage = planner.close(piece, Output("gather"))
    gathered = replace(piece, branches=(planner.read(stage, tasks=1),), hashed_on=None)
    if ordered and piece.order:
        gathered = sorted_piece(gathered)
    return select(replace(gathered, order=(), positional=True), width)


def sorted_piece(piece: Piece) -> Piece:
    """Each branch's rows in the piece's order; right where a task has all rows, or all of a range."""
    if not piece.order:
        return piece
    return replace(extend(piece, lambda plan: Sort(plan, piece.order)), order=(), positional=True)


def select(piece: Piece, ids: tuple[str, ...]) -> Piece:
    """Only some columns."""
    return extend(piece, lambda plan: plan if tuple(plan.schema) == ids else Project(plan, (), ids))


def with_order_columns(piece: Piece) -> Piece:
    """The piece with its order wholly in columns, so that rows may be scattered."""
    if not piece.positional:
        return piece
    origin = derive("origin", *(branch.plan.digest for branch in piece.branches))
    marked = extend(piece, lambda plan: Origin(plan, origin))
    return replace(marked, order=(*piece.order, (origin, False, True)), positional=False)


def shuffle(
    planner: Planner, piece: Piece, keys: tuple[str, ...], *, ordered: bool, partitions: int | None = None
) -> Piece:
    """Rows with equal keys in one task."""
    if (
        piece.tasks == 1
        and len(piece.branches) == 1
        and partitions in (None, 1)
        and planner.partitions(piece.bytes) == 1
    ):
        return piece
    if piece.hashed_on == keys and partitions in (None, piece.tasks) and len(piece.branches) == 1:
        return piece
    if ordered:
        piece = with_order_columns(piece)
    count = partitions or planner.partitions(piece.bytes)
    stage = planner.close(piece, Output("hash", count, keys))
    order = piece.order if ordered else ()
    return replace(piece, branches=(planner.read(stage, tasks=count),), hashed_on=keys, order=order, positional=False)


def broadcast(planner: Planner, piece: Piece, *, ordered: bool, tasks: int) -> Branch:
    """All rows of a piece for every task, in order if that is observed."""
    width = tuple(piece.schema)
    stage = planner.close(piece, Output("gather"))
    whole = replace(piece, branches=(planner.read(stage, tasks=tasks, everything=True),))
    return select(sorted_piece(whole) if ordered else whole, width).branches[0]


def in_ranges(planner: Planner, piece: Piece) -> Piece:
    """Rows divided among tasks by the order they are in: positional order, without gathering."""
    if not piece.order:
        return piece
    if piece.tasks == 1 and len(piece.branches) == 1:
        return sorted_piece(piece)
    width = tuple(piece.schema)
    piece = with_order_columns(piece)
    first = piece.order[0][0]
    kept = planner.close(piece, Output("keep", piece.tasks), sample=(first,))
    count = planner.partitions(piece.bytes)
    again = replace(piece, branches=(planner.read(kept, tasks=piece.tasks),))
    ranged = planner.close(again, Output("range", count, order=piece.order, samples=kept))
    ranges = replace(piece, branches=(planner.read(ranged, tasks=count),), hashed_on=None)
    return select(sorted_piece(ranges), width)


def position(planner: Planner, piece: Piece, id: str) -> Piece:
    """The piece with the position of each row over all tasks as a column; its order must be positional."""
    stage = planner.close(piece, Output("keep", piece.tasks))
    return replace(piece, branches=(planner.read(stage, tasks=piece.tasks, position=id),))
