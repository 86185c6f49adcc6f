"""Merge a projection into the one below it."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.plan.project import Project


def merge_projections(plan: Plan) -> Plan | None:
    """Two chains of definitions, one above the other, are one chain: an id stands for the same values in both.

    A projection with dear definitions stays as it is: others may read it too, and it is computed once for all of them.
    """
    match plan:
        case Project(input=Project() as inner) if inner.is_repeatable:
            known = {id for id, _ in inner.definitions} | set(inner.input.schema)
            added = tuple((id, expr) for id, expr in plan.definitions if id not in known)
            return plan.replace(input=inner.input, definitions=(*inner.definitions, *added))
        case Project(definitions=(), input=below) if plan.outputs == tuple(below.schema):
            return below
    return None
