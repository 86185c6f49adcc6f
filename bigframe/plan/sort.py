"""Sort: order rows by columns."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType, key_types


class Sort(Plan):
    """A stable sort; each key is (id, descending, missing last)."""

    input: Plan
    by: tuple[tuple[str, bool, bool], ...]

    def columns_out(self) -> dict[str, DType]:
        key_types(self.input.schema, (id for id, *_ in self.by), "sorting")
        return self.input.schema
