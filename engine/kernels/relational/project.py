"""Kernel of projections: a chain of definitions as few layers of expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import polars as pl

from bigframe.ids import derive
from bigframe.ops.base import Column, Expr, columns_read, depth, dtype_of, is_window, substitute
from bigframe.ops.kinds import Kind
from bigframe.plan.project import Project
from bigframe.schema import DType
from engine.kernels.registry import compile
from engine.kernels.relational.lower import relational

# Polars takes 1 s to optimise an expression 1,000 deep and more than 60 s at 5,000 (polars-vs-pandas, section 4).
INLINED_DEPTH = 40


@relational(Project)
def project(node: Project, frame: pl.LazyFrame) -> pl.LazyFrame:
    known = dict(node.input.schema)
    definitions = _one_by_one(node.definitions, known)
    uses = Counter(id for _, expr in definitions for id in columns_read(expr)) + Counter(node.outputs)
    inlined: dict[str, Expr] = {}
    layer: dict[str, Expr] = {}
    # A constant has one row until it stands beside a column, so what a window looks at is written too.
    looked_at = (columns_read(expr) for _, expr in definitions if is_window(expr))
    written = set(node.outputs).union(*looked_at)
    for id, expr in definitions:
        whole = substitute(expr, {read: inlined[read] for read in columns_read(expr) if read in inlined})
        if layer and columns_read(whole) & layer.keys():
            frame = _add(frame, layer, known)
            layer = {}
        if uses[id] == 1 and id not in written and depth(whole) < INLINED_DEPTH and not known[id].is_float:
            inlined[id] = whole
        else:
            layer[id] = whole
    if not any(columns_read(layer.get(id, Column(id))) for id in node.outputs):
        # Constants alone would make one row of however many there are.
        return _add(frame, layer, known).select(node.outputs)
    final = [_named(layer[id], id, known) if id in layer else pl.col(id) for id in node.outputs]
    return frame.select(final)


def _one_by_one(definitions: Iterable[tuple[str, Expr]], known: dict[str, DType]) -> list[tuple[str, Expr]]:
    """The definitions, before each the floats inside it; ``known`` gets the dtypes of all of them.

    Kernels of floats write their operands twice: 13 of them, one inside another, took Polars 6 s to optimise.
    """
    flat: dict[str, Expr] = {}

    def inner(expr: Any) -> Any:
        if not isinstance(expr, Expr) or expr.kind is not Kind.ELEMENTWISE or not columns_read(expr):
            return expr
        expr = expr.map_children(inner)
        if isinstance(expr, Column) or not dtype_of(expr, known).is_float:
            return expr
        id = derive("float", expr.digest)
        known[id], flat[id] = dtype_of(expr, known), expr
        return Column(id)

    for id, expr in definitions:
        flat[id] = expr.map_children(inner) if expr.kind is Kind.ELEMENTWISE else expr
        known[id] = dtype_of(flat[id], known)
    return [*flat.items()]


def _add(frame: pl.LazyFrame, layer: dict[str, Expr], known: dict[str, DType]) -> pl.LazyFrame:
    return frame.with_columns(_named(expr, id, known) for id, expr in layer.items())


def _named(expr: Expr, id: str, known: dict[str, DType]) -> pl.Expr:
    if isinstance(expr, Column):
        return pl.col(expr.id).alias(id)
    return compile(expr, known).expr.alias(id)
