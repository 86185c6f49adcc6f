"""The blocks of a training set: Arrow IPC files, and the manifest that lists them in order."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

from bigframe.errors import SourceError

FORMAT_VERSION = 1


@dataclass(frozen=True)
class BlockFile:
    """One Arrow IPC file: a local path or an fsspec URL, and the rows of each of its record batches."""

    path: str
    batch_rows: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return sum(self.batch_rows)


@dataclass(frozen=True)
class BlockManifest:
    """The ordered files of a training set and their common schema.

    Row *i* of a manifest is row *i* of its files laid end to end; every order of samples is expressed in these
    row numbers. A manifest holds plain data only: it is a few kilobytes for hundreds of files, in JSON or pickled,
    so it costs nothing to send to a loader's worker.

    Parameters
    ----------
    files
        The files, in row order.
    schema
        The Arrow schema that all of them have.

    Examples
    --------
    >>> import pyarrow as pa, tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "part-0.arrow")
    >>> table = pa.table({"x": [1, 2, 3]})
    >>> with pa.ipc.new_file(path, table.schema) as sink:
    ...     sink.write_table(table, max_chunksize=2)
    >>> manifest = BlockManifest.from_files([str(path)])
    >>> manifest.rows, manifest.files[0].batch_rows
    (3, (2, 1))
    >>> BlockManifest.from_json(manifest.to_json()) == manifest
    True
    >>> folder.cleanup()
    """

    files: tuple[BlockFile, ...]
    schema: pa.Schema

    @classmethod
    def from_files(cls, paths: Iterable[str]) -> Self:
        """Read the schema and the row counts of existing files.

        Parameters
        ----------
        paths
            Local paths or fsspec URLs of Arrow IPC files, in row order.

        Returns
        -------
        BlockManifest
            With the rows of every record batch.

        Raises
        ------
        SourceError
            A file is missing, truncated or no Arrow IPC file, or its schema differs from the first file's.
        ValueError
            No path was given.
        """
        files: list[BlockFile] = []
        schema: pa.Schema | None = None
        for path in paths:
            block = open_block(path)
            if schema is None:
                schema = block.schema
            elif not block.schema.equals(schema):
                raise SourceError(
                    f"block file {path} has another schema than {files[0].path}:\n{block.schema}\nexpected:\n{schema}"
                )
            # The footer has no row counts, so a remote file is asked for one small column of every batch.
            small = next((i for i, field in enumerate(schema) if pt.is_primitive(field.type)), 0)
            counted = open_block(path, [small])
            batches = range(counted.num_record_batches)
            files.append(BlockFile(path, tuple(counted.get_batch(i).num_rows for i in batches)))
        if schema is None:
            raise ValueError("a manifest needs at least one block file")
        return cls(tuple(files), schema)

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def batch_rows(self) -> npt.NDArray[np.int64]:
        """Rows of every record batch of every file, in row order."""
        return np.array([rows for file in self.files for rows in file.batch_rows], dtype=np.int64)

    def to_json(self) -> str:
        """Write the manifest as JSON; :meth:`from_json` reads it back."""
        return json.dumps(
            {
                "version": FORMAT_VERSION,
                "schema": base64.b64encode(self.schema.serialize().to_pybytes()).decode(),
                "files": [[file.path, *file.batch_rows] for file in self.files],
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a manifest that :meth:`to_json` wrote.

        Raises
        ------
        ValueError
            The text was written by another version of the format.
        """
        record = json.loads(text)
        if record.get("version") != FORMAT_VERSION:
            raise ValueError(
                f"block manifest of version {record.get('version')!r}; this bigframe reads {FORMAT_VERSION}"
            )
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(record["schema"])))
        return cls(tuple(BlockFile(path, tuple(rows)) for path, *rows in record["files"]), schema)

    def __reduce__(self) -> tuple[Callable[[bytes], BlockManifest], tuple[bytes]]:
        # Paths of one data set share most of their characters: compressed, 300 files pickle to about 2 KB.
        return _unpack, (zlib.compress(self.to_json().encode()),)


def _unpack(packed: bytes) -> BlockManifest:
    return BlockManifest.from_json(zlib.decompress(packed).decode())


def open_block(path: str, columns: Sequence[int] | None = None) -> pa.ipc.RecordBatchFileReader:
    """Open one block file, memory-mapped where it is local.

    Parameters
    ----------
    path
        A local path, a ``file://`` URL or a URL of another storage.
    columns
        Positions of the columns to fetch of a remote file; None fetches all. A local file always has all.

    Returns
    -------
    pyarrow.ipc.RecordBatchFileReader
        Whose record batches of a local file are views of the map: nothing is read before it is touched.

    Raises
    ------
    SourceError
        The file is missing, truncated or no Arrow IPC file.
    """
    local = local_path(path)
    # pyarrow copies the columns that it picks out of a file; all columns of a map cost nothing.
    fields = None if columns is None or local else list(columns)
    # pyarrow's thread pool would start in every loader worker; torch expects one thread there.
    options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
    try:
        return pa.ipc.open_file(pa.memory_map(local) if local else _open_remote(path), options=options)
    except FileNotFoundError as error:
        raise SourceError(f"block file {path} does not exist") from error
    except pa.ArrowInvalid as error:
        raise SourceError(f"block file {path} is truncated or no Arrow IPC file: {error}") from error


def local_path(path: str) -> str | None:
    """Path on this machine's file system, or None for a URL of another one."""
    local = path.removeprefix("file://")
    return None if "://" in local else local


def _open_remote(path: str) -> pa.NativeFile:
    from bigframe.session.files import open_file

    return pa.PythonFile(open_file(path), mode="r")
