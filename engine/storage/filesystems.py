"""Every other place that fsspec knows: memory, HTTP, Hugging Face, other clouds."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any, NoReturn, TypeVar

from bigframe.errors import InputChanged, StorageError
from engine.storage.meter import METER
from engine.storage.retry import Transient, persistently
from engine.storage.store import Conflict, ObjectInfo

__all__ = ["FilesystemStore"]

T = TypeVar("T")

_SPOOLED = 64 << 20


class FilesystemStore:
    """The :class:`engine.storage.store.Store` of a file system of fsspec.

    Conditional writes look before they write, which is not safe against writers at the same moment: only S3 and local
    disks can promise that.

    Parameters
    ----------
    place
        Scheme and host, such as ``memory://doc``.
    options
        What the file system takes.
    """

    def __init__(self, place: str, options: Mapping[str, Any]) -> None:
        from fsspec.core import url_to_fs

        self.place = place
        try:
            self._fs: Any = url_to_fs(place, **options)[0]
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None

    def __repr__(self) -> str:
        return f"FilesystemStore({self.place!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a store holds secrets and does not leave its process; open its URL where it is needed")

    def url(self, key: str) -> str:
        return f"{self.place}/{key}"

    def stat(self, key: str) -> ObjectInfo | None:
        def look() -> Mapping[str, Any]:
            self._fs.invalidate_cache()
            found: Mapping[str, Any] = self._fs.info(self._name(key))
            return found

        try:
            info = self._call("looking at", key, look)
        except FileNotFoundError:
            return None
        return None if info["type"] == "directory" else self._info(key, info)

    def list_files(self, folder: str) -> list[ObjectInfo]:
        def listing() -> Mapping[str, Any]:
            self._fs.invalidate_cache()
            found: Mapping[str, Any] = self._fs.find(self._name(folder), detail=True)
            return found

        try:
            found = self._call("listing", folder, listing)
        except (FileNotFoundError, NotImplementedError):
            return []
        root = self._name("")
        infos = [self._listed(name[len(root) :].lstrip("/"), info) for name, info in found.items()]
        # fsspec finds a file below itself; a file is no folder.
        return sorted((info for info in infos if info.key != folder.strip("/")), key=lambda info: info.key)

    def read(self, key: str, version: str | None = None) -> Any:
        self._check(key, version)
        body: bytes = self._call("reading", key, lambda: self._fs.cat_file(self._name(key)))
        METER.add(fetched=len(body))
        return body

    def read_ranges(self, key: str, ranges: Sequence[tuple[int, int]], version: str | None = None) -> list[Any]:
        self._check(key, version)
        names, starts, stops = [self._name(key)] * len(ranges), [r[0] for r in ranges], [r[1] for r in ranges]

        def fetch() -> list[bytes]:
            bodies: list[Any] = self._fs.cat_ranges(names, starts, stops, on_error="return")
            failures = [body for body in bodies if isinstance(body, Exception)]
            if failures:
                raise failures[0]
            return bodies

        bodies = self._call("reading", key, fetch)
        METER.add(fetched=sum(map(len, bodies)))
        # A web server that knows no ranges answers with the whole file.
        cut = zip(bodies, ranges, strict=True)
        return [body[start:stop] if len(body) > stop - start else body for body, (start, stop) in cut]

    def write(self, key: str, data: Any, *, if_absent: bool = False, if_version: str | None = None) -> ObjectInfo:
        now = self.stat(key) if if_absent or if_version is not None else None
        if if_absent and now is not None:
            raise FileExistsError(f"{self.url(key)} exists")
        if if_version is not None and (now is None or now.version != if_version):
            raise Conflict(f"{self.url(key)}: it changed since it was read")
        self._call("writing", key, lambda: self._fs.pipe_file(self._name(key), bytes(data)))
        METER.add(sent=len(memoryview(data)))
        info = self.stat(key)
        assert info is not None
        return info

    @contextlib.contextmanager
    def open_writer(self, key: str) -> Iterator[IO[bytes]]:
        with tempfile.SpooledTemporaryFile(_SPOOLED) as spool:
            yield spool
            spool.seek(0)
            self.write(key, spool.read())

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            with contextlib.suppress(FileNotFoundError):
                self._call("deleting", key, lambda key=key: self._fs.rm_file(self._name(key)))  # type: ignore[misc]

    def delete_folder(self, folder: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._call("deleting", folder, lambda: self._fs.rm(self._name(folder), recursive=True))

    def sign(self, key: str, seconds: int) -> str | None:
        with contextlib.suppress(NotImplementedError):
            return str(self._fs.sign(self._name(key), expiration=seconds))
        return None

    def _name(self, key: str) -> str:
        name: str = self._fs._strip_protocol(self.url(key))
        return name

    def _listed(self, key: str, info: Mapping[str, Any]) -> ObjectInfo:
        # The listing of a web server is a page of links, which says nothing of what they lead to.
        known = self.stat(key) if info.get("size") is None else None
        return known or self._info(key, info)

    def _info(self, key: str, info: Mapping[str, Any]) -> ObjectInfo:
        known = ("ETag", "etag", "LastModified", "mtime", "created", "last_commit")
        token = next((info[name] for name in known if info.get(name)), "")
        # Listings and single look-ups of one store may give the same moment as a datetime and as a number.
        token = token.timestamp() if isinstance(token, datetime) else token
        return ObjectInfo(key.strip("/"), int(info["size"] or 0), f"{token}-{info['size']}")

    def _check(self, key: str, version: str | None) -> None:
        if version is None:
            return
        now = self.stat(key)
        if now is None:
            raise FileNotFoundError(f"{self.url(key)} does not exist")
        if now.version != version:
            raise InputChanged(f"{self.url(key)}: the file was replaced after the job was planned; run the job again")

    def _call(self, doing: str, key: str, call: Callable[[], T]) -> T:
        what = f"{doing} {self.url(key)}"

        def once() -> T:
            try:
                return call()
            except (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, NotImplementedError):
                raise
            except PermissionError as error:
                raise StorageError(f"{what}: not allowed ({type(error).__name__})", "STORAGE_FORBIDDEN") from None
            except Exception as error:
                status = getattr(error, "status", None)
                if status in (401, 403):
                    raise StorageError(f"{what}: not allowed ({status})", "STORAGE_FORBIDDEN") from None
                if not isinstance(error, OSError) and status is None and type(error).__module__ == "builtins":
                    raise
                raise Transient(f"{type(error).__name__} {status or ''}".strip()) from None

        return persistently(once, what)
