"""Planning of nodes that work row by row or read files: they extend the stage they are in."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ops.base import Column
from bigframe.plan.catalog import Concat, Explode, Filter, MapBatches, Plan, Project, Scan, Unpivot
from engine.planner.exchanges import gather, in_ranges, shuffle, sorted_piece
from engine.planner.planner import Planner, extend, plans
from engine.planner.stages import Branch, Piece, side_by_side
from engine.planner.windows import windowed


@plans(Scan)
def scan(planner: Planner, node: Scan) -> Piece:
    parts = planner.split(node)
    return Piece((Branch(node, len(parts), {node.digest: parts}),))


@plans(Filter, Explode)
def row_by_row(planner: Planner, node: Filter | Explode, piece: Piece) -> Piece:
    def make(plan: Plan) -> Plan:
        return node.replace(input=plan)

    hashed = piece.hashed_on
    if isinstance(node, Explode) and hashed is not None and set(hashed) & set(node.columns):
        hashed = None
    return replace(extend(piece, make), hashed_on=hashed)


@plans(MapBatches)
def map_batches(planner: Planner, node: MapBatches, piece: Piece) -> Piece:
    """A user function sees its rows in order: what it makes has no order columns any more."""
    if node.keys:
        piece = sorted_piece(shuffle(planner, piece, node.keys, ordered=True))
    elif piece.order:
        piece = in_ranges(planner, piece)
    ids = tuple(node.input.schema)
    extended = extend(
        piece, lambda plan: node.replace(input=plan if tuple(plan.schema) == ids else Project(plan, (), ids))
    )
    return (
        replace(extended, order=(), positional=True, hashed_on=None) if node.keys else replace(extended, hashed_on=None)
    )


@plans(Unpivot)
def unpivot(planner: Planner, node: Unpivot, piece: Piece) -> Piece:
    """Only its own columns remain, so rows come in their order."""
    placed = in_ranges(planner, piece) if piece.order else piece
    rows = extend(placed, lambda plan: node.replace(input=plan))
    return replace(rows, order=(), positional=True, hashed_on=None)


@plans(Project)
def project(planner: Planner, node: Project, piece: Piece) -> Piece:
    if node.has_windows:
        return windowed(planner, node, piece)
    carried = tuple(key for key, _, _ in piece.order if key not in node.outputs)
    renamed = {expr.id: id for id, expr in node.definitions if isinstance(expr, Column) and id in node.outputs}
    names = {**renamed, **{id: id for id in node.outputs if id in node.input.schema}}
    known = piece.hashed_on is not None and all(key in names for key in piece.hashed_on)
    return replace(
        extend(piece, lambda plan: node.replace(input=plan, outputs=(*node.outputs, *carried))),
        hashed_on=tuple(names[key] for key in piece.hashed_on or ()) if known else None,
    )


@plans(Concat)
def concat(planner: Planner, node: Concat, *pieces: Piece) -> Piece:
    ids = tuple(node.schema)
    ordered = planner.ordered(node)
    if all(piece.single for piece in pieces):
        pieces = tuple(gather(planner, piece, ordered=ordered) for piece in pieces)
        branches = [piece.branches[0] for piece in pieces]
        return Piece((side_by_side(node.replace(tables=tuple(branch.plan for branch in branches)), 1, *branches),))
    placed = [in_ranges(planner, piece) if ordered else piece for piece in pieces]
    dtypes = node.dtypes

    def aligned(plan: Plan) -> Plan:
        return Concat((plan if tuple(plan.schema) == ids else Project(plan, (), ids),), dtypes)

    return Piece(tuple(branch for piece in placed for branch in extend(piece, aligned).branches))
