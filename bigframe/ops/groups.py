"""Operators over the whole group of each row: what a reduction or a user's function makes of it, in the place of each row."""

from __future__ import annotations

from bigframe.ops.windows import Window
from bigframe.schema import DType


class PerGroup(Window):
    """A reduction, which is the operand, of each row's group."""

    name = "transform"

    def of(self, operand: DType) -> DType:
        return operand
