"""LazyScalar: the result of a reduction, a number that is computed when somebody looks at it."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.looking.run import collect_scalar, expect
from bigframe.ids import derive
from bigframe.ops import arithmetic
from bigframe.ops.base import Column, Expr, Scalar, columns_read
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.schema import DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal
from bigframe.sources import JobEstimate


class LazyScalar(numbers.Real):
    """One value of a one-row plan.

    In an expression with a column it stays inside the plan; arithmetic with numbers gives another lazy scalar;
    looking at it (printing, ``float``, ``bool``, formatting, NumPy, ``.item()``) runs one job and keeps the answer.
    With ``skipna=False`` a reduction looks by itself: its answer can be ``pd.NaT`` or ``pd.NA``, which only ``is`` tells.
    """

    __slots__ = ("_cached", "_dtype", "_id", "_plan", "_python")
    __array_priority__ = 1000

    def __init__(self, plan: Plan, id: str, python: Callable[[Any], Any] | None = None) -> None:
        self._plan = plan
        self._python = python
        self._id = id
        self._dtype = plan.schema[id]
        self._cached: Any = None

    @property
    def dtype(self) -> Any:
        """pandas' dtype of the value, by a job if the data decides it."""
        return self._dtype.pandas if self._dtype.is_settled else self.item().dtype

    def item(self) -> Any:
        """The value, as pandas' reduction would return it."""
        if self._cached is None:
            self.keep(collect_scalar(self._plan, self._id, self._dtype))
        return self._cached

    def as_frame(self) -> Frame:
        """The scalar as a frame of one row and one column, for a job with others."""
        return Frame(self._plan, (self._id,), (self._id,))

    def estimate(self) -> JobEstimate:
        """What looking at it will take; see :meth:`DataFrame.estimate`."""
        return expect("scalar", self.as_frame())

    def keep(self, value: Any) -> None:
        """Keep the value that a job with others computed."""
        self._cached = value if self._python is None else self._python(value)

    def as_expr(self) -> Expr:
        """The scalar as an operand of a column expression."""
        return Scalar(self._plan, self._id, self._dtype)

    def _with(self, make: Callable[[Expr], Expr]) -> LazyScalar:
        expr = make(Column(self._id))
        id = derive(type(expr).__name__.lower(), expr.digest)
        return LazyScalar(Project(self._plan, ((id, expr),), (id,)), id)

    def _arithmetic(
        self, operation: type[Expr], other: Any, plain: Callable[[Any, Any], Any], reflected: bool = False
    ) -> Any:
        if isinstance(other, LazyScalar):
            operand = other.as_expr()
        elif isinstance(other, numbers.Number):
            operand = literal(other, self._dtype)
        else:
            return NotImplemented
        pair = (lambda x: (operand, x)) if reflected else (lambda x: (x, operand))
        try:
            return self._with(lambda x: operation(*pair(x)))
        except TypeError:
            value = other.item() if isinstance(other, LazyScalar) else other
            return plain(value, self.item()) if reflected else plain(self.item(), value)

    def __getattr__(self, name: str) -> Any:
        """What the value has beside arithmetic: ``round`` of a float, which looks when called, the ``year`` of a time."""
        kind = _kind(self._dtype)
        if name.startswith("_") or not hasattr(kind, name):
            raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'")
        if callable(getattr(kind, name)):
            return lambda *args, **kwargs: operator.methodcaller(name, *args, **kwargs)(self.item())
        return getattr(kind(0) if name in _OF_EVERY_NUMBER else self.item(), name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in dir(_kind(self._dtype)) if not name.startswith("_"))})

    def __add__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.Add, other, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.Add, other, operator.add, reflected=True)

    def __sub__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.Sub, other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.Sub, other, operator.sub, reflected=True)

    def __mul__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.Mul, other, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.Mul, other, operator.mul, reflected=True)

    def __truediv__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.TrueDiv, other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._arithmetic(arithmetic.TrueDiv, other, operator.truediv, reflected=True)

    def __floordiv__(self, other: Any) -> Any:
        return self.item() // _value(other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _value(other) // self.item()

    def __mod__(self, other: Any) -> Any:
        return self.item() % _value(other)

    def __rmod__(self, other: Any) -> Any:
        return _value(other) % self.item()

    def __pow__(self, other: Any) -> Any:
        return self.item() ** _value(other)

    def __rpow__(self, other: Any) -> Any:
        return _value(other) ** self.item()

    def __neg__(self) -> LazyScalar:
        return self._with(arithmetic.Neg)

    def __pos__(self) -> LazyScalar:
        return self

    def __abs__(self) -> LazyScalar:
        return self._with(arithmetic.Abs)

    def __eq__(self, other: object) -> Any:
        return NotImplemented if _is_column(other) else self.item() == _value(other)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if _is_column(other) else self.item() != _value(other)

    def __lt__(self, other: Any) -> Any:
        return NotImplemented if _is_column(other) else self.item() < _value(other)

    def __le__(self, other: Any) -> Any:
        return NotImplemented if _is_column(other) else self.item() <= _value(other)

    def __gt__(self, other: Any) -> Any:
        return NotImplemented if _is_column(other) else self.item() > _value(other)

    def __ge__(self, other: Any) -> Any:
        return NotImplemented if _is_column(other) else self.item() >= _value(other)

    def __and__(self, other: Any) -> Any:
        return NotImplemented if _is_column(other) else self.item() & _value(other)

    def __rand__(self, other: Any) -> Any:
        return _value(other) & self.item()

    def __or__(self, other: Any) -> Any:
        return NotImplemented if _is_column(other) else self.item() | _value(other)

    def __ror__(self, other: Any) -> Any:
        return _value(other) | self.item()

    def __xor__(self, other: Any) -> Any:
        return NotImplemented if _is_column(other) else self.item() ^ _value(other)

    def __rxor__(self, other: Any) -> Any:
        return _value(other) ^ self.item()

    def __invert__(self) -> Any:
        return ~self.item()

    def __hash__(self) -> int:  # type: ignore[override]  # numbers.Complex says None
        return hash(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return operator.index(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __trunc__(self) -> int:
        return int(self.item())

    def __floor__(self) -> Any:
        return self.item().__floor__()

    def __ceil__(self) -> Any:
        return self.item().__ceil__()

    def __round__(self, ndigits: int | None = None) -> Any:
        return round(self.item(), ndigits)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.item(), dtype=dtype)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec)

    def __str__(self) -> str:
        return str(self.item())

    def __repr__(self) -> str:
        return repr(self.item())


