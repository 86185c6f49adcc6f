"""Kernel of literals: constants with their declared type."""

from __future__ import annotations

import pandas as pd
import polars as pl

from bigframe.literals import is_missing
from bigframe.ops.base import Literal
from engine.kernels.registry import kernel
from engine.kernels.types import held_unit, polars_type


@kernel(Literal)
def literal(op: Literal) -> pl.Expr:
    if is_missing(op.value):
        return pl.lit(None, dtype=polars_type(op.dtype.arrow))
    if op.dtype.is_datetime or op.dtype.is_timedelta:
        ticks = op.value.as_unit(held_unit(op.dtype.arrow)).asm8.view("i8").item()
        return pl.lit(ticks, dtype=pl.Int64).cast(polars_type(op.dtype.arrow))
    value = op.value.ordinal if isinstance(op.value, pd.Period) else op.value
    return pl.lit(value, dtype=polars_type(op.dtype.arrow))
