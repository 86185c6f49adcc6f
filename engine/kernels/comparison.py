"""Kernels of ``bigframe.ops.comparison``: two-valued for default dtypes, three-valued for the others."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa

from bigframe.ops import comparison, rules
from bigframe.schema import DType
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import held_unit, literal_series, polars_type

_PLAIN: dict[type[Any], Callable[[Any, Any], Any]] = {
    comparison.Eq: operator.eq,
    comparison.Ne: operator.ne,
    comparison.Lt: operator.lt,
    comparison.Le: operator.le,
    comparison.Gt: operator.gt,
    comparison.Ge: operator.ge,
}


@kernel(*_PLAIN)
def compare(op: comparison._Comparison, left: Operand, right: Operand) -> pl.Expr:
    unequal = isinstance(op, comparison.Ne)
    if not comparison.comparable(left.dtype, right.dtype):
        # Values of different kinds are never equal, missing or not; a constant alone would not have the rows' number.
        return left.expr.is_null() & right.expr.is_null() & False | unequal
    x, y = matched(left, right)
    result: pl.Expr = _PLAIN[type(op)](x, y)
    return result if op.result(left.dtype, right.dtype).is_three_valued else result.fill_null(unequal)


def matched(left: Operand, right: Operand) -> tuple[pl.Expr, pl.Expr]:
    """Two operands in one type that compares as pandas does."""
    if left.dtype.arrow == right.dtype.arrow or left.dtype.is_null or right.dtype.is_null:
        return left.expr, right.expr
    if left.dtype.is_datetime and right.dtype.is_datetime:
        unit = held_unit(rules.finest(left.dtype.arrow, right.dtype.arrow))
        zone = "UTC" if left.dtype.arrow.tz else None
        return left.expr.cast(pl.Datetime(unit, zone)), right.expr.cast(pl.Datetime(unit, zone))
    exact = (left.dtype.is_integer, pa.types.is_decimal(left.dtype.arrow))
    if any(exact) and exact == (right.dtype.is_integer, pa.types.is_decimal(right.dtype.arrow)):
        return left.expr, right.expr
    common = rules.promote(DType(left.dtype.arrow), DType(right.dtype.arrow)).arrow
    return left.expr.cast(polars_type(common)), right.expr.cast(polars_type(common))


@kernel(comparison.IsIn)
def is_in(op: comparison.IsIn, operand: Operand) -> pl.Expr:
    dtype = operand.dtype
    missing = operand.expr.is_null() if op.has_missing else pl.lit(False)
    if not op.values:
        return missing if op.has_missing else operand.expr.is_null() & False
    if dtype.is_integer and any(isinstance(value, float) for value in op.values):
        values = pl.Series([float(value) for value in op.values], dtype=pl.Float64)
        member = operand.expr.cast(pl.Float64).is_in(values.implode())
    else:
        values = (
            pl.Series(list(op.values), strict=False) if dtype.is_integer else literal_series(op.values, dtype.arrow)
        )
        member = operand.expr.is_in(values.implode())
    member = member.fill_null(False)
    return member | missing if op.has_missing else member
