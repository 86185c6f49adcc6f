"""Reductions of the values that several columns have in a row."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from bigframe.ops import reductions, rules
from bigframe.ops.base import Column, Expr
from bigframe.schema import BOOL, DType, Family


class OfRow(Expr):
    """What a reduction, named by its class, makes of each row; missing where any value is unless ``skipna``.

    Raises
    ------
    ValueError
        If there is no reduction of that name: a plan may come from anybody.
    """

    items: tuple[Expr, ...]
    name: str
    options: tuple[tuple[str, Any], ...] = ()
    skipna: bool = True

    @cached_property
    def reduction(self) -> reductions.Reduction:
        """The reduction of one row's values."""
        found = getattr(reductions, self.name, None)
        if not (isinstance(found, type) and issubclass(found, reductions.Reduction)):
            raise ValueError(f"there is no reduction {self.name!r}")
        return found(Column("item"), **dict(self.options))

    def result(self, *operands: DType) -> DType:
        item = rules.promote(*operands)
        result = self.reduction.result(item)
        if result == BOOL:
            return DType(BOOL.arrow, item.family)
        # pandas reduces rows of its own integers to integers of the same width.
        return item if item.family is Family.NULLABLE and self.name in ("Sum", "Prod") else result
