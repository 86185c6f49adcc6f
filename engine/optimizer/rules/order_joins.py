"""Choose the order of inner joins, and which side of each is built, by estimated rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from bigframe.ids import derive, stem
from bigframe.ops.base import Column
from bigframe.plan.catalog import Join, Plan, Project
from bigframe.tree import walk
from engine.optimizer.estimates import Estimate, ScanFacts, estimate, estimates, joined_rows
from engine.optimizer.reducing import LARGEST_SHARE, is_grouped, reduced


@dataclass(frozen=True)
class Relation:
    """Joined rows: the plan, its estimate, and which classes of equal keys it has a column of."""

    plan: Plan
    estimate: Estimate
    keys: dict[int, str]


def order_joins(roots: tuple[Plan, ...], facts: ScanFacts) -> tuple[Plan, ...]:
    """Greedy operator ordering (Fegaras 1998): join the pair with the fewest resulting rows, again and again.

    Only inner joins whose row order nobody observes take part; what an equality of keys implies through others is
    used too. A side of groups, most of which the other side has no key of, makes only those that it has
    (:mod:`engine.optimizer.reducing`).
    """
    known = estimates(roots, facts)
    inside = _joins_inside_others(roots)
    done: dict[int, Any] = {}
    for node in walk(*roots):
        rebuilt: Any = node.map_children(lambda child: done[id(child)])
        if isinstance(node, Join) and node.digest in inside:
            pass
        elif isinstance(node, Join) and _is_free(node):
            rebuilt = _reordered(rebuilt, facts, known)
        elif isinstance(node, Join):
            rebuilt = _with_build_side(rebuilt, known[node.left.digest], known[node.right.digest])
        done[id(node)] = rebuilt
    return tuple(done[id(root)] for root in roots)


def _is_free(node: Plan) -> bool:
    if not isinstance(node, Join):
        return False
    return node.how == "inner" and not node.ordered and node.validate is None and node.build is None


def _renames_only(node: Plan) -> bool:
    return isinstance(node, Project) and all(isinstance(expr, Column) for _, expr in node.definitions)


def _joins_inside_others(roots: tuple[Plan, ...]) -> set[str]:
    """Joins that are part of a larger tree of joins: only the top one reorders it."""
    readers: dict[str, set[str]] = {}
    nodes: dict[str, Plan] = {}
    for node in walk(*roots):
        if isinstance(node, Plan):
            nodes[node.digest] = node
            for child in node.inputs:
                readers.setdefault(child.digest, set()).add(node.digest)
    inside = set()
    for node in nodes.values():
        if _is_free(node):
            for side in (node.left, node.right):  # type: ignore[attr-defined]
                below = _below_renames(side, readers)
                if below is not None:
                    inside.add(below.digest)
    return inside


def _below_renames(node: Plan, readers: dict[str, set[str]]) -> Plan | None:
    """The free join under a chain of renames, unless others read it too."""
    while True:
        if len(readers.get(node.digest, ())) > 1:
            return None
        if _is_free(node):
            return node
        if not _renames_only(node):
            return None
        node = node.inputs[0]


def _reordered(top: Join, facts: ScanFacts, before: dict[str, Estimate]) -> Plan:
    leaves: list[Plan] = []
    pairs: list[tuple[str, str]] = []
    names = _flatten(top, leaves, pairs)
    classes = _classes(pairs)
    known = estimates(tuple(leaves), facts, before)
    relations = []
    for leaf in leaves:
        keys = {classes[id]: id for id in leaf.schema if id in classes}
        if len(keys) < sum(id in classes for id in leaf.schema):
            return top  # two keys of one table are equal: a filter that this rule does not make
        relations.append(Relation(leaf, known[leaf.digest], keys))
    while len(relations) > 1:
        best = min(combinations(relations, 2), key=_cost)
        if not best[0].keys.keys() & best[1].keys.keys():
            return top
        relations = [one for one in relations if one is not best[0] and one is not best[1]]
        relations.append(_join(*best, facts))
    definitions = tuple((id, Column(source)) for id, source in names.items() if id != source)
    return Project(relations[0].plan, definitions, tuple(top.schema))


def _flatten(node: Plan, leaves: list[Plan], pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Collect the tables and key pairs of a tree of joins; the id in its table of every column of the node."""
    if isinstance(node, Join) and _is_free(node):
        names = {**_flatten(node.left, leaves, pairs), **_flatten(node.right, leaves, pairs)}
        pairs += [(names[a], names[b]) for a, b in zip(node.left_on, node.right_on, strict=True)]
        return names
    if isinstance(node, Project) and _renames_only(node) and _leads_to_join(node):
        below = _flatten(node.input, leaves, pairs)
        for id, expr in node.definitions:
            assert isinstance(expr, Column)
            below[id] = below[expr.id]
        return {id: below[id] for id in node.outputs}
    number = str(len(leaves))
    ids = {id: derive(stem(id), id, "leaf", number, node.digest) for id in node.schema}
    leaves.append(Project(node, tuple((new, Column(id)) for id, new in ids.items()), tuple(ids.values())))
    return ids


def _leads_to_join(node: Plan) -> bool:
    while isinstance(node, Project) and _renames_only(node):
        node = node.input
    return _is_free(node)


def _classes(pairs: list[tuple[str, str]]) -> dict[str, int]:
    """The class of equal keys that each key column belongs to."""
    classes: dict[str, int] = {}
    for number, (a, b) in enumerate(pairs):
        joined = {classes.get(a, number), classes.get(b, number), number}
        target = min(joined)
        classes[a] = classes[b] = target
        classes = {id: target if one in joined else one for id, one in classes.items()}
    return classes


def _on(left: Relation, right: Relation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    shared = sorted(left.keys.keys() & right.keys.keys())
    return tuple(left.keys[one] for one in shared), tuple(right.keys[one] for one in shared)


def _cost(pair: tuple[Relation, Relation]) -> tuple[bool, bool, float]:
    """What is compared to choose a pair: tables without common keys last, groups before few are asked for late."""
    left, right = pair
    left_on, right_on = _on(left, right)
    if not left_on:
        return True, True, float("inf")
    rows = joined_rows("inner", left_on, right_on, left.estimate, right.estimate)
    grouped = is_grouped(left.plan, left_on) or is_grouped(right.plan, right_on)
    return False, grouped and not _is_reduced(left, right) and not _is_reduced(right, left), rows


def _is_reduced(one: Relation, other: Relation) -> bool:
    """Whether the other's keys leave so few groups of one that finding them first is worth it."""
    one_on, other_on = _on(one, other)
    few = other.estimate.distinct(other_on) <= LARGEST_SHARE * one.estimate.rows
    return few and is_grouped(one.plan, one_on)


def _join(left: Relation, right: Relation, facts: ScanFacts) -> Relation:
    if left.estimate.rows < right.estimate.rows:
        left, right = right, left
    left_on, right_on = _on(left, right)
    rows = reduced(left.plan, left_on, right.plan, right_on) if _is_reduced(left, right) else left.plan
    plan = Join(rows, right.plan, left_on, right_on, "inner", ordered=False, build="right")
    return Relation(plan, estimate(plan, [left.estimate, right.estimate], facts), {**right.keys, **left.keys})


def _with_build_side(node: Join, left: Estimate, right: Estimate) -> Join:
    if node.ordered or node.build is not None or node.how not in ("inner", "left", "right"):
        return node
    return node.replace(build="left" if left.rows < right.rows else "right")
