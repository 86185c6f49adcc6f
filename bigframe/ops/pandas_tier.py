"""pandas' own methods as operators: what has no columnar kernel but needs no more than a partition's rows."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from bigframe.ops.base import Expr
from bigframe.schema import DType

# A plan may come from anybody, and Series has methods that write files or call what they are given.
_PATH = re.compile(r"(str|dt)\.[a-z]\w*")


class PandasMethod(Expr):
    """Call a method of an accessor of pandas' Series on each partition of a column.

    ``path`` is the attribute path from the Series (``str.wrap``); no code travels, only names and literals.

    Raises
    ------
    ValueError
        If the path is not that of a public name of ``str`` or ``dt``.
    """

    tier: ClassVar[str] = "partitionwise"
    is_cheap: ClassVar[bool] = False
    looks_inside: ClassVar[bool] = False
    operand: Expr
    path: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    dtype: DType

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise ValueError(f"a plan calls no Series.{self.path}")
        super().__post_init__()

    def result(self, *operands: DType) -> DType:
        return self.dtype
