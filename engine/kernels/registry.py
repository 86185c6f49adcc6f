"""Kernels: how each column operator is computed by Polars, found by the operator's class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from bigframe.errors import PlanError
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.schema import DType, Schema


@dataclass(frozen=True)
class Operand:
    """An operand of a kernel: the Polars expression that computes it, and its dtype."""

    expr: pl.Expr
    dtype: DType


Kernel = Callable[..., pl.Expr]
_kernels: dict[type[Expr], Kernel] = {}


def kernel(*operators: type[Expr]) -> Callable[[Kernel], Kernel]:
    """Register ``function(op, *operands) -> pl.Expr`` for operator classes.

    Kernels work on the normal form (missing is null, NaN does not exist) and must leave it.
    """

    def register(function: Kernel) -> Kernel:
        for operator in operators:
            _kernels[operator] = function
        return function

    return register


def table(rows: dict[type[Any], Callable[[pl.Expr], pl.Expr]]) -> None:
    """Register operators of one operand and no parameters, each as a function of the operand's expression."""
    for operator, function in rows.items():
        _kernels[operator] = lambda op, operand, function=function: function(operand.expr)


def compile(expr: Expr, schema: Schema) -> Operand:
    """The Polars expression for a column expression over columns of the given types."""
    if isinstance(expr, Column):
        return Operand(pl.col(expr.id), schema[expr.id])
    if isinstance(expr, Scalar):
        raise PlanError(f"a scalar of another stage was not replaced by its value: {expr.id}")
    operands = [compile(operand, schema) for operand in expr.operands()]
    dtype = expr.result(*(operand.dtype for operand in operands))
    if type(expr) not in _kernels:
        raise PlanError(f"operator {type(expr).__name__} has no kernel")
    return Operand(_kernels[type(expr)](expr, *operands), dtype)


def made(expr: Expr, *operands: Operand) -> pl.Expr:
    """What an operator's kernel makes of operands."""
    return _kernels[type(expr)](expr, *operands)


def has_kernel(operator: type[Expr]) -> bool:
    return operator in _kernels or operator in (Column, Literal, Scalar)
