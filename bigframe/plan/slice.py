"""Slice: a range of rows by position."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import DType


class Slice(Plan):
    """``length`` rows from ``offset`` on; a negative offset counts from the end; no length means all that follow.

    ``exact`` makes it an error that there are fewer.
    """

    input: Plan
    offset: int
    length: int | None
    exact: bool = False

    def columns_out(self) -> dict[str, DType]:
        return self.input.schema
