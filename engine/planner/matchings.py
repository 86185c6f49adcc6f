"""Planning of joins: a small side goes to every task, else both sides meet by the hash of their keys."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ids import derive, stem
from bigframe.ops.base import Column
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from engine.planner.exchanges import broadcast, gather, select, shuffle, with_order_columns
from engine.planner.planner import Planner, extend, plans
from engine.planner.stages import Branch, Piece


@plans(Join)
def join(planner: Planner, node: Join, left: Piece, right: Piece) -> Piece:
    ordered = planner.ordered(node) and node.ordered
    left, right = _apart(node, left, "left"), _apart(node, right, "right")
    single = all(piece.tasks == 1 and len(piece.branches) == 1 for piece in (left, right))
    if single:
        left, right = gather(planner, left, ordered=ordered), gather(planner, right, ordered=ordered)
        branch = _joined(node, left.branches[0], right.branches[0].plan, right.branches[0])
        return Piece((branch,), positional=ordered)
    fits = node.how == "cross" or node.validate is None and right.bytes <= planner.broadcast_bytes
    if fits and node.how in ("inner", "left", "semi", "anti", "cross"):
        whole = broadcast(planner, right, ordered=ordered, tasks=left.tasks)
        branches = tuple(_joined(node, branch, whole.plan) for branch in left.branches)
        kept = left if ordered else replace(left, order=(), positional=False)
        return replace(kept, branches=branches)
    if node.validate is None and left.bytes <= planner.broadcast_bytes and node.how == "inner" and not ordered:
        whole = broadcast(planner, left, ordered=False, tasks=right.tasks)
        branches = tuple(
            replace(branch, plan=node.replace(left=whole.plan, right=branch.plan)) for branch in right.branches
        )
        return replace(right, branches=branches, order=(), positional=False)
    count = max(planner.partitions(left.bytes), planner.partitions(right.bytes))
    if ordered:
        left, right = _apart(node, with_order_columns(left), "left"), _apart(node, with_order_columns(right), "right")
    left = shuffle(planner, left, node.left_on, ordered=ordered, partitions=count)
    right = shuffle(planner, right, node.right_on, ordered=ordered, partitions=count)
    sides = (right.order, left.order) if node.how == "right" else (left.order, right.order)
    branch = _joined(node.replace(ordered=False), left.branches[0], right.branches[0].plan, right.branches[0])
    hashed = node.right_on if node.how == "right" else node.left_on if node.how != "outer" else None
    order = (*sides[0], *(() if node.how in ("semi", "anti") else sides[1]))
    return Piece((branch,), order if ordered else (), positional=False, hashed_on=hashed)


def _apart(node: Join, piece: Piece, side: str) -> Piece:
    """The columns that the join takes from a side, and those of its order under names that the other side lacks."""
    ids = tuple((node.left if side == "left" else node.right).schema)
    carried = {key: derive(stem(key), key, side, node.digest) for key, _, _ in piece.order if key not in ids}
    if not carried:
        return select(piece, ids)
    renamed = tuple((new, Column(old)) for old, new in carried.items())
    order = tuple((carried.get(key, key), descending, last) for key, descending, last in piece.order)
    return replace(extend(piece, lambda plan: Project(plan, renamed, (*ids, *carried.values()))), order=order)


def _joined(node: Join, left: Branch, right: Plan, also: Branch | None = None) -> Branch:
    scans = {**left.scans, **(also.scans if also else {})}
    return Branch(node.replace(left=left.plan, right=right), left.tasks, scans)
