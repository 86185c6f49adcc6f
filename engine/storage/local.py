"""Files on disks of this machine, network mounts included: memory maps, temporary names and renames."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from bigframe.errors import InputChanged
from engine.storage.store import Conflict, ObjectInfo

__all__ = ["TEMPORARY", "LocalStore", "discard_temporaries"]

TEMPORARY = ".partial"


class LocalStore:
    """The :class:`engine.storage.store.Store` of local disks; keys are absolute paths."""

    def url(self, key: str) -> str:
        return key

    def stat(self, key: str) -> ObjectInfo | None:
        try:
            status = os.stat(key)  # noqa: PTH116 - called for every file of a dataset
        except (FileNotFoundError, NotADirectoryError):
            return None
        return ObjectInfo(key, status.st_size, _version(status)) if stat.S_ISREG(status.st_mode) else None

    def list_files(self, folder: str) -> list[ObjectInfo]:
        found = []
        for parent, _, names in os.walk(folder, followlinks=True):
            for name in names:
                if not name.endswith(TEMPORARY):
                    info = self.stat(os.path.join(parent, name))  # noqa: PTH118 - the same
                    found += [info] if info else []
        return sorted(found, key=lambda info: info.key)

    def read(self, key: str, version: str | None = None) -> Any:
        return self.read_ranges(key, [(0, 1 << 62)], version)[0]

    def read_ranges(self, key: str, ranges: Sequence[tuple[int, int]], version: str | None = None) -> list[Any]:
        status = Path(key).stat()
        if version is not None and _version(status) != version:
            raise InputChanged(f"{key}: the file was replaced after the job was planned; run the job again")
        if not status.st_size:
            return [b"" for _ in ranges]  # an empty file cannot be mapped
        with pa.memory_map(key, "r") as source:
            return [_slice(source, start, min(stop, status.st_size)) for start, stop in ranges]

    def write(self, key: str, data: Any, *, if_absent: bool = False, if_version: str | None = None) -> ObjectInfo:
        with self._staged(key) as (temporary, file):
            file.write(data)
            file.close()
            # Asked before it has its name: afterwards another writer may have replaced it already.
            status = temporary.stat()
            with _locked(Path(key).parent):
                self._place(temporary, key, if_absent, if_version)
        return ObjectInfo(key, status.st_size, _version(status))

    @contextlib.contextmanager
    def open_writer(self, key: str) -> Iterator[IO[bytes]]:
        with self._staged(key) as (temporary, file):
            yield file
            file.close()
            temporary.replace(key)

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            Path(key).unlink(missing_ok=True)

    def delete_folder(self, folder: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)

    def sign(self, key: str, seconds: int) -> str | None:  # noqa: ARG002 - the protocol's names
        return None

    @contextlib.contextmanager
    def _staged(self, key: str) -> Iterator[tuple[Path, IO[bytes]]]:
        target = Path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Attempts of one task may overlap when a worker was lost but still runs, so every temporary name is unique.
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}{TEMPORARY}")
        try:
            # Not synced: a machine that crashes loses page cache, which the reader's checksum reports.
            with temporary.open("wb", buffering=1 << 20) as file:
                yield temporary, file
        finally:
            temporary.unlink(missing_ok=True)

    def _place(self, temporary: Path, key: str, if_absent: bool, if_version: str | None) -> None:
        if if_absent:
            # A link, unlike a rename, fails where the name is taken; so two writers cannot both win.
            os.link(temporary, key)
            return
        if if_version is not None:
            now = self.stat(key)
            if now is None or now.version != if_version:
                raise Conflict(f"{key}: it changed since it was read")
        temporary.replace(key)


def discard_temporaries(folder: str) -> int:
    """Remove what killed writers left below a folder; call it when none of them runs any more.

    Returns
    -------
    int
        How many files were removed.
    """
    removed = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.startswith(".") and name.endswith(TEMPORARY):
                Path(parent, name).unlink(missing_ok=True)
                removed += 1
    return removed


def _version(status: os.stat_result) -> str:
    # The clock of modification times has ticks of some milliseconds; whoever replaces a file gives it another inode.
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _slice(source: pa.MemoryMappedFile, start: int, stop: int) -> Any:
    if stop <= start:
        return b""
    source.seek(start)
    return source.read_buffer(stop - start)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Held by one process of this machine at a time; makes compare-and-rename one step among them."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
