"""Where frames come from: files, pandas, Arrow, Python values."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from bigframe.ids import derive
from bigframe.interchange import series_to_arrow, without_nan
from bigframe.ops.arithmetic import Add, Mul
from bigframe.ops.base import Column, Literal
from bigframe.plan.scan import Scan
from bigframe.schema import INT64, NULL, DType, Family, from_arrow, normal_arrow
from bigframe.semantics.frame import Frame
from bigframe.session import current

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame


def read_parquet(path: Any, columns: Sequence[str] | None = None, dtype_backend: str | None = None) -> DataFrame:
    """Read Parquet files lazily.

    Parameters
    ----------
    path
        A file, a list of files, a folder (read recursively, with hive partitions), a glob, or an fsspec URL.
    columns
        The columns to read; default: all.
    dtype_backend : {None, "pyarrow", "numpy_nullable"}
        As in pandas.

    Returns
    -------
    DataFrame
        Rows in the order of the sorted file names; an index that pandas stored in the files is set again.

    Raises
    ------
    FileNotFoundError
        If no file matches.
    SourceError
        If a file is not Parquet, is truncated, or has other columns than the first; the message names it.
    """
    return _read("parquet", path, {}, columns, dtype_backend)


def read_csv(
    path: Any, *, usecols: Sequence[str] | None = None, dtype_backend: str | None = None, **options: Any
) -> DataFrame:
    """Read CSV files lazily; dtypes are those that ``pandas.read_csv`` finds, from all the data.

    Parameters
    ----------
    path
        As of :func:`read_parquet`; compressed files are known by their suffix.
    usecols
        The columns to read.
    dtype_backend
        As in pandas.
    **options
        ``sep``, ``header``, ``names``, ``dtype``, ``parse_dates``, ``na_values``, ``nrows``, as in pandas.
    """
    plain = {name: tuple(value.items()) if isinstance(value, Mapping) else value for name, value in options.items()}
    if "dtype" in options:
        plain["dtype"] = _dtype_names(options["dtype"])
    return _read("csv", path, plain, usecols, dtype_backend)


def read_json(path: Any, *, lines: bool = True, dtype_backend: str | None = None, **options: Any) -> DataFrame:
    """Read JSON lines lazily (plain, gz, zst).

    Parameters
    ----------
    path
        As of :func:`read_parquet`.
    lines
        Must be True: one JSON object per line.
    dtype_backend
        As in pandas.
    **options
        Passed to the reader.
    """
    if not lines:
        from bigframe.errors import Unsupported

        raise Unsupported("read_json(lines=False)", "one JSON document cannot be split", "JSON lines")
    return _read("jsonl", path, options, None, dtype_backend)


def from_pandas(data: pd.DataFrame | pd.Series) -> Any:
    """A pandas object as a lazy one; its data goes to the session's storage under the hash of its content.

    Raises
    ------
    TypeError
        If a column holds objects of several types, or is categorical; the message names it.
    ValueError
        If it is larger than ``options.upload_limit``.
    """
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    return Series(frame_of(data)) if isinstance(data, pd.Series) else DataFrame(frame_of(data))


def from_arrow_table(table: Any) -> DataFrame:
    """An Arrow table (or anything with ``__arrow_c_stream__``) as a lazy frame with pandas' default dtypes."""
    from bigframe.api.dataframe import DataFrame

    table = table if isinstance(table, pa.Table) else pa.table(table)
    arrays = [without_nan(column.cast(normal_arrow(column.type))) for column in table.columns]
    dtypes = [from_arrow(array.type, may_be_missing=array.null_count > 0) for array in arrays]
    return DataFrame(_stored(table.num_rows, arrays, dtypes, tuple(table.column_names), None))


def frame_from(data: Any, **options: Any) -> Frame:
    """The frame of anything that ``DataFrame(...)`` takes."""
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    if isinstance(data, (DataFrame, Series)):
        return data._frame
    if isinstance(data, (pa.Table, pa.RecordBatch)) or (
        not isinstance(data, pd.DataFrame) and hasattr(data, "__arrow_c_stream__")
    ):
        return from_arrow_table(data)._frame
    if isinstance(data, Mapping):
        lazy = [label for label, value in data.items() if isinstance(value, Series)]
        if lazy:
            first = DataFrame(data[lazy[0]].to_frame(lazy[0])._frame)
            for label, value in data.items():
                first[label] = value
            return first[list(data)]._frame  # type: ignore[no-any-return]
    return frame_of(pd.DataFrame(data, **options))


