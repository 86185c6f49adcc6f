"""The border between Polars series in normal form and pandas series of the dtype that the schema declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from bigframe.arrow_types import as_stored, stored_arrow
from bigframe.cells import cells_of
from bigframe.interchange import array_to_pandas, normal_array, series_of, settle
from bigframe.schema import DType
from engine.kernels.registry import Operand
from engine.kernels.types import polars_type


def series_to_pandas(series: pl.Series, dtype: DType, *, was_missing: bool = False) -> pd.Series[Any]:
    """A Polars series as pandas has it.

    Parameters
    ----------
    series
        Values in normal form: a missing value is null, and there is no NaN.
    dtype
        Their declared dtype; an unsettled one is settled by whether a value of *this* series is missing, or whether all
        of them fit the narrower integer.
    was_missing
        Whether a value that decides the dtype is missing in other rows than these.

    Returns
    -------
    pandas.Series
        With a default index and the series' name; objects are those of :func:`bigframe.interchange.array_to_pandas`.

    Examples
    --------
    >>> from bigframe.schema import INT64
    >>> series_to_pandas(pl.Series("a", [1, None]), INT64.or_missing())
    0    1.0
    1    NaN
    Name: a, dtype: float64
    """
    column = pa.chunked_array([series.to_arrow().cast(dtype.arrow)])
    values = array_to_pandas(column, settle(column, dtype, was_missing=was_missing))
    return series_of(values, name=series.name)


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
        If a value is of another kind than the declared dtype, or does not convert to it without loss.

    Examples
    --------
    >>> from bigframe.schema import INT64
    >>> series_from_pandas(pd.Series([1.0, None], name="a"), INT64.or_missing()).to_list()
    [1, None]
    """
    if not len(values):  # of no rows pandas may answer with any dtype
        return pl.Series([], dtype=polars_type(dtype.arrow))
    name = "" if values.name is None else str(values.name)
    if dtype.is_carried:
        return pl.Series(
            name, pa.array(cells_of(values.astype(dtype.pandas)), pa.large_string()).cast(pa.large_binary())
        )
    try:
        array = normal_array(values)
        if array.null_count == len(array):
            array = pa.nulls(len(array))
        elif (dtype.is_period and values.dtype != dtype.pandas) or not _same_kind(
            array.type, stored_arrow(dtype.arrow)
        ):
            raise TypeError(f"they are {array.type}, not {dtype}")
        array = as_stored(array, dtype.arrow)
    except pa.ArrowException as error:
        raise TypeError(f"pandas returned {values.dtype}, which does not convert to {dtype}: {error}") from error
    return pl.Series(name, pl.from_arrow(array))


def _same_kind(found: pa.DataType, declared: pa.DataType) -> bool:
    """Whether values of a type may stand for a declared one: a number for a number, never text for a number."""
    tests = (
        lambda arrow: pa.types.is_integer(arrow) or pa.types.is_floating(arrow),
        lambda arrow: pa.types.is_string(arrow) or pa.types.is_large_string(arrow),
        lambda arrow: pa.types.is_binary(arrow) or pa.types.is_large_binary(arrow),
        pa.types.is_nested,
    )
    return found.id == declared.id or any(test(found) and test(declared) for test in tests)


def through_pandas(
    function: Callable[..., Any], operands: Sequence[Operand], result: DType, constants: Sequence[bool] | None = None
) -> pl.Expr:
    """A function of pandas Series, run on each batch of the operands.

    Parameters
    ----------
    function
        Gets a pandas Series for each operand and returns one of the same length. It must compute row by row.
    operands
        What it is called with.
    result
        The dtype of what it returns.
    constants
        Which operands are literals: the function gets those as scalars.

    Returns
    -------
    polars.Expr
        In normal form.
    """
    scalar = constants or [False] * len(operands)

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        given = [series_to_pandas(column, operand.dtype) for column, operand in zip(columns, operands, strict=True)]
        arguments = [values.iloc[0] if alone else values for values, alone in zip(given, scalar, strict=True)]
        with np.errstate(all="ignore"):
            return series_from_pandas(function(*arguments), result)

    kind = polars_type(result.arrow)
    return pl.map_batches([operand.expr for operand in operands], run, return_dtype=kind, is_elementwise=True)
