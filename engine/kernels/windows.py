"""Kernels of ``bigframe.ops.windows``, and what a task must know of the rows of others."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from bigframe.ops import windows
from bigframe.ops.windows import Window
from engine.kernels.arithmetic import typed
from engine.kernels.datetimes import TICKS
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type

_RUNNING: dict[type[Window], Callable[[pl.Expr], pl.Expr]] = {
    windows.CumSum: pl.Expr.cum_sum,
    windows.CumProd: pl.Expr.cum_prod,
    windows.CumMin: pl.Expr.cum_min,
    windows.CumMax: pl.Expr.cum_max,
    windows.FillForward: pl.Expr.forward_fill,
    windows.FillBackward: pl.Expr.backward_fill,
}

_TOTAL: dict[type[Window], Callable[[pl.Expr], pl.Expr]] = {
    windows.CumSum: pl.Expr.sum,
    windows.CumProd: pl.Expr.product,
    windows.CumMin: pl.Expr.min,
    windows.CumMax: pl.Expr.max,
    windows.FillForward: lambda values: values.drop_nulls().last(),
    windows.FillBackward: lambda values: values.drop_nulls().first(),
}


@kernel(windows.Shift)
def shift(op: windows.Shift, operand: Operand, *others: Operand) -> pl.Expr:
    keys, fill = others[: len(op.keys)], others[len(op.keys) :]
    past_ends = typed(fill[0], operand.dtype.arrow) if fill else None
    moved = _grouped(operand.expr.shift(op.periods, fill_value=past_ends), keys)
    return typed(Operand(moved, operand.dtype), op.result(operand.dtype, *(key.dtype for key in keys)).arrow)


@kernel(windows.Diff)
def diff(op: windows.Diff, operand: Operand, *keys: Operand) -> pl.Expr:
    # Integers are subtracted as such and become floats afterwards, as in pandas.
    value = operand.expr - _grouped(operand.expr.shift(op.periods), keys)
    result = op.result(operand.dtype, *(key.dtype for key in keys))
    value = value.cast(polars_type(result.arrow))
    return value.fill_nan(None) if result.is_float else value


@kernel(*_RUNNING)
def running(op: Window, operand: Operand, *keys: Operand) -> pl.Expr:
    result = op.result(operand.dtype, *(key.dtype for key in keys))
    values = typed(operand, result.arrow)
    if isinstance(op, windows.FillForward):
        value = values.forward_fill(op.limit)
    elif isinstance(op, windows.FillBackward):
        value = values.backward_fill(op.limit)
    else:
        value = _RUNNING[type(op)](values)
    value = _grouped(value, keys).cast(polars_type(result.arrow))
    return value.fill_nan(None) if result.is_float else value


@kernel(windows.Rank)
def rank(op: windows.Rank, operand: Operand, *keys: Operand) -> pl.Expr:
    values, dense = operand.expr, op.method == "dense"
    missing = values.is_null()
    method = "ordinal" if op.method == "first" else op.method
    place = values.rank(method=method, descending=not op.ascending).cast(pl.Float64)  # type: ignore[arg-type]
    holes = missing.sum().cast(pl.Float64)
    count = values.drop_nulls().n_unique() if dense else values.count()
    count = count.cast(pl.Float64)
    if op.na_option != "keep":
        one, nth = pl.lit(1.0), missing.cum_sum().cast(pl.Float64)
        own = {"average": (holes + 1) / 2, "min": one, "max": holes, "dense": one, "first": nth}
        of_holes = own[op.method]
        taken = missing.any().cast(pl.Float64) if dense else holes
        first, last = (of_holes, place + taken) if op.na_option == "top" else (of_holes + count, place)
        place, count = pl.when(missing).then(first).otherwise(last), count + taken
    result = op.result(operand.dtype, *(key.dtype for key in keys))
    return _grouped((place / count if op.pct else place).cast(polars_type(result.arrow)), keys)


def _grouped(value: pl.Expr, keys: tuple[Operand, ...]) -> pl.Expr:
    """The values within groups; outside of them, where a key is missing, none."""
    if not keys:
        return value
    known = pl.all_horizontal(key.expr.is_not_null() for key in keys)
    return pl.when(known).then(value.over([key.expr for key in keys]))


def directions(op: Window) -> tuple[bool, ...]:
    """Where the rows lie that a row's value depends on: False for those before it, True for those after."""
    if isinstance(op, windows.Rolling):
        return tuple(ahead for ahead, rows in zip((False, True), op.reach, strict=True) if rows)
    if isinstance(op, windows.TimedRolling):
        return (False, True) if op.center else (False,)
    return (isinstance(op, windows.FillBackward) or isinstance(op, (windows.Shift, windows.Diff)) and op.periods < 0,)


def edge(op: Window, operand: Operand, *, ahead: bool) -> pl.Expr:
    """What rows hand to those beyond them, as if it were their only values.

    Parameters
    ----------
    op
        The operator.
    operand
        The values of a run of rows, or what several runs hand on, in order.
    ahead
        Whether it is told to rows that look ahead, and so come before; else to those that look back.

    Returns
    -------
    polars.Expr
        As many of the nearest values as the operator reaches over, or a single one in which all are summed up.
    """
    if isinstance(op, windows.Rolling):
        back, forward = op.reach
        return operand.expr.head(forward) if ahead else operand.expr.tail(back)
    if isinstance(op, windows.TimedRolling):
        unit = operand.dtype.arrow.field("time").type.unit
        time = operand.expr.struct.field("time").to_physical()
        # The nearest row is always among them, and shows whether times are in order.
        away = (time - (time.first() if ahead else time.last())).abs()
        return operand.expr.filter(away * (10**9 // TICKS[unit]) <= op.span)
    if isinstance(op, windows.Ewm):
        return (operand.expr.drop_nulls() if op.ignore_na else operand.expr).tail(op.reach)
    if isinstance(op, (windows.Shift, windows.Diff)):
        return operand.expr.head(-op.periods) if op.periods < 0 else operand.expr.tail(op.periods)
    return _TOTAL[type(op)](typed(operand, op.result(operand.dtype).arrow))
