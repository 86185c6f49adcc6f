"""Operands: what may stand beside a column in an expression, as an expression over one frame."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.arrow_types import zone_name
from bigframe.cells import cells_of, may_have_holes
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.base import Expr, Literal
from bigframe.ops.casting import Fit
from bigframe.schema import (
    BOOL,
    DATE,
    DATETIME,
    FLOAT64,
    INT64,
    NULL,
    OBJECTS,
    STRING,
    UINT64,
    DType,
    Family,
    period_of,
)

_NO_NUMBERS = (np.datetime64, np.timedelta64, decimal.Decimal)
"""Of which one is missing that no column of numbers has."""

_STAMPS = (pd.Timestamp, datetime.datetime, np.datetime64)
_DELTAS = (pd.Timedelta, datetime.timedelta, np.timedelta64)


def literal(value: Any, beside: DType | None = None) -> Literal:
    """A scalar as an expression; its dtype follows the column beside it the way NumPy's weak scalars do.

    Raises
    ------
    OverflowError
        If an integer does not fit the integer column beside it.
    TypeError
        If a plan cannot hold the value.
    """
    beside = beside and beside.settled()
    if (
        beside is not None
        and beside.family is Family.ARROW
        and isinstance(value, (int, float, np.number))
        and not is_missing(value)
    ):
        found = literal(value.item() if isinstance(value, np.generic) else value)  # Arrow's scalars are not weak
        return Literal(found.value, DType(found.dtype.arrow, Family.ARROW))
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        if beside is None:
            return Literal(None if is_missing(value.item()) else value.item(), DType(pa.from_numpy_dtype(value.dtype)))
        value = value.item()  # pandas makes NumPy's scalars weak, like Python's
    if is_missing(value):
        return Literal(None, _missing_beside(value, beside))
    if isinstance(value, bool):
        return Literal(value, BOOL)
    if isinstance(value, int):
        return Literal(value, _integer_beside(value, beside))
    if isinstance(value, float):
        return Literal(value, DType(beside.arrow, beside.family) if beside is not None and beside.is_float else FLOAT64)
    if isinstance(value, str):
        return Literal(str(value), STRING if beside is None else beside.as_text())
    if isinstance(value, (*_STAMPS, *_DELTAS)):
        return _time_literal(value, beside)
    if isinstance(value, pd.Period):
        return Literal(value.ordinal, period_of(value.freq))
    if isinstance(value, datetime.date):
        return Literal(value, DType(DATE.arrow, _family(beside)))
    if isinstance(value, bytes):
        return Literal(value, DType(pa.large_binary(), _family(beside)))
    if isinstance(value, decimal.Decimal):
        return _decimal_literal(value, beside)
    raise TypeError(f"cannot use a value of type {type(value).__name__} in a column expression: {value!r}")


def addend(value: Any, beside: DType) -> Literal:
    """A scalar as an operand of arithmetic or logic.

    Raises
    ------
    TypeError
        If it is None, which pandas adds to nothing but strings.
    Unsupported
        If it is ``pandas.NA`` beside a column that pandas would turn into objects.
    """
    if value is None and not beside.is_string and not beside.is_three_valued:
        raise TypeError(f"unsupported operand dtypes: {beside} and None")
    if value is pd.NA and not beside.is_three_valued:
        raise Unsupported(f"pandas.NA beside {beside}", "pandas computes on Python objects", "numpy.nan")
    return literal(value, beside)


def comparand(value: Any, beside: DType) -> Literal:
    """A scalar as an operand of a comparison: any integer is in range, and text beside times is a time if it reads as one.

    Raises
    ------
    Unsupported
        If it is None or NaN beside a three-valued column, where only ``pandas.NA`` is a missing value.
    """
    beside = beside.settled()
    if is_missing(value):
        if beside.is_three_valued and value is not pd.NA:
            raise Unsupported(f"comparing {beside} with {value}", "only pandas.NA is a missing value there", ".isna()")
        return Literal(None, NULL if beside.family is Family.NUMPY else beside)
    if beside.is_period:
        return _period(value, beside)
    if isinstance(value, str) and (beside.is_datetime or beside.is_timedelta):
        try:
            return literal(_time(value, beside), beside)
        except ValueError:
            return literal(value)  # comparable with nothing: equality is False, order a TypeError
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and beside.is_integer:
        number = int(value)
        for wide in (INT64, UINT64):
            limits = np.iinfo(wide.arrow.to_pandas_dtype())
            if limits.min <= number <= limits.max:
                return Literal(number, DType(wide.arrow, beside.family))
        return Literal(math.inf if number > 0 else -math.inf, DType(FLOAT64.arrow, beside.family))
    return literal(value, beside)


def filling(value: Any, dtype: DType) -> Literal:
    """A scalar that takes the place of values in a column (``fillna``, ``where``, ``mask``, ``loc[...] =``).

    Raises
    ------
    TypeError
        If a nullable or Arrow-backed column cannot hold it, as in pandas.
    Unsupported
        If pandas would give the column a wider dtype wherever a value is really replaced, so that the data decides.
    """
    if dtype.is_carried and not (isinstance(value, float) and is_missing(value)):
        return _carried(value, dtype)
    if dtype.is_period and isinstance(value, str):
        return _period(value, dtype)
    if is_missing(value):
        if dtype.is_numeric and (value is pd.NaT or isinstance(value, _NO_NUMBERS)):
            if dtype.is_three_valued:
                raise TypeError(f"Invalid value '{value}' for dtype '{dtype}'")
            raise Unsupported(f"{value!r} in a column of {dtype}", "pandas makes objects of its values", "numpy.nan")
        return Literal(None, NULL)
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        value = value.item()
    settled = dtype.settled()
    found = held(value, settled)
    if found is not None:
        return Literal(found, settled.as_text() if settled.is_string else DType(settled.arrow, dtype.family))
    if dtype.is_three_valued and not dtype.is_string:
        raise TypeError(f"Invalid value '{value}' for dtype '{dtype}'")
    raise Unsupported(
        f"putting {value!r} into a column of {dtype}",
        "its dtype would depend on whether a value is replaced",
        ".astype first",
    )


def _period(value: Any, dtype: DType) -> Literal:
    """A period, or text that reads as one, as its ordinal."""
    with contextlib.suppress(ValueError):
        value = pd.Period(value, dtype.pandas.freq) if isinstance(value, str) else value
    found = held(value, dtype)
    if found is None:
        raise Unsupported(f"{value!r} beside {dtype}", "it is none of its periods")
    return Literal(found, dtype)


def _carried(value: Any, dtype: DType) -> Literal:
    """A scalar as a cell of a column that is only carried."""
    kind = OBJECTS if dtype.pandas == OBJECTS.pandas else dtype
    try:
        if kind is not OBJECTS and not may_have_holes(dtype.pandas):
            raise TypeError(f"{dtype} has no missing value")
        one = pd.Series([None], dtype=dtype.pandas)
        one[0] = value
        if one.dtype != dtype.pandas:
            raise TypeError(f"it becomes {one.dtype}")
        (found,) = cells_of(one)
    except (TypeError, ValueError) as error:
        raise Unsupported(f"putting {value!r} into a column of {dtype}", "its dtype changes") from error
    return Literal(None, NULL) if found is None else Literal(found.encode(), kind)


def require_held(other: DType, dtype: DType) -> None:
    """Refuse to put one column's values into another that would change its dtype only where a value is really replaced.

    Raises
    ------
    Unsupported
        If the dtype would depend on that.
    """
    same = other.arrow == dtype.arrow and other.family is dtype.family
    widened = dtype.arrow == pa.float64() and (other.is_integer or other.is_float) and other.family is dtype.family
    if not (same or widened or other.is_null):
        raise Unsupported(
            f"putting {other} into a column of {dtype}",
            "its dtype would depend on whether a value is replaced",
            ".astype first",
        )


def weak(scalar: Expr, dtype: DType, beside: DType, *, compared: bool = False) -> Expr:
    """A scalar that is not known yet, as :func:`literal` (or :func:`comparand`) would type its value beside a column."""
    column = beside.settled()
    if dtype.otherwise is not None:
        return scalar
    whole = column.is_integer and dtype.is_integer and not compared
    within = whole or column.is_float and (dtype.is_integer or dtype.is_float)
    within = within and beside.family is not Family.ARROW
    target = DType(column.arrow if within else dtype.arrow, beside.family).unsettled_by(*dtype.unless_missing)
    return scalar if target == dtype else Fit(scalar, target)


def filling_hole(value: Any, dtype: DType) -> Literal:
    """A scalar that takes the place of missing values; where there is one, pandas' integers are floats already."""
    if dtype.unless_missing and not dtype.is_bool and isinstance(value, (float, np.floating)) and not is_missing(value):
        return Literal(float(value), FLOAT64)
    return filling(value, dtype)


