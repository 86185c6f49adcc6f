"""Sinks: parts staged beside the target and committed together, so that nobody sees half of an output."""

from __future__ import annotations

import posixpath
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import polars as pl
import pyarrow as pa
from fsspec.core import url_to_fs

from engine.io.files import COMPRESSIONS, HIVE_NULL, FileInfo
from engine.io.layout import decode_schema, encode_schema
from engine.io.moves import move, moved_together, next_part_number, read_manifest, replace_folder, write_manifest
from engine.io.outputs import ChecksumWriter, compressed
from engine.io.writers import SUFFIXES, TEXT_FORMATS, check_options, concatenate, write_frame

MANIFEST = "_manifest.json"
MODES = ("error", "overwrite", "append")
_MANIFEST_VERSION = 1


@dataclass(frozen=True)
class PartFile:
    """One staged file.

    Parameters
    ----------
    path
        Below the staging folder.
    folder
        Hive folders below the target, ``""`` without partitions.
    rows, bytes
        Size.
    checksum
        CRC-32 of the content, in hexadecimal.
    """

    path: str
    folder: str
    rows: int
    bytes: int
    checksum: str


@dataclass(frozen=True)
class Part:
    """What one call of `Sink.write_part` staged: one file, or one for each partition value it met."""

    index: int
    attempt: int
    files: tuple[PartFile, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the part as JSON data."""
        return {"index": self.index, "attempt": self.attempt, "files": [asdict(file) for file in self.files]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Part:
        """Return the part that `to_json` described."""
        return cls(data["index"], data["attempt"], tuple(PartFile(**file) for file in data["files"]))


@dataclass(frozen=True)
class Sink:
    """One output of a job: `prepare` once, `write_part` anywhere and as often as needed, then `commit` or `abort` once.

    Parameters
    ----------
    url
        File or folder, local or fsspec URL.
    format
        ``"parquet"``, ``"csv"``, ``"jsonl"`` or ``"ipc"``.
    mode
        What to do where the target exists: ``"error"``, ``"overwrite"`` (the old data stay until the new are complete)
        or ``"append"`` (folders only).
    partition_on
        Columns that become folders ``key=value`` and leave the files.
    options
        Of the format: ``compression`` and, for Parquet, ``row_group_size`` (rows); for CSV ``sep``, ``header`` and
        ``na_rep``; for JSON lines ``date_format`` (``"epoch"``, in ms as in pandas, or ``"iso"``).
    schema
        Arrow types and metadata for Parquet and IPC, without the partition columns; None takes the frames' types.
    single_file
        Whether to write one file; None decides by the suffix, as pandas' ``to_parquet("x.parquet")`` does.
    job
        Token that names the staging folder: the same on every worker of the job.
    """

    url: str
    format: str = "parquet"
    mode: str = "error"
    partition_on: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    schema: pa.Schema | None = None
    single_file: bool | None = None
    job: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def __post_init__(self) -> None:
        check_options(self.format, self.options)
        if self.mode not in MODES:
            raise ValueError(f"mode is {self.mode!r}, not one of {MODES}")
        if self.single_file and self.partition_on:
            raise ValueError("a single file cannot be partitioned; write a folder")
        if self.mode == "append" and self.is_file:
            raise ValueError(f"{self.url}: a single file cannot be appended to; write a folder")

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

    def prepare(self, inputs: Sequence[FileInfo] = ()) -> None:
        """Check the target and make the staging folder.

        Parameters
        ----------
        inputs
            Files that the job reads.

        Raises
        ------
        FileExistsError
            Where the target exists and `mode` is ``"error"``; names the modes that go on.
        ValueError
            Where the target is, holds or lies in an input.
        IsADirectoryError
            Where the target is a folder and one file is to be written.
        """
        fs, target = self._place
        for file in inputs:
            source = url_to_fs(file.path)[1]
            if source == target or source.startswith(f"{target}/"):
                raise ValueError(f"{self.url}: the job reads {file.path}, so it cannot write there")
        self._check_target()
        fs.makedirs(self._staging, exist_ok=True)

    def write_part(self, frame: pl.DataFrame, index: int, attempt: int = 0) -> Part:
        """Stage the rows of one part; parts stand in the order of their index.

        A part may be written again, by another attempt too: `commit` takes the files of the parts that it is given.

        Parameters
        ----------
        frame
            Rows of the part; may be empty.
        index
            Number of the part, from 0.
        attempt
            Number of the try.

        Returns
        -------
        Part
            JSON-able description for `commit`.
        """
        pieces = self._partition(frame) if self.partition_on else [("", frame)]
        return Part(index, attempt, tuple(self._stage(piece, folder, index, attempt) for folder, piece in pieces))

    def commit(self, parts: Sequence[Part]) -> dict[str, Any]:
        """Make the staged parts the target's content, at once, and remove the staging folder.

        Parameters
        ----------
        parts
            One for each index, at least one.

        Returns
        -------
        dict
            Manifest: url, format, job, rows, bytes and, for each file, path below the target, rows, bytes, checksum.

        Raises
        ------
        OSError
            Where a staged file is gone or has another size; the target is as it was.
        FileExistsError
            Where the target appeared meanwhile and `mode` is ``"error"``.
        """
        ordered = sorted(parts, key=lambda part: part.index)
        if not ordered or len({part.index for part in ordered}) != len(ordered):
            raise ValueError("commit needs at least one part, and each index once")
        self._check_staged(ordered)
        self._check_target()
        staged = [file for part in ordered for file in part.files]
        filled = [file for file in staged if file.rows] or staged[:1]
        manifest = self._commit_file(staged) if self.is_file else self._commit_folder(filled)
        self.abort()
        return {"url": self.url, **manifest}

    def abort(self) -> None:
        """Remove everything staged; what was committed stays."""
        fs, _ = self._place
        if fs.exists(self._staging):
            fs.rm(self._staging, recursive=True)

    def staged(self, file: PartFile) -> str:
        """Where a file of a part lies until it is committed."""
        return f"{self._staging}/{file.path}"

    def _check_staged(self, parts: Sequence[Part]) -> None:
        fs, _ = self._place
        for file in (file for part in parts for file in part.files):
            path = f"{self._staging}/{file.path}"
            size = fs.info(path)["size"] if fs.exists(path) else None
            if size != file.bytes:
                state = "is gone" if size is None else f"has {size} bytes, not {file.bytes}"
                raise OSError(f"{self.url}: the staged file {path} {state}; nothing was committed")

    def _commit_file(self, files: Sequence[PartFile]) -> dict[str, Any]:
        fs, target = self._place
        sources = [f"{self._staging}/{file.path}" for file in files]
        if len(files) == 1 and self._codec is None:
            joined, size, checksum = sources[0], files[0].bytes, files[0].checksum
        else:
            joined = f"{self._staging}/joined"
            with fs.open(joined, "wb") as raw, ExitStack() as opened:
                output = ChecksumWriter(raw)
                parts = [opened.enter_context(fs.open(source, "rb")) for source in sources]
                with compressed(output, self._codec) as text:
                    concatenate(parts, text, self.format, self.options)
            size, checksum = output.bytes, output.checksum
        move(fs, joined, target)
        rows = sum(file.rows for file in files)
        return self._manifest([_entry(posixpath.basename(target), rows, size, checksum)])

    def _commit_folder(self, files: Sequence[PartFile]) -> dict[str, Any]:
        fs, target = self._place
        if self.mode == "append" and fs.exists(target):
            return self._append(files)
        fresh = f"{self._staging}/fresh"
        fs.makedirs(fresh, exist_ok=True)
        numbers: Counter[str] = Counter()
        entries = []
        for file in files:
            name = posixpath.join(file.folder, f"part-{numbers[file.folder]:05d}{self._suffix}")
            numbers[file.folder] += 1
            move(fs, f"{self._staging}/{file.path}", f"{fresh}/{name}")
            entries.append(_entry(name, file.rows, file.bytes, file.checksum))
        manifest = self._manifest(entries)
        write_manifest(fs, f"{fresh}/{MANIFEST}", manifest)
        replace_folder(fs, fresh, target, aside=self._beside("old"))
        return manifest

    def _append(self, files: Sequence[PartFile]) -> dict[str, Any]:
        fs, target = self._place
        number = next_part_number(fs, target)
        moves, entries = {}, []
        for i, file in enumerate(files):
            # The job's token keeps two jobs that append at once from taking one name.
            name = posixpath.join(file.folder, f"part-{number + i:05d}-{self.job}{self._suffix}")
            moves[f"{self._staging}/{file.path}"] = f"{target}/{name}"
            entries.append(_entry(name, file.rows, file.bytes, file.checksum))
        before = read_manifest(fs, f"{target}/{MANIFEST}")
        manifest = self._manifest(entries)
        with moved_together(fs, moves):
            # A folder that another program wrote gets no manifest: it would not name that program's files.
            if before is not None:
                merged = self._manifest([*before["files"], *entries])
                write_manifest(fs, f"{self._staging}/{MANIFEST}", merged)
                move(fs, f"{self._staging}/{MANIFEST}", f"{target}/{MANIFEST}")
        return manifest

    def _manifest(self, files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        totals = {"rows": sum(file["rows"] for file in files), "bytes": sum(file["bytes"] for file in files)}
        return {"version": _MANIFEST_VERSION, "format": self.format, "job": self.job, **totals, "files": [*files]}

    @property
    def _place(self) -> tuple[Any, str]:
        fs, path = url_to_fs(self.url)
        return fs, path.rstrip("/")

    @property
    def _staging(self) -> str:
        return self._beside("staging")

    def _beside(self, purpose: str) -> str:
        parent, name = posixpath.split(self._place[1])
        return f"{parent}/.{name}.{purpose}-{self.job}"

    @property
    def _codec(self) -> str | None:
        if self.format not in TEXT_FORMATS:
            return None
        named = self.options.get("compression")
        return named or (COMPRESSIONS.get(PurePosixPath(self.url).suffix) if self.is_file else None)

    def _check_target(self) -> None:
        fs, target = self._place
        if not fs.exists(target):
            return
        if self.is_file and fs.isdir(target):
            raise IsADirectoryError(f"{self.url} is a folder; name a file in it, or remove it")
        if self.mode == "error":
            modes = 'mode="overwrite"' if self.is_file else 'mode="overwrite" or mode="append"'
            raise FileExistsError(f"{self.url} exists; write with {modes}, or elsewhere")
        if self.mode == "append" and not fs.isdir(target):
            raise NotADirectoryError(f"{self.url} is a file, so parts cannot be appended to it")

    def _partition(self, frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        keys = list(self.partition_on)
        for values, piece in frame.partition_by(keys, as_dict=True, maintain_order=True, include_key=False).items():
            named = zip(keys, values, strict=True)
            folders = [
                f"{quote(key, safe='')}={HIVE_NULL if value is None else quote(str(value), safe='')}"
                for key, value in named
            ]
            yield "/".join(folders), piece

    def _stage(self, frame: pl.DataFrame, folder: str, index: int, attempt: int) -> PartFile:
        fs, _ = self._place
        path = posixpath.join(f"{index:05d}-{attempt}", folder, f"part{self._suffix}")
        target = f"{self._staging}/{path}"
        fs.makedirs(posixpath.dirname(target), exist_ok=True)
        # Text for one file is compressed when the parts are joined: not every reader takes several members.
        codec = None if self.is_file else self._codec
        header = index == 0 or not self.is_file
        with fs.open(target, "wb") as raw:
            output = ChecksumWriter(raw)
            with compressed(output, codec) as text:
                write_frame(frame, text, self.format, self.schema, self.options, header=header)
        return PartFile(path, folder, frame.height, output.bytes, output.checksum)

    @property
    def _suffix(self) -> str:
        suffixes = {codec: suffix for suffix, codec in COMPRESSIONS.items()}
        return SUFFIXES[self.format][0] + ("" if self._codec is None or self.is_file else suffixes[self._codec])


def _entry(path: str, rows: int, size: int, checksum: str) -> dict[str, Any]:
    return {"path": path, "rows": rows, "bytes": size, "checksum": checksum}
