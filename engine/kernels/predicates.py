"""The truth of a test on a missing value: False for default dtypes, missing for three-valued ones."""

from __future__ import annotations

import polars as pl

from bigframe.schema import DType


def truth(found: pl.Expr, dtype: DType, na: bool | None = None) -> pl.Expr:
    """Fill what a test says of missing values.

    Parameters
    ----------
    found
        A boolean that is null where the tested value is missing.
    dtype
        The tested column's dtype, whose family decides.
    na
        What the user wants a missing value to give; None for what the family gives.
    """
    if na is None and dtype.is_three_valued:
        return found
    return found.fill_null(value=bool(na))
