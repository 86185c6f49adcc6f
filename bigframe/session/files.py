"""Files on any storage, for client code that reads results itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def passing_folder(storage: str) -> Iterator[str]:
    """A new folder below a path or URL, which is removed in the end with what was written there."""
    from engine.storage.places import open_store

    folder = f"{storage.rstrip('/')}/passing/{uuid.uuid4().hex}"
    try:
        yield folder
    finally:
        store, key = open_store(folder)
        store.delete_folder(key)
