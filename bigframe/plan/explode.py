"""Explode: one row per item of a list."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType


class Explode(Plan):
    """Columns of equally long lists become columns of items.

    An empty or missing list gives one row with a missing item, or none when ``drop_empty``.
    """

    input: Plan
    columns: tuple[str, ...]
    drop_empty: bool = False

    def columns_out(self) -> dict[str, DType]:
        schema = dict(self.input.schema)
        for id in self.columns:
            item = DType(schema[id].arrow.value_type, schema[id].family)
            schema[id] = item if self.drop_empty else item.or_missing()
        return schema
