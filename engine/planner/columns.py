"""Columns: one column of a piece by itself, where that is read without the others."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ops.base import is_repeatable
from bigframe.plan.catalog import Filter, Plan, Project, Scan
from bigframe.plan.node import plans
from engine.optimizer.rules.prune import prune
from engine.planner.stages import Branch, Piece

_COLUMNAR = ("feather", "ipc", "orc", "parquet")


def column_alone(piece: Piece, id: str) -> Piece | None:
    """A column of a piece, if computing it again costs less than writing and reading all rows for it; else None."""
    if not all(_is_light(node) for branch in piece.branches for node in plans(branch.plan)):
        return None
    return replace(piece, branches=tuple(_alone(branch, id) for branch in piece.branches), order=(), of=None)


def _is_light(node: Plan) -> bool:
    match node:
        case Project():
            return node.is_repeatable
        case Filter():
            return is_repeatable(node.predicate)
    return isinstance(node, Scan) and node.format in _COLUMNAR


def _alone(branch: Branch, id: str) -> Branch:
    (plan,) = prune((Project(branch.plan, (), (id,)),))
    # Row by row there is one scan.
    (scan,) = (node for node in plans(plan) if isinstance(node, Scan))
    return replace(branch, plan=plan, scans={scan.digest: next(iter(branch.scans.values()))})
