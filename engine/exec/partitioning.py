"""Which partition each row of an exchange belongs to: by the hash of keys, or by range of a sort key."""

from __future__ import annotations

from typing import Any

import polars as pl

HASH_SEED = 7


def hash_partition(frame: pl.DataFrame, keys: list[str], count: int) -> pl.Series:
    """Partition numbers by the hash of canonical keys: whole numbers as int64, times in us, floats as float64.

    Equal keys of joined columns meet, whatever their width. Polars promises its hash within one version only, so
    manifests carry that version.
    """
    hashed = frame.lazy().select(
        pl.struct([_canonical(pl.col(key), frame.schema[key]).alias(f"k{n}") for n, key in enumerate(keys)]).hash(
            HASH_SEED
        )
    )
    return (hashed.collect().to_series() % count).cast(pl.UInt32)


def _canonical(key: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_integer() or dtype == pl.Boolean:
        return key.cast(pl.Int64, wrap_numerical=True)
    if dtype.is_float():
        return key.cast(pl.Float64)
    if isinstance(dtype, pl.Datetime):
        return key.dt.cast_time_unit("us")
    return key


def range_partition(frame: pl.DataFrame, key: list[Any], bounds: list[Any]) -> pl.Series:
    """Partition numbers so that rows of a lower partition come before those of a higher one in the order of ``key``.

    ``key`` is (column, descending, missing last); ``bounds`` ascend.
    """
    name, descending, missing_last = key
    values = frame.get_column(name)
    if values.dtype.is_temporal():
        values = values.to_physical()
    if not bounds:
        return pl.repeat(0, frame.height, dtype=pl.UInt32, eager=True)
    place = pl.Series(bounds, dtype=values.dtype, strict=False).search_sorted(values, side="right").cast(pl.Int64)
    place = (len(bounds) - place) if descending else place
    missing = len(bounds) if missing_last else 0
    return pl.select(pl.when(values.is_null()).then(missing).otherwise(place)).to_series().cast(pl.UInt32)
