"""How a URL finds its store."""

from __future__ import annotations

from functools import lru_cache

from engine.storage import credentials
from engine.storage.store import Store
from engine.storage.urls import is_local, local_path, place_of

__all__ = ["open_store"]


def open_store(url: str) -> tuple[Store, str]:
    """The store of a URL or local path, and the key there.

    Examples
    --------
    >>> store, key = open_store("memory://doc/a.bin")
    >>> _ = store.write(key, b"abc")
    >>> store.stat(key).size
    3
    """
    if is_local(url):
        return _local(), local_path(url)
    place, key = place_of(url)
    return _remote(place, credentials.serial(place)), key


@lru_cache(1)
def _local() -> Store:
    from engine.storage.local import LocalStore

    return LocalStore()


@lru_cache(64)
def _remote(place: str, _serial: int) -> Store:
    """Kept while the options of the place stay; new options make a new store."""
    options = credentials.options_for(place)
    if place.startswith("s3://"):
        from engine.storage.objects import ObjectStore

        return ObjectStore(place, options)
    from engine.storage.filesystems import FilesystemStore

    return FilesystemStore(place, options)
