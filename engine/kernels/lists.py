"""Kernels of ``bigframe.ops.lists``."""

from __future__ import annotations

import polars as pl

from bigframe.ops import lists
from engine.kernels.registry import Operand, kernel


@kernel(lists.ListLength)
def length(op: lists.ListLength, operand: Operand) -> pl.Expr:
    return operand.expr.list.len().cast(pl.Int64)


@kernel(lists.ListGet)
def get(op: lists.ListGet, operand: Operand) -> pl.Expr:
    return operand.expr.list.get(op.position, null_on_oob=True)


@kernel(lists.Field)
def field(op: lists.Field, operand: Operand) -> pl.Expr:
    return operand.expr.struct.field(op.field)


@kernel(lists.MakeList)
def make_list(op: lists.MakeList, *items: Operand) -> pl.Expr:
    return pl.concat_list([item.expr for item in items])


@kernel(lists.MakeStruct)
def make_struct(op: lists.MakeStruct, *items: Operand) -> pl.Expr:
    return pl.struct([item.expr.alias(name) for item, name in zip(items, op.names, strict=True)])


@kernel(lists.JoinItems)
def join_items(op: lists.JoinItems, operand: Operand) -> pl.Expr:
    return operand.expr.list.join(op.sep, ignore_nulls=False)


@kernel(lists.SliceItems)
def slice_items(op: lists.SliceItems, operand: Operand) -> pl.Expr:
    """Python's bounds: negative ones count from the end, those outside are cut."""
    length = operand.expr.list.len().cast(pl.Int64)

    def bound(value: int) -> pl.Expr:
        at = pl.lit(value, pl.Int64)
        return pl.min_horizontal(at, length) if value >= 0 else pl.max_horizontal(at + length, pl.lit(0, pl.Int64))

    start = bound(op.start or 0)
    stop = length if op.stop is None else bound(op.stop)
    return operand.expr.list.slice(start, pl.max_horizontal(stop - start, pl.lit(0, pl.Int64)))
