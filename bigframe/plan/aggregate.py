"""Aggregate: one row per distinct combination of keys, or one row in all."""

from __future__ import annotations

from bigframe.ops.base import Expr, dtype_of
from bigframe.plan.node import Plan
from bigframe.schema import DType


class Aggregate(Plan):
    """Reduce groups; the rows come in no particular order, and missing keys form one group.

    Each aggregate is a reduction over columns of the input. Without keys there is one row even of an empty table.
    """

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]

    def columns_out(self) -> dict[str, DType]:
        keys = {key: self.input.schema[key] for key in self.keys}
        return keys | {id: dtype_of(expr, self.input.schema) for id, expr in self.aggregates}
