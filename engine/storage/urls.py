"""URLs and local paths: what is local, and which place a URL belongs to."""

from __future__ import annotations

import os
import posixpath
from pathlib import PurePosixPath

__all__ = ["is_local", "join", "local_path", "name_of", "parent_of", "place_of"]


def is_local(url: str) -> bool:
    """Whether a path or URL is on a file system of this machine.

    Examples
    --------
    >>> is_local("scratch/a.arrow"), is_local("file:///a"), is_local("s3://bucket/a.arrow")
    (True, True, False)
    """
    return "://" not in url or url.startswith("file://")


def local_path(url: str) -> str:
    """The absolute path of a local URL or path."""
    return os.path.abspath(os.path.expanduser(url.removeprefix("file://")))  # noqa: PTH100, PTH111 - text in, text out


def place_of(url: str) -> tuple[str, str]:
    """A URL cut into the place that credentials belong to (scheme and bucket or host), and the key there.

    Examples
    --------
    >>> place_of("s3://bucket/folder/a.parquet")
    ('s3://bucket', 'folder/a.parquet')
    """
    scheme, _, rest = url.partition("://")
    host, _, key = rest.partition("/")
    scheme = "s3" if scheme in ("s3a", "s3n") else scheme
    return f"{scheme}://{host}", key.strip("/") if scheme == "s3" else key


def join(folder: str, *names: str) -> str:
    """A path or URL below a folder.

    Examples
    --------
    >>> join("s3://bucket/", "a", "b.arrow")
    's3://bucket/a/b.arrow'
    """
    return "/".join([folder.rstrip("/"), *names])


def parent_of(url: str) -> str:
    """The folder that holds a file or folder."""
    return url.rstrip("/").rpartition("/")[0]


def name_of(url: str) -> str:
    """The last part of a path or URL."""
    return PurePosixPath(posixpath.normpath(url)).name