def held(value: Any, dtype: DType) -> Any:
    """A value as a column of the dtype holds it without loss, or None."""
    if isinstance(value, (np.number, np.bool_)):
        value = value.item()
    if dtype.is_bool:
        return value if isinstance(value, bool) else None
    if dtype.is_integer:
        limits = np.iinfo(dtype.arrow.to_pandas_dtype())
        whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
        return int(value) if whole and limits.min <= value <= limits.max else None
    if dtype.is_float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if number and dtype.arrow.to_pandas_dtype()(value) == value else None
    if dtype.is_period:
        is_one = isinstance(value, pd.Period) and period_of(value.freq) == dtype
        return value.ordinal if is_one else None
    if dtype.is_string:
        return str(value) if isinstance(value, str) else None
    if dtype.is_datetime or dtype.is_timedelta:
        return _time_held(value, dtype)
    return value if literal(value).dtype.arrow == dtype.arrow else None


def _time_held(value: Any, dtype: DType) -> Any:
    kinds = (str, datetime.datetime, np.datetime64) if dtype.is_datetime else (str, datetime.timedelta, np.timedelta64)
    if not isinstance(value, kinds):
        return None
    try:
        time = _time(value, dtype)
        if dtype.is_datetime and (time.tz is None) != (dtype.arrow.tz is None):
            return None
        return time.as_unit(dtype.arrow.unit, round_ok=False)
    except ValueError:
        return None


