"""Aggregate: one row per distinct combination of keys, or one row in all."""

from __future__ import annotations

from bigframe.ops.base import Expr, dtype_of
from bigframe.plan.node import Plan
from bigframe.schema import DType, key_types


class Aggregate(Plan):
    """Reduce groups; the rows come in no particular order, and missing keys form one group.

    Each aggregate is a reduction over columns of the input. Without keys there is one row even of an empty table.
    """

    input: Plan
    keys: tuple[str, ...]
    aggregates: tuple[tuple[str, Expr], ...]

    def columns_out(self) -> dict[str, DType]:
        by = key_types(self.input.schema, self.keys, "grouping")
        return by | {id: self._dtype(expr) for id, expr in self.aggregates}

    def _dtype(self, expr: Expr) -> DType:
        """The dtype of a reduction: without keys there may be nothing to reduce, with keys every group has rows."""
        dtype = dtype_of(expr, self.input.schema)
        return dtype if self.keys or getattr(expr, "of_nothing", False) else dtype.or_missing()
