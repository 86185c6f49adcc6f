"""Kernels of ``bigframe.ops.groups``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import polars as pl

from bigframe.errors import Cancelled, ExecutionError
from bigframe.ops import groups
from engine.kernels.functions import answered, between_calls, calling, instance
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.raised import raised
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


@kernel(groups.PerGroup)
def per_group(op: groups.PerGroup, operand: Operand, *keys: Operand) -> pl.Expr:
    known = pl.all_horizontal(key.expr.is_not_null() for key in keys)
    return pl.when(known).then(operand.expr.over([key.expr for key in keys]))


@kernel(groups.CallPerGroup)
def call_per_group(op: groups.CallPerGroup, *operands: Operand) -> pl.Expr:
    operands = operands[: 1 + len(op.keys) + len(op.index)]
    kind = polars_type(op.dtype.arrow)
    # Read here, in the task's own thread: Polars runs the function in another one.
    look = between_calls.get()

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        grouped = pl.repeat(True, len(columns[0]), eager=True)
        for key in columns[1 : 1 + len(op.keys)]:
            grouped &= key.is_not_null()
        if not grouped.any():  # pandas forgets rows if none of them is in a group
            return pl.repeat(None, len(columns[0]), dtype=kind, eager=True)
        users = instance(op.function)

        def function(group: Any) -> Any:
            look()
            return users(group)

        values, *others = (
            series_to_pandas(column, operand.dtype, was_missing=answered(scalars))
            for column, operand, scalars in zip(columns, operands, op.holes, strict=True)
        )
        values.index = _index(others[len(op.keys) :], op.levels)
        values.name = op.label
        keys = [key.set_axis(values.index) for key in others[: len(op.keys)]]
        try:
            with calling():
                result = values.groupby(keys, sort=False).transform(function)
        except Cancelled:
            raise
        except Exception as error:
            raise raised(op.function_name, error, op.origin, __file__) from error
        if len(result) != len(values):
            raise ExecutionError(f"{op.function_name} must return a value for each row (called at {op.origin})")
        try:
            return series_from_pandas(result.reset_index(drop=True), op.dtype)
        except (TypeError, ValueError) as error:
            raise ExecutionError(
                f"{op.function_name} returned values that are not {op.dtype.settled()}: {error} (called at {op.origin})"
            ) from error

    return pl.map_batches([operand.expr for operand in operands], run, return_dtype=kind)


def _index(levels: Sequence[pd.Series[Any]], names: Sequence[Any]) -> pd.Index[Any]:
    several = len(levels) > 1
    index: pd.Index[Any] = (
        pd.MultiIndex.from_arrays(list(levels), names=list(names)) if several else pd.Index(levels[0], name=names[0])
    )
    return index
