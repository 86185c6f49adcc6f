"""Kernels of ``bigframe.ops.groups``."""

from __future__ import annotations

import polars as pl

from bigframe.ops import groups
from engine.kernels.registry import Operand, kernel


@kernel(groups.PerGroup)
def per_group(op: groups.PerGroup, operand: Operand, *keys: Operand) -> pl.Expr:
    known = pl.all_horizontal(key.expr.is_not_null() for key in keys)
    return pl.when(known).then(operand.expr.over([key.expr for key in keys]))
