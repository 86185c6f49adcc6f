"""Distinct: one row per combination of keys."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType, key_types


class Distinct(Plan):
    """Keep the ``first``, the ``last`` or ``any`` row of each combination, or ``none`` of those that repeat.

    Missing keys are equal.
    """

    input: Plan
    keys: tuple[str, ...]
    keep: str

    def columns_out(self) -> dict[str, DType]:
        key_types(self.input.schema, self.keys, "distinct rows")
        return self.input.schema
