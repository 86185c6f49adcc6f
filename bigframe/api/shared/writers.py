"""Writing: a table to files, now or as part of a larger job."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa

from bigframe.api.binding.calls import full_signature
from bigframe.api.columns import Columns
from bigframe.api.looking.run import collect, expect
from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.ops.functions import Lookup
from bigframe.plan.sink import Sink
from bigframe.schema import STRING, DType, Family
from bigframe.semantics.casting import cast, category_values
from bigframe.semantics.frame import Frame
from bigframe.session import current
from bigframe.sources import JobEstimate


class Write:
    """A write that has not run: pass several to :func:`bigframe.compute` to run them as one job.

    Attributes
    ----------
    url : str
        Where it writes.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.url = sink.url

    def as_frame(self) -> Frame:
        return Frame(self._sink, tuple(self._sink.schema), tuple(self._sink.schema))

    def compute(self) -> pd.DataFrame:
        """Run it; one row per file written: path, rows, bytes."""
        return collect(self.as_frame())[0]

    def estimate(self) -> JobEstimate:
        """Rows and bytes that it will write, and what that takes; see :meth:`DataFrame.estimate`."""
        return expect("frame", self.as_frame())

    def __repr__(self) -> str:
        return f"Write({self.url!r})"


class Documents(Columns):
    """What is written without a place to write to is text or bytes of the result: a look, as ``to_dict`` is."""

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        if path in _DOCUMENTS and not _is_place(args[0] if args else kwargs.get(_DOCUMENTS[path])):
            return self._looked(path, args, kwargs)
        return super()._gather(path, args, kwargs, why)


