"""Estimates: rows and bytes of every node, from footers and rough selectivities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from bigframe.plan.catalog import Aggregate, Concat, Distinct, Filter, Join, Plan, Scan, Slice
from bigframe.schema import DType
from bigframe.tree import walk

# What Spark and DuckDB take where they know nothing better: a filter keeps a fifth to a third, a group holds ten rows.
FILTER_KEEPS = 0.3
ROWS_PER_GROUP = 10


@dataclass(frozen=True)
class Estimate:
    """Rows and bytes of a table; ``exact`` where footers or constants say so."""

    rows: float
    bytes: float
    exact: bool = False


class ScanFacts(Protocol):
    """What is known of a scan's files."""

    def rows(self, scan: Scan) -> int: ...

    def column_bytes(self, scan: Scan, name: str) -> int | None: ...


def estimates(roots: tuple[Plan, ...], facts: ScanFacts) -> dict[str, Estimate]:
    """An estimate for every plan node under ``roots``, by digest."""
    known: dict[str, Estimate] = {}
    for node in walk(*roots):
        if isinstance(node, Plan):
            known[node.digest] = _estimate(node, known, facts)
    return known


def _estimate(node: Plan, known: Mapping[str, Estimate], facts: ScanFacts) -> Estimate:
    inputs = [known[child.digest] for child in node.inputs]
    if isinstance(node, Scan):
        total = facts.rows(node)
        rows = total * (FILTER_KEEPS if node.predicate is not None else 1)
        width = sum((facts.column_bytes(node, name) or 0) or dtype.width * total for _, name, dtype in node.fields)
        return Estimate(rows, width * (rows / total if total else 1), node.predicate is None)
    if isinstance(node, Join):
        rows = _joined(node, *inputs)
    elif isinstance(node, Filter):
        rows = inputs[0].rows * FILTER_KEEPS
    elif isinstance(node, (Aggregate, Distinct)):
        rows = inputs[0].rows / ROWS_PER_GROUP if node.keys else 1
    elif isinstance(node, Slice) and node.length is not None:
        rows = min(inputs[0].rows, node.length)
    elif isinstance(node, Concat):
        rows = sum(child.rows for child in inputs)
    else:
        rows = inputs[0].rows if inputs else 0
    exact = bool(inputs) and all(child.exact for child in inputs) and not isinstance(node, (Join, Filter, Distinct))
    exact = exact and not (isinstance(node, Aggregate) and node.keys)
    row_bytes = sum(dtype.width for dtype in node.schema.values())
    scanned = max((child.bytes / child.rows for child in inputs if child.rows), default=row_bytes)
    return Estimate(rows, rows * min(row_bytes, max(scanned, 8)) if inputs else rows * row_bytes, exact)


def _joined(node: Join, left: Estimate, right: Estimate) -> float:
    if node.how == "cross":
        return left.rows * right.rows
    if node.how in ("semi", "anti"):
        return left.rows
    return max(left.rows, right.rows)

