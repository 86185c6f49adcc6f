"""What a sink writes to: an interface over the ways in which an output becomes visible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.io.manifests import FileEntry

__all__ = ["HOW_TO_GO_ON", "Target"]

HOW_TO_GO_ON = {
    "file": 'exists; write with mode="overwrite", or elsewhere',
    "folder": 'exists; write with mode="overwrite" or mode="append", or elsewhere',
}


class Target(Protocol):
    """One output of one job, on one kind of storage.

    Workers write files to the places that `key` gives; one process calls `commit`, and `abort` at the end in any case.
    """

    def key(self, path: str) -> str:
        """Where a file of the output is written before the commit."""

    def prepare(self) -> int:
        """Raise where the target, as it is, does not allow the job; a target that this very job wrote does.

        Returns
        -------
        int
            A number for the job's first part, after those that stay: programs read the files of a folder by name.
        """

    def commit(self, files: Sequence[FileEntry]) -> tuple[FileEntry, ...]:
        """Make the written files the output, for every reader at once; return the files as they are in it.

        A job whose output stands already, because the process that committed it died before it could say so, gets
        the same answer again and changes nothing.
        """

    def abort(self) -> None:
        """Remove what the job wrote and did not commit."""
