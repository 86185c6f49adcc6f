"""Arithmetic: ``+ - * / // % **``, negation, ``abs``, ``round``."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Expr, Literal, Scalar
from bigframe.schema import OBJECTS, DType, Family


class _Binary(Expr):
    left: Expr
    right: Expr

    symbol = ""
    of_bools = True

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if not all(operand.is_numeric or operand.is_null for operand in operands):
            raise TypeError(f"unsupported operand dtypes for {self.symbol}: {left} and {right}")
        if left.is_bool and right.is_bool and not self.of_bools:
            raise NotImplementedError(f"operator '{type(self).__name__.lower()}' not implemented for bool dtypes")
        for operand in operands:
            _require_number(operand, self.symbol)
        result = rules.promote(left, right)
        if result.is_bool and result.family is Family.ARROW:
            raise TypeError(f"operation '{type(self).__name__.lower()}' not supported for dtypes {left} and {right}")
        return result


class Add(_Binary):
    symbol = "+"
    takes_periods = True

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.categories is not None or right.categories is not None:
            raise TypeError(f"unsupported operand dtypes: {left} and {right}")
        if left.is_string and right.is_string:
            return replace(left.as_text(), family=rules.family_of(left, right))
        if left.is_datetime and right.is_timedelta or left.is_timedelta and right.is_datetime:
            stamp = left if left.is_datetime else right
            return DType(
                pa.timestamp(rules.finest(left.arrow, right.arrow).unit, stamp.arrow.tz), rules.family_of(left, right)
            )
        if left.is_timedelta and right.is_timedelta:
            return rules.promote(left, right)
        if left.is_period and right.never_missing and right.is_integer:
            return left
        if right.is_period and left.never_missing and left.is_integer:
            return right
        return super().result(left, right)


class Sub(_Binary):
    """Difference; of two periods an offset, which is a Python object."""

    symbol = "-"
    takes_periods = True

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_datetime and right.is_datetime:
            if (left.arrow.tz is None) != (right.arrow.tz is None):
                raise TypeError("Cannot subtract tz-naive and tz-aware datetime-like objects")
            return DType(pa.duration(rules.finest(left.arrow, right.arrow).unit), rules.family_of(left, right))
        if left.is_datetime and right.is_timedelta:
            return DType(
                pa.timestamp(rules.finest(left.arrow, right.arrow).unit, left.arrow.tz), rules.family_of(left, right)
            )
        if left.is_timedelta and right.is_timedelta:
            return rules.promote(left, right)
        if left.is_period and right.never_missing and right.is_integer:
            return left
        if left.is_period and left == right:
            return OBJECTS
        if left.is_bool and right.is_bool:
            raise TypeError(
                "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator"
            )
        return super().result(left, right)


class Mul(_Binary):
    """Product; a string times an integer repeats it."""

    symbol = "*"

    def result(self, *operands: DType) -> DType:
        left, right = operands
        for one, factor in ((left, right), (right, left)):
            if one.is_timedelta and _is_factor(factor) or one.is_string and factor.is_integer:
                rules.family_of(left, right)
                return one
        return super().result(left, right)


class TrueDiv(_Binary):
    symbol = "/"
    of_bools = False

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_timedelta and (right.is_timedelta or _is_factor(right)):
            family = rules.family_of(left, right)
            return DType(pa.float64(), family) if right.is_timedelta else left
        return rules.floating(super().result(left, right))


class FloorDiv(_Binary):
    """Floor division; of integers by a column, float64 if any divisor is zero (pandas has infinities there)."""

    symbol = "//"
    of_bools = False

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_timedelta and (right.is_timedelta or _is_factor(right)):
            family = rules.family_of(left, right)
            return DType(pa.float64(), family) if right.is_timedelta else left
        result = super().result(left, right)
        _require_nullable_dividend(self, left, right)
        if result.family is Family.ARROW and result.is_integer:
            return DType(left.arrow, Family.ARROW)
        if result.family is not Family.NUMPY or is_nonzero(self.right):
            return result
        if result.arrow == pa.float32():
            raise Unsupported(
                "float32 // what may be zero", "it is float64 if any divisor is zero", ".astype('float64')"
            )
        if result.is_integer:
            return DType(pa.float64(), unless_missing=(*result.unless_missing, ""), otherwise=result.arrow)
        return result


class Mod(_Binary):
    """Remainder with the divisor's sign; of integers by a column, float64 where any divisor is zero."""

    symbol = "%"

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if left.is_timedelta and (right.is_timedelta or _is_factor(right)):
            rules.family_of(left, right)
            return rules.promote(left, right) if right.is_timedelta else left
        result = super().result(left, right)
        _require_nullable_dividend(self, left, right)
        if result.family is Family.ARROW:
            raise Unsupported("% of Arrow-backed columns", "pandas does not implement it")
        if result.is_bool:
            result = DType(pa.int8(), result.family)
        if isinstance(self.right, Literal) and self.right.value == 0 and result.is_integer and not right.is_bool:
            return DType(pa.float64()) if result.family is Family.NUMPY else result
        # NumPy's remainder by False is 0, and pandas leaves it at that.
        return result.or_missing() if result.is_integer and not right.is_bool and not is_nonzero(self.right) else result


class Pow(_Binary):
    symbol = "**"
    of_bools = False

    def result(self, *operands: DType) -> DType:
        left, right = operands
        result = super().result(left, right)
        if isinstance(self.right, Literal) and result.is_integer:
            if self.right.value is not None and self.right.value < 0:
                raise ValueError("Integers to negative integer powers are not allowed.")
            if left.is_bool:
                return DType(pa.int8(), left.family)
        return result


class Neg(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not (operand.is_numeric or operand.is_timedelta):
            raise TypeError(f"bad operand dtype for unary -: {operand}")
        _require_number(operand, "unary -")
        return operand


class Abs(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not (operand.is_numeric or operand.is_timedelta):
            raise TypeError(f"bad operand dtype for abs(): {operand}")
        _require_number(operand, "abs()")
        return operand


class Round(Expr):
    """Round half to even, as NumPy does."""

    operand: Expr
    decimals: int

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if operand.is_numeric:
            _require_number(operand, "round()")
        return operand


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


def is_nonzero(divisor: Expr) -> bool:
    """Whether a divisor is known not to be zero."""
    return isinstance(divisor, Literal) and divisor.value is not None and divisor.value != 0


def _is_factor(operand: DType) -> bool:
    return operand.is_numeric and not operand.is_bool


def _require_number(operand: DType, symbol: str) -> None:
    if pa.types.is_decimal(operand.arrow):
        raise Unsupported(f"{symbol} of decimals", "pandas computes on Python objects", ".astype('float64')")
    if operand.if_fits is not None:
        raise Unsupported(f"{symbol} of {operand}", "whether its values fit decides the dtype", ".astype('int64')")
    if operand.is_bool and operand.unless_missing:
        raise Unsupported(
            f"{symbol} of a bool column that may have holes", "pandas computes on Python objects", ".astype('boolean')"
        )


def _require_nullable_dividend(op: FloorDiv | Mod, left: DType, right: DType) -> None:
    """Only an integer column in front makes pandas divide nullable zeros as NumPy does; else a zero decides the dtype."""
    plain = left.family is not Family.NULLABLE or isinstance(op.left, (Literal, Scalar))
    if (
        right.family is Family.NULLABLE
        and not right.is_float
        and plain
        or left.family is Family.NULLABLE
        and left.is_bool
    ):
        raise Unsupported(
            f"{left} {op.symbol} {right}", "a zero in the divisor decides the dtype", ".astype('Int64') in front"
        )
