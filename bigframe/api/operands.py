"""Operands of operators that are no columns yet, and what pandas makes of those that a plan has no form for."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns, announce, as_pandas, from_result
from bigframe.api.scalar import LazyScalar
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.semantics.elementwise import paste
from bigframe.semantics.frame import Frame, same_rows
from bigframe.session import current

_COMPARISONS = ("Eq", "Ne", "Lt", "Le", "Gt", "Ge")
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    **{
        name: getattr(operator, name.lower())
        for name in ("Add", "Sub", "Mul", "TrueDiv", "FloorDiv", "Mod", "Pow", "Xor", *_COMPARISONS)
    },
    "And": operator.and_,
    "Or": operator.or_,
}


def unboxed(value: Any) -> Any:
    """An operand as pandas takes it: an array without dimensions is its scalar, a list or tuple of numbers is an array."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value[()]
    if isinstance(value, range):
        return np.arange(value.start, value.stop, value.step)
    if isinstance(value, pd.offsets.Tick):
        return pd.Timedelta(value)
    if type(value) in (list, tuple) and value and not any(isinstance(one, (Columns, LazyScalar)) for one in value):
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            array = np.asarray(value)
            return array if array.ndim == 1 and array.dtype.kind in "biuf" else value
    return value


def as_named_frame(series: Any) -> Any:
    """A series as the frame that is merged.

    Raises
    ------
    ValueError
        If it has no name.
    """
    if series.name is None:
        raise ValueError("Cannot merge a Series without a name")
    return series.to_frame()


def require_as_many(left: Frame, right: Frame, message: str) -> None:
    """Refuse rows that are numbered and known to be more, or fewer, than those they are compared with.

    Raises
    ------
    ValueError
        With the message.
    """
    if left.index is None and right.index is None and not same_rows(left, right):
        rows = [current().known_rows(frame.base) for frame in (left, right)]
        if None not in rows and rows[0] != rows[1]:
            raise ValueError(message)


def pasted(owner: Columns, values: Any) -> tuple[Frame, Frame]:
    """Values given row by row, as a column beside the rows of a series; these are counted.

    Raises
    ------
    Unsupported
        If there is not one for each row, or no column computes as pandas does with them.
    """
    from bigframe.api.series import Series

    what = f"an operator with a {type(values).__name__}"
    if (
        type(values) in (list, tuple)
        and any(dtype.is_string for dtype in owner._frame.dtypes)
        and all(isinstance(one, str) for one in values)
    ):
        values = pd.array(values, dtype="str")
    if isinstance(values, pd.MultiIndex) or not isinstance(
        values, (np.ndarray, pd.Index, pd.api.extensions.ExtensionArray)
    ):
        raise Unsupported(what, "pandas computes on its items as Python objects")
    if values.ndim != 1 or isinstance(values, np.ndarray) and values.dtype.kind not in "biufmM":
        raise Unsupported(what, "it is no column")
    if values.dtype == object or isinstance(values.dtype, pd.CategoricalDtype):
        raise Unsupported(what, "pandas computes on its items as Python objects")
    if len(values) != len(owner):
        raise Unsupported(what, "it does not have a value for each row")
    try:
        column = Series(pd.Series(values))
    except TypeError as error:
        raise Unsupported(what, str(error)) from None
    return paste(owner._frame, column._frame)


def common_name(left: Hashable, right: Hashable) -> Hashable:
    """The name of what is computed of two columns: theirs if they have the same, else none."""
    with contextlib.suppress(TypeError, ValueError):
        if left == right:
            return left
    return left if type(left) is type(right) and np.ndim(left) == 0 and is_missing(left) else None  # type: ignore[arg-type]


def explained(operation: type[Any], owner: Any, other: Any, reflected: bool, error: TypeError) -> Exception:
    """Why operands of these types have no result: pandas' own error, or that a plan has no form for it.

    No data is looked at: small tables of these dtypes raise it too.
    """
    compute = OPERATORS[operation.__name__]
    # Strings and numbers, or numbers and None, are refused where a row meets them.
    for rows in () if isinstance(other, LazyScalar) else (0, 1):
        try:
            operands = (_of_types(owner, rows), _beside_types(owner, other, rows))
        except (TypeError, ValueError, NotImplementedError):
            break
        try:
            compute(*(operands[::-1] if reflected else operands))
        except (TypeError, ValueError, ArithmeticError, NotImplementedError) as theirs:
            if rows == 0 or isinstance(theirs, TypeError):
                theirs.add_note(str(error))
                return theirs
    return Unsupported(str(error))


def refuse(operation: type[Any], owner: Any, other: Any, reflected: bool) -> None:
    """Raise pandas' own error if it has no such operator between columns of these dtypes, whatever the data.

    Raises
    ------
    TypeError, NotImplementedError
        As pandas does on tables without rows.
    """
    if isinstance(other, LazyScalar) or _holds_objects(other) or _holds_objects(owner):
        return
    try:
        operands = (_of_types(owner, 0), _beside_types(owner, other, 0))
    except (TypeError, ValueError, NotImplementedError):
        return
    try:
        OPERATORS[operation.__name__](*(operands[::-1] if reflected else operands))
    except (ValueError, ArithmeticError):
        return


def _holds_objects(value: Any) -> bool:
    """Whether what an operator does depends on Python objects."""
    if isinstance(value, Columns):
        return any(pd.api.types.is_object_dtype(dtype.settled().pandas) for dtype in value._frame.dtypes)
    if isinstance(value, pd.DataFrame):
        return any(map(pd.api.types.is_object_dtype, value.dtypes))
    return pd.api.types.is_list_like(value) and pd.api.types.is_object_dtype(getattr(value, "dtype", object))


def by_pandas(operation: type[Any], owner: Any, other: Any, reflected: bool, why: str) -> Any:
    """An operator that runs in pandas on all the data, announced."""
    announce(why.rstrip("."), [one._frame for one in (owner, other) if isinstance(one, Columns)])
    operands = (owner.to_pandas(), as_pandas(other))
    return from_result(OPERATORS[operation.__name__](*(operands[::-1] if reflected else operands)))


def _beside_types(owner: Any, other: Any, rows: int) -> Any:
    """An operand, whole where it has a value for each column."""
    is_row = owner.display == "DataFrame" and np.ndim(other) == 1 and not isinstance(other, Columns)
    return other if is_row else _of_types(other, rows)


def _of_types(value: Any, rows: int) -> Any:
    if isinstance(value, Columns):
        frame = value._frame
        columns = [_ones(dtype.settled().pandas, rows) for dtype in frame.dtypes]
        if value.display != "DataFrame":
            return columns[0].rename(frame.labels[0])  # type: ignore[call-overload]
        table = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(rows))
        table.columns = value.columns  # type: ignore[attr-defined]
        return table
    if isinstance(value, (pd.Series, pd.DataFrame)):
        return value.iloc[:rows].reset_index(drop=True)
    is_array = isinstance(value, (np.ndarray, pd.Index, pd.api.extensions.ExtensionArray))
    return value[:rows] if is_array and value.ndim == 1 else value


def _ones(dtype: Any, rows: int) -> pd.Series:
    if rows and pd.api.types.is_object_dtype(dtype):
        raise TypeError("what a Python object does is its own")
    if isinstance(dtype, pd.PeriodDtype):
        return pd.Series(["2000"] * rows, dtype=dtype)
    return pd.Series([1] * rows).astype(dtype)
