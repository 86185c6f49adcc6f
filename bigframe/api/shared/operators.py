"""Operators and their method forms, for every class that computes column by column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from bigframe.api.operands import by_pandas, explained, unboxed
from bigframe.errors import Unsupported
from bigframe.ops import arithmetic, comparison, logical
from bigframe.ops.base import Expr
from bigframe.semantics.frame import same_rows


class Operators:
    """``_natively(operation, other, reflected)`` and ``_apply(make)`` are the owner's."""

    def _natively(self, operation: type[Expr], other: Any, reflected: bool = False) -> Self:
        raise NotImplementedError

    def _binary(self, operation: type[Expr], other: Any, reflected: bool = False) -> Self:
        other = unboxed(other)
        try:
            return self._or_error(self._natively, operation, other, reflected)  # type: ignore[no-any-return]
        except Unsupported as why:
            return by_pandas(operation, self, other, reflected, str(why))  # type: ignore[no-any-return]

    def _or_error(self, compute: Callable[..., Any], operation: type[Expr], other: Any, reflected: bool) -> Any:
        try:
            return compute(operation, other, reflected)
        except TypeError as error:
            raise explained(operation, self, other, reflected, error) from None

    def _apply(self, make: Callable[[Expr], Expr]) -> Self:
        raise NotImplementedError

    def __add__(self, other: Any) -> Self:
        return self._binary(arithmetic.Add, other)

    def __radd__(self, other: Any) -> Self:
        return self._binary(arithmetic.Add, other, True)

    def __sub__(self, other: Any) -> Self:
        return self._binary(arithmetic.Sub, other)

    def __rsub__(self, other: Any) -> Self:
        return self._binary(arithmetic.Sub, other, True)

    def __mul__(self, other: Any) -> Self:
        return self._binary(arithmetic.Mul, other)

    def __rmul__(self, other: Any) -> Self:
        return self._binary(arithmetic.Mul, other, True)

    def __truediv__(self, other: Any) -> Self:
        return self._binary(arithmetic.TrueDiv, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self._binary(arithmetic.TrueDiv, other, True)

    def __floordiv__(self, other: Any) -> Self:
        return self._binary(arithmetic.FloorDiv, other)

    def __rfloordiv__(self, other: Any) -> Self:
        return self._binary(arithmetic.FloorDiv, other, True)

    def __mod__(self, other: Any) -> Self:
        return self._binary(arithmetic.Mod, other)

    def __rmod__(self, other: Any) -> Self:
        return self._binary(arithmetic.Mod, other, True)

    def __pow__(self, other: Any) -> Self:
        return self._binary(arithmetic.Pow, other)

    def __rpow__(self, other: Any) -> Self:
        return self._binary(arithmetic.Pow, other, True)

    def __and__(self, other: Any) -> Self:
        return self._binary(logical.And, other)

    def __rand__(self, other: Any) -> Self:
        return self._binary(logical.And, other, True)

    def __or__(self, other: Any) -> Self:
        return self._binary(logical.Or, other)

    def __ror__(self, other: Any) -> Self:
        return self._binary(logical.Or, other, True)

    def __xor__(self, other: Any) -> Self:
        return self._binary(logical.Xor, other)

    def __rxor__(self, other: Any) -> Self:
        return self._binary(logical.Xor, other, True)

    def __eq__(self, other: object) -> Self:  # type: ignore[override]
        return self._binary(comparison.Eq, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        return self._binary(comparison.Ne, other)

    def __lt__(self, other: Any) -> Self:
        return self._binary(comparison.Lt, other)

    def __le__(self, other: Any) -> Self:
        return self._binary(comparison.Le, other)

    def __gt__(self, other: Any) -> Self:
        return self._binary(comparison.Gt, other)

    def __ge__(self, other: Any) -> Self:
        return self._binary(comparison.Ge, other)

    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> Self:
        return self._apply(arithmetic.Neg)

    def __pos__(self) -> Self:
        return self._apply(lambda operand: operand)

    def __abs__(self) -> Self:
        return self._apply(arithmetic.Abs)

    def __invert__(self) -> Self:
        return self._apply(logical.Not)

    def _in_place(self, result: Any) -> Self:
        """The object itself with the data of a result, in its own rows and columns."""
        own, other = self._frame, result._frame  # type: ignore[attr-defined]
        if own.labels != other.labels or not same_rows(own, other):
            result = result.reindex_like(self)
        self._become(result._frame)  # type: ignore[attr-defined]
        return self

    def __iadd__(self, other: Any) -> Self:
        return self._in_place(self + other)

    def __isub__(self, other: Any) -> Self:
        return self._in_place(self - other)

    def __imul__(self, other: Any) -> Self:
        return self._in_place(self * other)

    def __itruediv__(self, other: Any) -> Self:
        return self._in_place(self / other)

    def __ifloordiv__(self, other: Any) -> Self:
        return self._in_place(self // other)

    def __imod__(self, other: Any) -> Self:
        return self._in_place(self % other)

    def __ipow__(self, other: Any) -> Self:
        return self._in_place(self**other)

    def __iand__(self, other: Any) -> Self:
        return self._in_place(self & other)

    def __ior__(self, other: Any) -> Self:
        return self._in_place(self | other)

    def __ixor__(self, other: Any) -> Self:
        return self._in_place(self ^ other)

    def _method(
        self, operation: type[Expr], other: Any, axis: Any, level: Any, fill_value: Any, reflected: bool = False
    ) -> Self:
        name = f"{'r' if reflected else ''}{operation.__name__.lower()}"
        by_rows = axis is not None and self.pandas._get_axis_number(axis) == 0  # type: ignore[attr-defined]
        if level is None and fill_value is None:
            compute = self._natively_by_rows if by_rows else self._natively
            try:
                return self._or_error(compute, operation, unboxed(other), reflected)  # type: ignore[no-any-return]
            except Unsupported as error:
                why = str(error)
        else:
            why = "it fills or broadcasts before rows are matched"
        options = {"level": level, "fill_value": fill_value, "axis": axis}
        given = {key: value for key, value in options.items() if value is not None}
        return self._gather(name, (other,), given, f"{name}: {why}")  # type: ignore[attr-defined,no-any-return]

    def _natively_by_rows(self, operation: type[Expr], other: Any, reflected: bool) -> Self:
        """An operand with a value for each row."""
        return self._natively(operation, other, reflected)

    def add(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Add, other, axis, level, fill_value)

    def radd(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Add, other, axis, level, fill_value, True)

    def sub(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Sub, other, axis, level, fill_value)

    def rsub(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Sub, other, axis, level, fill_value, True)

    def mul(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Mul, other, axis, level, fill_value)

    rmul = mul

    def truediv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.TrueDiv, other, axis, level, fill_value)

    def rtruediv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.TrueDiv, other, axis, level, fill_value, True)

    def floordiv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.FloorDiv, other, axis, level, fill_value)

    def rfloordiv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.FloorDiv, other, axis, level, fill_value, True)

    def mod(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Mod, other, axis, level, fill_value)

    def rmod(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Mod, other, axis, level, fill_value, True)

    def pow(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Pow, other, axis, level, fill_value)

    def rpow(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(arithmetic.Pow, other, axis, level, fill_value, True)

    def eq(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(comparison.Eq, other, axis, level, fill_value)

    def ne(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(comparison.Ne, other, axis, level, fill_value)

    def lt(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(comparison.Lt, other, axis, level, fill_value)

    def le(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(comparison.Le, other, axis, level, fill_value)

    def gt(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(comparison.Gt, other, axis, level, fill_value)

    def ge(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = None) -> Self:
        return self._method(comparison.Ge, other, axis, level, fill_value)

    div = truediv
    divide = truediv
    rdiv = rtruediv
    multiply = mul
    subtract = sub
