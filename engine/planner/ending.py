"""Ending: where the rows that a job answers with are made; the driver makes them itself where little is left to do."""

from __future__ import annotations

from bigframe.ops.base import Expr
from bigframe.plan.catalog import Aggregate, Distinct, Filter, Number, Plan, Project, Slice, Sort, Unpivot
from bigframe.tree import Tree, walk
from engine.kernels.relational.aggregate import MergeAggregate
from engine.kernels.relational.distinct_counts import DistinctCounts
from engine.kernels.relational.leaves import Origin, Read
from engine.planner.planner import Planner
from engine.planner.stages import Output, Piece

LITTLE_BYTES = 1 << 20
"""Reading and grouping so much takes some milliseconds, as does every way to a worker and back."""

_NEVER_MORE = (
    Aggregate,
    Distinct,
    DistinctCounts,
    Filter,
    MergeAggregate,
    Number,
    Origin,
    Project,
    Read,
    Slice,
    Sort,
    Unpivot,
)


def ending(planner: Planner, piece: Piece, *, here: bool) -> Output:
    """What a job's last stage hands over, and how; ``here`` where all tasks run in the driver's process."""
    return Output("memory" if here or _is_little(planner, piece) else "gather", order=piece.order)


def _is_little(planner: Planner, piece: Piece) -> bool:
    """Whether one task reads only what has run, and little, and nothing makes that more or calls users' functions."""
    nodes = list(walk(piece.branches[0].plan))
    made = [planner.history.get(node.stage) for node in nodes if isinstance(node, Read)]
    read = sum(one.bytes if one else LITTLE_BYTES for one in made)
    return piece.single and bool(made) and read < LITTLE_BYTES and all(map(_is_light, nodes))


def _is_light(node: Tree) -> bool:
    return (
        not isinstance(node, (Plan, Expr)) or isinstance(node, _NEVER_MORE) or isinstance(node, Expr) and node.is_cheap
    )
