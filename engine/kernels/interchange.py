"""The border between Polars series in normal form and pandas series of the dtype that the schema declares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from bigframe.schema import DType, Family
from engine.kernels.types import polars_type


def series_to_pandas(series: pl.Series, dtype: DType) -> pd.Series[Any]:
    """A Polars series as pandas has it.

    Parameters
    ----------
    series
        Values in normal form: a missing value is null, and there is no NaN.
    dtype
        Their declared dtype; an unsettled one is settled by whether a value of *this* series is missing, or whether all
        of them fit the narrower integer.

    Returns
    -------
    pandas.Series
        With a default index and the series' name. Lists come as Python lists, dates and times as Python's own objects,
        a missing date or time as NaT, any other missing object as NaN (NA in the nullable family).

    Examples
    --------
    >>> from bigframe.schema import INT64
    >>> series_to_pandas(pl.Series("a", [1, None]), INT64.or_missing())
    0    1.0
    1    NaN
    Name: a, dtype: float64
    """
    missing = series.null_count() > 0 or (dtype.is_float and not dtype.is_settled and not series.is_finite().all())
    dtype = dtype.settled(missing=missing, fits=_fits(series, dtype))
    target = dtype.pandas
    if isinstance(target, pd.ArrowDtype):
        return pd.Series(pd.arrays.ArrowExtensionArray(_arrow(series, dtype)), name=series.name)
    if dtype.categories is not None:
        return pd.Series(pd.Categorical(series.to_list(), dtype=target), name=series.name)
    if isinstance(target, pd.api.extensions.ExtensionDtype):
        array = target.__from_arrow__(_arrow(series, dtype))  # type: ignore[attr-defined]
        return pd.Series(array, name=series.name)
    if target.kind in "mM":
        return pd.Series(series.to_numpy(writable=True), name=series.name)
    if target.kind in "iufb" and not (missing and dtype.is_bool):
        return pd.Series(series.cast(polars_type(dtype.arrow)).to_numpy(writable=True), name=series.name)
    hole: Any = pd.NaT if dtype.is_date or pa.types.is_time(dtype.arrow) else np.nan
    if dtype.family is Family.NULLABLE:
        hole = pd.NA
    objects = np.empty(len(series), dtype=object)
    objects[:] = [hole if value is None else value for value in series.to_list()]
    return pd.Series(objects, name=series.name, dtype=object)


def series_from_pandas(values: pd.Series[Any], dtype: DType) -> pl.Series:
    """A pandas series in normal form, of the declared dtype.

    Parameters
    ----------
    values
        What pandas returned; None, NaN, NaT and NA are missing.
    dtype
        The dtype that the plan promised.

    Returns
    -------
    polars.Series
        Of the Polars type that stands for ``dtype``; a missing value is null.

    Raises
    ------
    TypeError
        If a value does not convert to the declared dtype without loss.

    Examples
    --------
    >>> from bigframe.schema import INT64
    >>> series_from_pandas(pd.Series([1.0, None], name="a"), INT64.or_missing()).to_list()
    [1, None]
    """
    try:
        array = pa.array(values, from_pandas=True) if values.dtype != object else _objects(values, dtype)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_floating(array.type):
            array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
        series = pl.Series("" if values.name is None else str(values.name), pl.from_arrow(array.cast(dtype.arrow)))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise TypeError(f"pandas returned {values.dtype}, which does not convert to {dtype}: {error}") from error
    return series.cast(polars_type(dtype.arrow))


def _arrow(series: pl.Series, dtype: DType) -> pa.ChunkedArray:
    array = series.to_arrow().cast(dtype.arrow)
    return pa.chunked_array([array])


def _objects(values: pd.Series[Any], dtype: DType) -> pa.Array:
    # isna() of a list answers item by item, so it is asked of the rest only.
    items = [None if not isinstance(item, (list, tuple, dict)) and pd.isna(item) else item for item in values]
    return pa.array(items, type=dtype.arrow)


def _fits(series: pl.Series, dtype: DType) -> bool:
    if dtype.if_fits is None or dtype.family is not Family.NUMPY:
        return False
    narrow = np.iinfo(dtype.if_fits.to_pandas_dtype())
    return bool(series.is_between(int(narrow.min), int(narrow.max)).all())
