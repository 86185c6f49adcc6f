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
