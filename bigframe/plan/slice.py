"""Slice: a range of rows by position."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType


class Slice(Plan):
    """``length`` rows from ``offset`` on; a negative offset counts from the end; no length means all that follow."""

    input: Plan
    offset: int
    length: int | None

    def columns_out(self) -> dict[str, DType]:
        return self.input.schema
