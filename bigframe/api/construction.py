"""What ``DataFrame(...)`` and ``Series(...)`` make of their arguments, lazy tables among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.api.binding.fallbacks import in_pandas
from bigframe.api.columns import Columns
from bigframe.api.scalar import LazyScalar
from bigframe.errors import Unsupported
from bigframe.interchange import label_type
from bigframe.semantics.aligning import matched
from bigframe.semantics.elementwise import NotAligned
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal

_ARRAYS = (list, tuple, range, np.ndarray, pd.Index, pd.api.extensions.ExtensionArray)


def frame_from(data: Any, index: Any, columns: Any, dtype: Any, copy: Any) -> Frame:
    """The frame of anything that ``DataFrame(...)`` takes."""
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.reading import io

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
    try:
        if isinstance(data, Mapping) and (columns is None or set(columns) <= set(data)):
            together = _together(data, index, dtype, data if columns is None else columns)
            if together is not None:
                return together
        if isinstance(index, Columns) and not _is_labelled(data):
            return _under(index, data, columns, dtype)
    except (NotAligned, Unsupported):
        pass
    given = in_pandas((data, index, columns, dtype, copy), "DataFrame(...) of lazy tables")
    return io.frame_of(pd.DataFrame(*given))


def series_from(data: Any, index: Any, dtype: Any, name: Any, copy: Any) -> Frame:
    """The frame of anything that ``Series(...)`` takes."""
    from bigframe.api.reading import io
    from bigframe.api.series import Series

    lazy: Any = None
    if isinstance(data, Series) and not isinstance(index, Columns):
        lazy = _column(data)
        if index is not None:
            lazy = lazy.set_axis(index) if data.display == "Index" else lazy.reindex(index)
    elif isinstance(index, Columns) and (np.isscalar(data) or isinstance(data, LazyScalar)) and dtype is None:
        value = data.as_expr() if isinstance(data, LazyScalar) else literal(data)
        rows, column = _labels_alone(index).define(value)
        lazy = Series(rows.select((None,), (column,)))
    elif isinstance(index, Columns) and isinstance(data, _ARRAYS) and getattr(data, "ndim", 1) == 1:
        values = io.frame_of(pd.Series(data, dtype=dtype, name=name))
        if len(data) != len(index):
            raise ValueError(f"Length of values ({len(data)}) does not match length of index ({len(index)})")
        lazy, dtype = Series(values).set_axis(index), None
    if lazy is not None:
        lazy = lazy if dtype is None else lazy.astype(dtype)
        return (lazy if name is None else lazy.rename(name))._frame  # type: ignore[no-any-return]
    given = in_pandas((data, index, dtype, name, copy), "Series(...) of lazy tables")
    return io.frame_of(pd.Series(*given))


def _column(data: Any) -> Any:
    """A series as it is; labels of rows as a column, whose own labels count them."""
    from bigframe.api.series import Series

    return Series(data._frame.with_index(None)) if data.display == "Index" else data


def _together(data: Mapping[Any, Any], index: Any, dtype: Any, columns: Iterable[Any]) -> Frame | None:
    """A table of lazy columns, matched by their labels where they have other rows, and of scalars and lists."""
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    lazy = {label: _column(value) for label, value in data.items() if isinstance(value, Series)}
    if not lazy or any(isinstance(value, (pd.Series, pd.DataFrame, dict)) for value in data.values()):
        return None
    if dtype is not None:
        if len(lazy) < len(data):
            return None
        lazy = {label: column.astype(dtype) for label, column in lazy.items()}
    if len({tuple(name for name, _ in column._frame.index or ((None, ""),)) for column in lazy.values()}) > 1:
        return None
    frame: Frame | None = None
    for label, column in lazy.items():
        one = column._frame.select((label,), column._frame.ids)
        if frame is None:
            frame = one
        else:
            rows, other = matched(frame, one, validate="1:1")
            frame = rows.select((*rows.labels, label), (*rows.ids, *other.ids))
    assert frame is not None
    table = DataFrame(frame.replace(label_names=(), label_type=None))
    table = table if index is None else table.reindex(index=index)
    for label, value in data.items():
        if label not in lazy:
            table[label] = value
    made, wanted = table._frame, list(columns)
    return made.select(wanted, [made.one(label) for label in wanted])


def _is_labelled(data: Any) -> bool:
    """Whether rows of the data have labels of their own, by which pandas chooses them for an index that is given."""
    if isinstance(data, (list, tuple)):
        return any(map(_is_labelled, data))
    if isinstance(data, Mapping):
        return any(isinstance(value, Mapping) or _is_labelled(value) for value in data.values())
    return isinstance(data, (pd.Series, pd.DataFrame, Columns, LazyScalar))


def _under(index: Columns, data: Any, columns: Any, dtype: Any) -> Frame:
    """Values in memory as a table under lazy row labels, of which there must be as many."""
    from bigframe.api.dataframe import DataFrame

    if data is None and columns is None:
        return _labels_alone(index).replace(label_type=label_type(pd.RangeIndex(0)))
    if data is None or np.isscalar(data) or isinstance(data, Mapping) and not any(map(_is_column, data.values())):
        raise NotAligned
    table = pd.DataFrame(data, index=pd.RangeIndex(len(index)), columns=columns, dtype=dtype)
    return DataFrame(table).set_axis(index)._frame


def _is_column(value: Any) -> bool:
    return pd.api.types.is_list_like(value)


def _labels_alone(index: Columns) -> Frame:
    """The rows of lazy labels, without columns."""
    return index._frame.with_index(((index._frame.labels[0], index._frame.ids[0]),)).select((), ())
