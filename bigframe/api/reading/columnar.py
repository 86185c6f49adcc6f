"""ORC and Feather files as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from bigframe.api.binding.calls import signature_of
from bigframe.api.binding.fallbacks import read_here
from bigframe.api.reading.csv_keywords import is_one_file
from bigframe.api.reading.io import _drift, _given, read_files
from bigframe.errors import Unsupported

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame


@signature_of(pd.read_orc)
def read_orc(
    path: Any,
    columns: Sequence[str] | None = None,
    dtype_backend: str | None = None,
    filesystem: Any = None,
    *,
    on_drift: str = "union",
    storage_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> DataFrame:
    """Read ORC files lazily, several stripes at once.

    Parameters
    ----------
    path
        As of :func:`read_parquet`.
    columns
        The columns to read, which come in the order of the file, as in pandas; default: all.
    dtype_backend : {None, "pyarrow", "numpy_nullable"}
        As in pandas.
    filesystem, **options
        As in pandas, which then reads in this process.
    on_drift, storage_options
        As of :func:`read_parquet`.

    Raises
    ------
    FileNotFoundError
        If no file matches.
    SourceError
        If a file is not ORC or is truncated; names it.

    Notes
    -----
    Only footers are read until the data is needed. A filter runs on the stripes that were read: it skips none of them.

    Examples
    --------
    >>> import bigframe, pandas, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> pandas.DataFrame({"x": [1, 2], "y": ["a", None]}).to_orc(f"{folder.name}/rows.orc")
    >>> bigframe.read_orc(folder.name, columns=["y"]).to_pandas()
         y
    0    a
    1  NaN
    >>> folder.cleanup()
    """
    if hasattr(path, "read") or filesystem is not None or options:
        given = _given(columns=columns, dtype_backend=dtype_backend, filesystem=filesystem)
        return read_here(pd.read_orc, path, **given, **options)  # type: ignore[no-any-return]
    frame = _lazy("orc", path, on_drift, dtype_backend, storage_options)
    if frame is None:
        return read_here(pd.read_orc, path, **_given(columns=columns, dtype_backend=dtype_backend))  # type: ignore[no-any-return]
    if columns is None:
        return frame
    held = list(frame.columns)
    for name in columns:
        if name not in held:
            raise OSError(f"Invalid column selected {name}. Valid names are {', '.join(sorted(held))}")
    selected: DataFrame = frame[[name for name in held if name in columns]]
    return selected


def read_feather(
    path: Any,
    columns: Sequence[str] | None = None,
    use_threads: bool = True,  # noqa: ARG001 - pandas' parameter; the engine has its own threads
    storage_options: Mapping[str, Any] | None = None,
    dtype_backend: str | None = None,
    *,
    on_drift: str = "union",
) -> DataFrame:
    """Read Feather files (Arrow IPC) lazily, several record batches at once.

    Parameters
    ----------
    path
        As of :func:`read_parquet`.
    columns
        The columns to read, in this order; default: all.
    use_threads
        Changes nothing.
    dtype_backend : {None, "pyarrow", "numpy_nullable"}
        As in pandas.
    on_drift, storage_options
        As of :func:`read_parquet`.

    Raises
    ------
    FileNotFoundError
        If no file matches.
    SourceError
        If a file is not Feather or is truncated; names it.
    Unsupported
        If one of several files has categories, nullable dtypes or an index of pandas. One such file pandas reads, in
        this process, which a warning says.

    Examples
    --------
    >>> import bigframe, pandas, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> pandas.DataFrame({"x": [1, 2], "y": ["a", None]}).to_feather(f"{folder.name}/rows.feather")
    >>> bigframe.read_feather(folder.name, columns=["y"]).to_pandas()
         y
    0    a
    1  NaN
    >>> folder.cleanup()
    """
    if hasattr(path, "read"):
        return read_here(pd.read_feather, path, **_given(columns=columns, dtype_backend=dtype_backend))  # type: ignore[no-any-return]
    frame = _lazy("feather", path, on_drift, dtype_backend, storage_options)
    if frame is None:
        given = _given(columns=columns, dtype_backend=dtype_backend, storage_options=storage_options)
        return read_here(pd.read_feather, path, **given)  # type: ignore[no-any-return]
    if columns is None:
        return frame
    for name in columns:
        if name not in frame.columns:
            raise pa.ArrowInvalid(f"Field named {name} is not found")
    selected: DataFrame = frame[list(columns)]
    return selected


def _lazy(
    format: str, path: Any, on_drift: str, dtype_backend: str | None, storage_options: Mapping[str, Any] | None
) -> DataFrame | None:
    """All columns of the files; nothing where it is one file of which pandas alone makes the dtypes."""
    try:
        return read_files(format, path, _drift(on_drift), None, dtype_backend, storage_options)
    except Unsupported:
        if is_one_file(path):
            return None
        raise
