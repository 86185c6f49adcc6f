"""Kernels of ``bigframe.ops.missing`` and ``bigframe.ops.conditional``."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from bigframe.cells import MISSING
from bigframe.ops import conditional, missing
from engine.kernels.arithmetic import typed
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type

_MISSING = [text.encode() for text in MISSING]


@kernel(missing.IsNull)
def is_null(op: missing.IsNull, operand: Operand) -> pl.Expr:
    if not operand.dtype.is_carried:
        return operand.expr.is_null()
    return operand.expr.is_null() | operand.expr.is_in(pl.lit(pl.Series(_MISSING, dtype=pl.Binary)).implode())


@kernel(missing.NotNull)
def not_null(op: missing.NotNull, operand: Operand) -> pl.Expr:
    return is_null(missing.IsNull(op.operand), operand).not_()


@kernel(missing.Coalesce)
def coalesce(op: missing.Coalesce, operand: Operand, other: Operand) -> pl.Expr:
    arrow = op.result(operand.dtype, other.dtype).arrow
    if operand.dtype.is_carried:
        return pl.when(not_null(missing.NotNull(op.operand), operand)).then(operand.expr).otherwise(typed(other, arrow))
    return pl.coalesce(typed(operand, arrow), typed(other, arrow))


@kernel(missing.Present)
def present(op: missing.Present, operand: Operand) -> pl.Expr:
    def check(column: pl.Series) -> pl.Series:
        if column.null_count():
            raise ValueError("Cannot mask with non-boolean array containing NA / NaN values")
        return column

    return operand.expr.map_batches(check, return_dtype=pl.Boolean, is_elementwise=True)


@kernel(missing.Found)
def found(op: missing.Found, operand: Operand, place: Operand, rows: Operand) -> pl.Expr:
    def check(columns: Sequence[pl.Series]) -> pl.Series:
        value, places, counts = columns
        if op.of_group:
            _require_in_groups(op.name, counts.filter(places.is_null()).drop_nulls())
        elif places.null_count() and len(counts):
            empty = f"attempt to get {op.name} of an empty sequence"
            missing = "Encountered all NA values" if op.skipna else "Encountered an NA value with skipna=False"
            raise ValueError(missing if counts.max() else empty)
        return value

    kind = polars_type(op.result(operand.dtype, place.dtype, rows.dtype).arrow)
    operands = [operand.expr.cast(kind), place.expr, rows.expr]
    return pl.map_batches(operands, check, return_dtype=kind, is_elementwise=True)


def _require_in_groups(name: str, rows: pl.Series) -> None:
    """Refuse groups that have no values, given how many rows they have."""
    if (rows == 0).any():
        raise ValueError(
            f"Can't get {name} of an empty group due to unobserved categories. "
            "Specify observed=True in groupby instead."
        )
    if len(rows):
        raise ValueError(f"{name} with skipna=True encountered all NA values in a group.")


@kernel(conditional.Where)
def where(op: conditional.Where, condition: Operand, value: Operand, other: Operand) -> pl.Expr:
    arrow = op.result(condition.dtype, value.dtype, other.dtype).arrow
    return pl.when(condition.expr).then(typed(value, arrow)).otherwise(typed(other, arrow))
