"""Operands: what may stand beside a column in an expression, as an expression over one frame."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.literals import is_missing
from bigframe.ops.base import Literal
from bigframe.schema import BOOL, DATE, FLOAT64, INT64, NULL, STRING, DType, Family


def literal(value: Any, beside: DType | None = None) -> Literal:
    """A scalar as an expression; its dtype follows the column beside it the way NumPy's weak scalars do.

    Raises
    ------
    OverflowError
        If an integer does not fit the integer column beside it.
    TypeError
        If a plan cannot hold the value.
    """
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        typed = DType(pa.from_numpy_dtype(value.dtype))
        if is_missing(value.item()):
            return Literal(None, typed)
        return Literal(value.item(), typed)
    if is_missing(value):
        return Literal(None, _missing_beside(beside))
    if isinstance(value, bool):
        return Literal(value, BOOL)
    if isinstance(value, int):
        return Literal(value, _integer_beside(value, beside))
    if isinstance(value, float):
        return Literal(value, beside if beside is not None and beside.is_float else FLOAT64)
    if isinstance(value, str):
        if beside is not None and beside.is_datetime:
            return literal(pd.Timestamp(value), beside)
        if beside is not None and beside.is_timedelta:
            return literal(pd.Timedelta(value), beside)
        return Literal(value, STRING if beside is None else DType(STRING.arrow, beside.family))
    if isinstance(value, (pd.Timestamp, datetime.datetime, np.datetime64)):
        stamp = pd.Timestamp(value)
        return Literal(stamp, DType(pa.timestamp(_unit(stamp.unit), str(stamp.tz) if stamp.tz else None)))
    if isinstance(value, (pd.Timedelta, datetime.timedelta, np.timedelta64)):
        delta = pd.Timedelta(value)
        return Literal(delta, DType(pa.duration(_unit(delta.unit))))
    if isinstance(value, datetime.date):
        return Literal(value, DATE)
    if isinstance(value, bytes):
        return Literal(value, DType(pa.large_binary()))
    if isinstance(value, decimal.Decimal):
        return Literal(value, DType(pa.scalar(value).type))
    if isinstance(value, np.str_):
        return literal(str(value), beside)
    raise TypeError(f"cannot use a value of type {type(value).__name__} in a column expression: {value!r}")




def _missing_beside(beside: DType | None) -> DType:
    if beside is None or beside.is_null:
        return NULL
    if beside.family is Family.NUMPY and (beside.is_integer or beside.is_bool):
        return FLOAT64
    return beside


def _integer_beside(value: int, beside: DType | None) -> DType:
    if beside is None or not beside.is_integer and not beside.is_float:
        return INT64
    if beside.is_float:
        return DType(beside.arrow, beside.family)
    limits = np.iinfo(beside.arrow.to_pandas_dtype())
    if not limits.min <= value <= limits.max:
        raise OverflowError(f"Python integer {value} out of bounds for {limits.dtype}")
    return DType(beside.arrow, beside.family)


def _unit(unit: str) -> str:
    return "ms" if unit == "s" else unit
