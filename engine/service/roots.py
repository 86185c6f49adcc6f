"""Where plans may read and write: paths are normalised as far as whoever opens them will, then compared part by part."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from engine.service.refusals import Refused
from engine.storage.urls import is_local, local_path, place_of

__all__ = ["Roots"]

_PATTERN = re.compile(r"[*?\[]")
_USABLE = "the folders that this server may use (its --root)"


class Roots:
    """The folders that plans may use.

    Parameters
    ----------
    allowed
        Folders and URLs below which plans may read and write.
    reserved
        The service's own storage: nothing is written there by path, even where it is below an allowed folder.

    Examples
    --------
    >>> roots = Roots(["s3://lake/shared"], reserved="s3://lake/service")
    >>> roots.check_read("s3://lake/shared/a.parquet")
    >>> roots.check_read("s3://lake/shared/../service/a.parquet")
    Traceback (most recent call last):
    engine.service.refusals.Refused: s3://lake/shared/../service/a.parquet: a URL with '.' or '..' in it is refused
    """

    def __init__(self, allowed: Iterable[str], reserved: str) -> None:
        self._allowed = [_parts(_absolute(url)) for url in allowed]
        self._reserved = _parts(_absolute(reserved))

    def check_read(self, path: str) -> None:
        """Refuse to read a file, folder or pattern outside.

        Links inside a local folder are followed by whoever reads it, so what they point at is checked as well.

        Raises
        ------
        Refused
            ``PATH_OUTSIDE_ROOTS``, naming the path.
        """
        asked = _parts(path)
        if not any(_is_below(asked, root) for root in self._allowed):
            raise _outside(path, f"this is outside {_USABLE}")
        if is_local(path):
            for link in _links(local_path(path)):
                if not any(_is_below(_parts(link), root) for root in self._allowed):
                    raise _outside(path, f"{link} is a link that leads outside {_USABLE}")

    def check_write(self, path: str) -> None:
        """Refuse to write outside, to a root itself (overwriting would empty it), or into the service's own storage.

        Raises
        ------
        Refused
            ``PATH_OUTSIDE_ROOTS``, naming the path.
        """
        asked = _parts(path)
        if _PATTERN.search(path) and is_local(path):
            raise _outside(path, "a path to write to has no pattern")
        if not any(_is_below(asked, root) and asked != root for root in self._allowed):
            raise _outside(path, f"this is not below {_USABLE}")
        if _is_below(asked, self._reserved) or _is_below(self._reserved, asked):
            raise _outside(path, "this is the server's own storage")


def _parts(path: str) -> tuple[str, ...]:
    """Place and folders of a path, in the one spelling that paths are compared in."""
    # fsspec opens chains such as zip://a.csv::file:///etc.
    if "::" in path or any(ord(character) < 32 for character in path):
        raise _outside(path, "chained URLs and control characters are refused")
    if is_local(path):
        return ("", *_local_parts(path))
    place, key = place_of(path)
    folders = [part for part in key.split("/") if part]
    plain = _unquoted(key).replace("\\", "/").split("/")
    if "." in plain or ".." in plain:
        raise _outside(path, "a URL with '.' or '..' in it is refused")
    return (place, *folders)


def _local_parts(path: str) -> list[str]:
    plain = path.removeprefix("file://")
    # fsspec takes file:/etc for a local path as well.
    if not plain.startswith("/"):
        raise _outside(path, "paths are those of the server's machine, and begin with '/'")
    # A pattern may match a link, whose parent is not the folder that it is in.
    if _PATTERN.search(plain) and ".." in plain.split("/"):
        raise _outside(path, "a pattern with '..' in it is refused")
    return [part for part in os.path.realpath(plain).split("/") if part]


def _absolute(url: str) -> str:
    return local_path(url) if is_local(url) else url


def _outside(path: str, why: str) -> Refused:
    shown = "".join(character if character.isprintable() else "?" for character in path)
    return Refused(403, "PATH_OUTSIDE_ROOTS", f"{shown}: {why}", "PermissionError")


def _is_below(path: tuple[str, ...], root: tuple[str, ...]) -> bool:
    return path[: len(root)] == root


def _unquoted(text: str) -> str:
    while (plain := unquote(text)) != text:
        text = plain
    return text


def _links(path: str) -> Iterator[str]:
    """Every link that is met below a local folder, or below the folder that a pattern starts from."""
    fixed = path
    while _PATTERN.search(fixed):
        fixed = posixpath.dirname(fixed)
    folders, seen = [os.path.realpath(fixed)], set()
    while folders:
        folder = folders.pop()
        if folder in seen:
            continue
        seen.add(folder)
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            if entry.is_symlink():
                yield entry.path
            if entry.is_dir():
                folders.append(os.path.realpath(entry.path))
