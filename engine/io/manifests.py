"""Manifests: which files of a folder are a finished output, with the size and checksum of each."""

from __future__ import annotations

import json
import posixpath
import re
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bigframe.errors import InputChanged, SourceError
from engine.storage.store import ObjectInfo, Store

__all__ = [
    "MANIFEST",
    "FileEntry",
    "Manifest",
    "committed",
    "job_of",
    "number_of",
    "part_name",
    "read_file",
    "read_manifest",
    "verify",
    "write_manifest",
]

MANIFEST = "_manifest.json"
_WRITER, _VERSION = "bigframe", 1
_PART = re.compile(r"part-(?P<number>\d{5,})(?:\.\d{3,})?-(?P<job>[0-9a-z]+)-[0-9a-f]{8}\.[a-z0-9.]+")
# Bytes that were flipped on their way come right when they are sent again; one read in twenty may be spoiled.
_MOST_READS = 5


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of an output.

    Parameters
    ----------
    path
        Below the output's folder.
    rows
        None where another program wrote it.
    bytes
        Size.
    checksum
        CRC-32 of the content, 8 hexadecimal digits; None where another program wrote it.
    job
        Token of the job that wrote it.
    """

    path: str
    rows: int | None
    bytes: int
    checksum: str | None
    job: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a folder holds.

    Parameters
    ----------
    format
        Of the files.
    files
        In the order of their rows.
    obsolete
        Paths that are no longer part of the output and are about to be deleted.
    version
        Of the manifest file, as the store names it; not part of its content.
    """

    format: str
    files: tuple[FileEntry, ...]
    obsolete: tuple[str, ...] = ()
    version: str = ""

    def of_job(self, job: str) -> tuple[FileEntry, ...]:
        """The files that a job wrote."""
        return tuple(file for file in self.files if file.job == job)


def part_name(index: int, cut: int, job: str, suffix: str) -> str:
    """A name for a part's file that no other file ever gets, whoever writes the part again.

    Names sort in the order of their parts and of the cuts of each part.

    Examples
    --------
    >>> part_name(3, 1, "4f2a9c", ".parquet")[:21], job_of(part_name(3, 0, "4f2a9c", ".parquet"))
    ('part-00003.001-4f2a9c', '4f2a9c')
    """
    number = f"{index:05d}" + (f".{cut:03d}" if cut else "")
    return f"part-{number}-{job}-{uuid.uuid4().hex[:8]}{suffix}"


def job_of(name: str) -> str | None:
    """The job that a path's name tells, or None where it is not the name of a part."""
    match = _PART.fullmatch(posixpath.basename(name))
    return match["job"] if match else None


def number_of(name: str) -> int:
    """The number that the name of a part tells; -1 where it is none."""
    match = _PART.fullmatch(posixpath.basename(name))
    return int(match["number"]) if match else -1


def read_manifest(store: Store, folder: str) -> Manifest | None:
    """Read the manifest of a folder; None where there is none, or one that another program wrote.

    Raises
    ------
    SourceError
        It is damaged, or of a later version of bigframe.
    """
    key, seen = posixpath.join(folder, MANIFEST), b""
    for _ in range(_MOST_READS):
        info = store.stat(key)
        if info is None:
            return None
        try:
            data = bytes(memoryview(store.read(key, info.version)))
        except (InputChanged, FileNotFoundError):
            continue
        manifest = _decoded(data, store.url(key))
        if manifest is not None:
            return replace(manifest, version=info.version)
        if data == seen and b'"bigframe"' not in data:
            return None
        seen = data
    raise SourceError(f"{store.url(key)}: the manifest is damaged; to read the files all the same, pass a pattern")


def write_manifest(store: Store, folder: str, manifest: Manifest) -> Manifest:
    """Write a manifest where its ``version`` still stands (the empty version: where there is none); return it as it is.

    Raises
    ------
    FileExistsError, Conflict
        Another writer was faster; nothing was written.
    """
    body = _body(manifest)
    document = {"writer": _WRITER, "version": _VERSION, "checksum": _checksum_of(body), **body}
    data = json.dumps(document, indent=1).encode()
    key = posixpath.join(folder, MANIFEST)
    info = store.write(key, data, if_absent=not manifest.version, if_version=manifest.version or None)
    return replace(manifest, version=info.version)


def verify(store: Store, folder: str, file: FileEntry, *, content: bool = False) -> None:
    """Check a file against its entry.

    Parameters
    ----------
    store, folder
        Where the output is.
    file
        Entry of its manifest.
    content
        Whether to read the file and compare its checksum too; else only its size is compared.

    Raises
    ------
    SourceError
        It is gone, or not as it was written; names it.
    """
    key = posixpath.join(folder, file.path)
    info = store.stat(key)
    _check_size(store.url(key), None if info is None else info.size, file)
    if content:
        read_file(store, folder, file)


def read_file(store: Store, folder: str, file: FileEntry) -> Any:
    """Read a file of an output whole, and again where bytes changed on their way.

    Returns
    -------
    buffer
        The bytes that were written, by their checksum.

    Raises
    ------
    SourceError
        It is gone, or not as it was written; names it.
    """
    key = posixpath.join(folder, file.path)
    for _ in range(_MOST_READS):
        try:
            data = store.read(key)
        except FileNotFoundError:
            _check_size(store.url(key), None, file)
        if len(memoryview(data)) == file.bytes and file.checksum in (None, f"{zlib.crc32(data):08x}"):
            return data
    _check_size(store.url(key), len(memoryview(data)), file)
    raise SourceError(f"{store.url(key)}: its bytes are not those that were written (CRC-32 differs)")


