"""Files behind a path argument: listing, versions, hive partitions and opening."""

from __future__ import annotations

import bz2
import io
import lzma
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import unquote

import fsspec
import pyarrow as pa
from fsspec.core import url_to_fs

from bigframe.errors import SourceError

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


def current_version(path: str) -> str:
    """Return the version token of `path` now; FileNotFoundError where it is gone."""
    fs, name = url_to_fs(path)
    fs.invalidate_cache(name)
    return _version(fs, name, fs.info(name))


def check_version(file: FileInfo) -> None:
    """Raise SourceError, naming the file, where it is gone or was replaced since it was listed."""
    try:
        now = current_version(file.path)
    except FileNotFoundError as error:
        raise SourceError(f"{file.path}: the file was removed after the job was planned") from error
    if now != file.version:
        raise SourceError(f"{file.path}: the file was replaced after the job was planned; run the job again")


def is_local(path: str) -> bool:
    """Return True where `path` is on a file system that Polars and memory maps open directly."""
    return "://" not in path


def open_binary(path: str) -> BinaryIO:
    """Open `path` as it is, without decompressing."""
    return cast("BinaryIO", Path(path).open("rb") if is_local(path) else fsspec.open(path, "rb").open())


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
    fs, root = url_to_fs(argument)
    fs.invalidate_cache(root)
    if fs.isfile(root):
        return [_file_info(fs, root, fs.info(root), base=str(PurePosixPath(root).parent))]
    if fs.isdir(root):
        found, base = fs.find(root, detail=True), root
    elif _GLOB.search(argument):
        base = _fixed_prefix(root)
        found = dict(_matches(fs, root))
    else:
        found = {}
    visible = [name for name in sorted(found) if _is_visible(name, base)]
    if not visible:
        raise FileNotFoundError(f"no file matches {argument!r}")
    return [_file_info(fs, name, found[name], base) for name in visible]


def _matches(fs: Any, pattern: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, info in fs.glob(pattern, detail=True).items():
        if info["type"] == "directory":
            yield from fs.find(name, detail=True).items()
        else:
            yield name, info


def _fixed_prefix(pattern: str) -> str:
    fixed = []
    for part in pattern.split("/"):
        if _GLOB.search(part):
            break
        fixed.append(part)
    return "/".join(fixed)


def _is_visible(name: str, base: str) -> bool:
    below = name[len(base) :].strip("/").split("/")
    return not any(part.startswith((".", "_")) for part in below)


def _file_info(fs: Any, name: str, info: dict[str, Any], base: str) -> FileInfo:
    path = name if _is_local_fs(fs) else fs.unstrip_protocol(name)
    folders = name[len(base) :].strip("/").split("/")[:-1]
    pairs = [folder.partition("=") for folder in folders if "=" in folder]
    partition = tuple((unquote(key), None if value == HIVE_NULL else unquote(value)) for key, _, value in pairs)
    return FileInfo(path, int(info["size"]), _version(fs, name, info), partition)


def _version(fs: Any, name: str, info: dict[str, Any]) -> str:
    if _is_local_fs(fs):
        status = Path(name).stat()
        return f"{status.st_mtime_ns}-{status.st_size}"
    token = next((info[key] for key in ("ETag", "etag", "LastModified", "mtime", "created") if info.get(key)), "")
    # Listings and single look-ups of one store may give the same moment as a datetime and as a number.
    return f"{token.timestamp() if isinstance(token, datetime) else token}-{info['size']}"


def _is_local_fs(fs: Any) -> bool:
    return "file" in fs.protocol
