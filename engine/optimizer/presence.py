"""Presence: which columns of every node are known to hold no missing value, from dtypes and footers."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from bigframe.ops import datetimes
from bigframe.ops.base import Column, Expr
from bigframe.ops.logical import conjuncts
from bigframe.ops.missing import NotNull
from bigframe.plan.catalog import Aggregate, Distinct, Filter, Join, Number, Plan, Project, Scan, Slice, Sort
from engine.optimizer.estimates import ScanFacts
from engine.optimizer.walks import nodes_under

# Missing where the time is missing, and nowhere else.
_OF_TIMES = (
    *(datetimes.Year, datetimes.Quarter, datetimes.Month, datetimes.Day, datetimes.DayOfWeek, datetimes.DayOfYear),
    *(datetimes.Hour, datetimes.Minute, datetimes.Second),
)


def present_columns(roots: tuple[Plan, ...], facts: ScanFacts) -> dict[Plan, frozenset[str]]:
    """For every plan node under ``roots`` the columns that hold no missing value."""
    present: dict[Plan, frozenset[str]] = {}
    for node in nodes_under(roots):
        by_dtype = {id for id, dtype in node.schema.items() if dtype.never_missing}
        present[node] = frozenset(by_dtype | (_handed_on(node, present, facts) & node.schema.keys()))
    return present


def is_present(expr: Expr, columns: AbstractSet[str]) -> bool:
    """Whether an expression is known to have a value in every row, if these columns have."""
    match expr:
        case Column(id=id):
            return id in columns
        case _ if isinstance(expr, _OF_TIMES):
            return is_present(expr.operand, columns)
    return False


def _handed_on(node: Plan, present: Mapping[Plan, frozenset[str]], facts: ScanFacts) -> set[str]:
    below = [present[child] for child in node.inputs]
    match node:
        case Scan():
            return {id for id, name, _ in node.fields if facts.is_present(node, name)}
        case Project():
            known = set(below[0])
            for id, expr in node.definitions:
                (known.add if is_present(expr, known) else known.discard)(id)
            return known
        case Filter():
            tested = [part.operand for part in conjuncts(node.predicate) if isinstance(part, NotNull)]
            return set(below[0]).union(column.id for column in tested if isinstance(column, Column))
        case Join():
            kept = {"left": below[:1], "right": below[1:], "outer": []}.get(node.how, below)
            return set().union(*kept)
        case Sort() | Slice() | Number() | Distinct():
            return set(below[0])
        case Aggregate():
            return set(below[0] & set(node.keys))
    return set()
