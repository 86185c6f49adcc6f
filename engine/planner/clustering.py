"""Clustering: where rows with equal values are in one task already, because the files say so."""

from __future__ import annotations

from bigframe.ops.base import Column
from bigframe.plan.catalog import Aggregate, Explode, Filter, Join, Plan, Project, Scan
from engine.kernels.relational.leaves import Origin
from engine.planner.planner import Planner
from engine.planner.stages import Branch, Piece


def is_clustered(planner: Planner, piece: Piece, keys: tuple[str, ...]) -> bool:
    """Whether rows with equal keys are in one task, by the bounds of one of the keys in what each task scans.

    So a table that is written in the order of a key, or into a folder for each of its values, is grouped by it without
    an exchange.
    """
    return len(piece.branches) == 1 and any(
        _is_apart(planner, piece.branches[0], piece.branches[0].plan, key) for key in keys
    )


def _is_apart(planner: Planner, branch: Branch, plan: Plan, id: str) -> bool:
    """Whether no value of a column is in the rows of two tasks: the column is followed down to the scan that reads it."""
    while True:
        match plan:
            case Scan():
                return branch.scans.get(plan.digest) == planner.split(plan) and planner.apart(plan, id)
            case Project() if not plan.has_windows:
                expr = dict(plan.definitions).get(id, Column(id))
                if not isinstance(expr, Column):
                    return False
                plan, id = plan.input, expr.id
            case Filter() | Origin():
                plan = plan.input
            case Explode() if id not in plan.columns:
                plan = plan.input
            case Aggregate() if id in plan.keys:
                plan = plan.input
            case Join():
                return any(_is_apart(planner, branch, side, same) for side, same in _origins(plan, id))
            case _:
                return False


def _origins(node: Join, id: str) -> list[tuple[Plan, str]]:
    """The sides of a join each of whose rows is in one task with what is made of it, and the column there."""
    pairs = [*zip(node.left_on, node.right_on, strict=True)] if node.how == "inner" else []
    left = [(node.left, id)] if id in node.left.schema else [(node.left, a) for a, b in pairs if b == id]
    right = [(node.right, id)] if id in node.right.schema else [(node.right, b) for a, b in pairs if a == id]
    return (left if node.how != "right" else []) + (right if node.how in ("inner", "right") else [])
