"""How two columns vary together, of the sums that their pairs of values have."""

from __future__ import annotations

from bigframe.ops.base import Expr
from bigframe.schema import FLOAT64, DType


class Covariance(Expr):
    """Of sums over ``count`` pairs; missing of fewer than ``min_periods``."""

    count: Expr
    left: Expr
    right: Expr
    product: Expr
    min_periods: int
    ddof: int

    def result(self, *operands: DType) -> DType:
        return FLOAT64


class Correlation(Expr):
    """Of sums over ``count`` pairs, and least and largest values, which tell whether there is any spread."""

    count: Expr
    left: Expr
    right: Expr
    product: Expr
    left_square: Expr
    right_square: Expr
    low: Expr
    high: Expr
    right_low: Expr
    right_high: Expr
    min_periods: int

    def result(self, *operands: DType) -> DType:
        return FLOAT64
