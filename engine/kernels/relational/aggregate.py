"""Kernels of aggregation: in one step, or as partial states and their merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from bigframe.ops.base import Expr, dtype_of
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.node import Plan
from bigframe.schema import NULL, DType
from engine.kernels.reductions import Partial, partial
from engine.kernels.registry import Operand, compile
from engine.kernels.relational.lower import relational
from engine.kernels.types import polars_type

Aggregates = Sequence[tuple[str, Expr]]


class PartialAggregate(Plan):
    """The states of an aggregation over one partition; states are the kernels' own business and have no dtype."""

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]

    def columns_out(self) -> dict[str, DType]:
        source = self.input.schema
        return {key: source[key] for key in self.keys} | dict.fromkeys(state_names(self.aggregates, source), NULL)


class MergeAggregate(Plan):
    """The result of an aggregation from the states of partitions; ``source`` has the dtypes of what was aggregated."""

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]
    source: tuple[tuple[str, DType], ...]

    def columns_out(self) -> dict[str, DType]:
        source = dict(self.source)
        return {key: source[key] for key in self.keys} | {id: dtype_of(expr, source) for id, expr in self.aggregates}


def has_partial(expr: Expr, schema: Mapping[str, DType]) -> bool:
    """Whether a reduction can be taken in two steps."""
    return _partial(expr, schema)[0] is not None


@relational(Aggregate)
def aggregate(node: Aggregate, frame: pl.LazyFrame) -> pl.LazyFrame:
    values = [compile(expr, node.input.schema).expr.alias(id) for id, expr in node.aggregates]
    return grouped(frame, node.keys, values).select(list(node.schema))


@relational(PartialAggregate)
def partial_states(node: PartialAggregate, frame: pl.LazyFrame) -> pl.LazyFrame:
    return grouped(frame, node.keys, states(node.aggregates, node.input.schema))


@relational(MergeAggregate)
def merged(node: MergeAggregate, frame: pl.LazyFrame) -> pl.LazyFrame:
    source, finished = dict(node.source), []
    for id, expr in node.aggregates:
        form, _ = _partial(expr, source)
        assert form is not None
        kind = polars_type(node.schema[id].arrow)
        held = tuple(pl.col(name) for name in state_names([(id, expr)], source))
        finished.append(form.finish(held).cast(kind).alias(id))
    return grouped(frame, node.keys, merges(node.aggregates, source)).select([*node.keys, *finished])


def grouped(frame: pl.LazyFrame, keys: Sequence[str], values: Sequence[pl.Expr]) -> pl.LazyFrame:
    """One row per group; without keys one row in all."""
    return frame.group_by(list(keys)).agg(values) if keys else frame.select(values)


def states(aggregates: Aggregates, source: Mapping[str, DType]) -> list[pl.Expr]:
    """The states of reductions over rows."""
    made = []
    for id, expr in aggregates:
        form, operand = _partial(expr, source)
        assert form is not None
        names = state_names([(id, expr)], source)
        made += [state(operand).alias(name) for name, state in zip(names, form.states, strict=True)]
    return made


def merges(aggregates: Aggregates, source: Mapping[str, DType]) -> list[pl.Expr]:
    """The states of reductions over states; nothing comes of rows that have none."""
    made = []
    for id, expr in aggregates:
        form, _ = _partial(expr, source)
        assert form is not None
        names = state_names([(id, expr)], source)
        made += [merge(pl.col(name)).alias(name) for name, merge in zip(names, form.merges, strict=True)]
    return made


def state_names(aggregates: Aggregates, source: Mapping[str, DType]) -> list[str]:
    """The columns that hold the states of reductions."""
    forms = [(id, _partial(expr, source)[0]) for id, expr in aggregates]
    return [f"{id}/{number}" for id, form in forms if form for number in range(len(form.states))]


def _partial(expr: Expr, source: Mapping[str, DType]) -> tuple[Partial | None, pl.Expr]:
    operands = [compile(operand, source) for operand in expr.operands()]
    first: Operand | None = operands[0] if operands else None
    return partial(expr, first), first.expr if first else pl.lit(0)
