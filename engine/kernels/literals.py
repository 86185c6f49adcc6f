"""Kernel of literals: constants with their declared type."""

from __future__ import annotations

import polars as pl

from bigframe.literals import is_missing
from bigframe.ops.base import Literal
from engine.kernels.registry import kernel
from engine.kernels.types import polars_type


@kernel(Literal)
def literal(op: Literal) -> pl.Expr:
    if is_missing(op.value):
        return pl.lit(None, dtype=polars_type(op.dtype.arrow))
    if op.dtype.is_datetime or op.dtype.is_timedelta:
        arrow = op.dtype.arrow
        ticks = op.value.as_unit(arrow.unit).asm8.view("i8").item()
        kind = pl.Datetime(arrow.unit, arrow.tz) if op.dtype.is_datetime else pl.Duration(arrow.unit)
        return pl.lit(ticks, dtype=pl.Int64).cast(kind)
    return pl.lit(op.value, dtype=polars_type(op.dtype.arrow))
