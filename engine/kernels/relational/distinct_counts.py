"""Kernels of counting distinct values in steps, between which rows go where their values belong, not their groups.

A group with many rows then is the work of many tasks: each counts the values that were sent to it, and no value was
sent to two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from bigframe.ops.base import Expr, dtype_of
from bigframe.ops.reductions import NUnique
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.node import Plan
from bigframe.schema import NULL, DType, Family
from engine.kernels.registry import compile
from engine.kernels.relational.aggregate import grouped, merges, state_names, states
from engine.kernels.relational.lower import relational

PART = "part~"
_PART_TYPE = pl.Int16


class DistinctValues(Plan):
    """What one partition adds to an aggregation with counts of distinct values: each value once per group.

    Each row has the keys of its group and the number of a counted expression with one of its values, in the column of
    values of its type; or part 0 and the states of the other reductions.
    """

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]

    def columns_out(self) -> dict[str, DType]:
        source = self.input.schema
        parts = {PART: DType(pa.int16(), Family.NUMPY), **_value_columns(self.aggregates, source)}
        others = dict.fromkeys(state_names(_others(self.aggregates), source), NULL)
        return {key: source[key] for key in self.keys} | parts | others

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that are equal where values are: rows that agree on them must meet."""
        return (*self.keys, PART, *_value_columns(self.aggregates, self.input.schema))


class DistinctCounts(Plan):
    """The states of an aggregation from the rows of ``DistinctValues`` that came together by their identity.

    ``source`` has the dtypes of what was aggregated.
    """

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]
    source: tuple[tuple[str, DType], ...]

    def columns_out(self) -> dict[str, DType]:
        source = dict(self.source)
        return {key: source[key] for key in self.keys} | dict.fromkeys(state_names(self.aggregates, source), NULL)


def counted(node: Aggregate) -> tuple[Expr, ...]:
    """The expressions whose distinct values an aggregation counts."""
    return tuple(one.operand for one in _counted(node.aggregates, node.input.schema).values())


@relational(DistinctValues)
def distinct_values(node: DistinctValues, frame: pl.LazyFrame) -> pl.LazyFrame:
    source, others = node.input.schema, _others(node.aggregates)
    parts = [
        frame.select(*node.keys, compile(one.operand, source).expr.alias(one.column))
        .unique()
        .with_columns(pl.lit(one.part, dtype=_PART_TYPE).alias(PART))
        for one in _counted(node.aggregates, source).values()
    ]
    if others:
        partial = grouped(frame, node.keys, states(others, source))
        parts.append(partial.with_columns(pl.lit(0, dtype=_PART_TYPE).alias(PART)))
    return pl.concat(parts, how="diagonal").select(list(node.schema))


@relational(DistinctCounts)
def distinct_counts(node: DistinctCounts, frame: pl.LazyFrame) -> pl.LazyFrame:
    source = dict(node.source)
    values, merged = _value_columns(node.aggregates, source), merges(_others(node.aggregates), source)
    of_parts = [pl.col(column).drop_nulls().n_unique().alias(f"{column}/values") for column in values]
    of_parts += [pl.col(column).is_null().any().alias(f"{column}/missing") for column in values]
    parts = grouped(frame, (*node.keys, PART), [*merged, *of_parts])
    known, counts = _counted(node.aggregates, source), []
    for id, expr in node.aggregates:
        if isinstance(expr, NUnique):
            one = known[expr.operand.digest]
            held = [pl.col(f"{one.column}/{kind}") for kind in (("values",) if expr.dropna else ("values", "missing"))]
            here = pl.sum_horizontal(held).filter(pl.col(PART) == one.part)
            counts += [here.sum().cast(pl.Int64).alias(name) for name in state_names([(id, expr)], source)]
    return grouped(parts, node.keys, [*merged, *counts]).select(list(node.schema))


def _others(aggregates: tuple[tuple[str, Expr], ...]) -> list[tuple[str, Expr]]:
    return [(id, expr) for id, expr in aggregates if not isinstance(expr, NUnique)]


@dataclass(frozen=True)
class _Counted:
    """An expression whose values are counted, the number of its rows, and the column that holds its values."""

    operand: Expr
    part: int
    column: str


def _counted(aggregates: tuple[tuple[str, Expr], ...], source: Mapping[str, DType]) -> dict[str, _Counted]:
    """What is counted, by the digest of the expression."""
    operands = {expr.operand.digest: expr.operand for _, expr in aggregates if isinstance(expr, NUnique)}
    kinds: dict[str, str] = {}
    found = {}
    for part, (digest, operand) in enumerate(operands.items(), 1):
        column = kinds.setdefault(str(dtype_of(operand, source).arrow), f"value~{len(kinds)}")
        found[digest] = _Counted(operand, part, column)
    return found


def _value_columns(aggregates: tuple[tuple[str, Expr], ...], source: Mapping[str, DType]) -> dict[str, DType]:
    """One column for the values of each type, however many expressions have it."""
    return {one.column: dtype_of(one.operand, source) for one in _counted(aggregates, source).values()}
