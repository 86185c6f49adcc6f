"""Folders as outputs: parts count when the folder's manifest names them, and the manifest is replaced at once."""

from __future__ import annotations

import contextlib
import errno
import posixpath
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bigframe.errors import StorageError
from engine.io.manifests import MANIFEST, FileEntry, Manifest, job_of, number_of, read_manifest, write_manifest
from engine.io.target import HOW_TO_GO_ON
from engine.storage.store import Conflict, Store

__all__ = ["FolderTarget", "LocalFolderTarget"]

# Every lost race is another writer's success, so only a store whose versions cannot be compared comes this far.
_MOST_TRIES = 200
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


class FolderTarget:
    """A :class:`engine.io.target.Target` that is a folder on an object store: files are written where they will stay.

    Parameters
    ----------
    store, folder
        Where it is.
    format
        Of the files.
    mode
        ``"error"``, ``"overwrite"`` or ``"append"``.
    job
        Token in the names of the job's files.
    """

    def __init__(self, store: Store, folder: str, format: str, mode: str, job: str) -> None:
        self._store = store
        self._folder = folder
        self._format = format
        self._mode = mode
        self._job = job

    def key(self, path: str) -> str:
        return posixpath.join(self._folder, path)

    def prepare(self) -> int:
        if self._store.stat(self._folder) is not None:
            kind = FileExistsError if self._mode == "error" else NotADirectoryError
            raise kind(f"{self._url} is a file, so no folder of parts can be written there")
        before = read_manifest(self._store, self._folder)
        if before is None or not before.of_job(self._job):
            self._check(before)
        kept = self._kept(before) if self._mode == "append" else ()
        return max((number_of(file.path) + 1 for file in kept), default=0)

    def commit(self, files: Sequence[FileEntry]) -> tuple[FileEntry, ...]:
        for number in range(_MOST_TRIES):
            before = read_manifest(self._store, self._folder)
            if before is not None and before.of_job(self._job):
                return self._tidied(before).of_job(self._job)
            self._check(before)
            if number == 0:
                self._check_written(files)
            try:
                return self._tidied(self._publish(files, before)).of_job(self._job)
            except (FileExistsError, Conflict):
                continue
        raise StorageError(f"{self._url}: the manifest changed {_MOST_TRIES} times while it was written")

    def abort(self) -> None:
        manifest = read_manifest(self._store, self._folder)
        named = {file.path for file in manifest.of_job(self._job)} if manifest else set()
        self._delete(path for path in self._paths() if job_of(path) == self._job and path not in named)

    def _check(self, before: Manifest | None) -> None:
        if self._mode == "error" and (before is not None or self._strangers()):
            raise FileExistsError(f"{self._url} {HOW_TO_GO_ON['folder']}")
        if self._mode == "append" and before is not None and before.format != self._format:
            raise ValueError(f"{self._url} holds {before.format} files, so {self._format} cannot be appended")

    def _check_written(self, files: Sequence[FileEntry]) -> None:
        sizes = self._written()
        for file in files:
            size = sizes.get(file.path)
            if size != file.bytes:
                state = "is gone" if size is None else f"has {size} bytes, not {file.bytes}"
                raise OSError(f"{self._url}: the written file {file.path} {state}; nothing was committed")

    def _publish(self, files: Sequence[FileEntry], before: Manifest | None) -> Manifest:
        """Write the manifest that makes the files count, if nobody was faster."""
        kept = self._kept(before) if self._mode == "append" else ()
        old = self._replaced(before) if self._mode == "overwrite" else ()
        obsolete = (*(before.obsolete if before else ()), *old)
        manifest = Manifest(self._format, (*kept, *files), obsolete, before.version if before else "")
        return write_manifest(self._store, self._folder, manifest)

    def _tidied(self, manifest: Manifest) -> Manifest:
        """Delete what no longer counts; whoever comes next does it if this process does not live to."""
        if manifest.obsolete:
            self._delete(manifest.obsolete)
            with contextlib.suppress(Conflict):
                return write_manifest(self._store, self._folder, replace(manifest, obsolete=()))
        return manifest

    def _kept(self, before: Manifest | None) -> Sequence[FileEntry]:
        return before.files if before else self._strangers()

    def _strangers(self) -> list[FileEntry]:
        """Files of a folder without a manifest, which other programs wrote."""
        found = self._paths()
        visible = [path for path in found if not any(part.startswith((".", "_")) for part in path.split("/"))]
        return [FileEntry(path, None, found[path], None) for path in visible if job_of(path) is None]

    def _replaced(self, before: Manifest | None) -> list[str]:
        """All that is there but the parts of writes that are not finished: they may belong to jobs that run."""
        named = {file.path for file in before.files} if before else set()
        unnamed = [path for path in self._paths() if path not in named and job_of(path) is None and path != MANIFEST]
        return sorted({*named, *unnamed} - set(before.obsolete if before else ()))

    def _written(self) -> dict[str, int]:
        """Sizes of the files that were written for the output."""
        return self._paths()

    def _paths(self) -> dict[str, int]:
        """Sizes of all files below the folder, by path."""
        return self._below(self._folder)

    def _below(self, folder: str) -> dict[str, int]:
        skip = len(folder.rstrip("/")) + 1 if folder else 0
        return {info.key[skip:]: info.size for info in self._store.list_files(folder)}

    def _delete(self, paths: Iterable[str]) -> None:
        self._store.delete([posixpath.join(self._folder, path) for path in paths])

    @property
    def _url(self) -> str:
        return self._store.url(self._folder)


