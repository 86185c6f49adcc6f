"""Kernels of ``bigframe.ops.casting``: ``astype`` with pandas' text forms and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from bigframe.errors import PlanError, Unsupported
from bigframe.ops import casting
from bigframe.ops.base import Literal
from bigframe.schema import FLOAT64, STRING, Family
from engine.kernels.interchange import through_pandas
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import held_unit, polars_type

_TICKS = ("0ns", "1s", "1ms", "1us", "1ns")
"""A duration of each resolution, from whole days on."""


@kernel(casting.Cast)
def cast(op: casting.Cast, operand: Operand) -> pl.Expr:
    source, target = operand.dtype, op.to
    if target.is_carried:
        return through_pandas(lambda values: values.astype(target.pandas), (operand,), target)
    if source.is_bool and source.unless_missing and target.is_bool and not target.is_three_valued:
        return _bools(operand)
    if source.categories is not None and op.as_float:
        return through_pandas(lambda values: _beside_a_hole(values).astype(target.pandas).iloc[:-1], (operand,), target)
    if source.arrow == target.arrow and (target.is_three_valued or source.family is Family.NUMPY and source.is_settled):
        return operand.expr
    if target.is_string and source.is_integer | source.is_bool | bool(source.unless_missing):
        return _text_of_number(operand, op.as_float)
    whole = source.is_integer or source.is_bool
    if (
        whole
        and source.is_settled
        and source.family is target.family is Family.NUMPY
        and (target.is_integer or target.is_float)
    ):
        return operand.expr.cast(polars_type(target.arrow), wrap_numerical=True)
    return through_pandas(lambda values: values.astype(target.pandas), (operand,), target)


@kernel(casting.Resolution)
def resolution(op: casting.Resolution, operand: Operand) -> pl.Expr:
    ticks, unit = operand.expr.to_physical(), held_unit(operand.dtype.arrow)
    steps = [int(pd.Timedelta(f"1{coarser}") / pd.Timedelta(f"1{unit}")) for coarser in ("D", "s", "ms", "us")]
    return pl.sum_horizontal(*((ticks % step != 0).cast(pl.Int8) for step in steps if step > 1), ignore_nulls=False)


@kernel(casting.TextOfTime)
def text_of_time(op: casting.TextOfTime, operand: Operand, finest: Operand) -> pl.Expr:
    if not isinstance(op.resolution, Literal):
        raise PlanError("the resolution of times has to be known before they are formatted")
    level = op.resolution.value or 0

    def convert(values: pd.Series[Any]) -> pd.Series[Any]:
        # pandas formats a column to the resolution that its values need together, so one that needs it goes along.
        tick = pd.Timedelta(_TICKS[level]).as_unit(operand.dtype.arrow.unit)
        example = tick if operand.dtype.is_timedelta else pd.Timestamp("2000-01-01", tz=operand.dtype.arrow.tz) + tick
        text: pd.Series[Any] = pd.concat([values, pd.Series([example], dtype=values.dtype)]).astype(op.to.pandas)
        return text.iloc[:-1]

    return through_pandas(convert, (operand,), op.to)


@kernel(casting.Fit)
def fit(op: casting.Fit, operand: Operand) -> pl.Expr:
    value = op.operand.value if isinstance(op.operand, Literal) else None
    if op.to.is_integer and value is not None:
        limits = np.iinfo(op.to.arrow.to_pandas_dtype())
        if not limits.min <= value <= limits.max:
            raise OverflowError(f"Python integer {value} out of bounds for {limits.dtype}")
    return operand.expr.cast(polars_type(op.to.arrow))


@kernel(casting.Widen)
def widen(op: casting.Widen, operand: Operand) -> pl.Expr:
    return operand.expr.cast(polars_type(op.to.arrow))


def _bools(operand: Operand) -> pl.Expr:
    def check(column: pl.Series) -> pl.Series:
        if column.null_count():
            raise Unsupported("astype(bool) of a hole", "None is False to pandas and NaN is True", ".fillna first")
        return column

    return operand.expr.map_batches(check, return_dtype=pl.Boolean, is_elementwise=True)


def _beside_a_hole(values: pd.Series[Any]) -> pd.Series[Any]:
    both: pd.Series[Any] = pd.concat([values, pd.Series([None], dtype=values.dtype)])
    return both


def _text_of_number(operand: Operand, as_float: bool) -> pl.Expr:
    """Digits; ``as_float`` when pandas holds the integers as floats because one of them is missing or infinite."""
    if operand.dtype.is_bool:
        return pl.when(operand.expr).then(pl.lit("True")).when(~operand.expr).then(pl.lit("False"))
    if as_float:
        return through_pandas(
            lambda values: values.astype("str"), (Operand(operand.expr.cast(pl.Float64), FLOAT64),), STRING
        )
    return (
        operand.expr.cast(pl.Int64, strict=False).cast(pl.String)
        if operand.dtype.is_float
        else operand.expr.cast(pl.String)
    )
