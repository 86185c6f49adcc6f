"""Kernels of aggregation: in one step, or as partial states and their merge."""

from __future__ import annotations

import polars as pl

from bigframe.ops.base import Expr, dtype_of
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.node import Plan
from bigframe.schema import NULL, DType
from engine.kernels.reductions import Partial, partial
from engine.kernels.registry import Operand, compile
from engine.kernels.relational.lower import relational
from engine.kernels.types import polars_type


class PartialAggregate(Plan):
    """The states of an aggregation over one partition; states are the kernels' own business and have no dtype."""

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]

    def columns_out(self) -> dict[str, DType]:
        states = {name: NULL for id, expr in self.aggregates for name in _state_names(id, expr, self.input.schema)}
        return {key: self.input.schema[key] for key in self.keys} | states


class MergeAggregate(Plan):
    """The result of an aggregation from the states of partitions; ``source`` has the dtypes of what was aggregated."""

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]
    source: tuple[tuple[str, DType], ...]

    def columns_out(self) -> dict[str, DType]:
        source = dict(self.source)
        return {key: source[key] for key in self.keys} | {id: dtype_of(expr, source) for id, expr in self.aggregates}


def has_partial(expr: Expr, schema: dict[str, DType]) -> bool:
    """Whether a reduction can be taken in two steps."""
    return _partial(expr, schema)[0] is not None


@relational(Aggregate)
def aggregate(node: Aggregate, frame: pl.LazyFrame) -> pl.LazyFrame:
    values = [compile(expr, node.input.schema).expr.alias(id) for id, expr in node.aggregates]
    if not node.keys:
        return frame.select(values)
    return frame.group_by(list(node.keys)).agg(values).select(list(node.schema))


@relational(PartialAggregate)
def partial_states(node: PartialAggregate, frame: pl.LazyFrame) -> pl.LazyFrame:
    states = []
    for id, expr in node.aggregates:
        form, operand = _partial(expr, node.input.schema)
        assert form is not None
        names = _state_names(id, expr, node.input.schema)
        states += [state(operand).alias(name) for name, state in zip(names, form.states, strict=True)]
    return frame.select(states) if not node.keys else frame.group_by(list(node.keys)).agg(states)


@relational(MergeAggregate)
def merged(node: MergeAggregate, frame: pl.LazyFrame) -> pl.LazyFrame:
    merges, finished = [], []
    for id, expr in node.aggregates:
        form, _ = _partial(expr, dict(node.source))
        assert form is not None
        names = _state_names(id, expr, dict(node.source))
        merges += [merge(pl.col(name)).alias(name) for name, merge in zip(names, form.merges, strict=True)]
        kind = polars_type(node.schema[id].arrow)
        finished.append(form.finish(tuple(pl.col(name) for name in names)).cast(kind).alias(id))
    states = frame.select(merges) if not node.keys else frame.group_by(list(node.keys)).agg(merges)
    return states.select([*node.keys, *finished])


def _partial(expr: Expr, schema: dict[str, DType]) -> tuple[Partial | None, pl.Expr]:
    operands = [compile(operand, schema) for operand in expr.operands()]
    first: Operand | None = operands[0] if operands else None
    return partial(expr, first), first.expr if first else pl.lit(0)


def _state_names(id: str, expr: Expr, schema: dict[str, DType]) -> list[str]:
    form, _ = _partial(expr, schema)
    return [f"{id}/{number}" for number in range(len(form.states))] if form else []
