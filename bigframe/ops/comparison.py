"""Comparisons and membership; default dtypes compare two-valued, nullable and Arrow dtypes three-valued."""

from __future__ import annotations

from typing import Any

from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.schema import BOOL, DType


class _Comparison(Expr):
    left: Expr
    right: Expr

    symbol = ""
    of_order = True

    def result(self, *operands: DType) -> DType:
        left, right = operands
        if self.of_order and not comparable(left, right):
            raise TypeError(f"'{self.symbol}' not supported between columns of dtype {left} and {right}")
        return rules.boolean(left, right)


class Eq(_Comparison):
    symbol = "=="
    of_order = False


class Ne(_Comparison):
    symbol = "!="
    of_order = False


class Lt(_Comparison):
    symbol = "<"


class Le(_Comparison):
    symbol = "<="


class Gt(_Comparison):
    symbol = ">"


class Ge(_Comparison):
    symbol = ">="


class IsIn(Expr):
    """Membership in a set of literals; a missing value is a member if the set holds one."""

    operand: Expr
    values: tuple[Any, ...]
    has_missing: bool

    def result(self, *operands: DType) -> DType:
        return BOOL


def comparable(left: DType, right: DType) -> bool:
    """Whether values of two dtypes compare with each other."""
    if left.is_null or right.is_null:
        return True
    if left.is_numeric and right.is_numeric:
        return True
    if left.is_datetime and right.is_datetime:
        return (left.arrow.tz is None) == (right.arrow.tz is None)
    return any(
        getattr(left, kind) and getattr(right, kind)
        for kind in ("is_string", "is_timedelta", "is_date", "is_binary")
    )
