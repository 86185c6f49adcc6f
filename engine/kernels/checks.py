"""Kernels of ``bigframe.ops.checks``."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from bigframe.ops import checks
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


@kernel(checks.InOrder)
def in_order(op: checks.InOrder, operand: Operand, previous: Operand) -> pl.Expr:
    def check(columns: Sequence[pl.Series]) -> pl.Series:
        values, before = columns
        if op.missing is not None and values.null_count():
            raise ValueError(op.missing)
        if op.repeated is not None and (values == before).any():
            raise ValueError(op.repeated)
        if (values < before).any():
            raise ValueError(op.unordered)
        return values

    kind = polars_type(operand.dtype.arrow)
    return pl.map_batches([operand.expr, previous.expr.cast(kind)], check, return_dtype=kind, is_elementwise=True)
