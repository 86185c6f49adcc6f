"""Operators and their method forms, for every class that computes column by column."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Self

import pandas as pd

from bigframe.api.binding.calls import full_signature
from bigframe.api.operands import by_pandas, explained, refuse, unboxed
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops import arithmetic, comparison, logical
from bigframe.ops.base import Expr
from bigframe.ops.offsets import moved
from bigframe.semantics.frame import same_rows

_LOGIC_WITHOUT_DTYPE = (
    "Logical ops (and, or, xor) between Pandas objects and dtype-less sequences (e.g. list, tuple) are no longer "
    "supported. Wrap the object in a Series, Index, or np.array before operating instead."
)


class Operators:
    """``_natively(operation, other, reflected)`` and ``_apply(make)`` are the owner's."""

    display: ClassVar[str]

    def _natively(self, operation: type[Expr], other: Any, reflected: bool = False) -> Self:
        raise NotImplementedError

    def _binary(self, operation: type[Expr], other: Any, reflected: bool = False) -> Self:
        is_logic = operation in (logical.And, logical.Or, logical.Xor)
        if is_logic and type(other) in (list, tuple) and self.display != "DataFrame":
            raise TypeError(_LOGIC_WITHOUT_DTYPE)
        other = unboxed(other)
        try:
            return self._or_error(self._natively, operation, other, reflected)  # type: ignore[no-any-return]
        except Unsupported as why:
            refuse(operation, self, other, reflected)
            return by_pandas(operation, self, other, reflected, str(why))  # type: ignore[no-any-return]

    def _or_error(self, compute: Callable[..., Any], operation: type[Expr], other: Any, reflected: bool) -> Any:
        try:
            if isinstance(other, pd.offsets.BaseOffset) and operation in (arithmetic.Add, arithmetic.Sub):
                return self._moved(other, operation, reflected)
            return compute(operation, other, reflected=reflected)
        except TypeError as error:
            raise explained(operation, self, other, reflected, error) from None

    def _paired(self, operation: type[Expr], other: Any, fill_value: Any, reflected: bool) -> Self:
        """The operator on what both have under the same labels, whatever rows and columns either lacks."""
        raise NotImplementedError

    def _moved(self, offset: pd.offsets.BaseOffset, operation: type[Expr], reflected: bool) -> Self:
        if operation is arithmetic.Sub and reflected:
            raise TypeError("a time is not subtracted from an offset")
        return self._apply(lambda x: moved(x, -offset if operation is arithmetic.Sub else offset))

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
        for dtype in self._frame.dtypes:  # type: ignore[attr-defined]
            if dtype.is_string:
                kind = "Categorical" if dtype.categories is not None else dtype.pandas
                raise TypeError(f"bad operand type for unary +: '{kind}'")
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
        operand = type(self)(other) if isinstance(other, self.pandas) else unboxed(other)  # type: ignore[attr-defined,call-arg]
        is_one = pd.api.types.is_scalar(operand) and not is_missing(operand)
        try:
            if level is not None:
                raise Unsupported("an operator on a level", "it broadcasts before rows are matched")
            if isinstance(operand, type(self)):
                pair = partial(self._paired, fill_value=fill_value)
                return self._or_error(pair, operation, operand, reflected)  # type: ignore[no-any-return]
            if fill_value is not None and not is_one:
                raise Unsupported("an operator that fills", "it broadcasts before rows are matched")
            left = self if fill_value is None else self.fillna(fill_value)  # type: ignore[attr-defined]
            compute = left._natively_by_rows if by_rows else left._flexibly
            return self._or_error(compute, operation, operand, reflected)  # type: ignore[no-any-return]
        except Unsupported as error:
            why = str(error)
        options = {"level": level, "fill_value": fill_value, "axis": axis}
        given = {key: value for key, value in options.items() if value is not None}
        return self._gather(name, (other,), given, f"{name}: {why}")  # type: ignore[attr-defined,no-any-return]

    def _flexibly(self, operation: type[Expr], other: Any, reflected: bool) -> Self:
        """An operand of a method, which puts missing values beside other labels."""
        return self._natively(operation, other, reflected)

    def _natively_by_rows(self, operation: type[Expr], other: Any, reflected: bool) -> Self:
        """An operand with a value for each row."""
        return self._natively(operation, other, reflected)

    @full_signature
    def add(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Add, other, axis, level, fill_value)

    @full_signature
    def radd(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Add, other, axis, level, fill_value, True)

    @full_signature
    def sub(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Sub, other, axis, level, fill_value)

    @full_signature
    def rsub(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Sub, other, axis, level, fill_value, True)

    @full_signature
    def mul(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Mul, other, axis, level, fill_value)

    rmul = mul

    @full_signature
    def truediv(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.TrueDiv, other, axis, level, fill_value)

    @full_signature
    def rtruediv(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.TrueDiv, other, axis, level, fill_value, True)

    @full_signature
    def floordiv(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.FloorDiv, other, axis, level, fill_value)

    @full_signature
    def rfloordiv(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.FloorDiv, other, axis, level, fill_value, True)

    @full_signature
    def mod(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Mod, other, axis, level, fill_value)

    @full_signature
    def rmod(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Mod, other, axis, level, fill_value, True)

    @full_signature
    def pow(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Pow, other, axis, level, fill_value)

    @full_signature
    def rpow(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(arithmetic.Pow, other, axis, level, fill_value, True)

    @full_signature
    def eq(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(comparison.Eq, other, axis, level, fill_value)

    @full_signature
    def ne(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(comparison.Ne, other, axis, level, fill_value)

    @full_signature
    def lt(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(comparison.Lt, other, axis, level, fill_value)

    @full_signature
    def le(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(comparison.Le, other, axis, level, fill_value)

    @full_signature
    def gt(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(comparison.Gt, other, axis, level, fill_value)

    @full_signature
    def ge(self, other: Any, axis: Any = None, level: Any = None, fill_value: Any = None) -> Self:
        return self._method(comparison.Ge, other, axis, level, fill_value)

    div = truediv
    divide = truediv
    rdiv = rtruediv
    multiply = mul
    subtract = sub
