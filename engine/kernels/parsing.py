"""Kernels that read strings and integers as datetimes, and strings as numbers, by pandas' own parsers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl

from bigframe.errors import Unsupported
from bigframe.ops.casting import FromEpoch, IsWhole, ToDatetime, ToNumeric
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type

# Their stubs want literals where operators hold text.
_to_datetime: Any = pd.to_datetime
_to_numeric: Any = pd.to_numeric
_OFFSET = r"[T :]\d{2}[.\d]* ?(?:Z|UTC|[+-]\d{2}:?(?:\d{2})?)$"


@kernel(ToDatetime)
def to_datetime(op: ToDatetime, operand: Operand) -> pl.Expr:
    """Parse row by row: without a format, any ISO 8601 one, so that no answer depends on what is in a partition."""
    dtype, format = op.result(operand.dtype), op.format or "ISO8601"

    def run(texts: pl.Series) -> pl.Series:
        values = series_to_pandas(texts, operand.dtype)
        try:
            times = _to_datetime(values, format=format, errors=op.errors, utc=op.zone is not None)
        except ValueError as error:
            raise _unreadable_time(values, format, op.errors) or error from error
        if times.dtype.kind != "M" or op.zone is None and getattr(times.dtype, "tz", None) is not None:
            raise _unreadable_time(values, format, op.errors) or TypeError(f"pandas parsed times as {times.dtype}")
        return series_from_pandas(times.dt.as_unit(op.unit), dtype).alias(texts.name)

    return operand.expr.map_batches(run, return_dtype=polars_type(dtype.arrow), is_elementwise=True)


@kernel(FromEpoch)
def from_epoch(op: FromEpoch, operand: Operand) -> pl.Expr:
    dtype = op.result(operand.dtype)

    def run(counts: pl.Series) -> pl.Series:
        values = series_to_pandas(counts, operand.dtype)
        times = _to_datetime(values, unit=op.unit, errors=op.errors, utc=op.zone is not None)
        return series_from_pandas(times, dtype).alias(counts.name)

    return operand.expr.map_batches(run, return_dtype=polars_type(dtype.arrow), is_elementwise=True)


@kernel(IsWhole)
def is_whole(op: IsWhole, operand: Operand) -> pl.Expr:
    return pl.when(operand.expr.str.contains(r"^\s*[+-]?\d+\s*$")).then(True)


@kernel(ToNumeric)
def to_numeric(op: ToNumeric, operand: Operand) -> pl.Expr:
    """Parse with pandas' parser; integers beyond 2**53 are refused, for another partition may make all of them floats."""
    dtype = op.result(operand.dtype)

    def run(texts: pl.Series) -> pl.Series:
        values = series_to_pandas(texts, operand.dtype)
        try:
            numbers = _to_numeric(values, errors=op.errors)
        except ValueError as error:
            raise _unreadable_number(values) or error from error
        if numbers.dtype == object and dtype.is_float:
            numbers = numbers.astype("float64")
        if numbers.dtype.kind in "iu" and len(numbers) and max(numbers.max(), -numbers.min()) > 2**53:
            raise Unsupported(
                "to_numeric of integers beyond 2**53", "other values may make them floats", ".astype('int64')"
            )
        return series_from_pandas(numbers, dtype).alias(texts.name)

    return operand.expr.map_batches(run, return_dtype=polars_type(dtype.arrow), is_elementwise=True)


# pandas may name a position, which is one in the partition only, or a value that is no error on its own.


def _unreadable_time(values: pd.Series[Any], format: str, errors: str) -> ValueError | None:
    if errors == "raise":
        times = pd.to_datetime(values, format=format, errors="coerce", utc=True)
        for value in values[times.isna() & values.notna()]:
            if (error := _error_of(value, format)) is not None:
                return error
    for value in values[values.str.contains(_OFFSET)]:
        return ValueError(
            f"{value!r} has a UTC offset, which a column of times without a zone cannot hold; pass utc=True"
        )
    return None


def _error_of(value: str, format: str) -> ValueError | None:
    # Some texts ("", "nan") stand for a missing time, which is no error.
    try:
        pd.to_datetime([value], format=format)
    except ValueError as error:
        return error
    return None


def _unreadable_number(values: pd.Series[Any]) -> ValueError | None:
    numbers = pd.to_numeric(values, errors="coerce")
    for value in values[numbers.isna() & values.notna() & (values != "")]:
        return ValueError(f"Unable to parse string {value!r}")
    return None
