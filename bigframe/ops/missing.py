"""Missing values: tests and fills."""

from __future__ import annotations

from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.schema import BOOL, DType


class IsNull(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        return BOOL


class NotNull(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        return BOOL


class Coalesce(Expr):
    """The first operand where it is there, else the second (``fillna``, and the key of an outer join)."""

    operand: Expr
    other: Expr

    def result(self, *operands: DType) -> DType:
        return rules.promote(*operands)
