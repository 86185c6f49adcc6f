"""Join: match the rows of two tables."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType, key_types

HOWS = ("inner", "left", "right", "outer", "cross", "semi", "anti")


class Join(Plan):
    """Rows of two tables with disjoint column ids, matched on pairs of key columns; missing keys match each other.

    Row order when ``ordered``: that of the left rows, then of the right ones (``how="right"``: the other way round);
    ``how="outer"`` puts unmatched right rows last. ``validate`` names the sides whose keys must be unique: ``1:1``,
    ``1:m``, ``m:1``, or as that ``value:1`` of ``map`` and ``label:1`` of ``reindex``. The optimizer writes ``build``, the side
    that is held in a hash table where order does not decide it, and ``narrows``: whether so few rows of the other side
    find a partner that scans had better look for these.
    """

    left: Plan
    right: Plan
    left_on: tuple[str, ...]
    right_on: tuple[str, ...]
    how: str
    ordered: bool = True
    validate: str | None = None
    build: str | None = None
    narrows: bool | None = None

    def columns_out(self) -> dict[str, DType]:
        key_types(self.left.schema, self.left_on, "joining")
        key_types(self.right.schema, self.right_on, "joining")
        if self.how in ("semi", "anti"):
            return self.left.schema
        left, right = self.left.schema, self.right.schema
        if self.how in ("right", "outer"):
            left = {id: dtype.or_missing() for id, dtype in left.items()}
        if self.how in ("left", "outer"):
            right = {id: dtype.or_missing() for id, dtype in right.items()}
        return {**left, **right}
