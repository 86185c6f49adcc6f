"""Single files as outputs: parts wait beside the target, are joined, and the target appears whole."""

from __future__ import annotations

import contextlib
import json
import mmap
import posixpath
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa

from bigframe.errors import SourceError
from engine.io.manifests import FileEntry, read_file, verify
from engine.io.outputs import ChecksumWriter
from engine.io.target import HOW_TO_GO_ON
from engine.storage.store import Store

__all__ = ["FileTarget", "LocalFileTarget"]

_RECEIPT = "receipt.json"
# S3 takes no more in one request, and only one request can be conditional.
_MOST_AT_ONCE = 5 << 30
_COPIED = 4 << 20

Join = Callable[[Sequence[BinaryIO], BinaryIO], None]


class FileTarget:
    """A :class:`engine.io.target.Target` that is one object: the joined parts are sent from a temporary file.

    Parameters
    ----------
    store, key
        Where it is.
    mode
        ``"error"`` or ``"overwrite"``.
    job
        Token that names the staging folder.
    join
        Writes the rows of several files as one.
    lone_is_whole
        Whether a lone part is the file already.
    """

    def __init__(self, store: Store, key: str, mode: str, job: str, join: Join, *, lone_is_whole: bool) -> None:
        self._store = store
        self._target = key
        self._mode = mode
        self._job = job
        self._join = join
        self._lone_is_whole = lone_is_whole

    def key(self, path: str) -> str:
        return f"{self._staging}/{path}"

    def prepare(self) -> int:
        if self._is_folder():
            raise IsADirectoryError(f"{self._url} is a folder; name a file in it, or remove it")
        if self._mode == "error" and self._store.stat(self._target) is not None and not self._standing():
            raise self._taken()
        return 0

    def commit(self, files: Sequence[FileEntry]) -> tuple[FileEntry, ...]:
        standing = self._standing()
        if standing is not None:
            return (standing,)
        self.prepare()
        with self._workplace() as folder:
            path = f"{folder}/joined"
            size, checksum = self._joined(files, path)
            rows = sum(file.rows or 0 for file in files)
            entry = FileEntry(posixpath.basename(self._target), rows, size, checksum, self._job)
            # Before the target: a process that dies between the two leaves a receipt that fits nothing.
            self._store.write(self.key(_RECEIPT), json.dumps(asdict(entry)).encode())
            try:
                self._publish(path, size)
            except FileExistsError:
                raise self._taken() from None
        return (entry,)

    def abort(self) -> None:
        self._store.delete_folder(self._staging)

    def _standing(self) -> FileEntry | None:
        """The target as an earlier try of this job wrote it, by the receipt that was left; None where it did not."""
        try:
            receipt = FileEntry(**json.loads(bytes(memoryview(self._store.read(self.key(_RECEIPT))))))
        except FileNotFoundError:
            return None
        now = self._store.stat(self._target)
        if now is None or now.size != receipt.bytes:
            return None
        return receipt if f"{zlib.crc32(self._store.read(self._target)):08x}" == receipt.checksum else None

    @contextlib.contextmanager
    def _workplace(self) -> Iterator[str]:
        """A local folder for the file to be."""
        with tempfile.TemporaryDirectory(prefix="bigframe-") as folder:
            yield folder

    def _joined(self, files: Sequence[FileEntry], path: str) -> tuple[int, str]:
        """Write the file to be; its size and checksum."""
        with Path(path).open("wb") as raw:
            output = ChecksumWriter(raw)
            self._join(self._parts(files, path), cast("BinaryIO", output))
        return output.bytes, output.checksum

    def _parts(self, files: Sequence[FileEntry], path: str) -> list[BinaryIO]:
        """The parts, verified, in one temporary file: however many there are, they need no memory."""
        with Path(f"{path}.parts").open("wb") as spool:
            starts = []
            for file in files:
                starts.append(spool.tell())
                spool.write(self._read(file))
        if not starts or not Path(spool.name).stat().st_size:
            return [cast("BinaryIO", pa.BufferReader(b"")) for _ in files]
        with pa.memory_map(spool.name) as mapped:
            whole = mapped.read_buffer()
        slices = [whole.slice(start, file.bytes) for start, file in zip(starts, files, strict=True)]
        return [cast("BinaryIO", pa.BufferReader(part)) for part in slices]

    def _read(self, file: FileEntry) -> Any:
        try:
            return read_file(self._store, self._staging, file)
        except SourceError as error:
            raise OSError(f"{self._url}: nothing was committed: {error}") from error

    def _publish(self, path: str, size: int) -> None:
        """Put the joined file to its place, whole; FileExistsError where it may not replace what is there."""
        if self._mode == "overwrite":
            with self._store.open_writer(self._target) as file, Path(path).open("rb") as joined:
                shutil.copyfileobj(joined, file, _COPIED)
            return
        if size > _MOST_AT_ONCE:
            raise ValueError(f"{self._url}: {size:,} bytes are too many for one new object; write a folder")
        with Path(path).open("rb") as joined:
            content = mmap.mmap(joined.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
            self._store.write(self._target, content, if_absent=True)

    def _is_folder(self) -> bool:
        return bool(self._store.list_files(self._target))

    def _taken(self) -> FileExistsError:
        return FileExistsError(f"{self._url} {HOW_TO_GO_ON['file']}")

    @property
    def _url(self) -> str:
        return self._store.url(self._target)

    @property
    def _staging(self) -> str:
        parent, name = posixpath.split(self._target)
        return posixpath.join(parent, f".{name}.staging-{self._job}")


class LocalFileTarget(FileTarget):
    """A file on a local disk: it gets its name by a link, or a rename where it replaces another."""

    def prepare(self) -> int:
        number = super().prepare()
        Path(self._staging).mkdir(parents=True, exist_ok=True)
        return number

    @contextlib.contextmanager
    def _workplace(self) -> Iterator[str]:
        yield self._staging

    def _joined(self, files: Sequence[FileEntry], path: str) -> tuple[int, str]:
        if len(files) > 1 or not self._lone_is_whole:
            return super()._joined(files, path)
        verify(self._store, self._staging, files[0])
        Path(path).unlink(missing_ok=True)
        Path(path).hardlink_to(self.key(files[0].path))
        return files[0].bytes, str(files[0].checksum)

    def _parts(self, files: Sequence[FileEntry], path: str) -> list[BinaryIO]:  # noqa: ARG002 - the base's names
        return [cast("BinaryIO", pa.BufferReader(self._read(file))) for file in files]

    def _publish(self, path: str, size: int) -> None:  # noqa: ARG002 - the base's names
        if self._mode == "overwrite":
            Path(path).replace(self._target)
        else:
            # A link, unlike a rename, fails where the name is taken.
            Path(self._target).hardlink_to(path)

    def _is_folder(self) -> bool:
        return Path(self._target).is_dir()
