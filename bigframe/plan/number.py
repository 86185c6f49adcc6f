"""Number: add the position of each row as a column."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import INT64, DType


class Number(Plan):
    """Positions 0, 1, 2, … in row order."""

    input: Plan
    id: str

    def columns_out(self) -> dict[str, DType]:
        return {**self.input.schema, self.id: INT64}


def unnumbered(plan: Plan) -> Plan:
    """The table without the positions that were added to it last: it has the same rows."""
    return plan.input if isinstance(plan, Number) else plan
