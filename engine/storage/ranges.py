"""Byte ranges of many files at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.storage.places import open_store
from engine.storage.urls import is_local

__all__ = ["ByteRange", "read_files_ranges"]

_PARALLEL = 16


@dataclass(frozen=True, slots=True)
class ByteRange:
    """``length`` bytes of the file at ``path``, starting at ``offset``."""

    path: str
    offset: int
    length: int


def read_files_ranges(ranges: Sequence[ByteRange]) -> list[Any]:
    """Read byte ranges of several files: memory-mapped from local ones, fetched concurrently from others.

    Returns
    -------
    list
        Per range, in order, a buffer (shorter than asked where the file ends early), or the FileNotFoundError
        where there is no file.

    Raises
    ------
    StorageError
        Storage refused, or did not answer until the deadline.

    Examples
    --------
    >>> store, key = open_store("memory://doc/b.bin")
    >>> _ = store.write(key, b"abcdef")
    >>> bytes(read_files_ranges([ByteRange("memory://doc/b.bin", 2, 3)])[0])
    b'cde'
    """
    by_file: dict[str, list[int]] = {}
    for position, wanted in enumerate(ranges):
        by_file.setdefault(wanted.path, []).append(position)

    def read(path: str) -> list[Any]:
        store, key = open_store(path)
        asked = [(ranges[i].offset, ranges[i].offset + ranges[i].length) for i in by_file[path]]
        try:
            return store.read_ranges(key, asked)
        except FileNotFoundError as error:
            return [error] * len(asked)

    # Mapping a file is cheaper than handing it to a thread.
    several = len(by_file) > 1 and not all(map(is_local, by_file))
    found = list(_pool().map(read, by_file) if several else map(read, by_file))
    answers: list[Any] = [None] * len(ranges)
    for positions, buffers in zip(by_file.values(), found, strict=True):
        for position, buffer in zip(positions, buffers, strict=True):
            answers[position] = buffer
    return answers


@lru_cache(1)
def _pool() -> ThreadPoolExecutor:
    # Its own, because a store may wait for the pool of its ranges from inside a thread of this one.
    return ThreadPoolExecutor(_PARALLEL, "files")
