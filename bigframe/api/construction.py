"""What ``DataFrame(...)`` and ``Series(...)`` make of their arguments, lazy tables among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.api.columns import Columns
from bigframe.api.fallbacks import in_pandas
from bigframe.api.scalar import LazyScalar
from bigframe.semantics.elementwise import NotAligned, beside
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal


def frame_from(data: Any, index: Any, columns: Any, dtype: Any, copy: Any) -> Frame:
    """The frame of anything that ``DataFrame(...)`` takes."""
    from bigframe.api import io
    from bigframe.api.dataframe import DataFrame

    if isinstance(data, Columns) and not isinstance(index, Columns):
        found = data._frame if data.display == "DataFrame" else _column(data).to_frame()._frame
        table: Any = DataFrame(found)
        if columns is not None and data.display == "DataFrame":
            table = table.reindex(columns=columns)
        elif columns is not None:
            return io.frame_of(pd.DataFrame(*in_pandas((data, index, columns, dtype), "DataFrame(Series, columns=)")))
        table = table if index is None else table.reindex(index=index)
        return (table if dtype is None else table.astype(dtype))._frame  # type: ignore[no-any-return]
    others = index is None and columns is None and dtype is None
    if others and (
        isinstance(data, (pa.Table, pa.RecordBatch))
        or not isinstance(data, pd.DataFrame)
        and hasattr(data, "__arrow_c_stream__")
    ):
        return io.from_arrow_table(data)._frame
    if others and isinstance(data, Mapping):
        together = _together(data)
        if together is not None:
            return together
    given = in_pandas((data, index, columns, dtype, copy), "DataFrame(...) of lazy tables")
    return io.frame_of(pd.DataFrame(*given))


def series_from(data: Any, index: Any, dtype: Any, name: Any, copy: Any) -> Frame:
    """The frame of anything that ``Series(...)`` takes."""
    from bigframe.api import io
    from bigframe.api.series import Series

    lazy: Any = None
    if isinstance(data, Series) and not isinstance(index, Columns):
        lazy = _column(data)
        if index is not None:
            lazy = lazy.set_axis(index) if data.display == "Index" else lazy.reindex(index)
    elif isinstance(index, Columns) and (np.isscalar(data) or isinstance(data, LazyScalar)) and dtype is None:
        (id,) = index._frame.ids
        value = data.as_expr() if isinstance(data, LazyScalar) else literal(data)
        rows, column = index._frame.define(value)
        lazy = Series(rows.select((None,), (column,)).with_index(((index._frame.labels[0], id),)))
    if lazy is not None:
        lazy = lazy if dtype is None else lazy.astype(dtype)
        return (lazy if name is None else lazy.rename(name))._frame  # type: ignore[no-any-return]
    given = in_pandas((data, index, dtype, name, copy), "Series(...) of lazy tables")
    return io.frame_of(pd.Series(*given))


def _column(data: Any) -> Any:
    """A series as it is; labels of rows as a column, whose own labels count them."""
    from bigframe.api.series import Series

    return Series(data._frame.with_index(None)) if data.display == "Index" else data


def _together(data: Mapping[Any, Any]) -> Frame | None:
    """A frame of lazy columns that stand beside each other without a look at their labels, and of scalars and lists."""
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    lazy = {label: _column(value) for label, value in data.items() if isinstance(value, Series)}
    if not lazy or any(isinstance(value, (pd.Series, pd.DataFrame, dict)) for value in data.values()):
        return None
    frame: Frame | None = None
    try:
        for label, column in lazy.items():
            one = column._frame.select((label,), column._frame.ids)
            if frame is None:
                frame = one
            else:
                rows, other = beside(frame, one)
                frame = rows.select((*rows.labels, label), (*rows.ids, *other.ids))
    except NotAligned:
        return None
    assert frame is not None
    table = DataFrame(frame)
    for label, value in data.items():
        if label not in lazy:
            table[label] = value
    return table[list(data)]._frame  # type: ignore[no-any-return]
