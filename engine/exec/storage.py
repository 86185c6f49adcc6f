"""Whole files and byte ranges on local disk or an object store, written so that no reader sees half a file."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import fsspec
import pyarrow as pa

__all__ = ["ByteRange", "discard_temporaries", "file_size", "is_local", "read_ranges", "replacing"]

_TEMPORARY = ".partial"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """``length`` bytes of the file at ``path``, starting at ``offset``."""

    path: str
    offset: int
    length: int


def is_local(path: str) -> bool:
    """Whether ``path`` is on a file system of this machine (a plain path or a ``file://`` URL).

    Examples
    --------
    >>> is_local("scratch/a.arrow"), is_local("s3://bucket/a.arrow")
    (True, False)
    """
    return "://" not in path or path.startswith("file://")


def _local(path: str) -> Path:
    return Path(path.removeprefix("file://"))


@contextlib.contextmanager
def replacing(path: str) -> Iterator[IO[bytes]]:
    """Open ``path`` for writing so that it appears complete or not at all.

    Local files are written under a temporary name in the same folder (created if needed) and renamed; objects are
    buffered and sent by one PUT. If the block raises, nothing is left behind.

    Parameters
    ----------
    path
        Local path or fsspec URL; an existing file is replaced.

    Yields
    ------
    IO[bytes]
        A seekable binary file positioned at 0.

    Examples
    --------
    >>> with replacing("memory://doc/a.bin") as file:
    ...     _ = file.write(b"abc")
    >>> file_size("memory://doc/a.bin")
    3
    """
    if not is_local(path):
        buffer = BytesIO()
        yield buffer
        filesystem, key = fsspec.core.url_to_fs(path)
        filesystem.pipe_file(key, buffer.getvalue())
        return
    target = _local(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Attempts of one task may overlap when a worker was lost but still runs, so every temporary name is unique.
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}{_TEMPORARY}")
    try:
        # Not synced: a machine that crashes loses page cache, which the reader's checksum reports.
        with temporary.open("wb", buffering=0) as file:
            yield file
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def file_size(path: str) -> int | None:
    """Size of a file or object in bytes, or None where there is none.

    Examples
    --------
    >>> file_size("memory://doc/nothing") is None
    True
    """
    try:
        if is_local(path):
            return _local(path).stat().st_size
        filesystem, key = fsspec.core.url_to_fs(path)
        return int(filesystem.size(key))
    except FileNotFoundError:
        return None


def read_ranges(ranges: Sequence[ByteRange]) -> list[Any]:
    """Read byte ranges: memory-mapped from local files, fetched concurrently from object stores.

    Parameters
    ----------
    ranges
        What to read.

    Returns
    -------
    list
        Per range, in order, a buffer (shorter than asked where the file ends early), or the FileNotFoundError
        where there is no file.

    Raises
    ------
    OSError
        Storage failed in another way.

    Examples
    --------
    >>> with replacing("memory://doc/b.bin") as file:
    ...     _ = file.write(b"abcdef")
    >>> bytes(read_ranges([ByteRange("memory://doc/b.bin", 2, 3)])[0])
    b'cde'
    """
    answers: list[Any] = [None] * len(ranges)
    remote: dict[str, list[int]] = {}
    for position, wanted in enumerate(ranges):
        if is_local(wanted.path):
            answers[position] = _map_range(wanted)
        else:
            remote.setdefault(wanted.path.split("://", 1)[0], []).append(position)
    for positions in remote.values():
        filesystem, _ = fsspec.core.url_to_fs(ranges[positions[0]].path)
        fetched = filesystem.cat_ranges(
            [filesystem._strip_protocol(ranges[position].path) for position in positions],
            [ranges[position].offset for position in positions],
            [ranges[position].offset + ranges[position].length for position in positions],
            on_error="return",
        )
        for position, answer in zip(positions, fetched, strict=True):
            if isinstance(answer, Exception) and not isinstance(answer, FileNotFoundError):
                raise answer
            answers[position] = answer
    return answers


def _map_range(wanted: ByteRange) -> Any:
    path = _local(wanted.path)
    try:
        available = path.stat().st_size - wanted.offset
        if available <= 0:
            return b""  # an empty file cannot be mapped
        with pa.memory_map(str(path), "r") as source:
            source.seek(wanted.offset)
            return source.read_buffer(min(wanted.length, available))
    except FileNotFoundError as error:
        return error


def discard_temporaries(folder: str) -> int:
    """Remove what killed writers left below a local folder; objects have no temporary form.

    Call it when no task of the job runs any more.

    Parameters
    ----------
    folder
        Local path or URL.

    Returns
    -------
    int
        How many files were removed.

    Examples
    --------
    >>> discard_temporaries("memory://doc")
    0
    """
    if not is_local(folder):
        return 0
    removed = 0
    for parent, _, names in os.walk(_local(folder)):
        for name in names:
            if name.startswith(".") and name.endswith(_TEMPORARY):
                Path(parent, name).unlink(missing_ok=True)
                removed += 1
    return removed
