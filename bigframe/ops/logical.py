"""Boolean logic and bitwise integers: ``& | ^ ~``."""

from __future__ import annotations

from functools import reduce

from bigframe.errors import Unsupported
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
            # Comparing nullable strings gives Arrow bools, which meet nullable ones in every second mask.
            mixed = left.is_three_valued and right.is_three_valued and left.family is not right.family
            return DType(left.arrow, left.family) if mixed else rules.boolean(left, right)
        kinds = (left.settled(), right.settled())
        if all(kind.is_integer or kind.is_bool for kind in kinds):
            if left.unless_missing or right.unless_missing:
                raise Unsupported(f"{left} {self.symbol} {right}", "with a hole they are float64", ".astype('Int64')")
            result = rules.promote(left, right)
            if not result.is_integer:
                raise Unsupported(
                    f"{left} {self.symbol} {right}", "pandas computes on Python objects", ".astype('int64')"
                )
            if not (left.is_bool or right.is_bool):
                return result
            if result.is_three_valued:
                raise Unsupported(
                    f"{left} {self.symbol} {right}", "pandas mixes bits and truth", ".astype on one of them"
                )
            return rules.boolean(left, right)
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
        if operand.unless_missing:
            raise Unsupported(
                f"~ of {operand}", "with a hole pandas inverts Python objects", ".fillna(False).astype(bool) first"
            )
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
