"""Moving finished files into place, so that a reader sees the old state or the new."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PART = re.compile(r"part-(\d+)")


def move(fs: Any, source: str, target: str) -> None:
    """Move a file or folder; on a local file system one rename, which replaces a file at `target`."""
    if "file" in fs.protocol:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(source).replace(target)
    else:
        fs.mv(source, target, recursive=fs.isdir(source))


def replace_folder(fs: Any, fresh: str, target: str, aside: str) -> None:
    """Move the folder `fresh` to `target`; what is there waits at `aside` and comes back if the move fails."""
    if not fs.exists(target):
        move(fs, fresh, target)
        return
    move(fs, target, aside)
    try:
        move(fs, fresh, target)
    except BaseException:
        move(fs, aside, target)
        raise
    fs.rm(aside, recursive=True)


@contextmanager
def moved_together(fs: Any, moves: Mapping[str, str]) -> Iterator[None]:
    """Move files (source: target) and run the body; if either fails, remove those that were moved."""
    done: list[str] = []
    try:
        for source, target in moves.items():
            move(fs, source, target)
            done.append(target)
        yield
    except BaseException:
        for target in done:
            fs.rm(target)
        raise


def next_part_number(fs: Any, folder: str) -> int:
    """Return the number after the highest of the part files below `folder`."""
    numbers = [_PART.match(posixpath.basename(name)) for name in fs.find(folder)]
    return max((int(match[1]) + 1 for match in numbers if match), default=0)


def read_manifest(fs: Any, path: str) -> dict[str, Any] | None:
    """Return a manifest, or None where there is none."""
    if not fs.exists(path):
        return None
    with fs.open(path, "rb") as file:
        manifest: dict[str, Any] = json.load(file)
    return manifest


def write_manifest(fs: Any, path: str, manifest: Mapping[str, Any]) -> None:
    """Write a manifest as JSON."""
    with fs.open(path, "wb") as file:
        file.write(json.dumps(manifest, indent=1).encode())
