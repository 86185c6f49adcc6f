"""Kernels of ``bigframe.ops.mathematics``."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from bigframe.ops import mathematics
from engine.kernels.arithmetic import typed
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import nan_as_missing

_NAMED_OTHERWISE: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "log10": lambda x: x.log10(),
    "rint": lambda x: x.round(mode="half_to_even"),
    "trunc": lambda x: pl.when(x < 0).then(x.ceil()).otherwise(x.floor()),
}


@kernel(mathematics.MathFunction)
def math_function(op: mathematics.MathFunction, operand: Operand) -> pl.Expr:
    number = typed(operand, op.result(operand.dtype).arrow)
    compute = _NAMED_OTHERWISE.get(op.name) or getattr(pl.Expr, op.name)
    return nan_as_missing(compute(number))
