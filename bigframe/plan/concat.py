"""Concat: the rows of several tables, one after another."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType


class Concat(Plan):
    """All tables have the same column ids in the same order; ``dtypes`` are what their columns become."""

    tables: tuple[Plan, ...]
    dtypes: tuple[DType, ...]

    def columns_out(self) -> dict[str, DType]:
        return dict(zip(self.tables[0].schema, self.dtypes, strict=True))
