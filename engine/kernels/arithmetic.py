"""Kernels of ``bigframe.ops.arithmetic``: NumPy's results on Polars columns in normal form."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops import arithmetic
from bigframe.ops.base import Expr, Literal, columns_read
from bigframe.ops.kinds import Kind
from bigframe.schema import DType, Family
from engine.kernels.interchange import through_pandas
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import held_unit, nan_as_missing, polars_type

_RING: dict[type[Expr], Callable[[Any, Any], Any]] = {
    arithmetic.Add: operator.add,
    arithmetic.Sub: operator.sub,
    arithmetic.Mul: operator.mul,
}

_EXACT = 2**53
"""Up to here every integer is a float64."""


def typed(operand: Operand, arrow: pa.DataType) -> pl.Expr:
    """The operand cast to a type, unless it has it already."""
    return operand.expr if operand.dtype.arrow == arrow else operand.expr.cast(polars_type(arrow))


@kernel(arithmetic.Add, arithmetic.Sub, arithmetic.Mul)
def ring(op: arithmetic.Add | arithmetic.Sub | arithmetic.Mul, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    operate = _RING[type(op)]
    if result.is_datetime or result.is_timedelta:
        # Nanoseconds overflow within centuries, which pandas reports; factors round as NumPy does.
        if isinstance(op, arithmetic.Mul) or result.arrow.unit == "ns":
            return _by_pandas(op, operate, left, right)
        if left.dtype.is_datetime and right.dtype.is_datetime and left.dtype.arrow.tz:
            right = Operand(right.expr.dt.convert_time_zone(left.dtype.arrow.tz), left.dtype)
        value: pl.Expr = operate(_in_unit_of(result, left), _in_unit_of(result, right))
        return value.cast(polars_type(result.arrow))
    if result.is_period or result.is_carried:
        return _by_pandas(op, operate, left, right)
    if result.is_string:
        return _by_pandas(op, operate, left, right) if isinstance(op, arithmetic.Mul) else left.expr + right.expr
    if result.is_bool:
        value = left.expr | right.expr if isinstance(op, arithmetic.Add) else left.expr & right.expr
        # Sums of bools are missing where either is, unlike their logic.
        return (
            pl.when(left.expr.is_not_null() & right.expr.is_not_null()).then(value) if result.is_three_valued else value
        )
    if result.otherwise is not None:
        return _by_pandas(op, operate, left, right)
    value = operate(typed(left, result.arrow), typed(right, result.arrow))
    return nan_as_missing(value) if result.is_float else value


def _in_unit_of(result: DType, operand: Operand) -> pl.Expr:
    """Times in the unit of the result, to which Polars would cut the finer ones off."""
    unit = held_unit(result.arrow)
    return operand.expr if held_unit(operand.dtype.arrow) == unit else operand.expr.dt.cast_time_unit(unit)


@kernel(arithmetic.TrueDiv)
def divide(op: arithmetic.TrueDiv, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    if left.dtype.is_timedelta or result.family is Family.ARROW:
        return _by_pandas(op, operator.truediv, left, right)
    dividend, divisor = typed(left, pa.float64()), typed(right, pa.float64())
    if not columns_read(op.right) or op.right.kind is Kind.REDUCTION:
        # Polars multiplies by the reciprocal of a constant, which is off by one bit in a third of all cases.
        # A missing bound bounds nothing.
        divisor = pl.when(divisor.is_not_null()).then(dividend.clip(divisor, divisor))
    return nan_as_missing((dividend / divisor).cast(polars_type(result.arrow)))


@kernel(arithmetic.FloorDiv)
def floor_divide(op: arithmetic.FloorDiv, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    if result.is_integer and _is_positive(op.right):
        return typed(left, result.arrow) // typed(right, result.arrow)
    return _by_pandas(op, _exact_quotient if result.otherwise else operator.floordiv, left, right)


def _exact_quotient(x: Any, y: Any) -> Any:
    """Quotients that stand for integers until a zero divisor is seen, which may be in another partition."""
    quotient = x // y
    if quotient.dtype.kind in "iu" and quotient.abs().max() > _EXACT:
        raise Unsupported(
            "// of integers with quotients beyond 2**53", "a zero divisor makes them floats", ".astype('float64')"
        )
    return quotient


@kernel(arithmetic.Mod)
def modulo(op: arithmetic.Mod, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    if result.is_integer and _is_positive(op.right):
        return typed(left, result.arrow) % typed(right, result.arrow)
    return _by_pandas(op, operator.mod, left, right)


@kernel(arithmetic.Pow)
def power(op: arithmetic.Pow, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    if result.family is Family.NUMPY and result.is_float and result.otherwise is None:
        # NumPy: x ** 0 is 1 and 1 ** y is 1, even where the other is missing.
        x, y = typed(left, result.arrow), typed(right, result.arrow)
        one = pl.lit(1.0, dtype=polars_type(result.arrow))
        return pl.when((y == 0) | (x == 1)).then(one).otherwise(nan_as_missing(x.pow(y)))
    if result.family is Family.NUMPY and result.is_integer and isinstance(op.right, Literal):
        return typed(left, result.arrow).pow(right.expr)
    return _by_pandas(op, operator.pow, left, right)


def _is_positive(divisor: Expr) -> bool:
    return isinstance(divisor, Literal) and arithmetic.is_nonzero(divisor) and divisor.value > 0


def _by_pandas(op: arithmetic._Binary, operate: Callable[[Any, Any], Any], left: Operand, right: Operand) -> pl.Expr:
    """The operator of pandas itself, where only NumPy's own loops have its zeros, infinities, roundings and overflows."""
    constants = tuple(isinstance(operand, Literal) for operand in (op.left, op.right))
    return through_pandas(operate, (left, right), op.result(left.dtype, right.dtype), constants)


@kernel(arithmetic.Neg)
def negate(op: arithmetic.Neg, operand: Operand) -> pl.Expr:
    if operand.dtype.is_bool:
        return ~operand.expr
    if pa.types.is_unsigned_integer(operand.dtype.arrow):
        return pl.lit(0, dtype=polars_type(operand.dtype.arrow)) - operand.expr
    return -operand.expr


@kernel(arithmetic.Abs)
def absolute(op: arithmetic.Abs, operand: Operand) -> pl.Expr:
    return operand.expr if operand.dtype.is_bool else operand.expr.abs()


@kernel(arithmetic.Round)
def round_half_even(op: arithmetic.Round, operand: Operand) -> pl.Expr:
    if operand.dtype.is_float and op.decimals >= 0:
        return operand.expr.round(op.decimals, mode="half_to_even")
    if op.decimals >= 0:
        return operand.expr
    return through_pandas(lambda values: values.round(op.decimals), (operand,), operand.dtype)


@kernel(arithmetic.Sqrt)
def square_root(op: arithmetic.Sqrt, operand: Operand) -> pl.Expr:
    return nan_as_missing(typed(operand, op.result(operand.dtype).arrow).sqrt())


@kernel(arithmetic.RowHash)
def row_hash(op: arithmetic.RowHash, operand: Operand) -> pl.Expr:
    return operand.expr.hash(op.seed)
