"""A file to read from a store: ranges fetched as they are needed, the next one ahead of time."""

from __future__ import annotations

import io
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any, BinaryIO, cast

from engine.storage.places import open_store
from engine.storage.positioned import Positioned
from engine.storage.store import ObjectInfo, Store
from engine.storage.urls import is_local

__all__ = ["open_reader"]

# One request at 100 ms and 80 MB/s costs half of this chunk's time; larger ones only cost memory.
_CHUNK = 8 << 20
_PARALLEL = 8


def open_reader(path: str, version: str | None = None) -> BinaryIO:
    """Open a local path or URL for reading, seekable.

    Parameters
    ----------
    path
        What to read.
    version
        If given, a file that is not of this version raises InputChanged; else the version found now is kept to.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    if is_local(path):
        store, key = open_store(path)
        if version is not None:
            store.read_ranges(key, [(0, 0)], version)
        return cast("BinaryIO", open(key, "rb"))  # noqa: PTH123 - the caller closes it
    store, key = open_store(path)
    info = store.stat(key)
    if info is None:
        raise FileNotFoundError(f"{path} does not exist")
    if info.size == 0:
        # Some servers do not say how long a file is.
        return io.BytesIO(bytes(store.read(key)))
    raw = _RangeFile(store, info if version is None else ObjectInfo(key, info.size, version))
    return cast("BinaryIO", io.BufferedReader(raw, 1 << 20))


class _RangeFile(Positioned):
    def __init__(self, store: Store, info: ObjectInfo) -> None:
        super().__init__(info.size)
        self._store = store
        self._info = info
        self._start, self._chunk = 0, memoryview(b"")
        self._ahead: tuple[int, Future[Any]] | None = None

    def readinto(self, target: Any) -> int:
        if self.position >= self.size:
            return 0
        if not self._start <= self.position < self._start + len(self._chunk):
            self._load(self.position)
        begin = self.position - self._start
        count = min(len(target), len(self._chunk) - begin)
        target[:count] = self._chunk[begin : begin + count]
        self.position += count
        return count

    def _load(self, start: int) -> None:
        follows = start == self._start + len(self._chunk)
        if self._ahead is not None and self._ahead[0] == start:
            body = self._ahead[1].result()
        else:
            body = self._fetch(start)
        self._start, self._chunk, self._ahead = start, memoryview(body).cast("B"), None
        following = start + len(self._chunk)
        # Whoever jumps about would throw away what was fetched ahead.
        if follows and following < self.size:
            self._ahead = following, _pool().submit(self._fetch, following)

    def _fetch(self, start: int) -> Any:
        stop = min(start + _CHUNK, self.size)
        return self._store.read_ranges(self._info.key, [(start, stop)], self._info.version)[0]


@lru_cache(1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_PARALLEL, "read-ahead")
