"""Values sorted into intervals."""

from __future__ import annotations

from bigframe.errors import Unsupported
from bigframe.ops.base import Expr
from bigframe.schema import INT64, DType, Family


class Bin(Expr):
    """The number of the interval between edges that a value is in; missing where it is in none.

    ``right`` says which end belongs to an interval, ``include_lowest`` that the first has its left end too.
    """

    operand: Expr
    edges: tuple[float, ...]
    right: bool = True
    include_lowest: bool = False

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if operand.family is not Family.NUMPY or not (operand.is_integer or operand.is_float):
            raise Unsupported(f"intervals of {operand}", "its kernel sorts numbers in", ".astype('float64')")
        return INT64.or_missing()
