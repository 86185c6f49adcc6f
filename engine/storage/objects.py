"""S3 and what speaks like it, through obstore; every call under the one retry policy."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache
from typing import IO, Any, NoReturn, TypeVar

import obstore
from obstore import exceptions

from bigframe.errors import InputChanged, StorageError
from engine.storage.meter import METER
from engine.storage.retry import Transient, persistently
from engine.storage.s3_connection import connect, object_settings
from engine.storage.s3_errors import status_of, translated
from engine.storage.store import Conflict, ObjectInfo

__all__ = ["ObjectStore"]

T = TypeVar("T")

# From here on a body goes up in parts; below, one PUT is faster and atomic by itself.
_ONE_PUT = 16 << 20
# What a writer keeps in memory before it spools to disk.
_SPOOLED = 64 << 20
_PARALLEL = 16
_PART_RETRIES = {
    "max_retries": 10,
    "backoff": {"init_backoff": timedelta(seconds=0.05), "max_backoff": timedelta(seconds=1), "base": 2},
}
# Neighbouring ranges nearer than this are fetched as one: a request costs about what these bytes cost.
_GAP = 64 << 10


class ObjectStore:
    """The :class:`engine.storage.store.Store` of one bucket.

    Parameters
    ----------
    place
        ``s3://bucket``.
    options
        Keys, endpoint and region under the names of s3fs, Polars or obstore; what is not named comes from the
        standard ``AWS_*`` variables or the shared configuration files.
    """

    def __init__(self, place: str, options: Mapping[str, Any]) -> None:
        self.place = place
        bucket, settings = place.removeprefix("s3://"), object_settings(options)
        # Ours is the only policy: two would multiply.
        self._store = connect(bucket, settings, {"max_retries": 0, "retry_timeout": timedelta(0)})
        # But for the parts of an upload, where one part that failed would throw away all the others.
        self._uploads = connect(bucket, settings, _PART_RETRIES)

    def __repr__(self) -> str:
        return f"ObjectStore({self.place!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a store holds secrets and does not leave its process; open its URL where it is needed")

    def url(self, key: str) -> str:
        return f"{self.place}/{key}"

    def stat(self, key: str) -> ObjectInfo | None:
        try:
            return _info(self._call("looking at", key, lambda: obstore.head(self._store, key)))
        except FileNotFoundError:
            return None
        except StorageError as error:
            if error.code != "STORAGE_UNAVAILABLE":
                self._get(key, (0, 1), None)  # refused like HEAD, but with a body that says why
            raise

    def list_files(self, folder: str) -> list[ObjectInfo]:
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else None
        found: list[ObjectInfo] = []

        def listing() -> None:
            # A listing that broke off goes on behind the last key that it gave.
            for page in obstore.list(self._store, prefix, offset=found[-1].key if found else None):
                found.extend(map(_info, page))

        self._call("listing", folder, listing)
        return sorted(found, key=lambda info: info.key)

    def read(self, key: str, version: str | None = None) -> Any:
        return self._get(key, None, version)

    def read_ranges(self, key: str, ranges: Sequence[tuple[int, int]], version: str | None = None) -> list[Any]:
        spans = _coalesced(ranges)
        if len(spans) == 1:
            bodies = [self._get(key, spans[0], version)]
        else:
            bodies = list(_pool().map(lambda span: self._get(key, span, version), spans))
        return [_cut(spans, bodies, start, stop) for start, stop in ranges]

    def write(self, key: str, data: Any, *, if_absent: bool = False, if_version: str | None = None) -> ObjectInfo:
        mode: Any = "create" if if_absent else {"e_tag": if_version} if if_version is not None else "overwrite"
        tries = 0

        def put() -> Any:
            nonlocal tries
            tries += 1
            try:
                return obstore.put(self._store, key, data, mode=mode, use_multipart=False)
            except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
                # The answer to an earlier try may have been lost on its way.
                if tries > 1 and bytes(self._get(key, None, None)) == bytes(data):
                    return obstore.head(self._store, key)
                raise

        try:
            result = self._call("writing", key, put)
        except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
            if if_absent:
                raise FileExistsError(f"{self.url(key)} exists") from None
            raise Conflict(f"{self.url(key)}: it changed since it was read") from None
        METER.add(sent=len(memoryview(data)))
        return ObjectInfo(key, len(memoryview(data)), _version(result))

    @contextlib.contextmanager
    def open_writer(self, key: str) -> Iterator[IO[bytes]]:
        # Uploaded at the end, so that a failed upload can be made again and a failed block leaves nothing to abort.
        with tempfile.SpooledTemporaryFile(_SPOOLED) as spool:
            yield spool
            size = spool.seek(0, io.SEEK_END)

            def put() -> Any:
                spool.seek(0)
                if size <= _ONE_PUT:
                    return obstore.put(self._store, key, spool.read(), use_multipart=False)
                body: Any = spool
                return obstore.put(self._uploads, key, body, use_multipart=True, chunk_size=8 << 20)

            self._call("writing", key, put)
            METER.add(sent=size)

    def delete(self, keys: Sequence[str]) -> None:
        if keys:
            self._call("deleting", keys[0], lambda: obstore.delete(self._store, list(keys)), missing_ok=True)

    def delete_folder(self, folder: str) -> None:
        self.delete([info.key for info in self.list_files(folder)])

    def sign(self, key: str, seconds: int) -> str | None:
        return obstore.sign(self._store, "GET", key, timedelta(seconds=seconds))

    def _get(self, key: str, span: tuple[int, int] | None, version: str | None) -> Any:
        options: Any = {} if span is None else {"range": span}
        if version is not None:
            options["if_match"] = version

        def get() -> Any:
            try:
                answer = obstore.get(self._store, key, options=options)
            except exceptions.GenericError as error:
                if status_of(error) == 416:  # the range begins behind the end
                    return b""
                raise
            begin, end = answer.range
            body = answer.bytes()
            METER.add(fetched=len(body))
            if len(body) != end - begin:
                raise Transient(f"the body ended after {len(body):,} of {end - begin:,} bytes")
            return body

        try:
            return self._call("reading", key, get)
        except exceptions.PreconditionError:
            changed = "the object was replaced after the job was planned; run the job again"
            raise InputChanged(f"{self.url(key)}: {changed}") from None

    def _call(self, doing: str, key: str, call: Callable[[], T], *, missing_ok: bool = False) -> T:
        """Make a call under the retry policy, with the store's errors turned into ours; secrets stay out of them."""
        url = self.url(key)

        def once() -> T:
            try:
                return call()
            except (FileNotFoundError, exceptions.NotFoundError):
                if missing_ok:
                    return None  # type: ignore[return-value]
                raise FileNotFoundError(f"{url} does not exist") from None
            except exceptions.AlreadyExistsError:
                raise
            except exceptions.PreconditionError:
                raise
            except (exceptions.BaseError, OSError) as error:
                raise translated(error, f"{doing} {url}") from None

        return persistently(once, f"{doing} {url}")


@lru_cache(1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_PARALLEL, "storage")


def _info(meta: Mapping[str, Any]) -> ObjectInfo:
    return ObjectInfo(meta["path"], meta["size"], _version(meta))


def _version(meta: Mapping[str, Any]) -> str:
    # Without its quotes: Ceph compares the header with the bare token, and the others take both.
    return (meta["e_tag"] or "").strip('"')


def _coalesced(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, neighbours joined where the gap between them is small."""
    spans: list[tuple[int, int]] = []
    for start, stop in sorted(r for r in ranges if r[1] > r[0]):
        if spans and start - spans[-1][1] <= _GAP:
            spans[-1] = (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((start, stop))
    return spans


def _cut(spans: Sequence[tuple[int, int]], bodies: Sequence[Any], start: int, stop: int) -> Any:
    for (begin, end), body in zip(spans, bodies, strict=True):
        if begin <= start and stop <= end:
            return memoryview(body)[start - begin : stop - begin]
    return b""
