"""Planning of nodes that define or need row order: sort, slice, position, distinct."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ids import derive
from bigframe.ops.base import Column, Literal
from bigframe.ops.comparison import Ge
from bigframe.plan.catalog import Distinct, Filter, Number, Plan, Project, Slice, Sort
from bigframe.schema import INT64
from engine.planner.exchanges import gather, in_ranges, position, shuffle, sorted_piece
from engine.planner.planner import Planner, extend, plans
from engine.planner.stages import Piece


@plans(Sort)
def sort(planner: Planner, node: Sort, piece: Piece) -> Piece:
    """A sort only says what the order is: rows move when somebody looks at it."""
    if piece.single:
        return replace(extend(sorted_piece(piece), lambda plan: node.replace(input=plan)), order=(), positional=True)
    known = {key for key, _, _ in node.by}
    return replace(piece, order=(*node.by, *(key for key in piece.order if key[0] not in known)))


@plans(Slice)
def cut(planner: Planner, node: Slice, piece: Piece) -> Piece:
    def here(plan: Plan) -> Plan:
        return node.replace(input=plan)

    if piece.single:
        return replace(extend(sorted_piece(piece), here), order=(), positional=True, hashed_on=None)
    if node.offset < 0 or node.length is not None:
        # Each task can only contribute its own first (or last) rows.
        first = node.offset >= 0
        wanted = node.offset + (node.length or 0) if first else -node.offset
        local = extend(piece, lambda plan: Sort(plan, piece.order)) if piece.order else piece
        local = extend(local, lambda plan: Slice(plan, 0 if first else -wanted, wanted))
        return extend(gather(planner, replace(local, bytes=0), ordered=True, enough=wanted if first else None), here)
    ranked = in_ranges(planner, piece)
    at = derive("row", node.digest)
    numbered = position(planner, ranked, at)
    kept = extend(numbered, lambda plan: Filter(plan, Ge(Column(at), Literal(node.offset, INT64))))
    return extend(kept, lambda plan: Project(plan, (), tuple(node.schema)))


@plans(Number)
def number(planner: Planner, node: Number, piece: Piece) -> Piece:
    placed = in_ranges(planner, piece)
    if placed.single:
        return replace(extend(placed, lambda plan: node.replace(input=plan)), order=(), positional=True)
    return position(planner, placed, node.id)


@plans(Distinct)
def distinct(planner: Planner, node: Distinct, piece: Piece) -> Piece:
    def here(plan: Plan) -> Plan:
        return node.replace(input=plan)

    picks = node.keep in ("first", "last")
    ordered = picks or planner.ordered(node)
    if piece.single:
        kept = extend(sorted_piece(piece) if ordered else piece, here)
        return replace(kept, order=(), positional=True, hashed_on=None)
    if node.keep == "any":
        piece = extend(piece, here)
    met = shuffle(planner, piece, node.keys, ordered=ordered)
    if picks and met.order:
        met = extend(met, lambda plan: Sort(plan, met.order))
    return extend(met, here)
