"""Ask no rows for missing values where there are known to be none."""

from __future__ import annotations

from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.logical import conjunction, conjuncts
from bigframe.ops.missing import NotNull
from bigframe.ops.reductions import AnyMissing, Count, Size
from bigframe.plan.catalog import Aggregate, Filter, Plan, Project, Scan, Slice
from bigframe.plan.node import plans
from engine.optimizer.estimates import ScanFacts
from engine.optimizer.presence import is_present, present_columns
from engine.optimizer.walks import nodes_under


def skip_known_checks(roots: tuple[Plan, ...], facts: ScanFacts) -> tuple[Plan, ...]:
    """Drop filters that keep every row, count rows where values are counted, and read none to find out if one is missing.

    Equal inputs of which one was filtered so become one.
    """
    asking = {node for node in nodes_under(roots) if _asks(node)}
    if not asking:
        return roots
    present = present_columns(tuple(node.inputs[0] for node in asking), facts)
    done: dict[Plan, Plan] = {}
    for node in nodes_under(roots):
        made = node.on(done.__getitem__)
        if node in asking:
            known = present[node.inputs[0]]
            match made:
                case Filter():
                    made = _without_checks(made, known)
                case Aggregate():
                    made = _of_no_rows(_counted(made, known), known)
        done[node] = made
    return tuple(done[root] for root in roots)


def _asks(node: Plan) -> bool:
    """Whether a node looks for missing values, or counts those that are none."""
    match node:
        case Filter():
            return any(isinstance(part, NotNull) for part in conjuncts(node.predicate))
        case Aggregate():
            return any(isinstance(expr, (AnyMissing, Count)) for _, expr in node.aggregates) or not node.aggregates
    return False


def _without_checks(plan: Filter, present: frozenset[str]) -> Plan:
    parts = conjuncts(plan.predicate)
    open = [part for part in parts if not (isinstance(part, NotNull) and is_present(part.operand, present))]
    if len(open) == len(parts):
        return plan
    return plan.replace(predicate=conjunction(open)) if open else plan.input


def _counted(plan: Aggregate, present: frozenset[str]) -> Aggregate:
    """Values of which none is missing are as many as there are rows."""
    counted = tuple((id, Size() if _counts_rows(expr, present) else expr) for id, expr in plan.aggregates)
    if counted == plan.aggregates:
        return plan
    made = plan.replace(aggregates=counted)
    return made if made.schema == plan.schema else plan


def _counts_rows(expr: Expr, present: frozenset[str]) -> bool:
    return isinstance(expr, Count) and is_present(expr.operand, present)


def _of_no_rows(plan: Aggregate, present: frozenset[str]) -> Plan:
    """Whether a value is missing is known to be as it is of no rows, which are read from any one file."""
    if plan.keys or not all(_is_answered(expr, plan, present) for _, expr in plan.aggregates):
        return plan
    scan = next((node for node in plans(plan) if isinstance(node, Scan) and node.fields), None)
    if scan is None:
        return plan
    read = dict.fromkeys(expr.operand.id for _, expr in plan.aggregates)  # type: ignore[attr-defined]
    nothing = Slice(scan.replace(fields=scan.fields[:1], predicate=None, position=None), 0, 0)
    columns = tuple((id, Literal(None, plan.input.schema[id])) for id in read)
    return plan.replace(input=Project(nothing, columns, tuple(read)))


def _is_answered(expr: Expr, plan: Aggregate, present: frozenset[str]) -> bool:
    # Floats that are present may still be infinite, which counts as missing here.
    match expr:
        case AnyMissing(operand=Column(id=id)):
            return id in present and not plan.input.schema[id].is_float
    return False
