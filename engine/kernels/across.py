"""Kernels of ``bigframe.ops.across``."""

from __future__ import annotations

import polars as pl

from bigframe.ops import rules
from bigframe.ops.across import OfRow
from engine.kernels.arithmetic import typed
from engine.kernels.registry import Operand, kernel, made
from engine.kernels.types import polars_type


@kernel(OfRow)
def of_row(op: OfRow, *items: Operand) -> pl.Expr:
    """The reduction's own kernel, over the list of a row's values."""
    common = rules.promote(*(item.dtype for item in items))
    values = [typed(item, common.arrow) for item in items]
    reduced = pl.concat_list(values).list.agg(made(op.reduction, Operand(pl.element(), common)))
    reduced = reduced.cast(polars_type(op.result(*(item.dtype for item in items)).arrow))
    return reduced if op.skipna else pl.when(~pl.any_horizontal(value.is_null() for value in values)).then(reduced)
