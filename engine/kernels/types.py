"""The border between Arrow types and Polars types."""

from __future__ import annotations

from functools import lru_cache

import polars as pl
import pyarrow as pa


@lru_cache(maxsize=1024)
def polars_type(arrow: pa.DataType) -> pl.DataType:
    """The Polars dtype that holds an Arrow type."""
    frame = pl.from_arrow(pa.table({"x": pa.array([], type=arrow)}))
    assert isinstance(frame, pl.DataFrame)
    return frame.schema["x"]


def nan_as_missing(values: pl.Expr) -> pl.Expr:
    """Floats in normal form, in which NaN is missing; ``fill_nan`` tests for missing values too, which stay as they are."""
    return pl.when(values.is_not_nan()).then(values)
