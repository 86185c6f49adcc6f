"""Comparisons and membership; default dtypes compare two-valued, nullable and Arrow dtypes three-valued."""

from __future__ import annotations

from typing import Any, ClassVar

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.schema import BOOL, DType, Family


class _Comparison(Expr):
    takes_periods: ClassVar[bool] = True
    left: Expr
    right: Expr

    symbol = ""
    of_order = True

    def result(self, *operands: DType) -> DType:
        left, right = operands
        result = rules.boolean(left, right)
        if self.of_order and (left.categories is not None or right.categories is not None):
            if not left.ordered and not right.ordered:
                raise TypeError("Unordered Categoricals can only compare equality or not")
            raise Unsupported(f"'{self.symbol}' of categories", "its kernel would compare their text", ".isin")
        if left.is_not_its_values or right.is_not_its_values:
            raise Unsupported(f"'{self.symbol}' of categories that are not text", "their kernel knows their names")
        if left.is_list or left.is_struct or right.is_list or right.is_struct:
            raise Unsupported(f"'{self.symbol}' of {left} and {right}", "pandas compares Python objects")
        if not comparable(left, right):
            if self.of_order:
                raise TypeError(f"'{self.symbol}' not supported between columns of dtype {left} and {right}")
            if result.is_three_valued:
                raise Unsupported(
                    f"'{self.symbol}' of {left} and {right}", "their values are never equal", ".astype on one of them"
                )
        return result


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

    takes_periods: ClassVar[bool] = True
    operand: Expr
    values: tuple[Any, ...]
    has_missing: bool

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if operand.is_not_its_values:
            raise Unsupported("isin of categories that are not text", "their kernel knows their names")
        return DType(BOOL.arrow, operand.family) if operand.family is Family.NULLABLE and operand.is_numeric else BOOL


def comparable(left: DType, right: DType) -> bool:
    """Whether values of two dtypes compare with each other."""
    if left.is_null or right.is_null:
        return True
    if left.is_numeric and right.is_numeric:
        arrow_backed = Family.ARROW in (left.family, right.family)
        return not arrow_backed or left.is_bool == right.is_bool
    if left.is_datetime and right.is_datetime:
        return (left.arrow.tz is None) == (right.arrow.tz is None)
    kinds = ("is_string", "is_timedelta", "is_date", "is_binary")
    return left.arrow == right.arrow or any(getattr(left, kind) and getattr(right, kind) for kind in kinds)
