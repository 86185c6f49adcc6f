"""Let a scan give the positions of its rows."""

from __future__ import annotations

from bigframe.ops.base import Column
from bigframe.plan.node import Plan
from bigframe.plan.number import Number
from bigframe.plan.project import Project
from bigframe.plan.scan import Scan


def number_in_scan(plan: Plan) -> Plan | None:
    """Footers know at which position a file's rows start, so a scan numbers its rows in every partition alone."""
    match plan:
        case Number(input=Scan(position=None, predicate=None) as scan):
            return scan.replace(position=plan.id)
        case Number(input=Scan(position=str() as known, predicate=None) as scan):
            return Project(scan, ((plan.id, Column(known)),), tuple(plan.schema))
        case Number(input=Project() as project):
            return project.replace(input=plan.replace(input=project.input), outputs=(*project.outputs, plan.id))
    return None