def committed(store: Store, folder: str, found: Sequence[ObjectInfo]) -> list[ObjectInfo]:
    """The files of a folder that are data, of all that were found in it.

    Below a folder with a manifest these are the files that it names, in its order; parts of writes that are not
    finished, or no longer count, are left out. Elsewhere they are the visible files, sorted by path.

    Parameters
    ----------
    store, folder
        Where to read.
    found
        Every file below the folder, at any depth.

    Raises
    ------
    SourceError
        A file that a manifest names is gone or has another size; or there is a visible file that a manifest does not
        name, or a part of a write that was never finished. The message says how to read all files.

    Examples
    --------
    >>> from engine.storage.places import open_store
    >>> store, folder = open_store("memory://doc/out")
    >>> info = store.write(f"{folder}/a.csv", b"x")
    >>> [file.key for file in committed(store, folder, store.list_files(folder))]
    ['out/a.csv']
    """
    try:
        return _selected(store, folder.rstrip("/"), found)
    except SourceError:
        # A write may have been committed between the listing and the reading of the manifest.
        return _selected(store, folder.rstrip("/"), store.list_files(folder))


def _selected(store: Store, folder: str, found: Sequence[ObjectInfo]) -> list[ObjectInfo]:
    manifests = _manifests(store, folder, found)
    positions = {
        root: {posixpath.join(root, file.path): number for number, file in enumerate(manifest.files)}
        for root, manifest in manifests.items()
    }
    chosen: list[tuple[tuple[str, int], ObjectInfo]] = []
    for info in found:
        root = _root(manifests, info.key)
        if root is not None and info.key in positions[root]:
            chosen.append(((root, positions[root][info.key]), info))
        elif not _is_visible(info.key, folder) or (root is not None and _is_left_over(manifests[root], root, info)):
            continue
        elif root is not None or job_of(info.key):
            raise SourceError(_unexpected(store, folder, info.key, root))
        else:
            chosen.append(((info.key, 0), info))
    sizes = {info.key: info.size for info in found}
    for root, manifest in manifests.items():
        for file in manifest.files:
            key = posixpath.join(root, file.path)
            if key.startswith(f"{folder}/") or not folder:
                _check_size(store.url(key), sizes.get(key), file)
    return [info for _, info in sorted(chosen, key=lambda pair: pair[0])]


def _manifests(store: Store, folder: str, found: Iterable[ObjectInfo]) -> dict[str, Manifest]:
    """Manifests by folder: those below, and the one that a hive folder (``key=value``) lies under."""
    folders = [posixpath.dirname(info.key) for info in found if posixpath.basename(info.key) == MANIFEST]
    above = folder
    while folder not in folders and "=" in posixpath.basename(above):
        above = posixpath.dirname(above)
        folders.append(above)
    read = {name: read_manifest(store, name) for name in folders}
    return {name: manifest for name, manifest in read.items() if manifest is not None}


def _root(manifests: Mapping[str, Manifest], key: str) -> str | None:
    """The nearest folder above a file that has a manifest."""
    while manifests and key not in ("", "/"):
        key = posixpath.dirname(key)
        if key in manifests:
            return key
    return None


def _is_left_over(manifest: Manifest, root: str, info: ObjectInfo) -> bool:
    """Whether a file is of a write that is not finished, or no longer counts."""
    return job_of(info.key) is not None or posixpath.relpath(info.key, root or ".") in manifest.obsolete


def _is_visible(key: str, folder: str) -> bool:
    return not any(part.startswith((".", "_")) for part in key[len(folder) :].strip("/").split("/"))


def _unexpected(store: Store, folder: str, key: str, root: str | None) -> str:
    why = (
        "it is part of a write that was not finished"
        if root is None
        else f"the manifest of {store.url(root)}, which says what was written there, does not name it"
    )
    pattern = store.url(posixpath.join(folder, f"**/*{posixpath.splitext(key)[1]}"))
    return f"{store.url(key)}: {why}; to read all files, whatever they are, pass the pattern {pattern!r}"


def _check_size(url: str, size: int | None, file: FileEntry) -> None:
    if size is None:
        raise SourceError(f"{url}: the file is gone; the manifest of its folder names it")
    if size != file.bytes:
        raise SourceError(f"{url}: the file has {size:,} bytes, and {file.bytes:,} were written")


def _decoded(data: bytes, url: str) -> Manifest | None:
    """A manifest from its bytes; None where they are not what was written."""
    try:
        document = json.loads(data)
        writer, version, checksum = document.pop("writer"), document.pop("version"), document.pop("checksum")
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    if writer == _WRITER and isinstance(version, int) and version > _VERSION:
        raise SourceError(f"{url}: the manifest is of version {version}; this bigframe reads up to {_VERSION}")
    if writer != _WRITER or checksum != _checksum_of(document):
        return None
    files = tuple(FileEntry(**file) for file in document["files"])
    return Manifest(document["format"], files, tuple(document["obsolete"]))


def _body(manifest: Manifest) -> dict[str, Any]:
    files = [asdict(file) for file in manifest.files]
    return {"format": manifest.format, "files": files, "obsolete": list(manifest.obsolete)}


def _checksum_of(body: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(body).encode()):08x}"
