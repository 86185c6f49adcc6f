"""Scan: read a table from files."""

from __future__ import annotations

from typing import Any

from bigframe.ops.base import Column, Expr, substitute
from bigframe.plan.node import Plan
from bigframe.schema import INT64, DType


class Scan(Plan):
    """Rows of files, in file order.

    ``version`` stands for the state of the files when the plan was recorded; ``fields`` gives (id, name in the file,
    dtype).
    ``position``, when set, is the id of one more column that holds the row's position in the whole table.
    ``predicate`` and the choice of ``fields`` are written by the optimizer.
    """

    format: str
    paths: tuple[str, ...]
    options: tuple[tuple[str, Any], ...]
    version: str
    fields: tuple[tuple[str, str, DType], ...]
    position: str | None = None
    predicate: Expr | None = None

    def columns_out(self) -> dict[str, DType]:
        schema = {id: dtype for id, _, dtype in self.fields}
        if self.position is not None:
            schema[self.position] = INT64
        return schema

    def predicate_over_names(self) -> Expr | None:
        """The predicate, in which columns have their names in the file."""
        names: dict[str, Expr] = {id: Column(name) for id, name, _ in self.fields}
        return None if self.predicate is None else substitute(self.predicate, names)
