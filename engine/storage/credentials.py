"""Storage options by place: held by processes, never by plans, and hidden from every repr."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.storage.urls import is_local, place_of

__all__ = ["FILE_VARIABLE", "Options", "hand_down", "options_for", "register", "serial"]

FILE_VARIABLE = "BIGFRAME_CREDENTIALS"
"""Names the private file through which a process finds the options that the one who started it was given."""


class Options(dict[str, Any]):
    """Storage options whose values nobody sees by accident: repr shows names only, and they do not pickle."""

    def __repr__(self) -> str:
        return f"Options({', '.join(sorted(self))})"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("storage options are secrets and do not leave their process")


_lock = threading.Lock()
_options: dict[str, Options] = {}
_serials: dict[str, int] = {}
# Files that this process handed down, and the state (at most one) in which it last saw the one handed to it.
_files: list[Path] = []
_seen: list[tuple[int, int]] = []


def register(url: str, options: Mapping[str, Any] | None) -> None:
    """Use options for everything in the place (bucket, host) of a URL, from now on and in this process's workers.

    Raises
    ------
    ValueError
        If an option is unknown, or the place is known under another endpoint: one name would mean two places.
    """
    if not options or is_local(url):
        return
    place, _ = place_of(url)
    if place.startswith("s3://"):
        from engine.storage.s3_connection import object_settings

        object_settings(options)  # what is misspelt is told before it is compared
    given = Options(options)
    with _lock:
        _load()
        before = _options.get(place)
        if before == given:
            return
        if before is not None and _endpoint(before) != _endpoint(given):
            raise ValueError(f"{place} was used with another endpoint in this process; start a new one for that")
        _options[place] = given
        _serials[place] = _serials.get(place, 0) + 1
        for file in _files:
            _write(file)


def options_for(place: str) -> Options:
    """The options of a place; empty where none were given, so that the environment decides."""
    with _lock:
        _load()
        return _options.get(place, Options())


def serial(place: str) -> int:
    """A number that changes with the options of a place."""
    with _lock:
        _load()
        return _serials.get(place, 0)


def hand_down(folder: str) -> dict[str, str]:
    """Environment for a process started from here that needs the same options: it names a file of mode 0600.

    The file follows later calls of `register`.

    Parameters
    ----------
    folder
        Where the file lies; whoever removes the folder removes it.
    """
    with _lock:
        if FILE_VARIABLE in os.environ:
            return {FILE_VARIABLE: os.environ[FILE_VARIABLE]}
        path = Path(folder, "credentials.json")
        _files.append(path)
        _write(path)
        return {FILE_VARIABLE: str(path)}


def _write(path: Path) -> None:
    if not path.parent.exists():
        return  # the process that it was for has ended
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(_options, file)
    Path(name).replace(path)


def _load() -> None:
    """Take over what the process that started this one has registered since; a file that is gone changes nothing."""
    name = os.environ.get(FILE_VARIABLE)
    if not name:
        return
    try:
        status = Path(name).stat()
        state = (status.st_mtime_ns, status.st_ino)
        if _seen == [state]:
            return
        found = json.loads(Path(name).read_text())
    except FileNotFoundError:
        return
    _seen[:] = [state]
    for place, options in found.items():
        if _options.get(place) != options:
            _options[place] = Options(options)
            _serials[place] = _serials.get(place, 0) + 1


def _endpoint(options: Mapping[str, Any]) -> Any:
    nested = options.get("client_kwargs") or {}
    return options.get("endpoint_url") or options.get("endpoint") or nested.get("endpoint_url")
