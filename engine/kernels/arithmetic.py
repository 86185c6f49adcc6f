"""Kernels of ``bigframe.ops.arithmetic``: NumPy's results on Polars columns in normal form."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from bigframe.ops import arithmetic
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


def typed(operand: Operand, arrow: pa.DataType) -> pl.Expr:
    """The operand cast to a type, unless it has it already."""
    return operand.expr if operand.dtype.arrow == arrow else operand.expr.cast(polars_type(arrow))


@kernel(arithmetic.Add, arithmetic.Sub, arithmetic.Mul)
def ring(op: arithmetic.Add | arithmetic.Sub | arithmetic.Mul, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    if result.is_datetime or result.is_timedelta:
        return _temporal(op, left, right, result.arrow)
    if result.is_bool:
        return left.expr | right.expr if isinstance(op, arithmetic.Add) else left.expr & right.expr
    x, y = typed(left, result.arrow), typed(right, result.arrow)
    value = x + y if isinstance(op, arithmetic.Add) else x - y if isinstance(op, arithmetic.Sub) else x * y
    return value.fill_nan(None) if result.is_float else value


def _temporal(op: arithmetic.Add | arithmetic.Sub | arithmetic.Mul, left: Operand, right: Operand, arrow: pa.DataType) -> pl.Expr:
    if isinstance(op, arithmetic.Add):
        value = left.expr + right.expr
    elif isinstance(op, arithmetic.Sub):
        value = left.expr - right.expr
    else:
        value = left.expr * right.expr
    return value.cast(polars_type(arrow))


@kernel(arithmetic.TrueDiv)
def divide(op: arithmetic.TrueDiv, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    if result.is_timedelta:
        return (left.expr / right.expr).cast(polars_type(result.arrow))
    if left.dtype.is_timedelta:
        return left.expr.cast(pl.Int64) / right.expr.cast(pl.Int64)
    return (typed(left, result.arrow) / typed(right, result.arrow)).fill_nan(None)


@kernel(arithmetic.FloorDiv)
def floor_divide(op: arithmetic.FloorDiv, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    x, y = typed(left, result.arrow), typed(right, result.arrow)
    if result.is_integer:
        return x // y
    # NumPy: inf // x is NaN, and x // 0 is an infinity with the sign of x.
    quotient = (x / y).floor()
    exact = pl.when(x.is_finite()).then(pl.when(y == 0).then(x / y).otherwise(_exact_floor(x, y, quotient))).otherwise(None)
    return exact.fill_nan(None)


def _exact_floor(x: pl.Expr, y: pl.Expr, quotient: pl.Expr) -> pl.Expr:
    """Floor of the true quotient, where rounding carried ``x / y`` up to the next integer."""
    return pl.when(y.is_infinite()).then(quotient).otherwise(((x - _modulo(x, y)) / y).round())


def _modulo(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    return x - y * (x / y).floor()


@kernel(arithmetic.Mod)
def modulo(op: arithmetic.Mod, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    return (typed(left, result.arrow) % typed(right, result.arrow)).fill_nan(None) if result.is_float else _integer_modulo(
        typed(left, result.arrow), typed(right, result.arrow)
    )


def _integer_modulo(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    return pl.when(y != 0).then(x % y).otherwise(None)


@kernel(arithmetic.Pow)
def power(op: arithmetic.Pow, left: Operand, right: Operand) -> pl.Expr:
    result = op.result(left.dtype, right.dtype)
    x, y = typed(left, result.arrow), typed(right, result.arrow)
    if result.is_float:
        # NumPy: x ** 0 is 1 and 1 ** y is 1, even where the other is missing.
        return pl.when((y == 0) | (x == 1)).then(pl.lit(1.0).cast(polars_type(result.arrow))).otherwise(x.pow(y)).fill_nan(None)
    return x.pow(y)


@kernel(arithmetic.Neg)
def negate(op: arithmetic.Neg, operand: Operand) -> pl.Expr:
    if pa.types.is_unsigned_integer(operand.dtype.arrow):
        return (operand.expr ^ -1).cast(polars_type(operand.dtype.arrow)) + 1
    return -operand.expr


@kernel(arithmetic.Abs)
def absolute(op: arithmetic.Abs, operand: Operand) -> pl.Expr:
    return operand.expr if operand.dtype.is_bool else operand.expr.abs()


@kernel(arithmetic.Round)
def round_half_even(op: arithmetic.Round, operand: Operand) -> pl.Expr:
    if operand.dtype.is_float and op.decimals >= 0:
        scale = 10.0**op.decimals
        return operand.expr.round(mode="half_to_even") if op.decimals == 0 else (operand.expr * scale).round(mode="half_to_even") / scale
    if op.decimals >= 0:
        return operand.expr
    scale = 10.0**-op.decimals
    rounded = (operand.expr / scale).round(mode="half_to_even") * scale
    return rounded.cast(polars_type(operand.dtype.arrow))


@kernel(arithmetic.Sqrt)
def square_root(op: arithmetic.Sqrt, operand: Operand) -> pl.Expr:
    return typed(operand, op.result(operand.dtype).arrow).sqrt().fill_nan(None)


@kernel(arithmetic.RowHash)
def row_hash(op: arithmetic.RowHash, operand: Operand) -> pl.Expr:
    return operand.expr.hash(op.seed)
