"""Move slices below projections."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.plan.slice import Slice


def push_limits_down(plan: Plan) -> Plan | None:
    """Compute columns only for the rows that remain."""
    match plan:
        case Slice(input=Project() as project) if not project.has_windows:
            return project.replace(input=plan.replace(input=project.input))
    return None
