"""Listings: which files of a folder are data, listed once for each version of the folder's manifest."""

from __future__ import annotations

import posixpath
import threading
from collections import OrderedDict

from engine.io.manifests import MANIFEST, committed
from engine.storage.store import ObjectInfo, Store
from engine.storage.urls import is_local

__all__ = ["list_data"]

_MOST_FOLDERS = 64
_known: OrderedDict[str, tuple[str, list[ObjectInfo]]] = OrderedDict()
_lock = threading.Lock()


def list_data(store: Store, folder: str) -> list[ObjectInfo]:
    """The files below a folder that are data, as `engine.io.manifests.committed` chooses them; empty where none is.

    A remote folder whose manifest is still the one that an earlier listing of this process found is not listed again:
    a file gets into it, or out of it, by a new manifest. Whoever reads names the version of each file, and so notices
    one that was replaced or removed past the manifest.

    Raises
    ------
    SourceError
        As `committed` does.

    Examples
    --------
    >>> from engine.storage.places import open_store
    >>> store, folder = open_store("memory://doc/listed")
    >>> info = store.write(f"{folder}/a.csv", b"x")
    >>> [file.key for file in list_data(store, folder)]
    ['listed/a.csv']
    """
    url = store.url(folder)
    manifest = None if is_local(url) else store.stat(posixpath.join(folder, MANIFEST))
    if manifest is None:
        return _listed(store, folder)
    with _lock:
        version, found = _known.get(url, ("", []))
    if version != manifest.version:
        found = _listed(store, folder)
        with _lock:
            _known[url] = manifest.version, found
            _known.move_to_end(url)
            while len(_known) > _MOST_FOLDERS:
                _known.popitem(last=False)
    return list(found)


def _listed(store: Store, folder: str) -> list[ObjectInfo]:
    found = store.list_files(folder)
    return committed(store, folder, found) if found else []
