"""Where frames come from: files, pandas, Arrow, Python values."""

from __future__ import annotations

import logging
import os
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from bigframe.announcing import first_here, warn_once
from bigframe.api.binding.calls import signature_of
from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import read_here
from bigframe.api.reading.csv_keywords import cast_afterwards, csv_options, is_one_file
from bigframe.api.reading.filters import filtered, referenced
from bigframe.arrow_types import normal_arrow
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.interchange import label_type, series_to_arrow, without_nan
from bigframe.ops.arithmetic import Add, Mul
from bigframe.ops.base import Column, Literal
from bigframe.plan.scan import Scan
from bigframe.schema import INT64, NULL, DType, Family, from_arrow
from bigframe.semantics.frame import Frame
from bigframe.semantics.spacing import freq_of
from bigframe.session import current
from bigframe.sources import DICTIONARY_BYTES, SourceInfo, sized

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame

_log = logging.getLogger("bigframe")


class _OnlyCarried(Unsupported):
    """A column of files holds values that pandas alone makes and computes with."""


@signature_of(pd.read_parquet)
def read_parquet(
    path: Any,
    engine: str = "auto",
    columns: Sequence[str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    dtype_backend: str | None = None,
    filters: Any = None,
    *,
    on_drift: str = "union",
    **options: Any,
) -> DataFrame:
    """Read Parquet files lazily.

    Parameters
    ----------
    path
        A file, a list of files, a folder (read recursively, with hive partitions), a glob, or an fsspec URL. An open
        file is read by pandas, in this process.
    engine : {"auto", "pyarrow", "fastparquet"}
        With ``"fastparquet"`` pandas reads, in this process.
    columns
        The columns to read; default: all.
    storage_options
        Keys and endpoint of the place that `path` names, as in pandas; they stay out of the plan.
    dtype_backend : {None, "pyarrow", "numpy_nullable"}
        As in pandas.
    on_drift : {"union", "error"}
        What to do where the schemas of the files differ. ``"union"`` unites them by column name, with the dtypes that
        ``pandas.concat`` of the files has: a column that a file lacks is missing there, new columns come last, and types
        widen (integers, integers to floats, dates to timestamps, null to anything). ``"error"`` refuses such files.
        (Not ``schema=``, by which pandas means the pyarrow schema to read with.)
    filters
        ``(column, comparison, value)`` in a list, all of which must hold, or in lists of which one must. A comparison is
        ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in`` or ``not in``; a missing value passes none but the last. Row
        groups in which no row can pass are not read. The same as a mask over the rows.
    **options
        ``filesystem``, ``to_pandas_kwargs`` and those of PyArrow: pandas reads one file with them, in this process.

    Returns
    -------
    DataFrame
        Rows in the order of the sorted file names; an index that pandas stored in the first file is set again, and columns
        have the dtypes that it says they had. Categories that only the data tells are read now, which is logged, or are text
        where that is too much, which a warning says.

    Raises
    ------
    FileNotFoundError
        If no file matches.
    SourceError
        If a file is not Parquet or is truncated, or if a column has types in two files that nothing unites (numbers and
        text); the message names the files.

    Examples
    --------
    >>> import bigframe, pandas, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> pandas.DataFrame({"x": [1]}).to_parquet(f"{folder.name}/2024.parquet")
    >>> pandas.DataFrame({"x": [2], "y": ["new"]}).to_parquet(f"{folder.name}/2025.parquet")
    >>> bigframe.read_parquet(folder.name).to_pandas()
       x    y
    0  1  NaN
    1  2  new
    >>> folder.cleanup()
    """
    others = {**options, **({} if engine in ("auto", "pyarrow") else {"engine": engine})}
    others |= {} if filters is None or isinstance(filters, (list, tuple)) else {"filters": filters}
    given = _given(columns=columns, dtype_backend=dtype_backend, storage_options=storage_options, filters=filters)
    if hasattr(path, "read") or others and is_one_file(path):
        return read_here(pd.read_parquet, path, **given | others)  # type: ignore[no-any-return]
    for name in others:
        raise Unsupported(f"read_parquet({name}=)", "pandas reads single files with it", "a mask over the rows")
    wanted = columns if columns is None or filters is None else list(dict.fromkeys([*columns, *referenced(filters)]))
    try:
        frame = read_files("parquet", path, _drift(on_drift), wanted, dtype_backend, storage_options)
    except _OnlyCarried:
        if not is_one_file(path):
            raise
        return read_here(pd.read_parquet, path, **given)  # type: ignore[no-any-return]
    if filters is None:
        return frame
    rows = filtered(frame, filters)
    return rows if columns is None else rows[list(columns)]


@signature_of(pd.read_csv)
def read_csv(
    filepath_or_buffer: Any,
    *,
    usecols: Any = None,
    index_col: Any = None,
    dtype_backend: str | None = None,
    on_drift: str = "union",
    storage_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> DataFrame:
    """Read CSV files lazily; dtypes are those that ``pandas.read_csv`` finds, from all the data.

    Parameters
    ----------
    filepath_or_buffer
        As of :func:`read_parquet`; compressed files are known by their suffix.
    usecols
        The columns to read, by name or position.
    index_col
        The columns that become the index, by name or position.
    dtype_backend
        As in pandas.
    on_drift, storage_options
        As of :func:`read_parquet`; with ``"union"`` the type of a column comes from its values in all files.
    **options
        Of ``pandas.read_csv``: ``sep``, ``header``, ``names``, ``dtype``, ``parse_dates``, ``na_values``,
        ``keep_default_na``, ``na_filter``, ``nrows``, ``skiprows``, ``quotechar``, ``quoting``, ``escapechar``,
        ``doublequote``, ``comment``, ``skipinitialspace``, ``thousands``, ``decimal``, ``on_bad_lines``, ``encoding``,
        ``encoding_errors`` and ``compression``.

        pandas reads one file with others of its keywords, in this process, which a warning says.

    Raises
    ------
    Unsupported
        For a keyword, or a form of one, that bigframe does not have, of several files; says what to use.
    SourceError
        If a file cannot be read so; names the file, and the line where one is at fault.
    """
    from bigframe.api.dataframe import DataFrame

    if index_col is True:
        raise ValueError("The value of index_col couldn't be 'True'")
    try:
        if hasattr(filepath_or_buffer, "read"):
            raise Unsupported("read_csv of an open file", "its bytes are here")
        if callable(usecols):
            raise Unsupported("read_csv(usecols=function)", "functions do not run in the reader", "names of columns")
        others = cast_afterwards(options.get("dtype"))
        settings = {**csv_options(options), **_drift(on_drift)}
    except Unsupported:
        if not hasattr(filepath_or_buffer, "read") and not is_one_file(filepath_or_buffer):
            raise
        given = _given(
            usecols=usecols, index_col=index_col, dtype_backend=dtype_backend, storage_options=storage_options
        )
        return read_here(pd.read_csv, filepath_or_buffer, **given, **options)  # type: ignore[no-any-return]
    if usecols is not None:
        settings["usecols"] = tuple(usecols)
    frame = read_files("csv", filepath_or_buffer, settings, None, dtype_backend, storage_options)
    if "header" in settings and settings["header"] is None and "names" not in settings:
        inner = frame._frame
        frame = DataFrame(inner.select(tuple(map(int, map(str, inner.labels))), inner.ids))
    if others:
        frame = frame.astype({label: dtype for label, dtype in others.items() if label in frame.columns})
    if index_col is None or index_col is False:
        return frame
    keys = [index_col] if isinstance(index_col, (str, int)) else list(index_col)
    labels = list(frame._frame.labels)
    named = [labels[key] if isinstance(key, int) else key for key in keys]
    indexed: DataFrame = frame.set_index(named)
    # pandas calls a column without a header "Unnamed: 0", but an index level made of it None.
    levels = ((None if str(name).startswith("Unnamed: ") else name, id) for name, id in indexed._frame.index or ())
    return DataFrame(indexed._frame.with_index(tuple(levels)))


@documented_as(pd.read_table)
@signature_of(pd.read_table)
def read_table(filepath_or_buffer: Any, *, sep: str = "\t", **options: Any) -> DataFrame:
    """Read files of fields between tabs lazily. See :func:`read_csv`."""
    return read_csv(filepath_or_buffer, sep=sep, **options)


@signature_of(pd.read_json)
def read_json(
    path_or_buf: Any,
    *,
    lines: bool | None = None,
    dtype_backend: str | None = None,
    on_drift: str = "union",
    storage_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> DataFrame:
    """Read JSON lines lazily (plain, gz, zst).

    Parameters
    ----------
    path_or_buf
        As of :func:`read_parquet`.
    lines
        One JSON object per line, the default for a path. Else the file is one document, which pandas reads in this
        process, with its own options; so it does an open file.
    dtype_backend
        As in pandas.
    on_drift, storage_options
        As of :func:`read_parquet`.
    **options
        ``dtype`` and ``convert_dates`` (True or False, as in pandas), and ``compression``.

    Raises
    ------
    SourceError
        If a line is not a JSON object, or a column changes its kind (a number, then text); names file and line.
    """
    if lines is False or hasattr(path_or_buf, "read"):
        settings = _given(lines=lines, dtype_backend=dtype_backend, storage_options=storage_options)
        return read_here(pd.read_json, path_or_buf, **settings, **options)  # type: ignore[no-any-return]
    return read_files("jsonl", path_or_buf, {**options, **_drift(on_drift)}, None, dtype_backend, storage_options)


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

    lazy: Any = Series(frame_of(data)) if isinstance(data, pd.Series) else DataFrame(frame_of(data))
    if data.attrs:
        lazy.attrs = data.attrs
    return lazy


def from_arrow_table(table: Any) -> DataFrame:
    """An Arrow table (or anything with ``__arrow_c_stream__``) as a lazy frame with pandas' default dtypes."""
    from bigframe.api.dataframe import DataFrame

    table = table if isinstance(table, pa.Table) else pa.table(table)
    arrays = [without_nan(column.cast(normal_arrow(column.type))) for column in table.columns]
    dtypes = [from_arrow(array.type, may_be_missing=array.null_count > 0) for array in arrays]
    return DataFrame(_stored(table.num_rows, arrays, dtypes, tuple(table.column_names), None))


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
        unnamed = table.index.set_names([None] * table.index.nlevels)  # a level's name may be a number
        for number, name in enumerate(table.index.names):
            array, dtype = series_to_arrow(unnamed.get_level_values(number).to_series(), f"index level {name!r}")
            levels.append((name, array, dtype))
    frame = _stored(len(table), [array for array, _ in columns], [dtype for _, dtype in columns], labels, levels)
    named = isinstance(data, pd.DataFrame) and any(name is not None for name in data.columns.names)
    names = tuple(table.columns.names) if named else ()
    kind = label_type(data.columns) if isinstance(data, pd.DataFrame) else None
    return frame.replace(label_names=names, label_type=kind, freq=freq_of(table.index))


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


def _given(**settings: Any) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _drift(choice: str) -> dict[str, str]:
    # The default stays out of plans, so that a plan says only what was asked.
    return {} if choice == "union" else {"on_drift": choice}


def read_files(
    format: str,
    path: Any,
    options: Mapping[str, Any],
    columns: Sequence[str] | None,
    backend: str | None,
    storage_options: Mapping[str, Any] | None = None,
) -> DataFrame:
    """A lazy frame over files of one format."""
    from bigframe.api.dataframe import DataFrame

    family = {None: Family.NUMPY, "pyarrow": Family.ARROW, "numpy_nullable": Family.NULLABLE}[backend]
    paths = tuple(os.fspath(one) for one in path) if isinstance(path, (list, tuple)) else (os.fspath(path),)
    if storage_options:
        for url in paths:
            current().use(url, storage_options)
    source = current().describe(format, paths, options)
    wanted = list(source.columns) if columns is None else list(columns)
    for name in wanted:
        if name not in source.columns:
            raise KeyError(f"{paths[0]} has no column {name!r}; its columns are {list(source.columns)}")
    stored = [column for _, column in source.index if isinstance(column, str) and column in source.columns]
    names = tuple(dict.fromkeys((*stored, *wanted)))
    if read := _categories_to_read(source, names, family):
        source = current().describe(format, paths, {**options, "categories": read})
    fields = tuple((derive_field(name), name, _dtype(source, name, family)) for name in names)
    ids = {name: id for id, name, _ in fields}
    scan = Scan(format, paths, tuple(sorted({**options, **source.pinned}.items())), source.version, fields)
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


def _categories_to_read(source: SourceInfo, names: Sequence[str], asked: Family) -> list[str]:
    """Columns whose dictionaries are worth reading now, which is said; and so it is where others stay text."""
    unread = {name: source.unread[name] for name in names if name in source.unread}
    if asked is Family.ARROW:
        for name in (name for name in names if name in source.categories or name in unread):
            warn_once(f"dictionary {name}", f"read_parquet: column {name!r} is string[pyarrow], not Arrow's dictionary")
        return []
    for name, size in unread.items():
        if size > DICTIONARY_BYTES:
            reason = f"to know its categories takes reading about {sized(size)} of data"
            advice = f".astype({{{name!r}: pandas.CategoricalDtype([…])}}) names them"
            warn_once(f"categories of {name}", f"read_parquet: column {name!r} stays text: {reason}; {advice}")
    read = [name for name, size in unread.items() if size <= DICTIONARY_BYTES]
    if read and first_here("categories"):
        _log.warning("read the dictionaries of columns %s to learn their categories", ", ".join(map(repr, read)))
    return read


def _dtype(source: SourceInfo, name: str, asked: Family) -> DType:
    """What pandas would have of a column: as it was stored, unless another family is asked for."""
    arrow, may_be_missing = source.columns[name], source.may_be_missing(name)
    if isinstance(arrow, pa.ExtensionType) and arrow.extension_name == "pandas.interval":
        raise _OnlyCarried(f"column {name!r} of {arrow}", "only pandas makes its values", "columns= without it")
    if asked is not Family.ARROW and name in source.categories:
        known, ordered = source.categories[name]
        return DType(arrow, categories=known, ordered=ordered)
    nullable = asked is Family.NULLABLE and DType(arrow).has_nullable_form
    family = asked if asked is Family.ARROW or nullable else Family(source.families.get(name, Family.NUMPY))
    return from_arrow(arrow, may_be_missing=may_be_missing, family=family)


def derive_field(name: str) -> str:
    """The id of a column of a file: its name, unless that could be taken for a derived id."""
    return derive(name, "field") if "~" in name or not name else name
