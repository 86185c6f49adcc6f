"""Kernel of ``bigframe.ops.binning``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from bigframe.ops import binning
from engine.kernels.registry import Operand, kernel


@kernel(binning.Bin)
def number_of_interval(op: binning.Bin, operand: Operand) -> pl.Expr:
    edges = np.asarray(op.edges)

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        (column,) = columns
        values = column.fill_null(0).to_numpy()
        places = np.searchsorted(edges, values, side="left" if op.right else "right")
        if op.include_lowest:
            places[values == edges[0]] = 1
        inside = pl.Series((places > 0) & (places < len(edges))) & column.is_not_null()
        numbers = pl.Series(places - 1, dtype=pl.Int64)
        return pl.select(pl.when(inside).then(numbers)).to_series()

    return pl.map_batches([operand.expr], run, return_dtype=pl.Int64, is_elementwise=True)
