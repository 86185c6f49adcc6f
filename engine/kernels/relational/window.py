"""Windows over rows that several tasks hold: what each hands to the others, and how it uses what they hand to it."""

from __future__ import annotations

import polars as pl

from bigframe.ops.base import Column, Expr, dtype_of
from bigframe.ops.missing import NotNull
from bigframe.ops.windows import Diff, Ewm, Rolling, RollingApply, Shift, TimedRolling, Window
from bigframe.plan.node import Plan
from bigframe.schema import INT64, DType, list_of
from engine.kernels.registry import Operand, compile
from engine.kernels.relational.lower import relational
from engine.kernels.types import polars_type
from engine.kernels.windows import directions, edge


class WindowEdges(Plan):
    """One row for all rows of a task, none if it has none: the place of its first row, and lists of what it hands on."""

    input: Plan
    at: str
    definitions: tuple[tuple[str, Window], ...]

    def columns_out(self) -> dict[str, DType]:
        handed = {
            _told(id, ahead): list_of(_handed(op, self.input.schema))
            for id, op in self.definitions
            for ahead in directions(op)
        }
        return {self.at: INT64, **handed}


class WindowAmong(Plan):
    """Windows over the rows of a task, beside the edges of all tasks; the places are dropped."""

    input: Plan
    edges: Plan
    at: str
    definitions: tuple[tuple[str, Window], ...]

    def columns_out(self) -> dict[str, DType]:
        known = dict(self.input.schema)
        del known[self.at]
        return {**known, **{id: dtype_of(op, known) for id, op in self.definitions}}


@relational(WindowEdges)
def edges(node: WindowEdges, frame: pl.LazyFrame) -> pl.LazyFrame:
    handed = [
        edge(op, compile(op.operand, node.input.schema), ahead=ahead)
        .implode()
        .cast(polars_type(node.schema[_told(id, ahead)].arrow))
        .alias(_told(id, ahead))
        for id, op in node.definitions
        for ahead in directions(op)
    ]
    return frame.select(pl.col(node.at).first(), *handed).filter(pl.col(node.at).is_not_null())


@relational(WindowAmong)
def among(node: WindowAmong, frame: pl.LazyFrame, others: pl.LazyFrame) -> pl.LazyFrame:
    schema, at = node.input.schema, pl.col(node.at)
    first = frame.select(at.first().alias("first"))
    placed = others.join(first, how="cross")
    own = frame.with_columns(
        compile(op.operand, schema).expr.cast(polars_type(_handed(op, schema).arrow)).alias(id)
        for id, op in node.definitions
    )
    before = _handed_over(node, placed.filter(at < pl.col("first")), ahead=False)
    after = _handed_over(node, placed.filter(at > pl.col("first")), ahead=True)
    whole = pl.concat([before, own, after], how="diagonal")
    computed = whole.with_columns(_over(id, op, node).alias(id) for id, op in node.definitions)
    return computed.filter(at.is_not_null()).select(list(node.schema))


def _over(id: str, op: Window, node: WindowAmong) -> pl.Expr:
    """The window over its operand's values, which stand where its own will be."""
    values: Expr = op.replace(operand=Column(id))
    if isinstance(op, RollingApply):  # not for rows of others, whose windows are not all here
        values = values.replace(own=NotNull(Column(node.at)))
    return compile(values, {id: _handed(op, node.input.schema), node.at: INT64.or_missing()}).expr


def _handed_over(node: WindowAmong, others: pl.LazyFrame, *, ahead: bool) -> pl.LazyFrame:
    """Rows that stand for all those before a task's own, or after: each column ends next to them with what it needs."""
    kinds = {id: _handed(op, node.input.schema) for id, op in node.definitions if ahead in directions(op)}

    def stand_in(lists: pl.DataFrame) -> pl.DataFrame:
        lists = lists.sort(node.at)
        columns = []
        for id, op in node.definitions:
            if id in kinds:
                values = lists.select(pl.col(_told(id, ahead)).explode().alias(id))
                columns.append(values.select(edge(op, Operand(pl.col(id), kinds[id]), ahead=ahead)).to_series())
        height = max((len(column) for column in columns), default=0)
        missing = [pl.Series(column.name, [None] * (height - len(column)), dtype=column.dtype) for column in columns]
        pairs = zip(columns, missing, strict=True)
        return pl.DataFrame([column.append(hole) if ahead else hole.append(column) for column, hole in pairs])

    types = {id: polars_type(dtype.arrow) for id, dtype in kinds.items()}
    return others.map_batches(
        stand_in, schema=types, predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False
    )


def _told(id: str, ahead: bool) -> str:
    """The column of lists with what is told to rows that look ahead, or back."""
    return f"{id}/{'ahead' if ahead else 'back'}"


def _handed(op: Window, schema: dict[str, DType]) -> DType:
    """The dtype of what is handed on: values as they are, or summed up."""
    return dtype_of(op.operand if isinstance(op, (Shift, Diff, Rolling, TimedRolling, Ewm)) else op, schema)
