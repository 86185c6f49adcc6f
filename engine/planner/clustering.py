"""Clustering: tables that are written in the order of a key are grouped and joined by it without an exchange."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bigframe.ops.base import Column
from bigframe.plan.catalog import Aggregate, Explode, Filter, Join, Plan, Project, Scan
from bigframe.tree import walk
from engine.kernels.relational.leaves import Origin, Read
from engine.planner.planner import Planner
from engine.planner.stages import Branch, Piece
from engine.planner.zones import Bounds


def is_clustered(planner: Planner, piece: Piece, keys: tuple[str, ...]) -> bool:
    """Whether rows with equal keys are in one task, by the bounds of one of the keys in what each task scans.

    So are those of a table that is written in the order of a key, or into a folder for each of its values.
    """
    if len(piece.branches) > 1:
        return False
    known = (_bounds(planner, piece.branches[0], key) for key in keys)
    return any(bounds is not None and _are_apart(bounds) for bounds in known)


def partners(
    planner: Planner, piece: Piece, keys: tuple[str, ...], other: Piece, other_keys: tuple[str, ...]
) -> Branch | None:
    """The rows of another piece that each task of a piece has to read to find all partners of its own rows.

    None where nothing is known, or where tasks would read much more than the other piece's tasks do.
    """
    if len(piece.branches) > 1 or len(other.branches) > 1:
        return None
    branch = other.branches[0]
    if piece.branches[0].scans.keys() & branch.scans.keys():
        return None
    main = _main_scan(planner, branch)
    for key, other_key in zip(keys, other_keys, strict=True):
        column = next((id for scan, id in _scans(branch.plan, other_key) if scan is main), None)
        bounds = _bounds(planner, piece.branches[0], key)
        if main is not None and column is not None and bounds is not None:
            parts = planner.zones.overlapping(main, column, bounds)
            if parts is not None:
                whole = {digest: scanned[:1] * piece.tasks for digest, scanned in branch.scans.items()}
                return Branch(branch.plan, piece.tasks, {**whole, main.digest: parts})
    return None


def _are_apart(bounds: Sequence[Bounds]) -> bool:
    """Whether no value is in two tasks."""
    known = sorted(one for one in bounds if one is not None)
    return all(before[1] < after[0] for before, after in pairwise(known))


def _bounds(planner: Planner, branch: Branch, id: str) -> tuple[Bounds, ...] | None:
    """The bounds of a column's values in each task, from what the tasks scan."""
    for scan, column in _scans(branch.plan, id):
        if branch.scans.get(scan.digest) == planner.split(scan):
            bounds = planner.zones.of(scan, column)
            if bounds is not None:
                return bounds
    return None


def _scans(plan: Plan, id: str) -> Iterator[tuple[Scan, str]]:
    """The scans from whose columns all values of a column are, each in the task that has the row they are from."""
    while True:
        match plan:
            case Scan():
                yield plan, id
                return
            case Project() if not plan.has_windows:
                definitions = dict(plan.definitions)
                while id in definitions:
                    expr = definitions[id]
                    if not isinstance(expr, Column):
                        return
                    id = expr.id
                plan = plan.input
            case Filter() | Origin():
                plan = plan.input
            case Explode() if id not in plan.columns:
                plan = plan.input
            case Aggregate() if id in plan.keys:
                plan = plan.input
            case Join():
                for side, same in _origins(plan, id):
                    yield from _scans(side, same)
                return
            case _:
                return


def _origins(node: Join, id: str) -> list[tuple[Plan, str]]:
    """The sides of a join with whose rows what is made of them stays, and the column there."""
    pairs = [*zip(node.left_on, node.right_on, strict=True)] if node.how == "inner" else []
    left = [(node.left, id)] if id in node.left.schema else [(node.left, a) for a, b in pairs if b == id]
    right = [(node.right, id)] if id in node.right.schema else [(node.right, b) for a, b in pairs if a == id]
    return (left if node.how not in ("right", "outer") else []) + (right if node.how in ("inner", "right") else [])


def _main_scan(planner: Planner, branch: Branch) -> Scan | None:
    """The scan of a branch that is divided among its tasks, if each row of the branch is made of one of its rows."""
    plan, beside = branch.plan, set[str]()
    while not isinstance(plan, Scan):
        match plan:
            case Project() if not plan.has_windows:
                plan = plan.input
            case Filter() | Explode():
                plan = plan.input
            case Join() if plan.how in ("inner", "left", "semi", "anti", "cross") and _is_whole(branch, plan.right):
                beside |= {node.digest for node in walk(plan.right) if isinstance(node, Scan)}
                plan = plan.left
            case Join() if plan.how in ("inner", "right") and _is_whole(branch, plan.left):
                beside |= {node.digest for node in walk(plan.left) if isinstance(node, Scan)}
                plan = plan.right
            case _:
                return None
    divided = branch.scans.get(plan.digest) == planner.split(plan) and plan.digest not in beside
    return plan if divided else None


def _is_whole(branch: Branch, plan: Plan) -> bool:
    """Whether every task has all rows of a plan."""
    leaves = [node for node in walk(plan) if isinstance(node, (Read, Scan))]
    return all(node.everything if isinstance(node, Read) else len({*branch.scans[node.digest]}) == 1 for node in leaves)
