"""Choice by a condition."""

from __future__ import annotations

from typing import ClassVar

from bigframe.literals import is_missing
from bigframe.ops import rules
from bigframe.ops.base import Expr, Literal
from bigframe.schema import DType


class Where(Expr):
    """``value`` where the condition holds, ``other`` elsewhere; a missing condition does not hold."""

    looks_inside: ClassVar[bool] = False
    condition: Expr
    value: Expr
    other: Expr

    def result(self, *operands: DType) -> DType:
        _, value, other = operands
        if isinstance(self.other, Literal) and is_missing(self.other.value):
            return value.or_missing()
        return rules.promote(value, other)
