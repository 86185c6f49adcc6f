"""Sort: order rows by columns."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType


class Sort(Plan):
    """A stable sort; each key is (id, descending, missing last)."""

    input: Plan
    by: tuple[tuple[str, bool, bool], ...]

    def columns_out(self) -> dict[str, DType]:
        return self.input.schema
