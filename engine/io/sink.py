"""Sinks: parts written by many workers and committed together, so that nobody sees half of an output."""

from __future__ import annotations

import posixpath
import re
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import polars as pl
import pyarrow as pa

from engine.io.cutting import Piece, batched, pieces
from engine.io.file_target import FileTarget, LocalFileTarget
from engine.io.files import COMPRESSIONS, FileInfo
from engine.io.folder_target import FolderTarget, LocalFolderTarget
from engine.io.layout import decode_schema, encode_schema
from engine.io.manifests import FileEntry, part_name
from engine.io.outputs import ChecksumWriter, compressed
from engine.io.target import Target
from engine.io.writers import SUFFIXES, TEXT_FORMATS, check_options, concatenate, part_format, write_frame
from engine.storage.places import open_store
from engine.storage.store import Store
from engine.storage.urls import is_local

__all__ = ["FILE_BYTES", "Part", "Sink"]

FILE_BYTES = 256 << 20
"""Rows of more bytes in memory than this become several files: some 50 to 150 MB of Parquet, which readers can split
by row groups and writers can send again."""

_MODES = ("error", "overwrite", "append")
_JOB = re.compile(r"[0-9a-z]+")
_AT_ONCE = 8


@dataclass(frozen=True)
class Part:
    """What one call of `Sink.write_part` wrote: one file, or several by size and partition values."""

    index: int
    files: tuple[FileEntry, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the part as JSON data."""
        return {"index": self.index, "files": [asdict(file) for file in self.files]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Part:
        """Return the part that `to_json` described."""
        return cls(data["index"], tuple(FileEntry(**file) for file in data["files"]))


@dataclass(frozen=True)
class Sink:
    """One output of a job: `prepare` once, `write_part` anywhere and as often as needed, `commit` once, then `abort`.

    Parameters
    ----------
    url
        File or folder, local or a URL.
    format
        ``"parquet"``, ``"csv"``, ``"jsonl"``, ``"ipc"``, ``"feather"`` or ``"orc"``.
    mode
        What to do where the target exists: ``"error"``, ``"overwrite"`` (the old data stay until the new are complete)
        or ``"append"`` (folders only).
    partition_on
        Columns that become folders ``key=value`` and leave the files.
    options
        Of the format: ``compression`` and, for Parquet, ``row_group_size`` (rows); for CSV ``sep``, ``header`` and
        ``na_rep``; for JSON lines ``date_format`` (``"epoch"``, in ms as in pandas, or ``"iso"``).
    schema
        Arrow types and metadata for all but text, without the partition columns; None takes the frames' types.
    single_file
        Whether to write one file; None decides by the suffix, as pandas' ``to_parquet("x.parquet")`` does.
    file_bytes
        Bytes in memory from which on the rows of a part (of one partition value) are cut into several files. Parts
        are never joined: a folder has at least one file for each part and partition value that has rows.
    job
        Lower-case letters and digits: the same on every worker of the job and for whoever takes the job over, and
        never that of another job.
    first
        Number in the name of the first part.
    """

    url: str
    format: str = "parquet"
    mode: str = "error"
    partition_on: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    schema: pa.Schema | None = None
    single_file: bool | None = None
    file_bytes: int = FILE_BYTES
    job: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    first: int = 0

    def __post_init__(self) -> None:
        check_options(self.format, self.options)
        if self.mode not in _MODES:
            raise ValueError(f"mode is {self.mode!r}, not one of {_MODES}")
        if self.single_file and self.partition_on:
            raise ValueError("a single file cannot be partitioned; write a folder")
        if self.mode == "append" and self.is_file:
            raise ValueError(f"{self.url}: a single file cannot be appended to; write a folder")
        if self.file_bytes <= 0:
            raise ValueError(f"files of {self.file_bytes} bytes hold no rows")
        if not _JOB.fullmatch(self.job):
            raise ValueError(f"the job's token is {self.job!r}, not lower-case letters and digits")

    def to_json(self) -> dict[str, Any]:
        """Return the sink as JSON data."""
        schema = None if self.schema is None else encode_schema(self.schema)
        return {**vars(self), "partition_on": list(self.partition_on), "options": dict(self.options), "schema": schema}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sink:
        """Return the sink that `to_json` described."""
        schema = None if data["schema"] is None else decode_schema(data["schema"])
        return cls(**{**data, "partition_on": tuple(data["partition_on"]), "schema": schema})

    @property
    def is_file(self) -> bool:
        """True where the target is one file."""
        if self.single_file is not None:
            return self.single_file
        path = PurePosixPath(self.url)
        stem = PurePosixPath(path.stem) if path.suffix in COMPRESSIONS and self.format in TEXT_FORMATS else path
        return not self.partition_on and stem.suffix.lower() in SUFFIXES[self.format]

    def prepare(self, inputs: Sequence[FileInfo] = ()) -> Sink:
        """Check the target.

        Parameters
        ----------
        inputs
            Files that the job reads.

        Returns
        -------
        Sink
            The one to write with: its parts are numbered after those that are there.

        Raises
        ------
        FileExistsError
            Where the target exists and `mode` is ``"error"``; names the modes that go on.
        ValueError
            Where the target is or holds an input, or parts of another format.
        IsADirectoryError, NotADirectoryError
            Where the target is a folder and one file is to be written, or the other way round.
        """
        store, key = self._place
        target = _real(store.url(key))
        folders: dict[str, str] = {}
        for file in inputs:
            folder, name = posixpath.split(file.path)
            source = folders.setdefault(folder, _real(folder)) + f"/{name}"
            if (self.is_file and _real(source) == target) or source.startswith(f"{target}/"):
                raise ValueError(f"{self.url}: the job reads {file.path}, so it cannot write there")
        return replace(self, first=self._target.prepare())

    def write_part(self, frame: pl.DataFrame, index: int, check: Callable[[], None] = lambda: None) -> Part:
        """Write the rows of one part; parts stand in the order of their index.

        A part may be written again, by several workers at once too: every file gets a name of its own, and `commit`
        takes the files of the parts that it is given. Some files are in memory at once, of 64 MiB together or one.

        Parameters
        ----------
        frame
            Rows of the part; may be empty.
        index
            Number of the part, from 0.
        check
            Called between files; raises to stop.

        Returns
        -------
        Part
            JSON-able description for `commit`.
        """
        target = self._target
        files: list[FileEntry] = []
        with ThreadPoolExecutor(_AT_ONCE, "sink") as pool:
            for batch in batched(pieces(frame, self.partition_on, float("inf") if self.is_file else self.file_bytes)):
                check()
                files += pool.map(lambda piece: self._write(target, piece, index), batch)
        return Part(index, tuple(files))

    def commit(self, parts: Sequence[Part]) -> tuple[FileEntry, ...]:
        """Make the written parts the target's content, at once.

        A job may commit again, with these parts or others: once its output stands, it stays as it is.

        Parameters
        ----------
        parts
            One for each index, at least one.

        Returns
        -------
        tuple of FileEntry
            The files of the output that this job wrote.

        Raises
        ------
        OSError
            Where a written file is gone or has another size; the target is as it was.
        FileExistsError
            Where the target appeared meanwhile and `mode` is ``"error"``.
        """
        ordered = sorted(parts, key=lambda part: part.index)
        if not ordered or len({part.index for part in ordered}) != len(ordered):
            raise ValueError("commit needs at least one part, and each index once")
        files = [file for part in ordered for file in part.files]
        if not self.is_file:
            # Folder by folder, so that this order is that of the paths, which other programs read by.
            filled = [file for file in files if file.rows] or files[:1]
            files = sorted(filled, key=lambda file: posixpath.dirname(file.path))
        return self._target.commit(files)

    def abort(self) -> None:
        """Remove everything written and not committed; what was committed stays."""
        self._target.abort()

    def staged(self, file: FileEntry) -> str:
        """Where a file of a part lies until it is committed: local path or URL."""
        store, _ = self._place
        return store.url(self._target.key(file.path))

    def _write(self, target: Target, piece: Piece, index: int) -> FileEntry:
        path = posixpath.join(piece.folder, part_name(self.first + index, piece.cut, self.job, self._suffix))
        frame = piece.frame()
        # Text for one file is compressed when the parts are joined: not every reader takes several members.
        codec = None if self.is_file else self._codec
        header = index == 0 or not self.is_file
        with self._place[0].open_writer(target.key(path)) as raw:
            output = ChecksumWriter(cast("BinaryIO", raw))
            with compressed(output, codec) as text:
                write_frame(frame, text, self._part_format, self.schema, self.options, header=header)
        return FileEntry(path, frame.height, output.bytes, output.checksum, self.job)

    def _join(self, parts: Sequence[BinaryIO], output: BinaryIO) -> None:
        with compressed(cast("ChecksumWriter", output), self._codec) as text:
            if len(parts) == 1 and self._part_format == self.format:
                shutil.copyfileobj(parts[0], text)
            else:
                concatenate(parts, text, self.format, self.options)

    @property
    def _target(self) -> Target:
        store, key = self._place
        if self.is_file:
            file = LocalFileTarget if is_local(self.url) else FileTarget
            whole = self._codec is None and self._part_format == self.format
            return file(store, key, self.mode, self.job, self._join, lone_is_whole=whole)
        folder = LocalFolderTarget if is_local(self.url) else FolderTarget
        return folder(store, key, self.format, self.mode, self.job)

    @property
    def _place(self) -> tuple[Store, str]:
        store, key = open_store(self.url)
        return store, key.rstrip("/")

    @property
    def _codec(self) -> str | None:
        if self.format not in TEXT_FORMATS:
            return None
        named = self.options.get("compression")
        return named or (COMPRESSIONS.get(PurePosixPath(self.url).suffix) if self.is_file else None)

    @property
    def _part_format(self) -> str:
        return part_format(self.format) if self.is_file else self.format

    @property
    def _suffix(self) -> str:
        suffixes = {codec: suffix for suffix, codec in COMPRESSIONS.items()}
        return SUFFIXES[self.format][0] + ("" if self._codec is None or self.is_file else suffixes[self._codec])


def _real(url: str) -> str:
    """A path without links; one file has many names."""
    return str(Path(url).resolve()) if is_local(url) else url
