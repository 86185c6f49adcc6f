"""Kernels of ``bigframe.ops.pairs``."""

from __future__ import annotations

import polars as pl

from bigframe.ops import pairs
from engine.kernels.registry import Operand, kernel


@kernel(pairs.Covariance)
def covariance(op: pairs.Covariance, n: Operand, left: Operand, right: Operand, product: Operand) -> pl.Expr:
    value = _about_means(product, left, right, n) / (n.expr - op.ddof)
    return pl.when(n.expr >= max(op.min_periods, op.ddof + 1)).then(value).fill_nan(None)


@kernel(pairs.Correlation)
def correlation(
    op: pairs.Correlation, n: Operand, left: Operand, right: Operand, product: Operand, *others: Operand
) -> pl.Expr:
    left_square, right_square, *bounds = others
    low, high, right_low, right_high = (bound.expr for bound in bounds)
    spread = _about_means(left_square, left, left, n) * _about_means(right_square, right, right, n)
    value = _about_means(product, left, right, n) / spread.sqrt()
    # Rounding gives equal values a small spread.
    varies = (low < high) & (right_low < right_high) & (n.expr >= op.min_periods)
    return pl.when(varies).then(value).fill_nan(None).clip(-1.0, 1.0)


def _about_means(squares: Operand, one: Operand, other: Operand, n: Operand) -> pl.Expr:
    return squares.expr - one.expr * other.expr / n.expr
