"""Calendar offsets: pandas moves the times at hand."""

from __future__ import annotations

import warnings

import pandas as pd
import polars as pl

from bigframe.ops.offsets import AddOffset, offset_of
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


@kernel(AddOffset)
def add_offset(op: AddOffset, operand: Operand) -> pl.Expr:
    """Add the offset to a pandas series of the rows."""
    dtype = op.result(operand.dtype)
    target = polars_type(dtype.arrow)

    def run(series: pl.Series) -> pl.Series:
        with warnings.catch_warnings():
            # That an offset is added value by value is no news to the user of a partition.
            warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
            answer = series_to_pandas(series, operand.dtype) + offset_of(op)
        return series_from_pandas(answer, dtype).alias(series.name)

    return operand.expr.map_batches(run, return_dtype=target, is_elementwise=True)
