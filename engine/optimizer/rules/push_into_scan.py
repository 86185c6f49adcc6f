"""Hand predicates to the reader, which skips row groups by their statistics and files by the names of their folders."""

from __future__ import annotations

from bigframe.plan.filter import Filter
from bigframe.plan.node import Plan
from bigframe.plan.scan import Scan


def push_into_scan(plan: Plan) -> Plan | None:
    """A filter directly on a scan becomes part of it; positions are those before filtering."""
    match plan:
        case Filter(input=Scan(predicate=None) as scan) if scan.format != "ipc":
            return scan.replace(predicate=plan.predicate)
    return None
