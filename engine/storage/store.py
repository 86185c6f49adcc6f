"""What every storage offers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Any, Protocol

__all__ = ["Conflict", "ObjectInfo", "Store"]


class Conflict(OSError):
    """A conditional write found another state than it was made for; nothing was written."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One file or object as it is now.

    Parameters
    ----------
    key
        Its name in its store.
    size
        Bytes.
    version
        Token that changes when the content is replaced: the store's etag, or modification time and size.
    """

    key: str
    size: int
    version: str


class Store(Protocol):
    """Files or objects of one place: a disk, a bucket, a server.

    Every call keeps the one retry policy (:mod:`engine.storage.retry`). FileNotFoundError says that something is not
    there, StorageError (with its code) that the store refused or did not answer until the deadline.
    """

    def url(self, key: str) -> str:
        """The URL or local path of a key, without secrets."""

    def stat(self, key: str) -> ObjectInfo | None:
        """A file as it is now; None where there is none (a folder is none)."""

    def list_files(self, folder: str) -> list[ObjectInfo]:
        """Every file below a folder at any depth, sorted by key; none where there is no such folder."""

    def read(self, key: str, version: str | None = None) -> Any:
        """A whole file as a buffer; with ``version``, InputChanged where it is not that one."""

    def read_ranges(self, key: str, ranges: Sequence[tuple[int, int]], version: str | None = None) -> list[Any]:
        """Byte ranges (start, stop) of one file as buffers, fetched concurrently; shorter where the file ends."""

    def write(self, key: str, data: Any, *, if_absent: bool = False, if_version: str | None = None) -> ObjectInfo:
        """Write a whole file, at once for every reader.

        Raises
        ------
        FileExistsError
            With ``if_absent``, where there is one.
        Conflict
            With ``if_version``, where it is not that version.
        """

    def open_writer(self, key: str) -> AbstractContextManager[IO[bytes]]:
        """A file to write to, which appears whole when the block ends, or not at all when it raises."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove files; those that are not there are no error."""

    def delete_folder(self, folder: str) -> None:
        """Remove every file below a folder, and the folder."""

    def sign(self, key: str, seconds: int) -> str | None:
        """A URL that reads the file for some time without a key; None where the store has none."""
