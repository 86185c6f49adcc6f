"""Files behind a path argument: listing, versions, hive partitions and opening."""

from __future__ import annotations

import bz2
import io
import lzma
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import unquote

import pyarrow as pa
from fsspec.utils import glob_translate

from bigframe.errors import InputChanged, SourceError
from engine.io.manifests import committed
from engine.storage.places import open_store
from engine.storage.reader import open_reader
from engine.storage.store import ObjectInfo, Store

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class FileInfo:
    """One input file as it was when it was listed.

    Parameters
    ----------
    path
        Absolute local path, or URL with its protocol.
    size
        Bytes.
    version
        Token that changes when the content is replaced: mtime in ns and size, or the store's etag.
    partition
        Hive keys and values of the folders between the dataset's root and the file; None is a null.
    """

    path: str
    size: int
    version: str
    partition: tuple[tuple[str, str | None], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the file as JSON data."""
        return {
            "path": self.path,
            "size": self.size,
            "version": self.version,
            "partition": [*map(list, self.partition)],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FileInfo:
        """Return the file that `to_json` described."""
        partition = tuple((key, value) for key, value in data["partition"])
        return cls(data["path"], data["size"], data["version"], partition)


def expand(paths: str | Path | Sequence[str | Path]) -> tuple[FileInfo, ...]:
    """List the files that a path argument means.

    A file is itself, also when hidden; a folder is every visible file below it; a pattern (``*``, ``?``, ``[…]``,
    ``**``) is every visible file that it matches. Names that start with ``.`` or ``_`` are hidden, as in pyarrow.

    Parameters
    ----------
    paths
        File, folder, pattern or fsspec URL, or a list of these.

    Returns
    -------
    tuple of FileInfo
        Sorted by path within each argument; a list keeps its own order.

    Raises
    ------
    FileNotFoundError
        Where an argument matches no file; the message names it.

    Examples
    --------
    >>> expand("/no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: no file matches '/no/such/folder'
    """
    arguments = [paths] if isinstance(paths, str | Path) else list(paths)
    if not arguments:
        raise FileNotFoundError("an empty list of paths names no file")
    return tuple(file for argument in arguments for file in _expand_one(str(argument)))


def check_version(file: FileInfo) -> None:
    """Raise InputChanged, naming the file, where it is gone or was replaced since it was listed."""
    store, key = open_store(file.path)
    now = store.stat(key)
    if now is None:
        raise InputChanged(f"{file.path}: the file was removed after the job was planned")
    if now.version != file.version:
        raise InputChanged(f"{file.path}: the file was replaced after the job was planned; run the job again")


def open_binary(path: str, version: str | None = None) -> BinaryIO:
    """Open `path` as it is, without decompressing; see `engine.storage.reader.open_reader`."""
    return open_reader(path, version)


def open_decompressed(path: str, compression: str | None = "infer") -> io.BufferedReader:
    """Open `path`, decompressing by its suffix or by a named codec.

    Parameters
    ----------
    path
        File to read.
    compression
        ``"infer"`` (by suffix), None, or one of ``gzip``, ``bz2``, ``xz``, ``zstd``.

    Returns
    -------
    io.BufferedReader
        The content; concatenated members are read through. A truncated file raises OSError or EOFError on read.
    """
    codec = COMPRESSIONS.get(PurePosixPath(path).suffix) if compression == "infer" else compression
    if codec is not None and codec not in COMPRESSIONS.values():
        raise ValueError(f"unknown compression {codec!r}; known are {sorted(COMPRESSIONS.values())}")
    raw = open_binary(path)
    if codec is None:
        return raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", raw))
    if codec == "xz":
        return io.BufferedReader(cast("io.RawIOBase", lzma.open(raw)))
    if codec == "bz2":
        return io.BufferedReader(cast("io.RawIOBase", bz2.open(raw)))
    return io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), codec))


def reject_binary(path: str, head: bytes) -> None:
    """Raise SourceError where the first bytes of `path` are those of no text file."""
    if b"\0" in head:
        raise SourceError(f"{path}: this is a binary file, not text")


def _expand_one(argument: str) -> list[FileInfo]:
    store, key = open_store(argument)
    info = None if argument.endswith("/") else store.stat(key)
    if info is not None:
        return [_file_info(store, info, base=posixpath.dirname(key))]
    base, found = key, store.list_files(key)
    if found:
        found = committed(store, key, found)
    elif _GLOB.search(key):
        base = _fixed_prefix(key)
        pattern = re.compile(glob_translate(key))
        found = [info for info in store.list_files(base) if _matches(pattern, info.key, base)]
        found = [info for info in found if _is_visible(info.key, base)]
    if not found:
        raise FileNotFoundError(f"no file matches {argument!r}")
    return [_file_info(store, info, base) for info in found]


def _matches(pattern: re.Pattern[str], key: str, base: str) -> bool:
    """Whether a pattern names a file, or a folder above it."""
    while len(key) > len(base):
        if pattern.match(key):
            return True
        key = posixpath.dirname(key)
    return False


def _fixed_prefix(pattern: str) -> str:
    fixed = []
    for part in pattern.split("/"):
        if _GLOB.search(part):
            break
        fixed.append(part)
    return "/".join(fixed)


def _is_visible(key: str, base: str) -> bool:
    below = key[len(base) :].strip("/").split("/")
    return not any(part.startswith((".", "_")) for part in below)


def _file_info(store: Store, info: ObjectInfo, base: str) -> FileInfo:
    folders = info.key[len(base) :].strip("/").split("/")[:-1]
    pairs = [folder.partition("=") for folder in folders if "=" in folder]
    partition = tuple((unquote(key), None if value == HIVE_NULL else unquote(value)) for key, _, value in pairs)
    return FileInfo(store.url(info.key), info.size, info.version, partition)
