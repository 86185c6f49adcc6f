"""The border between Arrow types and Polars types."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import polars as pl
import pyarrow as pa

from bigframe.arrow_types import as_stored, stored_arrow


@lru_cache(maxsize=1024)
def polars_type(arrow: pa.DataType) -> pl.DataType:
    """The Polars dtype that holds an Arrow type."""
    frame = pl.from_arrow(pa.table({"x": pa.array([], type=stored_arrow(arrow))}))
    assert isinstance(frame, pl.DataFrame)
    return frame.schema["x"]


def held_unit(arrow: pa.DataType) -> Literal["ms", "us", "ns"]:
    """The unit of the ticks in which times of an Arrow type are held."""
    unit: Literal["ms", "us", "ns"] = stored_arrow(arrow).unit
    return unit


def literal_series(values: Sequence[Any], arrow: pa.DataType) -> pl.Series:
    """Literals as a column; through Arrow if they are times, since Polars cuts the nanoseconds of a Timestamp off."""
    if pa.types.is_timestamp(arrow) or pa.types.is_duration(arrow):
        return pl.Series(as_stored(pa.array(values, arrow, from_pandas=True), arrow), dtype=polars_type(arrow))
    return pl.Series(list(values), dtype=polars_type(arrow), strict=False)


def nan_as_missing(values: pl.Expr) -> pl.Expr:
    """Floats in normal form, in which NaN is missing.

    ``fill_nan`` writes the values three times, and tests for missing ones too, which stay as they are.
    """
    return pl.when(values.is_not_nan()).then(values)
