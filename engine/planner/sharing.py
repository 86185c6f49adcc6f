"""Sharing: which nodes that several others read are worth computing once and keeping."""

from __future__ import annotations

from collections import Counter

from bigframe.plan.catalog import (
    Aggregate,
    Buckets,
    Components,
    Distinct,
    Explode,
    Join,
    MapBatches,
    Plan,
    Project,
    Sort,
)
from engine.optimizer.walks import nodes_under

_HEAVY = (Aggregate, Buckets, Components, Distinct, Explode, Join, MapBatches, Sort)


def shared_nodes(roots: tuple[Plan, ...]) -> frozenset[str]:
    """Digests of nodes with several readers above work that is dearer than writing and reading its result."""
    readers: Counter[str] = Counter()
    nodes: dict[str, Plan] = {}
    for node in nodes_under(roots):
        if node.digest not in nodes:
            nodes[node.digest] = node
            readers.update(child.digest for child in node.inputs)
    heavy: dict[str, bool] = {}
    shared = set()
    for digest, node in nodes.items():
        heavy[digest] = _is_heavy(node) or any(heavy[child.digest] for child in node.inputs)
        if heavy[digest] and readers[digest] > 1:
            shared.add(digest)
            heavy[digest] = False
    return frozenset(shared)


def _is_heavy(node: Plan) -> bool:
    if isinstance(node, Project):
        return not node.is_repeatable
    return isinstance(node, _HEAVY)
