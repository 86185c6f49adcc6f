"""The pandas dtype that a column of a plan has when it leaves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from bigframe.arrow_types import plain_arrow
from bigframe.cells import dtype_of_text
from bigframe.schema import OBJECT_BOOL, DType, Family


@lru_cache(maxsize=1024)
def pandas_dtype(dtype: DType) -> Any:
    """The dtype of a column in pandas."""
    arrow = dtype.arrow
    if dtype.shown is not None:
        return dtype_of_text(dtype.shown)
    if dtype.categories is not None:
        return pd.CategoricalDtype(pd.Index(list(dtype.categories), dtype="str"), ordered=dtype.ordered)
    if dtype.family is Family.ARROW:
        return pd.ArrowDtype(plain_arrow(arrow))
    if dtype.is_string:
        return pd.StringDtype(na_value=np.nan) if dtype.family is Family.NUMPY else pd.StringDtype("pyarrow")
    if dtype.family is Family.NULLABLE:
        if dtype.is_bool:
            return pd.BooleanDtype()
        if dtype.is_integer or dtype.is_float:
            numpy_dtype = np.dtype(arrow.to_pandas_dtype())
            name = {"i": "Int", "u": "UInt", "f": "Float"}[numpy_dtype.kind]
            return pd.api.types.pandas_dtype(f"{name}{numpy_dtype.itemsize * 8}")
    if dtype.is_datetime:
        return pd.DatetimeTZDtype(arrow.unit, arrow.tz) if arrow.tz else np.dtype(f"M8[{arrow.unit}]")
    if dtype.is_period:
        return pd.PeriodDtype(arrow.freq)
    if dtype.is_timedelta:
        return np.dtype(f"m8[{arrow.unit}]")
    if dtype == OBJECT_BOOL:
        return np.dtype(object)
    if dtype.unless_missing:
        dtype = dtype.settled()
    if dtype.is_integer or dtype.is_float or dtype.is_bool:
        return np.dtype(arrow.to_pandas_dtype())
    return np.dtype(object)