class Writers(Documents):
    """The writing half of DataFrame."""

    def to_parquet(
        self,
        path: Any = None,
        *,
        engine: str = "auto",
        compression: str | None = "zstd",
        index: bool | None = None,
        partition_cols: list[str] | None = None,
        storage_options: Mapping[str, Any] | None = None,
        filesystem: Any = None,
        mode: str = "error",
        target_file_size: int | None = None,
        compute: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Write Parquet: one file if ``path`` ends in ``.parquet``, else a folder of part files and their manifest.

        Everything appears at once at the end; page checksums are written, and the manifest has every file's checksum. The
        files say which dtypes columns have, categories too, so that pandas reads them as such.

        Parameters
        ----------
        path
            Target file or folder, or an fsspec URL. For an open file, and for none, pandas writes it all in this process.
        engine : {"auto", "pyarrow", "fastparquet"}
            With ``"fastparquet"`` pandas writes it all in this process.
        compression
            Codec, or None.
        index
            Whether to write the index; default: unless it is 0, 1, 2, …
        partition_cols
            Columns by whose values the folder is divided (hive style).
        storage_options
            Keys and endpoint of the place that ``path`` names, as in pandas; they stay out of the plan.
        mode : {"error", "overwrite", "append"}
            What to do if it exists. A job never overwrites its own input.
        target_file_size
            Bytes in memory (Parquet takes less) from which on the rows that a task has for one folder are cut into
            files of about equal size; default 256 MiB. Files of several tasks are not joined.
        compute
            False returns a :class:`Write` to be run by :func:`bigframe.compute`.
        filesystem, **kwargs
            With these pandas writes it all in this process.

        Returns
        -------
        pandas.DataFrame or Write
            One row per file written: path, rows, bytes. What pandas writes, it returns.

        Raises
        ------
        FileExistsError
            If the target exists and ``mode="error"``.
        ValueError
            If the target is one of the job's inputs, or ``target_file_size`` is not positive or given for one file; or
            if pandas is to write with what only bigframe has.
        """
        others = {**kwargs, **({} if filesystem is None else {"filesystem": filesystem})}
        others |= {} if engine in ("auto", "pyarrow") else {"engine": engine}
        if others or not _is_place(path):
            if mode != "error" or target_file_size is not None or not compute:
                raise ValueError("mode=, target_file_size= and compute= are bigframe's: pandas would write this")
            given = {"index": index, "compression": compression, "partition_cols": partition_cols, **others}
            given |= {} if storage_options is None else {"storage_options": storage_options}
            why = f"its {next(iter(others))}= is of another writer" if others else "writing without a path"
            return self._gather("to_parquet", (path,), given, f"DataFrame.to_parquet: {why}")
        options = {
            "compression": compression,
            "partition_on": tuple(partition_cols or ()),
            "target_file_size": target_file_size,
        }
        return self._write("parquet", _path(path), mode, index, options, compute, storage_options)

    @full_signature
    def to_csv(
        self,
        path_or_buf: Any = None,
        *,
        mode: str = "error",
        index: bool = True,
        sep: str = ",",
        header: bool = True,
        storage_options: Mapping[str, Any] | None = None,
        compute: bool = True,
    ) -> Any:
        """Write CSV: one file if ``path`` has a suffix (.gz, .zst compress), else a folder. See :meth:`to_parquet`.

        Without a path it is a look: pandas makes text of the result in this process. With a path and a parameter of
        pandas that is not listed, it gathers the data.
        """
        path = _path(path_or_buf)
        return self._write(
            "csv", path, _FILE_MODES.get(mode, mode), index, {"sep": sep, "header": header}, compute, storage_options
        )

    @full_signature
    def to_json(
        self,
        path_or_buf: Any = None,
        *,
        orient: str = "records",
        lines: bool = True,
        mode: str = "error",
        storage_options: Mapping[str, Any] | None = None,
        compute: bool = True,
    ) -> Any:
        """Write JSON lines: one file if ``path`` has a suffix, else a folder. See :meth:`to_parquet`.

        Without a path it is a look: pandas makes text of the result in this process. With a path and a parameter of
        pandas that is not listed, it gathers the data.
        """
        path = _path(path_or_buf)
        if orient != "records" or not lines:
            raise Unsupported("to_json in other forms than lines of records", "one document cannot be written in parts")
        return self._write("jsonl", path, _FILE_MODES.get(mode, mode), False, {}, compute, storage_options)

    @full_signature
    def to_feather(
        self,
        path: Any,
        *,
        compression: str | None = "lz4",
        mode: str = "overwrite",
        storage_options: Mapping[str, Any] | None = None,
        compute: bool = True,
    ) -> Any:
        """Write Feather: one file if ``path`` ends in ``.feather``, else a folder. See :meth:`to_parquet`.

        To an open file, and with an index, categories or a parameter of pandas that is not listed, pandas writes it all in
        this process.
        """
        if compression not in (None, "uncompressed", "lz4", "zstd"):
            raise ValueError(f'compression="{compression}" not supported, must be one of lz4, zstd, uncompressed')
        for label, dtype in self._columns_alone("Feather"):
            if dtype.categories is not None or dtype.shown is not None or dtype.family is Family.ARROW:
                raise Unsupported(f"writing column {label!r} of {dtype} as Feather", "pandas describes it in the file")
        codec = None if compression == "uncompressed" else compression
        target = _path(path)
        return self._settled()._write("feather", target, mode, False, {"compression": codec}, compute, storage_options)

    @full_signature
    def to_orc(
        self,
        path: Any = None,
        *,
        index: bool | None = None,
        mode: str = "overwrite",
        storage_options: Mapping[str, Any] | None = None,
        compute: bool = True,
    ) -> Any:
        """Write ORC: one file if ``path`` ends in ``.orc``, else a folder. See :meth:`to_parquet`.

        Without a path, and with an index, dtypes that ORC does not have or a parameter of pandas that is not listed, pandas
        writes it all in this process, or refuses to.
        """
        if index:
            raise Unsupported("writing an index as ORC", "it holds columns")
        for label, dtype in self._columns_alone("ORC"):
            if dtype.categories is not None or not _is_in_orc(dtype.arrow):
                raise Unsupported(f"writing column {label!r} of {dtype} as ORC", "it has no such type")
        target = _path(path)
        return self._settled()._write("orc", target, mode, False, {}, compute, storage_options)

    def _columns_alone(self, format: str) -> list[tuple[str, DType]]:
        """Labels and dtypes of a frame that is columns and nothing else."""
        frame = self._frame
        if frame.index is not None:
            raise Unsupported(f"writing an index as {format}", "it holds columns", ".reset_index()")
        if not all(isinstance(label, str) for label in frame.labels) or any(frame.label_names):
            raise Unsupported(f"writing labels as {format}", "names of columns are text", ".rename(columns=)")
        return [(str(label), frame.dtype(id)) for label, id in zip(frame.labels, frame.ids, strict=True)]

    def _settled(self) -> Any:
        """The frame with the dtypes that pandas shows: an integer of which a join left some missing is a float for ever.

        A bool with missing values, which pandas shows as an object, stays one.
        """
        frame = self._frame
        table: Any = self
        unsettled = [label for label, id in zip(frame.labels, frame.ids, strict=True) if not frame.dtype(id).is_settled]
        if not unsettled or len(set(frame.labels)) < len(frame.labels):
            return table
        shown = table[unsettled].dtypes
        return table.astype({label: dtype for label, dtype in shown.items() if dtype != "object"})

    def _write(
        self,
        format: str,
        path: Any,
        mode: str,
        index: bool | None,
        options: dict[str, Any],
        compute: bool,
        storage_options: Mapping[str, Any] | None = None,
    ) -> Any:
        if mode not in ("error", "overwrite", "append"):
            raise ValueError(f"mode must be 'error', 'overwrite' or 'append', got {mode!r}")
        if storage_options:
            current().use(os.fspath(path), storage_options)
        frame = self._frame
        if index or (index is None and frame.index is not None):
            frame = frame.with_explicit_index()
            stored = [name for name, _ in frame.index or ()]
        else:
            frame, stored = frame.with_index(None), []
        labels = list(map(str, frame.labels))
        levels = _index_names(stored, format, labels)
        names = [*levels, *labels]
        if len(set(names)) != len(names):
            raise ValueError(
                f"column names must be unique in {format} files: {sorted({n for n in names if names.count(n) > 1})}"
            )
        written = {"csv": _with_written_times, "parquet": _with_written_categories}.get(format)
        frame, ids = (frame, (*frame.index_ids, *frame.ids)) if written is None else written(frame)
        plan = Frame(frame.base, tuple(names), ids, None, frame.definitions, frame.types)
        repeated = len(set(ids)) < len(ids)
        base = _unshared(plan) if repeated else plan.plan()
        options = {
            **options,
            "index": tuple(levels),
            "index_labels": tuple(None if n is None else str(n) for n in stored),
        }
        sink = Sink(base, os.fspath(path), format, mode, tuple(names), tuple(sorted(options.items())))
        write = Write(sink)
        return write.compute() if compute else write


class SeriesWriters(Documents):
    """The writing half of Series."""

    @full_signature
    def to_csv(
        self,
        path_or_buf: Any = None,
        *,
        mode: str = "error",
        index: bool = True,
        sep: str = ",",
        header: bool = True,
        compute: bool = True,
    ) -> Any:
        """Write CSV. See :meth:`DataFrame.to_csv`; tier: *native*."""
        table: Any = self.to_frame()  # type: ignore[attr-defined]
        return table.to_csv(_path(path_or_buf), mode=mode, index=index, sep=sep, header=header, compute=compute)


_DOCUMENTS = {"to_csv": "path_or_buf", "to_json": "path_or_buf", "to_parquet": "path", "to_orc": "path"}
"""The parameter that says where each of them writes."""
_FILE_MODES = {"w": "overwrite", "a": "append", "x": "error"}


def _with_written_times(frame: Frame) -> tuple[Frame, tuple[str, ...]]:
    """Times as pandas writes them, as precisely as the finest of a column needs; the ids of the index and the columns."""
    ids = []
    for id in (*frame.index_ids, *frame.ids):
        if frame.dtype(id).is_time:
            frame, id = frame.define(cast(frame, id, STRING))
        ids.append(id)
    return frame, tuple(ids)


def _with_written_categories(frame: Frame) -> tuple[Frame, tuple[str, ...]]:
    """Categories as pandas' files can hold them: text as it is, of others the values; the ids of the index and the columns.

    Raises
    ------
    Unsupported
        If Arrow has no one type for their values.
    """
    ids = []
    for id in (*frame.index_ids, *frame.ids):
        dtype = frame.dtype(id)
        if dtype.categories is not None and dtype.shown is not None:
            frame, id = frame.define(_values_of_categories(id, dtype))
        ids.append(id)
    return frame, tuple(ids)


def _values_of_categories(id: str, dtype: DType) -> Lookup:
    found = dtype.pandas.categories
    names = dtype.categories or ()
    if found.inferred_type == "string" or not len(found):
        return Lookup(Column(id), names, names, replace(dtype, shown=None))
    values = category_values(Column(id), dtype)
    if values.dtype.is_carried:
        raise Unsupported(f"writing categories of {found.dtype}", "files hold what Arrow has a type for")
    return values


def _is_in_orc(arrow: pa.DataType) -> bool:
    unsigned, of_time = pa.types.is_unsigned_integer(arrow), pa.types.is_time(arrow) or pa.types.is_duration(arrow)
    return not (unsigned or of_time or pa.types.is_null(arrow) or pa.types.is_nested(arrow))


def _is_place(target: Any) -> bool:
    return target is not None and not hasattr(target, "write")


def _path(target: Any) -> Any:
    if not _is_place(target):
        raise Unsupported("writing without a path", "it is made in this process")
    return target


def _index_names(levels: list[Any], format: str, labels: list[str]) -> list[str]:
    """The names of index levels in a file; pandas leaves the header of a lone unnamed one empty in CSV."""
    if format == "csv" and levels == [None]:
        return [""]
    taken = labels if format == "parquet" else []  # Parquet says beside it what the name is
    return [
        f"__index_level_{number}__" if name is None or str(name) in taken else str(name)
        for number, name in enumerate(levels)
    ]


def _unshared(frame: Frame) -> Any:
    """A plan with one column per name, where labels share a column."""
    from bigframe.ids import derive
    from bigframe.plan.project import Project

    plan = frame.plan()
    out = tuple(
        (derive(str(name), str(number), plan.digest), Column(id))
        for number, (name, id) in enumerate(zip(frame.labels, frame.ids, strict=True))
    )
    return Project(plan, out, tuple(id for id, _ in out))
