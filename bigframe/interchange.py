"""The border to pandas: what leaves has exactly pandas' dtypes, what enters is in normal form (missing is null)."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bigframe.arrow_types import as_stored, normal_arrow, stored_arrow
from bigframe.cells import array_of, cells_of, dtype_of_text, dtype_text
from bigframe.errors import UnsupportedData
from bigframe.schema import OBJECTS, DType, Family, carried, from_arrow, from_pandas, of_categories, text_objects

_NESTED = (list, tuple, dict, np.ndarray)


def settle(column: pa.ChunkedArray, dtype: DType, *, was_missing: bool = False) -> DType:
    """The dtype of a column whose values are known.

    ``was_missing`` says that a column which decides the dtype had a missing value, in rows that may be gone now.
    """
    missing = bool(dtype.unless_missing) and (was_missing or any_missing(column) or _has_fractions(column, dtype))
    return dtype.settled(missing=missing, fits=dtype.if_fits is not None and _fits(column, dtype.if_fits))


def _has_fractions(column: pa.ChunkedArray, dtype: DType) -> bool:
    """Whether a column that stands for integers holds others: what decides its dtype is not always among its values."""
    if dtype.otherwise is None or not pa.types.is_integer(dtype.otherwise) or not len(column):
        return False
    return not pc.all(pc.equal(column, pc.round(column))).as_py()


def _fits(column: pa.ChunkedArray, integer: pa.DataType) -> bool:
    limits, bounds = np.iinfo(integer.to_pandas_dtype()), pc.min_max(column).as_py()
    return bounds["min"] is None or bool(limits.min <= bounds["min"] and bounds["max"] <= limits.max)


def any_missing(column: pa.ChunkedArray) -> bool:
    """Whether a value is missing or infinite."""
    if column.null_count:
        return True
    return bool(pa.types.is_floating(column.type) and len(column) and not pc.all(pc.is_finite(column)).as_py())


def array_to_pandas(column: pa.ChunkedArray, dtype: DType) -> Any:
    """A column as pandas holds it: an ndarray or an extension array of its settled dtype.

    Lists come as Python lists (fixed-size ones as NumPy vectors), dates, times and decimals as Python's own objects;
    a missing object is None, but NaN among bools.

    Raises
    ------
    UnsupportedData
        If a value is none of the categories.
    """
    if dtype.is_carried:
        cells = (None if item is None else item.decode() for item in column.to_pylist())
        return array_of(cells, dtype.pandas)
    if dtype.categories is not None:
        places = pc.index_in(column, value_set=pa.array(dtype.categories, column.type))
        if places.null_count > column.null_count:
            raise UnsupportedData("a value is none of the categories, which the files name wrongly")
        return pd.Categorical.from_codes(places.fill_null(-1).to_numpy(), dtype=dtype.pandas)
    if dtype.is_period:
        return dtype.pandas.__from_arrow__(column.cast(dtype.arrow))
    if dtype.family is Family.ARROW:
        return pd.arrays.ArrowExtensionArray(column.cast(dtype.pandas.pyarrow_dtype))
    if dtype.is_string or dtype.family is Family.NULLABLE and dtype.is_numeric:
        return dtype.pandas.__from_arrow__(column)
    if dtype.is_datetime and dtype.arrow.tz:
        values = column.cast(pa.timestamp(dtype.arrow.unit, "UTC")).to_numpy(zero_copy_only=False)
        return (
            pd.DatetimeIndex(values.astype(f"M8[{dtype.arrow.unit}]"))
            .tz_localize("UTC")
            .tz_convert(dtype.arrow.tz)
            .array.copy()  # an index lends its own for reading only
        )
    if dtype.is_bool and dtype.unless_missing:
        return _objects(column, np.nan)
    if dtype.is_bool or dtype.is_integer or dtype.is_float or dtype.is_datetime or dtype.is_timedelta:
        # Integers that share a column with a hole lose digits beyond 2**53, as pandas' own do.
        values = column.cast(dtype.arrow, safe=not dtype.is_float).combine_chunks().to_numpy(zero_copy_only=False)
        return values if values.flags.writeable else values.copy()
    if pa.types.is_fixed_size_list(dtype.arrow):
        return _vectors(column)
    return _objects(column, pd.NA if dtype.family is Family.NULLABLE else None)


def normal_array(values: pd.Series, arrow: pa.DataType | None = None) -> pa.Array | pa.ChunkedArray:
    """A pandas column in normal form: every missing value is null, and NaN is one of them.

    Parameters
    ----------
    values
        None, NaN, NaT and NA are missing.
    arrow
        The type wanted; default: the type that stands for pandas' own.

    Raises
    ------
    pyarrow.ArrowException
        If a value does not convert without loss.
    """
    if isinstance(values.dtype, pd.CategoricalDtype) and of_categories(values.dtype) is not None:
        names = pa.array([str(category) for category in values.dtype.categories], pa.large_string())
        codes = values.cat.codes.to_numpy()
        return names.take(pa.array(codes, mask=codes < 0))
    if values.dtype == object:
        # isna() of a list answers item by item, so it is asked of the rest only.
        items = [None if not isinstance(item, _NESTED) and pd.isna(item) else item for item in values]
        return pa.array(items, type=arrow)
    array = without_nan(pa.array(values.array, from_pandas=True))
    return array.cast(stored_arrow(array.type)) if arrow is None else as_stored(array, arrow)


def without_nan(array: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """An Arrow column in normal form: NaN is null."""
    if not pa.types.is_floating(array.type):
        return array
    return pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)


def table_to_pandas(
    table: pa.Table,
    columns: Sequence[tuple[Any, str, DType]],
    index: pd.Index,
    label_names: Sequence[Any] = (),
    label_type: str | None = None,
) -> pd.DataFrame:
    """A result as a pandas frame.

    Parameters
    ----------
    table
        The result, with columns by id.
    columns
        (label, id, dtype) of each column.
    index
        The row labels.
    label_names, label_type
        The names of the levels of the labels, and their dtype as text.
    """
    arrays = [_as_it_is(array_to_pandas(table.column(id), dtype)) for _, id, dtype in columns]
    frame = pd.DataFrame(dict(enumerate(arrays)), index=pd.RangeIndex(table.num_rows), copy=False)
    frame.columns = labels_index([label for label, _, _ in columns], label_names, label_type)
    frame.index = index
    return frame


def column_to_pandas(table: pa.Table, column: tuple[Any, str, DType], index: pd.Index) -> pd.Series:
    """One column of a result as a pandas series."""
    label, id, dtype = column
    return series_of(array_to_pandas(table.column(id), dtype), index, label)


def index_to_pandas(table: pa.Table, index: Sequence[tuple[Any, str, DType]] | None) -> pd.Index:
    """The row labels of a result, from the (name, id, dtype) of each level; None means 0, 1, 2 and so on."""
    if index is None:
        return pd.RangeIndex(table.num_rows)
    levels = [
        pd.Index(_as_it_is(array_to_pandas(table.column(id), dtype)), name=name, copy=False)
        for name, id, dtype in index
    ]
    return levels[0] if len(levels) == 1 else pd.MultiIndex.from_arrays(levels, names=[name for name, _, _ in index])


def _as_it_is(array: Any) -> Any:
    return series_of(array) if array.dtype == object else array


def series_of(array: Any, index: pd.Index | None = None, name: Any = None) -> pd.Series:
    """A pandas series over an array, of whose objects pandas is told that they are no strings or times."""
    dtype = object if array.dtype == object else None
    series: pd.Series = pd.Series(array, index, dtype=dtype, name=name, copy=False)
    return series


def labels_index(labels: Sequence[Any], names: Sequence[Any] = (), kind: str | None = None) -> pd.Index:
    """The column labels as pandas holds them, of the dtype ``kind`` if they are of that kind still.

    Names of another number of levels are none of theirs.
    """
    index = _labels_index(labels)
    if kind is not None and (index.nlevels == 1 or not labels):
        index = _of_kind(index, kind)
    return index.set_names(list(names)) if len(names) == index.nlevels else index


def label_type(labels: Any) -> str | None:
    """The dtype of column labels as text; None for strings, for several levels, and where it cannot be told."""
    if isinstance(labels, pd.MultiIndex) or not isinstance(labels, pd.Index) or labels.dtype == "str":
        return None
    try:
        return dtype_text(labels.dtype)
    except TypeError:
        return None


def _of_kind(index: pd.Index, kind: str) -> pd.Index:
    dtype = dtype_of_text(kind)
    if len(index) == 0 and dtype == np.dtype("int64"):
        return pd.RangeIndex(0)
    if index.dtype == dtype:
        return index
    try:
        typed: pd.Index = index.astype(dtype)
    except (TypeError, ValueError):
        return index
    if isinstance(dtype, pd.CategoricalDtype):
        return index if typed.hasnans else typed
    alike = typed.inferred_type == index.inferred_type
    return typed if alike or not len(index) or pd.api.types.is_object_dtype(dtype) else index


def _labels_index(labels: Sequence[Any]) -> pd.Index:
    if not labels:
        return pd.Index([], dtype="str")
    if all(type(label) is int for label in labels) and list(labels) == list(range(len(labels))):
        return pd.RangeIndex(len(labels))
    if all(isinstance(label, tuple) for label in labels):
        return pd.MultiIndex.from_tuples(labels)
    plain: pd.Index = pd.Index(list(labels))
    return plain


def series_to_arrow(series: pd.Series, where: str) -> tuple[pa.Array | pa.ChunkedArray, DType]:
    """A pandas column in normal form, and its dtype.

    Values that no Arrow type holds are carried, cell by cell.

    Raises
    ------
    UnsupportedData
        If the column holds Python objects that are no data; the message names the column.
    """
    categories = of_categories(series.dtype) if isinstance(series.dtype, pd.CategoricalDtype) else None
    if categories is not None:
        return normal_array(series), categories
    if series.dtype == object:
        array = _of_one_kind(series)
        return _carried(series, where) if array is None else (array, from_arrow(array.type, may_be_missing=True))
    try:
        dtype = from_pandas(series.dtype)
        return normal_array(series, dtype.arrow), dtype
    except (UnsupportedData, pa.ArrowInvalid):  # seconds beyond the range of milliseconds
        return _carried(series, where)


_NATIVE_OBJECTS = (bool, bytes, list, dict, np.ndarray, datetime.date, datetime.time, decimal.Decimal)


def _of_one_kind(series: pd.Series) -> pa.Array | None:
    """Objects that Arrow has one type for, which gives them back as they are."""
    kinds = {type(item) for item in series}
    # A hole among bools is NaN when it comes back, whichever it was.
    missing = {type(None), float} if bool in kinds else {type(None)}
    if len(kinds - missing) > 1 or not kinds - missing <= set(_NATIVE_OBJECTS):
        return None
    if kinds == {bool} or any(item == item for item in series if type(item) is float):
        return None
    if datetime.time in kinds and any(item is not None and item.tzinfo for item in series):
        return None
    if not _of_one_shape([item for item in series if item is not None]):
        return None
    try:
        array = normal_array(series)
        return array.cast(normal_arrow(array.type))
    except (pa.ArrowException, UnsupportedData):
        return None


def _of_one_shape(items: list[Any]) -> bool:
    """Whether all dictionaries at the same place, however deep in lists and dictionaries, have the same keys."""
    if any(isinstance(item, tuple) for item in items):
        return False
    tables = [item for item in items if isinstance(item, dict)]
    if len({tuple(table) for table in tables}) > 1:
        return False
    inside = [part for item in items if isinstance(item, list) for part in item]
    columns = [[table[key] for table in tables] for key in (tables[0] if tables else ())]
    return all(map(_of_one_shape, columns)) and (not inside or _of_one_shape(inside))


def _carried(series: pd.Series, where: str) -> tuple[pa.Array, DType]:
    try:
        dtype = carried_objects(series) if series.dtype == object else carried(series.dtype)
        return pa.array(cells_of(series), pa.large_string()).cast(pa.large_binary()), dtype
    except (TypeError, ValueError) as error:
        raise UnsupportedData(f"{where}: {error}") from None


def carried_objects(series: pd.Series) -> DType:
    """The dtype of Python objects, which says whether all are text and one kind of missing value."""
    kinds = {type(item) for item in series} - {str}
    if not kinds:
        return text_objects("")
    if kinds == {type(None)}:
        return text_objects("None")
    return text_objects("NaN") if kinds == {float} and {type(item) for item in series.dropna()} <= {str} else OBJECTS


def _objects(column: pa.ChunkedArray, hole: Any) -> np.ndarray[Any, Any]:
    items = column.to_pylist()
    return np.fromiter((hole if item is None else item for item in items), dtype=object, count=len(items))


def _vectors(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    values = np.empty(len(column), dtype=object)
    row = 0
    for chunk in column.chunks:
        width = chunk.type.list_size
        flat = chunk.values.to_numpy(zero_copy_only=False)[chunk.offset * width : (chunk.offset + len(chunk)) * width]
        matrix = flat.reshape(len(chunk), width)
        valid = chunk.is_valid().to_numpy(zero_copy_only=False)
        for position in range(len(chunk)):
            values[row + position] = matrix[position] if valid[position] else None
        row += len(chunk)
    return values
