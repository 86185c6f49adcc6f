"""Kernels of ``bigframe.ops.logical``."""

from __future__ import annotations

import polars as pl

from bigframe.ops import logical
from bigframe.schema import Family
from engine.kernels.registry import Operand, kernel


@kernel(logical.And, logical.Or, logical.Xor)
def combine(op: logical._Logical, left: Operand, right: Operand) -> pl.Expr:
    x, y = _two_valued(left), _two_valued(right)
    return x & y if isinstance(op, logical.And) else x | y if isinstance(op, logical.Or) else x ^ y


@kernel(logical.Not)
def invert(op: logical.Not, operand: Operand) -> pl.Expr:
    if operand.dtype.is_integer:
        return operand.expr ^ -1
    return ~operand.expr


def _two_valued(operand: Operand) -> pl.Expr:
    """pandas takes a hole in an object column of bools as False in logic."""
    if operand.dtype.is_bool and operand.dtype.family is Family.NUMPY and operand.dtype.unless_missing:
        return operand.expr.fill_null(False)
    return operand.expr
