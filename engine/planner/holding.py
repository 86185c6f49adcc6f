"""Holding: how many bytes operators keep in memory until they have seen all their rows, by estimate."""

from __future__ import annotations

from collections.abc import Mapping

from bigframe.plan.catalog import Aggregate, Filter, Join, MapBatches, Plan, Project, Scan, Sink, Sort
from engine.kernels.relational.aggregate import has_partial
from engine.kernels.relational.leaves import Read
from engine.optimizer.estimates import Estimate

_PASSING = (Filter, MapBatches, Read, Scan, Sink)


def held(node: Plan, sizes: Mapping[str, Estimate]) -> float:
    """Bytes that an operator keeps: the smaller side of a join, the rows of a sort or of a median, else groups.

    Parameters
    ----------
    node
        The operator.
    sizes
        Estimates by digest, of the node and of its inputs.
    """
    if isinstance(node, Join):
        return min(sizes[side.digest].bytes for side in (node.left, node.right))
    if isinstance(node, Sort) or isinstance(node, Project) and node.has_windows:
        return sizes[node.input.digest].bytes
    if isinstance(node, Aggregate) and not all(has_partial(expr, node.input.schema) for _, expr in node.aggregates):
        return sizes[node.input.digest].bytes
    return 0.0 if isinstance(node, (Project, *_PASSING)) else sizes[node.digest].bytes
