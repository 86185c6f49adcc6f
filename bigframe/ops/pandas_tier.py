"""pandas' own methods as operators: what has no columnar kernel but needs no more than a partition's rows."""

from __future__ import annotations

from typing import Any, ClassVar

from bigframe.ops.base import Expr
from bigframe.schema import DType


class PandasMethod(Expr):
    """Call a method of pandas' Series, or of one of its accessors, on each partition of a column.

    ``path`` is the attribute path from the Series (``str.wrap``); no code travels, only names and literals.
    """

    tier: ClassVar[str] = "partitionwise"
    is_cheap: ClassVar[bool] = False
    operand: Expr
    path: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    dtype: DType

    def result(self, *operands: DType) -> DType:
        return self.dtype
