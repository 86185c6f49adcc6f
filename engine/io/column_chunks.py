"""Parquet over a network: exactly the byte ranges of the wanted columns, the next row groups fetched ahead."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bigframe.errors import InputChanged, SourceError, StorageError
from engine.io.files import FileInfo
from engine.storage.places import open_store
from engine.storage.positioned import Positioned

__all__ = ["RowGroup", "RowGroups", "chunk_range", "read_footer"]

# Holds nearly every footer, and the whole of a small file; a longer footer costs one more request.
_TAIL = 64 << 10
_MAGIC = b"PAR1"
# What arrives spoiled is fetched again; what is spoiled where it lies stays so.
_REFETCHES = 3

# Enough requests to hide a store's latency, as long as what waits stays well below the memory of a task.
_MOST_AHEAD = 16
_BYTES_AHEAD, _GROUP_BYTES = 128 << 20, 32 << 20


def read_footer(file: FileInfo) -> pq.FileMetaData:
    """Read the footer of a file in one request, or two where it is long.

    Raises
    ------
    pa.ArrowException, OSError
        If it is not Parquet, or truncated.
    """
    store, key = open_store(file.path)
    failure: Exception | None = None
    for _ in range(_REFETCHES):
        start = max(0, file.size - _TAIL)
        tail = bytes(store.read_ranges(key, [(start, file.size)], file.version)[0])
        if tail[-4:] == _MAGIC and (length := int.from_bytes(tail[-8:-4], "little") + 8) > len(tail) <= file.size:
            start = max(0, file.size - length)
            tail = bytes(store.read_ranges(key, [(start, file.size)], file.version)[0])
        try:
            return pq.read_metadata(pa.BufferReader(tail))
        except (pa.ArrowException, OSError) as error:
            failure = error
    assert failure is not None
    raise failure


def chunk_range(chunk: Any) -> tuple[int, int]:
    """First byte of a column chunk, and the byte after its last."""
    dictionary = chunk.dictionary_page_offset
    start = min(dictionary, chunk.data_page_offset) if dictionary else chunk.data_page_offset
    return start, start + chunk.total_compressed_size


@dataclass(frozen=True)
class RowGroup:
    """One row group of a file with the version that was planned for; another one raises InputChanged."""

    file: FileInfo
    number: int


class RowGroups:
    """Row groups of many files, read in order; the next ones are under way while one is decoded.

    Parameters
    ----------
    groups
        In the order in which they will be asked for.
    footer
        Gives the footer of a file and its column chunks' numbers by column; called from several threads.
    """

    def __init__(
        self, groups: Sequence[RowGroup], footer: Callable[[FileInfo], tuple[pq.FileMetaData, Mapping[str, range]]]
    ) -> None:
        self._groups = groups
        self._footer = footer
        self._lock = threading.Lock()
        self._under_way: dict[tuple[int, tuple[str, ...] | None], Future[_Fetched]] = {}

    def read(self, position: int, columns: Sequence[str] | None) -> pa.Table:
        """Some columns (None for all) of the group at a position.

        Raises
        ------
        SourceError
            If it does not decode, or fails a page checksum, though it was fetched again.
        """
        group, names = self._groups[position], None if columns is None else tuple(columns)
        fetched = self._take(position, names).result()
        for attempt in range(_REFETCHES + 1):
            try:
                metadata, _ = self._footer(group.file)
                source = pq.ParquetFile(
                    pa.PythonFile(fetched, "r"), metadata=metadata, page_checksum_verification=True, pre_buffer=False
                )
                return source.read_row_group(group.number, columns=columns, use_threads=False)
            except (StorageError, InputChanged):
                raise
            except (pa.ArrowException, OSError) as error:
                if attempt == _REFETCHES:
                    where = f"{group.file.path}: corrupt Parquet data in row group {group.number}"
                    raise SourceError(f"{where}: {error}") from error
                fetched = self._fetch(position, names)
        raise AssertionError("the loop returns or raises")

    def _take(self, position: int, names: tuple[str, ...] | None) -> Future[_Fetched]:
        """The fetch of one group, with as many of the following started as the window holds."""
        with self._lock:
            bytes_ahead = 0
            for ahead in range(position, min(position + _MOST_AHEAD, len(self._groups))):
                if (ahead, names) not in self._under_way:
                    self._under_way[ahead, names] = _pool().submit(self._fetch, ahead, names)
                # A small file may be fetched whole, a large one by its row group: either bounds what is ahead.
                bytes_ahead += min(self._groups[ahead].file.size, _GROUP_BYTES)
                if bytes_ahead > _BYTES_AHEAD and ahead > position:
                    break
            return self._under_way.pop((position, names))

    def _fetch(self, position: int, names: tuple[str, ...] | None) -> _Fetched:
        group = self._groups[position]
        metadata, leaves = self._footer(group.file)
        chunks = metadata.row_group(group.number)
        wanted = [leaf for name in (leaves if names is None else names) for leaf in leaves[name]]
        return _Fetched(group.file, [chunk_range(chunks.column(leaf)) for leaf in wanted])


class _Fetched(Positioned):
    """A file of which some ranges have been fetched; reads elsewhere go to the store."""

    def __init__(self, file: FileInfo, ranges: Sequence[tuple[int, int]]) -> None:
        super().__init__(file.size)
        self._file = file
        self._store, self._key = open_store(file.path)
        buffers = self._store.read_ranges(self._key, ranges, file.version)
        self._parts = sorted(
            (
                (start, stop, memoryview(buffer).cast("B"))
                for (start, stop), buffer in zip(ranges, buffers, strict=True)
            ),
            key=lambda part: part[:2],
        )

    def read(self, size: int = -1) -> Any:
        start = self.position
        stop = self.size if size < 0 else min(start + size, self.size)
        self.position = stop
        for begin, end, view in self._parts:
            if begin <= start and stop <= end:
                return view[start - begin : stop - begin]
        return self._store.read_ranges(self._key, [(start, stop)], self._file.version)[0]


@lru_cache(1)
def _pool() -> ThreadPoolExecutor:
    # Its own: fetching waits for the pool that a store has for ranges.
    return ThreadPoolExecutor(_MOST_AHEAD, "row-groups")