def reduce(frame: Frame, expr: Expr, python: Callable[[Any], Any] | None = None) -> LazyScalar:
    """A reduction over a whole frame, as a lazy scalar; ``python`` makes its value Python's own where pandas does."""
    id = derive(type(expr).__name__.lower(), expr.digest, frame.base.digest)
    narrow = frame.select((), ()).with_index(None).plan(*sorted(columns_read(expr)))
    return LazyScalar(Aggregate(narrow, (), ((id, expr),)), id, python)


_OF_EVERY_NUMBER = frozenset({"ndim", "shape", "size"})
"""What NumPy's numbers have of arrays, which libraries ask for to tell numbers from arrays."""


def _kind(dtype: DType) -> type:
    """The type that values of a dtype have, so far as it is known without looking at one."""
    if dtype.is_datetime or dtype.is_timedelta:
        return pd.Timestamp if dtype.is_datetime else pd.Timedelta
    if dtype.is_period:
        return pd.Period
    if dtype.is_string or dtype.is_list or dtype.is_struct:
        return str if dtype.is_string else list if dtype.is_list else dict
    kind = dtype.arrow.to_pandas_dtype()
    return kind if isinstance(kind, type) and issubclass(kind, np.generic) else object


def _value(other: Any) -> Any:
    return other.item() if isinstance(other, LazyScalar) else other


def _is_column(other: Any) -> bool:
    return hasattr(other, "_frame")
