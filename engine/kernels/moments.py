"""Central moments: what variance, skewness and their kin are made of, and how those of several partitions merge."""

from __future__ import annotations

import polars as pl

from bigframe.ops import reductions
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type

Moment = reductions.Var | reductions.Std | reductions.Sem | reductions.Skew | reductions.Kurt
_NAMES = ("count", "low", "high", "mean", "second", "third", "fourth")


@kernel(reductions.Sem, reductions.Skew, reductions.Kurt)
def moment(op: Moment, operand: Operand) -> pl.Expr:
    return _finished(op, _parts(op, operand.expr)).cast(polars_type(op.result(operand.dtype).arrow))


def state(op: Moment, values: pl.Expr) -> pl.Expr:
    """How many values there are, their bounds, their mean, and sums of powers of their distances from it."""
    return _struct(_parts(op, values))


def merged(op: Moment, states: pl.Expr) -> pl.Expr:
    """The state of all values from the states of some."""
    count, low, high, mean, second, *higher = _fields(op, states)
    total = count.sum()
    middle = pl.when(total > 0).then((count * mean).sum() / total).otherwise(0.0)
    away = pl.when(count > 0).then(mean - middle).otherwise(0.0)
    square = away * away
    parts = [total, low.min(), high.max(), middle, (second + count * square).sum()]
    if higher:
        third = higher[0]
        parts.append((third + 3 * away * second + count * square * away).sum())
    if len(higher) > 1:
        parts.append((higher[1] + 4 * away * third + 6 * square * second + count * square * square).sum())
    return _struct(tuple(parts))


def finished(op: Moment, moments: pl.Expr) -> pl.Expr:
    """The reduction of values with some moments; too few of them have none."""
    return _finished(op, _fields(op, moments))


def _parts(op: Moment, values: pl.Expr) -> tuple[pl.Expr, ...]:
    """Taken by Polars' own reductions: in groups an expression of several would be computed several times."""
    x = values.cast(pl.Float64)
    n = x.count().cast(pl.Float64)
    second = x.var(0).fill_null(0.0) * n
    parts = (n, x.min(), x.max(), x.mean().fill_null(0.0), second)
    if isinstance(op, reductions.Skew):
        return (*parts, _defined(x.skew() * second.pow(1.5) / n.sqrt(), second > 0).fill_null(0.0))
    if isinstance(op, reductions.Kurt):
        third = _defined(x.skew() * second.pow(1.5) / n.sqrt(), second > 0).fill_null(0.0)
        return (*parts, third, _defined(x.kurtosis(fisher=False) * second * second / n, second > 0).fill_null(0.0))
    return parts


def _finished(op: Moment, parts: tuple[pl.Expr, ...]) -> pl.Expr:
    n, low, high, _, second, *higher = parts
    # Rounding gives equal values small distances from their mean.
    second = pl.when(low == high).then(0.0).otherwise(second)
    if isinstance(op, reductions.Skew):
        value = n * (n - 1).sqrt() / (n - 2) * higher[0] / second.pow(1.5)
        return _defined(value, (n > 2) & (second > 0))
    if isinstance(op, reductions.Kurt):
        scale = (n - 2) * (n - 3)
        value = n * (n + 1) * (n - 1) * higher[1] / (scale * second * second) - 3 * (n - 1).pow(2) / scale
        return _defined(value, (n > 3) & (second > 0))
    value = second / (n - op.ddof)
    if not isinstance(op, reductions.Var):
        value = value.sqrt()
    return _defined(value / n.sqrt() if isinstance(op, reductions.Sem) else value, n > op.ddof)


def _struct(parts: tuple[pl.Expr, ...]) -> pl.Expr:
    return pl.struct([part.alias(name) for part, name in zip(parts, _NAMES, strict=False)])


def _fields(op: Moment, moments: pl.Expr) -> tuple[pl.Expr, ...]:
    powers = 2 if isinstance(op, reductions.Kurt) else 1 if isinstance(op, reductions.Skew) else 0
    return tuple(moments.struct.field(name) for name in _NAMES[: 5 + powers])


def _defined(value: pl.Expr, enough: pl.Expr) -> pl.Expr:
    return pl.when(enough).then(value).fill_nan(None)
