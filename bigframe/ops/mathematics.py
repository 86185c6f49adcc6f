"""NumPy's functions of one number, as operators."""

from __future__ import annotations

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.schema import DType, Family

FUNCTIONS = (
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh", "degrees", "exp",
    "floor", "log", "log10", "log1p", "radians", "rint", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
)  # fmt: skip
_KEEP_DTYPE = ("ceil", "floor", "rint", "sign", "trunc")


class MathFunction(Expr):
    """One of :data:`FUNCTIONS`; where it has no value, the result is missing.

    Raises
    ------
    ValueError
        If there is no function of that name: a plan may come from anybody.
    Unsupported
        If NumPy's result is not a float of 32 or 64 bits.
    """

    operand: Expr
    name: str

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if self.name not in FUNCTIONS:
            raise ValueError(f"there is no function {self.name!r}")
        if not (operand.is_integer or operand.is_float) or operand.family is not Family.NUMPY:
            raise Unsupported(f"numpy.{self.name} of {operand}", "pandas computes on other objects")
        if self.name in _KEEP_DTYPE:
            if not operand.is_float or operand.unless_missing:
                raise Unsupported(f"numpy.{self.name} of {operand}", "its dtype depends on NumPy's version")
            return operand
        if operand.is_integer and operand.arrow.bit_width < 32:
            raise Unsupported(f"numpy.{self.name} of {operand}", "NumPy computes in half precision")
        return rules.floating(DType(pa.float32()) if operand.arrow == pa.float32() else DType(pa.float64()))
