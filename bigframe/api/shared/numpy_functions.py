"""NumPy's functions on lazy columns: those with an operator stay in the plan."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from bigframe.api.columns import Columns, announce, as_pandas, from_result
from bigframe.errors import Unsupported
from bigframe.ops.mathematics import FUNCTIONS, MathFunction
from bigframe.schema import Family
from bigframe.semantics.elementwise import NotAligned

_BINARY: dict[str, tuple[str, str]] = {
    "add": ("__add__", "__radd__"),
    "subtract": ("__sub__", "__rsub__"),
    "multiply": ("__mul__", "__rmul__"),
    "divide": ("__truediv__", "__rtruediv__"),
    "true_divide": ("__truediv__", "__rtruediv__"),
    "floor_divide": ("__floordiv__", "__rfloordiv__"),
    "remainder": ("__mod__", "__rmod__"),
    "power": ("__pow__", "__rpow__"),
    "equal": ("__eq__", "__eq__"),
    "not_equal": ("__ne__", "__ne__"),
    "less": ("__lt__", "__gt__"),
    "less_equal": ("__le__", "__ge__"),
    "greater": ("__gt__", "__lt__"),
    "greater_equal": ("__ge__", "__le__"),
    "bitwise_and": ("__and__", "__rand__"),
    "bitwise_or": ("__or__", "__ror__"),
    "bitwise_xor": ("__xor__", "__rxor__"),
}
"""The method of the first operand, and that of the second where the first is no column."""
_EXTREMES: dict[str, Callable[[Any, Any], Any]] = {"maximum": operator.ge, "minimum": operator.le}
_UNARY: dict[str, Callable[[Any], Any]] = {
    "absolute": abs,
    "fabs": abs,
    "negative": operator.neg,
    "positive": operator.pos,
    "invert": operator.invert,
    "logical_not": operator.invert,
    "isnan": lambda column: column.isna(),
}


class NumpyFunctions(Columns):
    """What DataFrame and Series have in common."""

    __array_priority__ = 1000
    __pandas_priority__ = 5000  # pandas' own objects leave operators with this one to it

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            try:
                return _lazily(ufunc.__name__, inputs)
            except (Unsupported, NotAligned):
                pass  # What follows warns.
        announce(f"numpy.{ufunc.__name__}", [one._frame for one in inputs if isinstance(one, Columns)])
        return from_result(getattr(ufunc, method)(*as_pandas(inputs), **as_pandas(kwargs)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.to_pandas(), dtype=dtype)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __divmod__(self, other: Any) -> tuple[Self, Self]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Self, Self]:
        return other // self, other % self

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)  # type: ignore[attr-defined]

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: Any = None) -> Self:
        return self.copy()


def _lazily(name: str, inputs: tuple[Any, ...]) -> Any:
    if name in _BINARY and len(inputs) == 2:
        left, right = inputs
        method, reflected = _BINARY[name]
        return getattr(left, method)(right) if isinstance(left, Columns) else getattr(right, reflected)(left)
    if name in _EXTREMES and len(inputs) == 2:
        return _extreme(_EXTREMES[name], *inputs)
    if any(isinstance(one, np.ndarray) and one.ndim for one in inputs):
        raise Unsupported(f"numpy.{name} with an array", "rows are matched with it by position")
    if len(inputs) != 1:
        raise Unsupported(f"numpy.{name}", "it has no operator")
    (column,) = inputs
    if name in _UNARY:
        floats = all(dtype.is_float for dtype in column._frame.dtypes)
        if name == "isnan" and all(dtype.family is Family.NUMPY and dtype.is_numeric for dtype in column._frame.dtypes):
            return column.isna()
        bools = all(dtype.is_bool for dtype in column._frame.dtypes)
        if name == "isnan" and not floats or name == "logical_not" and not bools or name == "fabs" and not floats:
            raise Unsupported(f"numpy.{name}", "of other than floats or bools it is another function")
        return _UNARY[name](column)
    if name not in FUNCTIONS:
        raise Unsupported(f"numpy.{name}", "it has no operator")
    return column._apply(lambda x: MathFunction(x, name))


def _extreme(is_better: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """The better of two values, or the one that is missing; in the wider of their dtypes.

    Raises
    ------
    Unsupported
        If they are of other than NumPy's numbers, or times of one dtype, or tables of other labels.
    """
    tables = [one for one in (left, right) if isinstance(one, Columns)]
    times = len(tables) > 1 and all(_of_times(table) for table in tables) and _alike(*tables)
    if not times and not all(map(_is_plain, (left, right))) or len({table.display for table in tables}) > 1:
        raise Unsupported("numpy.maximum", "pandas says what it is")
    if not isinstance(left, Columns) or any(dtype.is_integer for dtype in left._frame.dtypes) and len(tables) > 1:
        left, right = right, left
    keeps = is_better(left, right)
    if not _zoned(left):  # pandas has NumPy compare times with a zone as objects, of which a missing one is no better
        keeps = keeps | left.isna()
    result: Any = left.where(keeps, right)
    if len(tables) > 1 and result.display == "Series" and left.name != right.name:
        result.name = None
    return result


def _of_times(table: Columns) -> bool:
    return all(dtype.is_datetime or dtype.is_timedelta for dtype in table._frame.dtypes)


def _zoned(table: Columns) -> bool:
    return any(dtype.is_datetime and dtype.arrow.tz is not None for dtype in table._frame.dtypes)


def _alike(left: Columns, right: Columns) -> bool:
    return left._frame.dtypes == right._frame.dtypes and all(
        dtype.family is Family.NUMPY for dtype in left._frame.dtypes
    )


def _is_plain(operand: Any) -> bool:
    if isinstance(operand, Columns):
        numbers = all(dtype.is_integer or dtype.is_float for dtype in operand._frame.dtypes)
        return numbers and all(dtype.family is Family.NUMPY for dtype in operand._frame.dtypes)
    return isinstance(operand, (int, float)) and not isinstance(operand, bool) and operand == operand
