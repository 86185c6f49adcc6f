"""Promises about the rows of a column that an error tells where the data breaks them."""

from __future__ import annotations

from bigframe.ops.base import Expr
from bigframe.schema import DType


class InOrder(Expr):
    """The operand, which must not be less than ``previous``, the value before it; else the message is pandas' ValueError.

    Parameters
    ----------
    unordered
        Says that a value is less.
    missing
        Says that one is missing; None where that may be.
    repeated
        Says that one is the same; None where that may be.
    """

    takes_periods = True
    operand: Expr
    previous: Expr
    unordered: str
    missing: str | None = None
    repeated: str | None = None

    def result(self, *operands: DType) -> DType:
        return operands[0]
