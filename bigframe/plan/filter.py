"""Filter: keep the rows where a predicate holds."""

from __future__ import annotations

from bigframe.ops.base import Expr
from bigframe.plan.node import Plan
from bigframe.schema import DType


class Filter(Plan):
    """A missing predicate does not hold."""

    input: Plan
    predicate: Expr

    def columns_out(self) -> dict[str, DType]:
        return self.input.schema
