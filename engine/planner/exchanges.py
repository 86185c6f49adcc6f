"""Exchanges: rows change places between stages, and their order travels as columns."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ids import derive
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from engine.kernels.relational.leaves import Origin
from engine.planner.arranging import arranged, by_files
from engine.planner.clustering import is_clustered
from engine.planner.columns import column_alone
from engine.planner.planner import Planner, along
from engine.planner.stages import Output, Piece, Stage


def gather(planner: Planner, piece: Piece, *, ordered: bool, enough: int | None = None) -> Piece:
    """All rows in one task, in order if that is observed; of a piece in positional order the first may be ``enough``."""
    if piece.single:
        return sorted_piece(piece) if ordered and piece.order else replace(piece, order=())
    width = tuple(piece.schema)
    stage = planner.close(piece, Output("gather", enough=None if piece.order else enough))
    gathered = replace(piece, branches=(planner.read(stage, tasks=1),), hashed_on=None)
    if ordered and piece.order:
        gathered = sorted_piece(gathered)
    return select(replace(gathered, order=(), positional=True), width)


def sorted_piece(piece: Piece) -> Piece:
    """Each branch's rows in the piece's order; right where a task has all rows, or all of a range."""
    if not piece.order:
        return piece
    return replace(along(piece, lambda plan: Sort(plan, piece.order)), order=(), positional=True)


def select(piece: Piece, ids: tuple[str, ...]) -> Piece:
    """Only some columns."""
    return along(piece, lambda plan: plan if tuple(plan.schema) == ids else Project(plan, (), ids))


def with_order_columns(piece: Piece) -> Piece:
    """The piece with its order wholly in columns, so that rows may be scattered."""
    if not piece.positional:
        return piece
    origin = derive("origin", *(branch.plan.digest for branch in piece.branches))
    marked = along(piece, lambda plan: Origin(plan, origin))
    return replace(marked, order=(*piece.order, (origin, False, True)), positional=False)


def shuffle(planner: Planner, piece: Piece, keys: tuple[str, ...], *, ordered: bool) -> Piece:
    """Rows with equal keys in one task."""
    if piece.hashed_on == keys and len(piece.branches) == 1 or is_clustered(planner, piece, keys):
        return piece
    scattered = with_order_columns(piece) if ordered else piece
    has_run = any(found.stage.output.keys == keys for found in planner.history.holding(scattered.branches, "hash"))
    if piece.single and planner.sizing.fits(piece.bytes) and not has_run:
        return piece
    buckets = planner.sizing.exchange(piece.bytes)
    (met,) = arranged(planner, scatter(planner, scattered, keys, buckets, ordered=ordered))
    return met


def scatter(planner: Planner, piece: Piece, keys: tuple[str, ...], buckets: int, *, ordered: bool) -> Piece:
    """Rows divided by the hash of keys, a task for every bucket; as many as there are, if that has run."""
    piece = with_order_columns(piece) if ordered else piece
    stage = planner.close(piece, Output("hash", buckets, keys))
    return _in_buckets(planner, piece, planner.stages[stage], ordered=ordered)


def resumed(planner: Planner, piece: Piece, scattered: Piece, *, ordered: bool) -> Piece:
    """The piece as stages that have run hold its rows, if they do: nothing is computed twice for another exchange.

    ``scattered`` is the piece as it is divided by hash.
    """
    for found in planner.history.holding(scattered.branches, "hash"):
        return _in_buckets(planner, scattered, found.stage, ordered=ordered)
    for found in planner.history.holding(piece.branches, "gather"):
        return by_files(planner, piece, found)
    return piece


def in_ranges(planner: Planner, piece: Piece) -> Piece:
    """Rows divided among tasks by the order they are in: positional order, without gathering what is more than a task's."""
    if not piece.order:
        return piece
    if piece.single:
        return sorted_piece(piece)
    width, first, rows = tuple(piece.schema), piece.order[0][0], with_order_columns(piece)
    large = planner.sizing.adaptive and piece.bytes > planner.sizing.task(piece.bytes)
    keys = column_alone(piece, first) if large and not planner.history.holding(rows.branches, "keep") else None
    piece = rows
    if keys is not None:
        sampled, again = planner.close(keys, Output("sample"), sample=(first,)), piece
    else:
        sampled = planner.close(piece, Output("keep", piece.tasks), sample=(first,))
        again = replace(piece, branches=(planner.read(sampled, tasks=piece.tasks),))
        made = planner.history.get(sampled)
        if made is not None and planner.sizing.adaptive and made.bytes <= planner.sizing.task(made.bytes):
            whole = planner.read(sampled, tasks=1, everything=True)
            return select(sorted_piece(replace(piece, branches=(whole,), hashed_on=None, shares=None)), width)
    wanted = planner.sizing.exchange(piece.bytes)
    stage = planner.close(again, Output("range", wanted, order=piece.order, samples=sampled))
    tasks = planner.stages[stage].output.partitions
    ranges = replace(piece, branches=(planner.read(stage, tasks=tasks),), hashed_on=None, shares=None)
    (ranges,) = arranged(planner, ranges)
    return select(sorted_piece(ranges), width)


def position(planner: Planner, piece: Piece, id: str) -> Piece:
    """The piece with the position of each row over all tasks as a column; its order must be positional."""
    stage = planner.close(piece, Output("keep", piece.tasks))
    return replace(piece, branches=(planner.read(stage, tasks=piece.tasks, position=id),))


def _in_buckets(planner: Planner, piece: Piece, stage: Stage, *, ordered: bool) -> Piece:
    buckets = stage.output.partitions
    return replace(
        piece,
        branches=(planner.read(stage.key, tasks=buckets),),
        hashed_on=stage.output.keys,
        buckets=buckets,
        shares=None,
        order=piece.order if ordered else (),
        positional=False,
    )