def _time(value: Any, beside: DType) -> Any:
    if beside.is_timedelta:
        return pd.Timedelta(value)
    stamp = pd.Timestamp(value)
    return (
        stamp.tz_localize(beside.arrow.tz) if isinstance(value, str) and beside.arrow.tz and stamp.tz is None else stamp
    )


def _missing_beside(value: Any, beside: DType | None) -> DType:
    if beside is None:
        return DATETIME if value is pd.NaT else FLOAT64 if isinstance(value, float) else NULL
    if beside.is_null or beside.family is not Family.NUMPY:
        return beside
    return FLOAT64 if beside.is_integer or beside.is_bool else beside


def _time_literal(value: Any, beside: DType | None) -> Literal:
    if isinstance(value, (np.datetime64, np.timedelta64)) and np.isnat(value):
        return Literal(None, _no_time(value, beside))
    if isinstance(value, _DELTAS):
        delta = pd.Timedelta(value)
        return Literal(delta, DType(pa.duration(delta.unit), _family(beside)))
    stamp = pd.Timestamp(value)
    if stamp.tz and beside is not None and beside.is_datetime and beside.arrow.tz:
        stamp = stamp.tz_convert(beside.arrow.tz)
    zone = zone_name(stamp.tz) if stamp.tz else None
    return Literal(stamp, DType(pa.timestamp(stamp.unit, zone), _family(beside)))


def _decimal_literal(value: decimal.Decimal, beside: DType | None) -> Literal:
    if not value.is_finite():
        raise Unsupported(f"the decimal {value}", "Arrow's decimals are finite")
    return Literal(value, DType(pa.scalar(value).type, _family(beside)))


def _no_time(value: np.datetime64 | np.timedelta64, beside: DType | None) -> DType:
    own = np.datetime_data(value.dtype)[0]
    is_time = beside is not None and (beside.is_datetime or beside.is_timedelta)
    unit = own if own in ("ms", "us", "ns") else "s"
    if own == "generic":
        unit = beside.arrow.unit if beside is not None and is_time else "us"
    if isinstance(value, np.timedelta64):
        return DType(pa.duration(unit), _family(beside))
    zone = beside.arrow.tz if beside is not None and beside.is_datetime else None
    return DType(pa.timestamp(unit, zone), _family(beside))


def _integer_beside(value: int, beside: DType | None) -> DType:
    if beside is None or not beside.is_integer and not beside.is_float:
        if not -(2**63) <= value < 2**63:
            raise OverflowError(f"Python integer {value} out of bounds for int64")
        return INT64
    if beside.is_float:
        return DType(beside.arrow, beside.family)
    limits = np.iinfo(beside.arrow.to_pandas_dtype())
    if not limits.min <= value <= limits.max:
        raise OverflowError(f"Python integer {value} out of bounds for {limits.dtype}")
    return DType(beside.arrow, beside.family)


def _family(beside: DType | None) -> Family:
    return Family.NUMPY if beside is None else beside.family
