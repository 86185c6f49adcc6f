"""Boolean logic and bitwise integers: ``& | ^ ~``."""

from __future__ import annotations

from functools import reduce

from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.schema import DType


class _Logical(Expr):
    left: Expr
    right: Expr

    symbol = ""

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_bool and right.is_bool:
            return rules.boolean(left, right)
        if left.is_integer and right.is_integer:
            return rules.promote(left, right)
        raise TypeError(f"unsupported operand dtypes for {self.symbol}: {left} and {right}")


class And(_Logical):
    symbol = "&"


class Or(_Logical):
    symbol = "|"


class Xor(_Logical):
    symbol = "^"


class Not(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not (operand.is_bool or operand.is_integer):
            raise TypeError(f"bad operand dtype for unary ~: {operand}")
        return operand


def conjuncts(predicate: Expr) -> list[Expr]:
    """The parts of a predicate that must all hold."""
    parts, stack = [], [predicate]
    while stack:
        part = stack.pop()
        if isinstance(part, And):
            stack += [part.right, part.left]
        else:
            parts.append(part)
    return parts


def conjunction(parts: list[Expr]) -> Expr:
    """One predicate that holds where all parts do."""
    return reduce(And, parts)