class LocalFolderTarget(FolderTarget):
    """A folder on a local disk: files wait in a hidden folder beside it, and a new folder appears by one rename."""

    def key(self, path: str) -> str:
        return f"{self._staging}/{path}"

    def prepare(self) -> int:
        number = super().prepare()
        Path(self._staging).mkdir(parents=True, exist_ok=True)
        return number

    def abort(self) -> None:
        # A task that was left alone may still write there; then this is called again when it has ended.
        shutil.rmtree(self._staging, ignore_errors=True)
        super().abort()

    def _publish(self, files: Sequence[FileEntry], before: Manifest | None) -> Manifest:
        if before is None and _is_vacant(self._folder):
            return self._appear(files)
        self._bring(files, self._folder)
        return super()._publish(files, before)

    def _appear(self, files: Sequence[FileEntry]) -> Manifest:
        self._bring(files, self._fresh)
        self._store.delete([f"{self._fresh}/{MANIFEST}"])
        manifest = write_manifest(self._store, self._fresh, Manifest(self._format, tuple(files)))
        try:
            Path(self._fresh).rename(self._folder)
        except OSError as error:
            if error.errno in _TAKEN:
                raise Conflict(f"{self._folder}: it appeared while it was written") from error
            raise
        return manifest

    def _bring(self, files: Sequence[FileEntry], folder: str) -> None:
        """Move files to where they belong, from wherever an earlier try has left them."""
        for file in files:
            target = Path(folder, file.path)
            for source in (target, Path(self._fresh, file.path), Path(self._staging, file.path)):
                if source.exists():
                    _move(source, target)
                    break

    def _delete(self, paths: Iterable[str]) -> None:
        paths = list(paths)
        super()._delete(paths)
        for folder in sorted({posixpath.dirname(path) for path in paths} - {""}, reverse=True):
            while folder:
                with contextlib.suppress(OSError):
                    Path(self._folder, folder).rmdir()
                folder = posixpath.dirname(folder)

    def _written(self) -> dict[str, int]:
        return self._below(self._staging) | self._below(self._fresh) | self._paths()

    @property
    def _staging(self) -> str:
        parent, name = posixpath.split(self._folder)
        return f"{parent}/.{name}.staging-{self._job}"

    @property
    def _fresh(self) -> str:
        return f"{self._staging}/fresh"


def _is_vacant(folder: str) -> bool:
    """Whether a rename can put a folder there: nothing is, or an empty folder and not a link to one."""
    try:
        return not Path(folder).is_symlink() and not any(Path(folder).iterdir())
    except FileNotFoundError:
        return True


def _move(source: Path, target: Path) -> None:
    while source != target:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(target)
        except FileNotFoundError:
            # Another writer may remove the folder, which is still empty, between the two calls.
            if source.exists():
                continue
            raise
        return