def frame_of(data: pd.DataFrame | pd.Series) -> Frame:
    """The frame of a pandas object."""
    table = data.to_frame(name="" if data.name is None else data.name) if isinstance(data, pd.Series) else data
    labels: tuple[Hashable, ...] = (data.name,) if isinstance(data, pd.Series) else tuple(table.columns)
    columns = [series_to_arrow(table.iloc[:, i], f"column {labels[i]!r}") for i in range(table.shape[1])]
    levels: list[tuple[Hashable, Any, DType]] | None = None
    if not (
        isinstance(table.index, pd.RangeIndex)
        and table.index.start == 0
        and table.index.step == 1
        and table.index.name is None
    ):
        levels = []
        for number, name in enumerate(table.index.names):
            array, dtype = series_to_arrow(table.index.get_level_values(number).to_series(), f"index level {name!r}")
            levels.append((name, array, dtype))
    return _stored(len(table), [array for array, _ in columns], [dtype for _, dtype in columns], labels, levels)


def _stored(
    rows: int,
    arrays: Sequence[Any],
    dtypes: Sequence[DType],
    labels: tuple[Hashable, ...],
    levels: list[tuple[Hashable, Any, DType]] | None,
) -> Frame:
    everything = [*(array for _, array, _ in levels or ()), *arrays]
    all_dtypes = [*(dtype for _, _, dtype in levels or ()), *dtypes]
    names = [*(f"index{n}" for n in range(len(levels or ()))), *(str(label) for label in labels)]
    unique = [f"{name}~{n}" if names.count(name) > 1 or not name else name for n, name in enumerate(names)]
    if not unique:  # of a table without columns a file would not tell the number of rows
        unique, everything, all_dtypes = ["rows"], [pa.nulls(rows)], [NULL]
    table = pa.table(dict(zip(unique, everything, strict=True)))
    path, digest = current().store(table)
    fields = tuple(
        (name, name, _exact(table.column(name), dtype)) for name, dtype in zip(unique, all_dtypes, strict=True)
    )
    scan = Scan("ipc", (path,), (("normal", True),), digest, fields)
    width = len(unique) - len(labels)
    index = None if levels is None else tuple((name, id) for (name, _, _), id in zip(levels, unique, strict=False))
    return Frame(scan, labels, tuple(unique[width:]), index)


def _exact(column: pa.ChunkedArray, dtype: DType) -> DType:
    if dtype.is_bool and dtype.family is Family.NUMPY and not column.null_count:
        return dtype.settled()
    return dtype


def _read(
    format: str, path: Any, options: Mapping[str, Any], columns: Sequence[str] | None, backend: str | None
) -> DataFrame:
    from bigframe.api.dataframe import DataFrame

    family = {None: Family.NUMPY, "pyarrow": Family.ARROW, "numpy_nullable": Family.NULLABLE}[backend]
    paths = tuple(os.fspath(one) for one in path) if isinstance(path, (list, tuple)) else (os.fspath(path),)
    source = current().describe(format, paths, options)
    wanted = list(source.columns) if columns is None else list(columns)
    for name in wanted:
        if name not in source.columns:
            raise KeyError(f"{paths[0]} has no column {name!r}; its columns are {list(source.columns)}")
    stored = [column for _, column in source.index if isinstance(column, str) and column in source.columns]
    fields = tuple(
        (
            derive_field(name),
            name,
            from_arrow(source.columns[name], may_be_missing=source.may_be_missing(name), family=family),
        )
        for name in dict.fromkeys((*stored, *wanted))
    )
    ids = {name: id for id, name, _ in fields}
    scan = Scan(format, paths, tuple(sorted(options.items())), source.version, fields)
    labels = tuple(name for name in wanted if name not in stored)
    frame = Frame(scan, labels, tuple(ids[label] for label in labels))
    levels: list[tuple[Any, str]] = []
    for label, level in source.index:
        if isinstance(level, str):
            levels += [(label, ids[level])] if level in ids else []
        else:
            frame, position = frame.positions()
            start, step = (Literal(number, INT64) for number in level)
            frame, id = frame.define(Add(Mul(Column(position), step), start))
            levels.append((label, id))
    return DataFrame(frame.with_index(tuple(levels) or None))


def _dtype_names(dtype: Any) -> Any:
    """Dtypes by name, for one or by column: a plan holds no classes."""
    if isinstance(dtype, Mapping):
        return tuple((name, _dtype_names(one)) for name, one in dtype.items())
    return "str" if dtype is str else str(pd.api.types.pandas_dtype(dtype))


def derive_field(name: str) -> str:
    """The id of a column of a file: its name, unless that could be taken for a derived id."""
    return derive(name, "field") if "~" in name or not name else name
