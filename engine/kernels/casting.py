"""Kernels of ``bigframe.ops.casting``: ``astype`` with pandas' text forms and errors."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from bigframe.ops import casting
from bigframe.schema import FLOAT64, STRING, DType, Family
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


@kernel(casting.Cast)
def cast(op: casting.Cast, operand: Operand) -> pl.Expr:
    source, target = operand.dtype, op.to
    kind = polars_type(target.arrow)
    if source.arrow == target.arrow:
        return operand.expr
    if target.is_string:
        return _to_text(operand, op.as_float)
    if source.is_string or source.is_timedelta or target.is_timedelta or (source.is_datetime and not target.is_datetime):
        return _by_pandas(operand, target)
    if target.is_bool and source.is_float:
        # bool(NaN) is True in NumPy.
        return (operand.expr != 0).fill_null(True) if target.family is Family.NUMPY else operand.expr != 0
    if source.is_float and target.is_integer:
        return operand.expr.map_batches(_check_whole(target), return_dtype=kind, is_elementwise=True)
    if target.family is Family.NUMPY and source.unless_missing and target.is_integer:
        return operand.expr.map_batches(_check_whole(target), return_dtype=kind, is_elementwise=True)
    return operand.expr.cast(kind, strict=not (source.is_integer and target.is_integer), wrap_numerical=source.is_integer)


def _check_whole(target: DType) -> Callable[[pl.Series], pl.Series]:
    def convert(column: pl.Series) -> pl.Series:
        if target.family is Family.NUMPY and (column.null_count() or (column.dtype.is_float() and not column.is_finite().all())):
            raise ValueError("Cannot convert non-finite values (NA or inf) to integer")
        return column.cast(polars_type(target.arrow), strict=False)

    return convert


def _to_text(operand: Operand, as_float: bool) -> pl.Expr:
    dtype = operand.dtype
    if dtype.is_bool:
        return pl.when(operand.expr).then(pl.lit("True")).when(~operand.expr).then(pl.lit("False"))
    if dtype.is_integer and as_float:
        return _by_pandas(Operand(operand.expr.cast(pl.Float64), FLOAT64), STRING)
    if dtype.is_integer:
        return operand.expr.cast(pl.String)
    return _by_pandas(operand, STRING)


def _by_pandas(operand: Operand, target: DType) -> pl.Expr:
    """pandas' own ``astype``, for the many text forms that only pandas defines."""

    def convert(column: pl.Series) -> pl.Series:
        values = series_to_pandas(column, operand.dtype)
        present = values.dropna() if target.family is Family.NUMPY and target.is_string else values
        converted = present.astype(target.pandas)
        if len(present) < len(values):
            converted = converted.reindex(values.index)
        return series_from_pandas(converted, target)

    return operand.expr.map_batches(convert, return_dtype=polars_type(target.arrow), is_elementwise=True)

