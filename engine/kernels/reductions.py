"""Kernels of ``bigframe.ops.reductions``: whole, and as partial states that merge."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from bigframe.ops import reductions
from bigframe.ops.base import Expr
from bigframe.schema import INT64, DType, Family
from engine.kernels import moments
from engine.kernels.datetimes import TICKS
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


@kernel(reductions.Sum)
def total(op: reductions.Sum, operand: Operand) -> pl.Expr:
    result = op.result(operand.dtype)
    if operand.dtype.is_string:
        return _at_least(operand.expr.str.join(""), operand.expr, op.min_count)
    value = operand.expr.cast(polars_type(result.arrow)).sum()
    return _at_least(value, operand.expr, op.min_count)


@kernel(reductions.Prod)
def product(op: reductions.Prod, operand: Operand) -> pl.Expr:
    result = op.result(operand.dtype)
    return _at_least(operand.expr.cast(polars_type(result.arrow)).product(), operand.expr, op.min_count)


def _at_least(value: pl.Expr, operand: pl.Expr, min_count: int) -> pl.Expr:
    return value if min_count <= 0 else pl.when(operand.count() >= min_count).then(value)


@kernel(reductions.Mean)
def mean(op: reductions.Mean, operand: Operand) -> pl.Expr:
    result = op.result(operand.dtype)
    if _is_in_seconds(operand):
        return _of_seconds(operand, pl.Expr.mean)
    if _is_time(operand):
        return operand.expr.mean().cast(polars_type(result.arrow))
    return operand.expr.cast(polars_type(result.arrow)).mean().fill_nan(None)


def _is_time(operand: Operand) -> bool:
    return operand.dtype.is_datetime or operand.dtype.is_timedelta


def _ticks(operand: Operand) -> Operand:
    return Operand(operand.expr.cast(pl.Int64), INT64.or_missing())


def _as_ticks(value: pl.Expr, dtype: DType) -> pl.Expr:
    """A number of ticks as a time; what is between two of them is the earlier, as NumPy's conversion has it."""
    if getattr(dtype.arrow, "unit", None) == "s":  # which is held in finer ticks
        value = (value / TICKS["s"]).cast(pl.Int64) * TICKS["s"]
    return value.cast(pl.Int64).cast(polars_type(dtype.arrow))


@kernel(reductions.Var, reductions.Std)
def spread(op: reductions.Var | reductions.Std, operand: Operand) -> pl.Expr:
    if _is_time(operand):
        return _as_ticks(spread(op, _ticks(operand)), op.result(operand.dtype))
    x = operand.expr.cast(polars_type(op.result(operand.dtype).arrow))
    value = x.var(op.ddof) if isinstance(op, reductions.Var) else x.std(op.ddof)
    # Their mean is not always exactly what they are.
    value = pl.when(x.min() == x.max()).then(0.0).otherwise(value.fill_nan(None))
    # Polars gives 0 for one value whatever the delta degrees of freedom.
    return pl.when(operand.expr.count() > op.ddof).then(value).cast(polars_type(op.result(operand.dtype).arrow))


@kernel(reductions.Min)
def smallest(op: reductions.Min, operand: Operand) -> pl.Expr:
    return operand.expr.min()


@kernel(reductions.Max)
def largest(op: reductions.Max, operand: Operand) -> pl.Expr:
    return operand.expr.max()


@kernel(reductions.Count)
def count(op: reductions.Count, operand: Operand) -> pl.Expr:
    return operand.expr.count().cast(pl.Int64)


@kernel(reductions.Size)
def size(op: reductions.Size) -> pl.Expr:
    return pl.len().cast(pl.Int64)


@kernel(reductions.Any_)
def any_true(op: reductions.Any_, operand: Operand) -> pl.Expr:
    return _truths(op, operand).any().fill_null(False)


@kernel(reductions.All)
def all_true(op: reductions.All, operand: Operand) -> pl.Expr:
    return _truths(op, operand).all().fill_null(True)


def truth(operand: Operand) -> pl.Expr:
    """Values as bools, as Python sees them; missing ones stay out."""
    if operand.dtype.is_bool:
        return operand.expr
    if operand.dtype.is_string:
        return operand.expr.str.len_bytes() > 0
    return operand.expr != 0


def _truths(op: reductions.Any_ | reductions.All, operand: Operand) -> pl.Expr:
    return truth(operand) if op.skipna else truth(operand).fill_null(True)


@kernel(reductions.First)
def first(op: reductions.First, operand: Operand) -> pl.Expr:
    return _of_enough(op.min_count, operand.expr, (operand.expr.drop_nulls() if op.skipna else operand.expr).first())


