"""What ``describe`` is asked for: which columns of a table, and which shares of their values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.core.methods.describe import _refine_percentiles  # type: ignore[import-not-found]  # the stubs lack it

from bigframe.semantics.frame import Frame


def shares_of(percentiles: Any) -> list[float]:
    """The shares of which there are quantiles, in order.

    Raises
    ------
    ValueError
        If one is not between 0 and 1, or there twice.
    """
    return [float(share) for share in _refine_percentiles(percentiles)]


def chosen(table: Any, include: Any, exclude: Any) -> Frame:
    """The columns to describe: those of numbers and times unless others are asked for, or all if there are none.

    Raises
    ------
    ValueError
        If there are no such columns.
    """
    frame: Frame = table._frame
    if not frame.ids:
        raise ValueError("Cannot describe a DataFrame without columns")
    if isinstance(include, str) and include == "all":
        if exclude is not None:
            raise ValueError("exclude must be None when include is 'all'")
        return frame
    if include is not None or exclude is not None:
        asked: Frame = table.select_dtypes(include, exclude)._frame
        if not asked.ids:
            raise ValueError("No columns match the specified include or exclude data types")
        return asked
    # Whatever the data makes of a dtype that it decides, numbers stay numbers, so that no job has to ask.
    kinds = pd.DataFrame({place: pd.Series(dtype=dtype.pandas) for place, dtype in enumerate(frame.dtypes)})
    numbers: Any = kinds.select_dtypes([np.number, "datetime"]).columns
    places = list(numbers) or range(len(frame.ids))
    return frame.select([frame.labels[place] for place in places], [frame.ids[place] for place in places])
