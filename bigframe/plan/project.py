"""Project: compute columns, one value per row."""

from __future__ import annotations

from bigframe.ops.base import Column, Expr, dtype_of, is_repeatable, is_window
from bigframe.plan.node import Plan
from bigframe.plan.number import unnumbered
from bigframe.schema import DType


class Project(Plan):
    """Define columns one after another, each over the input's columns and those before it, and keep some.

    A chain of definitions instead of nested expressions keeps every expression shallow and shares what is used twice.
    Windows among them look at other rows of the input, in its order.
    """

    input: Plan
    definitions: tuple[tuple[str, Expr], ...]
    outputs: tuple[str, ...]

    def columns_out(self) -> dict[str, DType]:
        known = dict(self.input.schema)
        for id, expr in self.definitions:
            if isinstance(expr, Column):
                known[id] = known[expr.id]
                continue
            dtype = dtype_of(expr, known)
            known[id] = dtype.named(f"{unnumbered(self.input).digest}/{id}") if "" in dtype.unless_missing else dtype
        return {id: known[id] for id in self.outputs}

    @property
    def has_windows(self) -> bool:
        """Whether a definition looks at other rows: then fewer rows below are not fewer of the same rows above."""
        return any(is_window(expr) for _, expr in self.definitions)

    @property
    def is_repeatable(self) -> bool:
        """Whether computing its columns twice costs less than keeping them; of windows it does not."""
        return all(is_repeatable(expr) for _, expr in self.definitions)
