"""Kernels of ``bigframe.ops.logical``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import polars as pl

from bigframe.ops import logical, rules
from bigframe.schema import Family
from engine.kernels.arithmetic import typed
from engine.kernels.registry import Operand, kernel

_PLAIN: dict[type[Any], Callable[[Any, Any], Any]] = {
    logical.And: operator.and_,
    logical.Or: operator.or_,
    logical.Xor: operator.xor,
}


@kernel(logical.And, logical.Or, logical.Xor)
def combine(op: logical._Logical, left: Operand, right: Operand) -> pl.Expr:
    operate = _PLAIN[type(op)]
    if left.dtype.is_bool and right.dtype.is_bool:
        value: pl.Expr = operate(_two_valued(left), _two_valued(right))
        # In front, a hole among objects makes the result False; behind, it counts as False.
        return value & left.expr.is_not_null() if _is_object(left) else value
    arrow = rules.promote(left.dtype, right.dtype).arrow
    value = operate(typed(left, arrow), typed(right, arrow))
    return value != 0 if left.dtype.is_bool or right.dtype.is_bool else value


@kernel(logical.Not)
def invert(op: logical.Not, operand: Operand) -> pl.Expr:
    return ~operand.expr


def _two_valued(operand: Operand) -> pl.Expr:
    return operand.expr.fill_null(False) if _is_object(operand) else operand.expr


def _is_object(operand: Operand) -> bool:
    return operand.dtype.family is Family.NUMPY and bool(operand.dtype.unless_missing)
