"""Arithmetic: ``+ - * / // % **``, negation, ``abs``, ``round``."""

from __future__ import annotations

import pyarrow as pa

from bigframe.ops import rules
from bigframe.ops.base import Expr, Literal
from bigframe.schema import FLOAT64, DType, Family


class _Binary(Expr):
    left: Expr
    right: Expr

    symbol = ""

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if not (left.is_numeric and right.is_numeric or left.is_null or right.is_null):
            raise TypeError(f"unsupported operand dtypes for {self.symbol}: {left} and {right}")
        return rules.promote(left, right)


class Add(_Binary):
    symbol = "+"

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_string and right.is_string:
            return DType(pa.large_string(), rules.family_of(left, right))
        if left.is_datetime and right.is_timedelta or left.is_timedelta and right.is_datetime:
            stamp = left if left.is_datetime else right
            return DType(pa.timestamp(rules.finest(left.arrow, right.arrow).unit, stamp.arrow.tz), rules.family_of(left, right))
        if left.is_timedelta and right.is_timedelta:
            return rules.promote(left, right)
        return super().result(left, right)


class Sub(_Binary):
    symbol = "-"

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_datetime and right.is_datetime:
            return DType(pa.duration(rules.finest(left.arrow, right.arrow).unit), rules.family_of(left, right))
        if left.is_datetime and right.is_timedelta:
            return DType(pa.timestamp(rules.finest(left.arrow, right.arrow).unit, left.arrow.tz), rules.family_of(left, right))
        if left.is_timedelta and right.is_timedelta:
            return rules.promote(left, right)
        if left.is_bool and right.is_bool:
            raise TypeError("numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator")
        return super().result(left, right)


class Mul(_Binary):
    symbol = "*"

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_timedelta and right.is_numeric or left.is_numeric and right.is_timedelta:
            return left if left.is_timedelta else right
        return super().result(left, right)


class TrueDiv(_Binary):
    symbol = "/"

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_timedelta and right.is_timedelta:
            return FLOAT64
        if left.is_timedelta and right.is_numeric:
            return left
        return rules.floating(super().result(left, right))


class FloorDiv(_Binary):
    """Floor division; of integers by a column, float64 if any divisor is zero (pandas has infinities there)."""

    symbol = "//"

    def result(self, *operands: DType) -> DType:
        result = _integer_division(super().result(*operands), self.right)
        if result.family is Family.NUMPY and result.unless_missing and not _is_nonzero(self.right):
            return DType(pa.float64(), unless_missing=result.unless_missing)
        return result


class Mod(_Binary):
    """Remainder with the divisor's sign; of integers by a column, float64 where any divisor is zero."""

    symbol = "%"

    def result(self, *operands: DType) -> DType:
        return _integer_division(super().result(*operands), self.right)


class Pow(_Binary):
    symbol = "**"


class Neg(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if operand.is_bool or not (operand.is_numeric or operand.is_timedelta):
            raise TypeError(f"bad operand dtype for unary -: {operand}")
        return operand


class Abs(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not (operand.is_numeric or operand.is_timedelta):
            raise TypeError(f"bad operand dtype for abs(): {operand}")
        return operand


class Round(Expr):
    """Round half to even, as NumPy does."""

    operand: Expr
    decimals: int

    def result(self, *operands: DType) -> DType:
        return operands[0]


class Sqrt(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        return rules.floating(operands[0])


class RowHash(Expr):
    """A 64-bit hash of one column, the same in every process of one engine version."""

    operand: Expr
    seed: int

    def result(self, *operands: DType) -> DType:
        return DType(pa.uint64())


def _is_nonzero(divisor: Expr) -> bool:
    return isinstance(divisor, Literal) and divisor.value is not None and divisor.value != 0


def _integer_division(result: DType, divisor: Expr) -> DType:
    if result.is_bool:
        result = DType(pa.int8(), result.family)
    return result.or_missing() if result.is_integer and not _is_nonzero(divisor) else result
