"""Central moments: what variance, skewness and their kin are made of, and how those of several partitions merge."""

from __future__ import annotations

import polars as pl

from bigframe.ops import reductions
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type

Moment = reductions.Var | reductions.Std | reductions.Sem | reductions.Skew | reductions.Kurt


@kernel(reductions.Sem, reductions.Skew, reductions.Kurt)
def moment(op: Moment, operand: Operand) -> pl.Expr:
    return finished(op, state(operand.expr)).cast(polars_type(op.result(operand.dtype).arrow))


def state(values: pl.Expr) -> pl.Expr:
    """How many values there are, their mean, sums of powers of their distances from it, and their bounds."""
    x = values.cast(pl.Float64)
    mean = x.mean().fill_null(0.0)
    away = x - mean
    square = away * away
    return _struct(x.count().cast(pl.Float64), mean, square.sum(), (square * away).sum(), (square * square).sum(), x)


def merged(states: pl.Expr) -> pl.Expr:
    """The state of all values from the states of some."""
    count, mean, second, third, fourth, low, high = _fields(states)
    total = count.sum()
    middle = pl.when(total > 0).then((count * mean).sum() / total).otherwise(0.0)
    away = pl.when(count > 0).then(mean - middle).otherwise(0.0)
    square = away * away
    return _struct(
        total,
        middle,
        (second + count * square).sum(),
        (third + 3 * away * second + count * square * away).sum(),
        (fourth + 4 * away * third + 6 * square * second + count * square * square).sum(),
        low,
        high,
    )


def finished(op: Moment, moments: pl.Expr) -> pl.Expr:
    """The reduction of values with some moments; too few of them have none."""
    n, _, second, third, fourth, low, high = _fields(moments)
    # Rounding gives equal values small distances from their mean.
    second = pl.when(low == high).then(0.0).otherwise(second)
    if isinstance(op, reductions.Skew):
        value = n * (n - 1).sqrt() / (n - 2) * third / second.pow(1.5)
        return _defined(value, (n > 2) & (second > 0))
    if isinstance(op, reductions.Kurt):
        scale = (n - 2) * (n - 3)
        value = n * (n + 1) * (n - 1) * fourth / (scale * second * second) - 3 * (n - 1).pow(2) / scale
        return _defined(value, (n > 3) & (second > 0))
    value = second / (n - op.ddof)
    if not isinstance(op, reductions.Var):
        value = value.sqrt()
    return _defined(value / n.sqrt() if isinstance(op, reductions.Sem) else value, n > op.ddof)


_NAMES = ("count", "mean", "second", "third", "fourth", "low", "high")


def _struct(*parts: pl.Expr) -> pl.Expr:
    low, high = parts[5], parts[-1]
    values = (*parts[:5], low.min(), high.max())
    return pl.struct([value.alias(name) for value, name in zip(values, _NAMES, strict=True)])


def _fields(moments: pl.Expr) -> tuple[pl.Expr, ...]:
    return tuple(moments.struct.field(name) for name in _NAMES)


def _defined(value: pl.Expr, enough: pl.Expr) -> pl.Expr:
    return pl.when(enough).then(value).fill_nan(None)
