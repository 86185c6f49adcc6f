"""The kernel of the partitionwise tier: pandas' own method on the rows at hand."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pandas as pd
import polars as pl

from bigframe.errors import ExecutionError
from bigframe.ops.pandas_tier import PandasMethod
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


@kernel(PandasMethod)
def pandas_method(op: PandasMethod, operand: Operand) -> pl.Expr:
    """Call the method on the pandas series that the schema declares, and bring its answer back to normal form."""
    target = polars_type(op.dtype.arrow)

    def run(series: pl.Series) -> pl.Series:
        if series.is_empty():  # on no rows pandas may answer with another dtype
            return pl.Series(series.name, [], dtype=target)
        answer = call(series_to_pandas(series, operand.dtype), op)
        if not isinstance(answer, pd.Series):
            raise ExecutionError(f"pandas' Series.{op.path} returned a {type(answer).__name__}, not one value per row")
        if len(answer) != len(series):
            raise ExecutionError(f"pandas' Series.{op.path} returned {len(answer)} values for {len(series)} rows")
        return series_from_pandas(answer, op.dtype).alias(series.name)

    return operand.expr.map_batches(run, return_dtype=target, is_elementwise=True)


def call(values: pd.Series[Any], op: PandasMethod) -> Any:
    """The attribute at the path, called if it is a method."""
    attribute = reduce(getattr, op.path.split("."), values)
    return attribute(*op.arguments, **dict(op.keywords)) if callable(attribute) else attribute