@kernel(reductions.Last)
def last(op: reductions.Last, operand: Operand) -> pl.Expr:
    return _of_enough(op.min_count, operand.expr, (operand.expr.drop_nulls() if op.skipna else operand.expr).last())


def _of_enough(needed: int, values: pl.Expr, result: pl.Expr) -> pl.Expr:
    return result if needed <= 0 else pl.when(values.count() >= needed).then(result)


@kernel(reductions.NUnique)
def distinct(op: reductions.NUnique, operand: Operand) -> pl.Expr:
    return (operand.expr.drop_nulls() if op.dropna else operand.expr).n_unique().cast(pl.Int64)


@kernel(reductions.Median)
def median(op: reductions.Median, operand: Operand) -> pl.Expr:
    if _is_in_seconds(operand):
        return _of_seconds(operand, pl.Expr.median)
    return operand.expr.cast(polars_type(op.result(operand.dtype).arrow)).median()


def _is_in_seconds(operand: Operand) -> bool:
    return getattr(operand.dtype.arrow, "unit", None) == "s"


def _of_seconds(operand: Operand, reduce: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """A reduction of times in seconds, cut off to a whole one: they are held in finer ticks."""
    seconds = reduce(operand.expr.to_physical() // TICKS["s"]).cast(pl.Int64)
    return (seconds * TICKS["s"]).cast(polars_type(operand.dtype.arrow))


@kernel(reductions.Quantile)
def quantile(op: reductions.Quantile, operand: Operand) -> pl.Expr:
    kind = polars_type(op.result(operand.dtype).arrow)
    if _is_in_seconds(operand):
        return _of_seconds(operand, lambda seconds: _quantile_of_ticks(op, seconds, operand.dtype))
    if _is_time(operand):
        return _as_ticks(_quantile_of_ticks(op, _ticks(operand).expr, operand.dtype), operand.dtype)
    if op.interpolation == "nearest":
        return _nearest(operand.expr, op.q).cast(kind)
    return operand.expr.quantile(op.q, interpolation=op.interpolation).cast(kind)  # type: ignore[arg-type]


def _quantile_of_ticks(op: reductions.Quantile, ticks: pl.Expr, dtype: DType) -> pl.Expr:
    if op.grouped:
        return quantile(op, Operand(ticks, INT64.or_missing()))
    return _between(ticks, op, in_arrow=dtype.family is Family.ARROW)


def _nearest(operand: pl.Expr, q: float) -> pl.Expr:
    """The value at the rank rounded half to even, as NumPy rounds it."""
    ordered = operand.drop_nulls().sort()
    rank = ((ordered.len() - 1) * q).round(mode="half_to_even").cast(pl.UInt32)
    return pl.when(operand.count() > 0).then(ordered.get(rank, null_on_oob=True))


def _between(ticks: pl.Expr, op: reductions.Quantile, *, in_arrow: bool) -> pl.Expr:
    def of_all(values: pl.Series) -> pl.Series:
        ordered = values.drop_nulls().sort()
        found = _at_rank(ordered, (len(ordered) - 1) * op.q, op.interpolation, in_arrow=in_arrow)
        return pl.Series([found], dtype=pl.Int64)

    return ticks.map_batches(of_all, return_dtype=pl.Int64, returns_scalar=True)


def _at_rank(ordered: pl.Series, rank: float, interpolation: str, *, in_arrow: bool) -> int | None:
    """What lies between two ticks, rounded as NumPy does, which starts from the nearer one, or else as Arrow does."""
    if not len(ordered):
        return None
    if interpolation == "nearest":
        rank = round(rank)  # half to even
    low, high = (int(ordered[place]) for place in (math.floor(rank), math.ceil(rank)))
    if interpolation in ("lower", "higher", "nearest"):
        return high if interpolation == "higher" else low
    share = rank % 1 if interpolation == "linear" else (0.5 if rank % 1 else 0.0)
    if in_arrow:
        return math.floor(high * share + low * (1 - share))
    return int(low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share))


@kernel(reductions.Collect)
def collect(op: reductions.Collect, operand: Operand) -> pl.Expr:
    return operand.expr.implode()


@kernel(reductions.AnyMissing)
def any_missing(op: reductions.AnyMissing, operand: Operand) -> pl.Expr:
    missing = operand.expr.is_null().any()
    return missing | operand.expr.is_infinite().any() if operand.dtype.is_float else missing


@kernel(reductions.FirstBy)
def first_by(op: reductions.FirstBy, operand: Operand, by: Operand) -> pl.Expr:
    return operand.expr.sort_by(by.expr, descending=op.largest, nulls_last=True, maintain_order=True).first()


@dataclass(frozen=True)
class Partial:
    """A reduction in two steps: states of a partition, how states merge, and the result of a merged state."""

    states: tuple[Callable[[pl.Expr], pl.Expr], ...]
    merges: tuple[Callable[[pl.Expr], pl.Expr], ...]
    finish: Callable[[tuple[pl.Expr, ...]], pl.Expr]


def partial(op: Expr, operand: Operand | None) -> Partial | None:
    """The two-step form of a reduction, if it has one."""
    if isinstance(op, reductions.Size):
        return Partial((lambda _: pl.len().cast(pl.Int64),), (pl.Expr.sum,), lambda s: s[0])
    if operand is None or operand.dtype.is_string and isinstance(op, reductions.Sum):
        return None
    if isinstance(op, (reductions.Sum, reductions.Prod)):
        kind = polars_type(op.result(operand.dtype).arrow)
        fold: Callable[[pl.Expr], pl.Expr] = pl.Expr.sum if isinstance(op, reductions.Sum) else pl.Expr.product
        needed = op.min_count
        return Partial(
            (lambda x: fold(x.cast(kind)), lambda x: x.count().cast(pl.Int64)),
            (fold, pl.Expr.sum),
            lambda s: s[0] if needed <= 0 else pl.when(s[1] >= needed).then(s[0]),
        )
    if isinstance(op, (reductions.Min, reductions.Max, reductions.Any_, reductions.All, reductions.AnyMissing)):
        return _idempotent(op, operand)
    if isinstance(op, reductions.Count):
        return Partial((lambda x: x.count().cast(pl.Int64),), (pl.Expr.sum,), lambda s: s[0])
    if isinstance(op, reductions.NUnique):
        # Counts add up where no value is in two partitions, which the planner sees to.
        return Partial((lambda x: distinct(op, Operand(x, operand.dtype)),), (pl.Expr.sum,), lambda s: s[0])
    if isinstance(op, reductions.Mean) and operand.dtype.is_numeric:
        kind = polars_type(op.result(operand.dtype).arrow)
        return Partial(
            (lambda x: x.cast(pl.Float64).sum(), lambda x: x.count().cast(pl.Int64)),
            (pl.Expr.sum, pl.Expr.sum),
            lambda s: (s[0] / s[1]).fill_nan(None).cast(kind),
        )
    if isinstance(op, reductions.Mean) and _is_time(operand):
        result = op.result(operand.dtype)
        # In two parts, since the sum of many times has more digits than a float, or an integer, keeps.
        return Partial(
            (
                lambda x: (x.cast(pl.Int64) // _HALF).sum(),
                lambda x: (x.cast(pl.Int64) % _HALF).sum(),
                lambda x: x.count().cast(pl.Int64),
            ),
            (pl.Expr.sum, pl.Expr.sum, pl.Expr.sum),
            lambda s: _as_ticks(((s[0] * float(_HALF) + s[1]) / s[2]).fill_nan(None), result),
        )
    if isinstance(op, _MOMENTS) and op.result(operand.dtype).arrow.bit_width == 64:  # pandas keeps to narrow floats
        moment, result, is_time = op, op.result(operand.dtype), _is_time(operand)
        return Partial(
            (lambda x: moments.state(moment, x.cast(pl.Int64) if is_time else x),),
            (lambda states: moments.merged(moment, states),),
            lambda s: _as_ticks(moments.finished(moment, s[0]), result) if is_time else moments.finished(moment, s[0]),
        )
    return None


_HALF = 2**32
_MOMENTS = (reductions.Var, reductions.Std, reductions.Sem, reductions.Skew, reductions.Kurt)


def _idempotent(op: Expr, operand: Operand) -> Partial:
    if isinstance(op, reductions.Min):
        return Partial((pl.Expr.min,), (pl.Expr.min,), lambda s: s[0])
    if isinstance(op, reductions.Max):
        return Partial((pl.Expr.max,), (pl.Expr.max,), lambda s: s[0])
    if isinstance(op, reductions.All):
        all_ = op
        return Partial(
            (lambda x: _truths(all_, Operand(x, operand.dtype)).all().fill_null(True),), (pl.Expr.all,), lambda s: s[0]
        )
    if isinstance(op, reductions.Any_):
        any_ = op
        return Partial(
            (lambda x: _truths(any_, Operand(x, operand.dtype)).any().fill_null(False),), (pl.Expr.any,), lambda s: s[0]
        )
    return Partial((lambda x: any_missing(op, Operand(x, operand.dtype)),), (pl.Expr.any,), lambda s: s[0])
