"""Planning of aggregations: in two steps where reductions merge, else by bringing groups together."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ops.base import Column
from bigframe.ops.reductions import observes_order
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.buckets import Buckets
from bigframe.plan.components import Components
from bigframe.plan.node import Plan
from engine.kernels.relational.aggregate import MergeAggregate, PartialAggregate, has_partial
from engine.kernels.relational.distinct_counts import DistinctCounts, DistinctValues, counted
from engine.kernels.relational.graph import MergeComponents, PartialComponents
from engine.planner.clustering import is_clustered
from engine.planner.exchanges import gather, select, shuffle, sorted_piece
from engine.planner.planner import Planner, extend, plans
from engine.planner.stages import Piece

# Each column whose values are counted is one more pass over the rows, and goes to the exchange by itself.
MOST_COUNTED = 16
# Values are made distinct before an exchange where that leaves fewer than this share of the rows.
FEW = 0.25


@plans(Aggregate)
def aggregate(planner: Planner, node: Aggregate, piece: Piece) -> Piece:
    def whole(plan: Plan) -> Plan:
        return node.replace(input=plan)

    in_order = any(observes_order(expr, node.input.schema) for _, expr in node.aggregates)
    together = piece.hashed_on is not None and bool(node.keys) and set(piece.hashed_on) <= set(node.keys)
    if piece.single or together and len(piece.branches) == 1 or is_clustered(planner, piece, node.keys):
        grouped = extend(sorted_piece(piece) if in_order else piece, whole)
        return replace(grouped, order=(), positional=False, hashed_on=piece.hashed_on if together else None)
    source = dict(node.input.schema)
    if len(counted(node)) <= MOST_COUNTED and all(has_partial(expr, source) for _, expr in node.aggregates):
        states = _states(planner, node, replace(piece, order=(), positional=False, hashed_on=None))
        met = (
            shuffle(planner, states, node.keys, ordered=False) if node.keys else gather(planner, states, ordered=False)
        )
        merged = extend(met, lambda plan: MergeAggregate(plan, node.keys, node.aggregates, tuple(source.items())))
    else:
        met = (
            shuffle(planner, piece, node.keys, ordered=in_order)
            if node.keys
            else gather(planner, piece, ordered=in_order)
        )
        merged = extend(sorted_piece(met) if in_order else met, whole)
    return replace(merged, order=(), positional=False, hashed_on=node.keys or None)


def _states(planner: Planner, node: Aggregate, piece: Piece) -> Piece:
    """States of the groups in each task; counts of distinct values are taken where equal values have met.

    Values are spread by themselves and not by their group, so that a group with many rows is the work of all tasks.
    """
    values = counted(node)
    if len(values) == 1 and isinstance(value := values[0], Column):
        identity = tuple(dict.fromkeys((*node.keys, value.id)))
        rows = select(piece, tuple(node.input.schema))
        if planner.history.holding(rows.branches, "hash") or not _repeat(planner, node, identity, piece.tasks):
            piece, values = shuffle(planner, rows, identity, ordered=False), ()
    if not values:
        states = extend(piece, lambda plan: PartialAggregate(plan, node.keys, node.aggregates))
        return replace(states, hashed_on=None, bytes=piece.bytes / 4)
    parts = extend(piece, lambda plan: DistinctValues(plan, node.keys, node.aggregates))
    met = shuffle(planner, parts, DistinctValues(node.input, node.keys, node.aggregates).identity, ordered=False)
    source = tuple(node.input.schema.items())
    counts = extend(met, lambda plan: DistinctCounts(plan, node.keys, node.aggregates, source))
    return replace(counts, hashed_on=None, bytes=piece.bytes / 4)


def _repeat(planner: Planner, node: Aggregate, columns: tuple[str, ...], tasks: int) -> bool:
    """Whether the rows of one task hold few combinations of some columns."""
    known = planner.estimates[node.input.digest]
    return known.distinct(columns) < FEW * known.rows / tasks


@plans(Buckets)
def buckets(planner: Planner, node: Buckets, piece: Piece) -> Piece:
    narrow = select(piece, (node.bucket, node.member))
    met = shuffle(planner, narrow, (node.bucket,), ordered=False)
    return replace(extend(met, lambda plan: node.replace(input=plan)), order=(), positional=False, hashed_on=None)


@plans(Components)
def components(planner: Planner, node: Components, piece: Piece) -> Piece:
    if piece.tasks == 1 and len(piece.branches) == 1:
        return replace(extend(piece, lambda plan: node.replace(input=plan)), order=(), positional=False, hashed_on=None)
    forests = extend(piece, lambda plan: PartialComponents(plan, node.edge, node.node, node.root))
    met = gather(planner, replace(forests, order=(), positional=False), ordered=False)
    return replace(extend(met, lambda plan: MergeComponents(plan, node.node, node.root)), order=(), positional=False)
