"""Planning of nodes that work row by row or read files: they extend the stage they are in."""

from __future__ import annotations

from dataclasses import replace

from bigframe.plan.catalog import Concat, Explode, Filter, MapBatches, Plan, Project, Scan
from engine.planner.exchanges import in_ranges
from engine.planner.planner import Planner, extend, plans
from engine.planner.stages import Branch, Piece
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
    piece = in_ranges(planner, piece) if piece.order else piece
    ids = tuple(node.input.schema)
    extended = extend(
        piece, lambda plan: node.replace(input=plan if tuple(plan.schema) == ids else Project(plan, (), ids))
    )
    return replace(extended, hashed_on=None)


@plans(Project)
def project(planner: Planner, node: Project, piece: Piece) -> Piece:
    if node.has_windows:
        return windowed(planner, node, piece)
    carried = tuple(key for key, _, _ in piece.order if key not in node.outputs)
    hashed = piece.hashed_on if piece.hashed_on is None or set(piece.hashed_on) <= set(node.outputs) else None
    return replace(
        extend(piece, lambda plan: node.replace(input=plan, outputs=(*node.outputs, *carried))), hashed_on=hashed
    )


@plans(Concat)
def concat(planner: Planner, node: Concat, *pieces: Piece) -> Piece:
    ids = tuple(node.schema)
    ordered = planner.ordered(node)
    if all(piece.tasks == 1 and len(piece.branches) == 1 for piece in pieces):
        from engine.planner.exchanges import gather

        pieces = tuple(gather(planner, piece, ordered=ordered) for piece in pieces)
        branches = [piece.branches[0] for piece in pieces]
        scans = {digest: parts for branch in branches for digest, parts in branch.scans.items()}
        return Piece((Branch(node.replace(tables=tuple(branch.plan for branch in branches)), 1, scans),))
    placed = [in_ranges(planner, piece) if ordered else piece for piece in pieces]
    dtypes = node.dtypes

    def aligned(plan: Plan) -> Plan:
        return Concat((plan if tuple(plan.schema) == ids else Project(plan, (), ids),), dtypes)

    return Piece(tuple(branch for piece in placed for branch in extend(piece, aligned).branches))
