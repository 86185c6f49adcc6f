"""Nodes that only stages have: what reads another stage, and the place of a row among tasks."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import INT64, DType


class Read(Plan):
    """Rows that another stage wrote: of one partition, or of all.

    ``position`` is the id of one more column that holds each row's position over all partitions; the driver knows
    the counts.
    """

    stage: str
    fields: tuple[tuple[str, DType], ...]
    everything: bool = False
    position: str | None = None

    def columns_out(self) -> dict[str, DType]:
        schema = dict(self.fields)
        return schema if self.position is None else {**schema, self.position: INT64}


class Origin(Plan):
    """Adds the place of each row in the order of the stage's tasks: the task's number, then the row's within it."""

    input: Plan
    id: str

    def columns_out(self) -> dict[str, DType]:
        return {**self.input.schema, self.id: INT64}
