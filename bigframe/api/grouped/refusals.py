"""What pandas itself says of a method that columns of some dtype do not have, before data is gathered to hear it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.schema import DType
from bigframe.semantics.frame import Frame


def require_defined(
    frame: Frame,
    columns: Sequence[tuple[Any, str]],
    method: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    as_series: bool,
) -> None:
    """Have pandas call its own method on groups of columns of a frame's dtypes that hold one missing value each.

    Raises
    ------
    TypeError, NotImplementedError
        If pandas does.
    """
    if not columns or any(isinstance(value, Columns) for value in (*args, *kwargs.values())):
        return
    if any(frame.dtype(id).is_carried for _, id in (*columns, *(frame.index or ()))):
        return  # What objects do is their own, and not every other dtype has a missing value.
    row = pd.concat([_missing(frame.dtype(id)) for _, id in columns], axis=1)
    row.columns = pd.Index([label for label, _ in columns], tupleize_cols=False)
    if frame.index is not None:
        levels = [pd.Index(_missing(frame.dtype(id)), name=name) for name, id in frame.index]
        row.index = levels[0] if len(levels) == 1 else pd.MultiIndex.from_arrays(levels)
    groups = (row.iloc[:, 0] if as_series else row).groupby(np.zeros(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(groups, method)(*args, **kwargs)
        except (TypeError, NotImplementedError) as error:
            raise error from None
        except (ArithmeticError, AttributeError, LookupError, ValueError):
            return  # It depends on the values, of which this one was none.


def require_interpreted(method: str, engine: Any, engine_kwargs: Any) -> None:
    """Refuse functions that pandas is to compile.

    Raises
    ------
    Unsupported
        With ``engine="numba"`` or what is for it.
    """
    if engine not in (None, "python", "cython") or engine_kwargs:
        raise Unsupported(f"GroupBy.{method}(engine={engine!r})", "pandas compiles the function")


def _missing(dtype: DType) -> pd.Series[Any]:
    own = dtype.pandas
    has_none = isinstance(own, np.dtype) and own.kind in "biu"
    return pd.Series(np.zeros(1, own)) if has_none else pd.Series([None], dtype=own)
