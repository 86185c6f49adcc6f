"""Join in any order where few rows come out, and sort these by the positions of the rows that they were made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from bigframe.ids import derive
from bigframe.plan.catalog import Filter, Join, Plan, Project, Scan, Sort
from engine.optimizer.estimates import Estimate, ScanFacts, estimates
from engine.optimizer.reducing import is_grouped
from engine.optimizer.walks import nodes_under

# Sorting these is little beside the scan: TPC-H Q2, of which 642 of 800,000 rows remain, takes 32 ms of CPU, in order 46.
FEW = 1 / 8
# Of fewer rows nothing is gained.
LARGE = 1 << 16

_Key: TypeAlias = tuple[str, bool, bool]
_COLUMNAR = ("feather", "ipc", "orc", "parquet")


def sort_after_joins(roots: tuple[Plan, ...], facts: ScanFacts) -> tuple[Plan, ...]:
    """Inner joins whose order is observed keep that of the left rows, then of the right ones: that of their positions.

    Sorted at the end they may be joined in the cheapest order, and scans may look for the keys of the joins above.
    """
    readers = Counter(child for node in nodes_under(roots) for child in node.below)
    inside = {part for node in nodes_under(roots) if _is_ordered(node) for part in _parts(node, readers)}
    tops = [node for node in nodes_under(roots) if _is_ordered(node) and node not in inside]
    if not tops:
        return roots
    known = estimates(roots, facts)
    few = {top for top in tops if known[top.digest].rows < FEW * _largest(top, known, readers, facts)}
    done: dict[Plan, Plan] = {}
    for node in nodes_under(roots):
        rebuilt = node.on(done.__getitem__)
        done[node] = _sorted(rebuilt) if node in few else rebuilt
    return tuple(done[root] for root in roots)


def _is_ordered(node: Plan) -> bool:
    return isinstance(node, Join) and node.how == "inner" and node.ordered and node.validate is None


def _is_step(node: Plan) -> bool:
    """Whether the rows of a node are in the order of what it reads, which nothing in the node sees."""
    is_row_by_row = isinstance(node, Filter) or isinstance(node, Project) and not node.has_windows
    return is_row_by_row or _is_ordered(node) or isinstance(node, Join) and node.how in ("semi", "anti")


def _parts(top: Plan, readers: Counter[Plan]) -> list[Plan]:
    """What stands between joins and the tables that they join, as far as nobody else reads it."""
    parts, pending = [], [top]
    while pending:
        node = pending.pop()
        for child in node.inputs[:1] if isinstance(node, Join) and node.how != "inner" else node.inputs:
            if _is_step(child) and readers[child] == 1:
                parts.append(child)
                pending.append(child)
    return parts


def _largest(top: Plan, known: Mapping[str, Estimate], readers: Counter[Plan], facts: ScanFacts) -> float:
    """Rows of the largest table, before those are left out that a scan does not keep; none if it is not large."""
    tables = [child for node in (top, *_parts(top, readers)) for child in node.inputs]
    rows = max(facts.rows(table) if isinstance(table, Scan) else known[table.digest].rows for table in tables)
    return rows if rows >= LARGE else 0


def _sorted(top: Plan) -> Plan:
    placed = _placed(top, top.digest)
    if placed is None:
        return top
    joined, by = placed
    return Project(Sort(joined, by), (), tuple(top.schema))


def _placed(plan: Plan, name: str) -> tuple[Plan, tuple[_Key, ...]] | None:
    """A plan whose rows may come in any order, and the columns of it that tell what the order was; None if none do."""
    match plan:
        case Scan() if plan.format in _COLUMNAR:
            id = plan.position or derive("position", name)
            return plan.replace(position=id), ((id, False, True),)
        case Join() if _is_step(plan):
            left = _placed(plan.left, name + "l")
            if left is None:
                return None
            if plan.how != "inner" or is_grouped(plan.right, plan.right_on):
                # At most one row of the right side belongs to one of the left side.
                return plan.replace(left=left[0], ordered=False), left[1]
            right = _placed(plan.right, name + "r")
            return right and (plan.replace(left=left[0], right=right[0], ordered=False), (*left[1], *right[1]))
        case Project() | Filter() if _is_step(plan):
            below = _placed(plan.input, name)
            if below is None or isinstance(plan, Filter):
                return below and (plan.replace(input=below[0]), below[1])
            outputs = dict.fromkeys((*plan.outputs, *(id for id, _, _ in below[1])))
            return plan.replace(input=below[0], outputs=tuple(outputs)), below[1]
    return None
