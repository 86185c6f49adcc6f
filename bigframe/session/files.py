"""Files on any storage, for client code that reads results itself."""

from __future__ import annotations

from typing import BinaryIO


def open_file(path: str) -> BinaryIO:
    """Open a local path or URL for reading; seekable, and fetched by ranges where it is remote.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    from engine.storage.reader import open_reader

    return open_reader(path)
