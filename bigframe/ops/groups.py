"""Operators over the whole group of each row: what a reduction or a user's function makes of it, in the place of each row."""

from __future__ import annotations

from typing import Any, ClassVar

from bigframe.ops.base import Expr
from bigframe.ops.windows import Window
from bigframe.schema import FLOAT64, DType


class PerGroup(Window):
    """A reduction, which is the operand, of each row's group."""

    name = "transform"

    def of(self, operand: DType) -> DType:
        return operand


class CallPerGroup(Window):
    """A user function called on the values of each group, under the index of their rows; it gives as many, or one for all.

    Attributes
    ----------
    index
        The levels of the index.
    label, levels
        The names of the column and of the levels.
    holes
        As of :class:`bigframe.ops.functions.Call`, for the column, the keys and the levels.
    """

    name = "transform"
    tier: ClassVar[str] = "partitionwise"
    index: tuple[Expr, ...] = ()
    function: str = ""
    function_name: str = ""
    dtype: DType = FLOAT64
    label: Any = None
    levels: tuple[Any, ...] = ()
    holes: tuple[tuple[Expr, ...], ...] = ()

    def result(self, *operands: DType) -> DType:
        return self.dtype
