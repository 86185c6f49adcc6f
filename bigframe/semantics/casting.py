"""Conversion: which dtype a name means, and how a column of some dtype becomes one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr, Scalar
from bigframe.ops.casting import Cast
from bigframe.ops.conditional import Where
from bigframe.schema import DType, from_pandas
from bigframe.semantics.frame import Frame
from bigframe.semantics.settling import RESULT, lookups


def target_dtype(dtype: Any) -> DType:
    """The dtype that a name, type or pandas dtype stands for.

    Raises
    ------
    TypeError
        If there is no such dtype.
    Unsupported
        If bigframe does not hold it.
    """
    if isinstance(dtype, DType):
        return dtype
    if dtype is str or (isinstance(dtype, str) and dtype == "str"):
        return DType(pa.large_string())
    resolved = pd.api.types.pandas_dtype(dtype)
    if isinstance(resolved, np.dtype) and resolved.kind in "mM" and np.datetime_data(resolved)[0] == "generic":
        raise TypeError(f"dtype {dtype!r} has no unit; pass for example 'datetime64[us]'")
    if isinstance(resolved, pd.CategoricalDtype):
        raise Unsupported("astype('category')", "categories depend on all the data", "the string column itself")
    try:
        return from_pandas(resolved)
    except TypeError:
        raise Unsupported(f"astype({dtype!r})", "bigframe holds no column of that dtype") from None


def cast(frame: Frame, id: str, to: DType) -> Expr:
    """A column converted to a dtype; integers that pandas would hold as floats print as floats."""
    dtype = frame.dtype(id)
    if dtype == to:
        return Column(id)
    if to.is_string and dtype.unless_missing and (dtype.is_integer or dtype.is_float):
        whole: Expr = Cast(Column(id), to)
        for plan in lookups(frame, dtype.unless_missing).values():
            missing = Scalar(plan, RESULT, plan.schema[RESULT])
            whole = Where(missing, Cast(Column(id), to, as_float=True), whole)
        return whole
    return Cast(Column(id), to)
