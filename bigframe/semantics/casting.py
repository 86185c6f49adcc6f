"""Conversion: which dtype a name means, and how a column of some dtype becomes one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.interchange import series_to_arrow
from bigframe.ops.base import Column, Expr, Scalar
from bigframe.ops.casting import Cast, IsWhole, Resolution, TextOfTime, ToNumeric, Widen
from bigframe.ops.conditional import Where
from bigframe.ops.functions import Lookup
from bigframe.ops.objects import TextAsObjects, TextOfObjects
from bigframe.ops.reductions import AnyMissing, Max
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import OBJECTS, DType, Family, from_pandas
from bigframe.semantics.frame import Frame
from bigframe.semantics.settling import holes


def target_dtype(dtype: Any) -> DType:
    """The dtype that a name, type or pandas dtype stands for.

    Raises
    ------
    TypeError
        If there is no such dtype.
    Unsupported
        If bigframe does not hold it.
    """
    if isinstance(dtype, DType):
        return dtype
    if dtype is str or (isinstance(dtype, str) and dtype == "str"):
        return DType(pa.large_string())
    resolved = pd.api.types.pandas_dtype(dtype)
    if isinstance(resolved, np.dtype) and resolved.kind in "mM" and np.datetime_data(str(resolved))[0] == "generic":
        raise TypeError(f"dtype {dtype!r} has no unit; pass for example 'datetime64[us]'")
    if isinstance(resolved, pd.CategoricalDtype):
        raise Unsupported("astype('category')", "categories depend on all the data", "the string column itself")
    if resolved == OBJECTS.pandas:
        return OBJECTS
    try:
        return from_pandas(resolved)
    except TypeError:
        raise Unsupported(f"astype({dtype!r})", "bigframe holds no column of that dtype") from None


def cast(frame: Frame, id: str, to: DType) -> Expr:
    """A column converted to a dtype; text forms that depend on all values take a scalar that says how.

    Raises
    ------
    TypeError
        If pandas has no such conversion.
    """
    dtype, column = frame.dtype(id), Column(id)
    if dtype == to or to == OBJECTS and dtype.is_carried and dtype.pandas == OBJECTS.pandas:
        return column
    if to == OBJECTS:
        if dtype.is_string and dtype.categories is None and not dtype.is_three_valued:
            return TextAsObjects(column)
        if dtype.is_carried or not dtype.is_settled:
            raise Unsupported(f"astype(object) of {dtype}", "only pandas makes objects of its values")
        return Cast(column, to)
    if dtype.text_holes is not None and to.is_string and to.categories is None:
        return Widen(TextOfObjects(column), to)
    if dtype.categories is not None and dtype.is_not_its_values and not to.is_string:
        values = category_values(column, dtype)
        if values.dtype.is_numeric and to.is_numeric or values.dtype == to:
            return Cast(values, to)
    _require_convertible(dtype, to)
    if to.is_string and (dtype.is_datetime or dtype.is_timedelta):
        rows = frame.select((), ()).with_index(None).plan(id)
        finest = Aggregate(rows, (), (("resolution", Max(Resolution(column))),))
        return TextOfTime(column, Scalar(finest, "resolution", finest.schema["resolution"]), to)
    if to.is_string:
        text: Expr = Cast(column, to)
        for missing in _floats_if(frame, id):
            text = Where(missing, Cast(column, to, as_float=True), text)
        return text
    return Cast(column, to)


def category_values(column: Column, dtype: DType) -> Lookup:
    """What categories stand for."""
    array, own = series_to_arrow(dtype.pandas.categories.to_series(), "categories")
    return Lookup(column, dtype.categories or (), tuple(array.to_pylist()), own.or_missing())


def _floats_if(frame: Frame, id: str) -> tuple[Scalar, ...]:
    """What says whether pandas makes floats of a column's integers, or of its integer categories, before they are text."""
    dtype = frame.dtype(id)
    if dtype.unless_missing and (dtype.is_integer or dtype.is_float):
        return holes(frame, [id])[0]
    if dtype.categories is None:
        return ()
    categories = dtype.pandas.categories.dtype
    numbers = getattr(categories, "subtype", categories)  # of the bounds of intervals
    if not (isinstance(numbers, np.dtype) and numbers.kind in "iu"):
        return ()
    rows = frame.select((), ()).with_index(None).plan(id)
    missing = Aggregate(rows, (), (("missing", AnyMissing(Column(id))),))
    return (Scalar(missing, "missing", missing.schema["missing"]),)


def parse_numbers(frame: Frame, errors: str) -> Frame:
    """A column of strings as numbers: integers unless one of them is not, or is missing."""
    if errors not in ("raise", "coerce"):
        raise ValueError("invalid error value specified")
    (id,) = frame.ids
    if frame.dtype(id).is_numeric:
        return frame
    if not frame.dtype(id).is_string:
        raise Unsupported(f"to_numeric of {frame.dtype(id)}", "its kernel parses strings", ".astype")
    frame, whole = frame.define(IsWhole(Column(id)))
    to = DType(pa.float64(), unless_missing=frame.dtype(whole).unless_missing, otherwise=pa.int64())
    frame, number = frame.define(ToNumeric(Column(id), to, errors))
    return frame.select(frame.labels, (number,))


def _require_convertible(dtype: DType, to: DType) -> None:
    if dtype.is_datetime or dtype.is_timedelta:
        ticks = to.arrow == pa.int64() and to.family is Family.NUMPY
        if dtype.is_datetime and to.is_period:
            if dtype.arrow.tz is not None:
                raise Unsupported(f"astype of {dtype} to {to}", "pandas warns that the zone goes")
            return
        same_kind = dtype.is_datetime and to.is_datetime or dtype.is_timedelta and to.is_timedelta
        if not (ticks or same_kind or to.is_string or to.is_bool):
            raise TypeError(f"Cannot cast {dtype} to dtype {to}")
        if dtype.is_datetime and to.is_datetime and (dtype.arrow.tz is None) != (to.arrow.tz is None):
            raise TypeError(
                f"Cannot use .astype to convert from {dtype} to {to}; use .dt.tz_localize or .dt.tz_convert"
            )
    elif dtype.is_period or to.is_period:
        pd.Series([], dtype=dtype.settled().pandas).astype(to.pandas)  # raises where pandas has no such conversion
    elif dtype.is_list or dtype.is_struct:
        raise Unsupported(f"astype of {dtype}", "pandas converts Python objects")
