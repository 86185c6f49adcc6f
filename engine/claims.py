"""Claims on job folders: equal jobs that run at the same moment in two processes must not share one."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import psutil

from engine.exec.errors import ExchangeFull
from engine.exec.held import SCHEME, release
from engine.storage.places import open_store
from engine.storage.store import Conflict
from engine.storage.urls import join

__all__ = ["JobFolder", "claimed", "remove_folder"]

ROOM = 16 << 20
"""More of a task's rows than this belong on a storage."""

_NAME = "claim.json"
_BEAT = 10.0
# A claim from another machine counts as left behind after this many seconds without a beat.
_STALE = 60.0


class JobFolder:
    """A job's folder on the exchange storage, taken when something is first written there: most small jobs write nothing.

    Parameters
    ----------
    folder
        Equal jobs have equal folders, so a job that was cut off resumes.
    owned
        Whether no other job can have this folder; else it is claimed, and the job may get one beside it.

    kept
        Whether a later run may go on from what is in it, however short the job is.

    Attributes
    ----------
    brief
        Whether what is exchanged stays in this process: no folder, and nothing to go on from.
    """

    def __init__(self, folder: str, *, owned: bool, kept: bool = False) -> None:
        self._folder = folder
        self._owned = owned
        self._kept = kept or owned
        self._claim = ExitStack()
        self.brief = False

    def expect(self, *, brief: bool) -> None:
        """Learn whether the job takes but seconds, so that to run it again costs less than to keep what it did.

        Raises
        ------
        ExchangeFull
            There is something in memory already, and now it is to be kept.
        """
        if "path" not in vars(self):
            self.brief = brief and not self._kept
        elif self.brief and not brief:
            raise ExchangeFull(self.path)

    @cached_property
    def path(self) -> str:
        """The folder; asking takes it."""
        if self._owned:
            return self._folder
        return f"{SCHEME}{uuid.uuid4().hex}" if self.brief else self._claim.enter_context(claimed(self._folder))

    @property
    def room(self) -> int | None:
        """Bytes that a task may write there; None: what the storage has."""
        return ROOM if self.brief else None

    def remove(self) -> None:
        """Delete what is in it, if it was taken, or an owner before this one may have."""
        if self.brief and "path" in vars(self):
            release(self.path)
        elif self._owned or "path" in vars(self):
            remove_folder(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.brief:
            self.remove()
        self._claim.close()


def remove_folder(folder: str) -> None:
    """Delete what a job exchanged."""
    store, key = open_store(folder)
    store.delete_folder(key)


@contextmanager
def claimed(folder: str) -> Iterator[str]:
    """Hold a job's folder, or one beside it where another process that lives holds it.

    Whoever finds the claim of a process that died takes it over, and with it what that process had finished.

    Parameters
    ----------
    folder
        Of the job, the same for equal plans.

    Yields
    ------
    str
        The folder to use.
    """
    token = uuid.uuid4().hex
    while not _claim(folder, token):
        folder = f"{folder.partition('~')[0]}~{uuid.uuid4().hex[:8]}"
    done = threading.Event()
    beat = threading.Thread(target=_keep, args=(folder, token, done), name="bigframe-claim", daemon=True)
    beat.start()
    try:
        yield folder
    finally:
        done.set()
        beat.join()
        _release(folder, token)


def _release(folder: str, token: str) -> None:
    store, key = open_store(join(folder, _NAME))
    with suppress(OSError, ValueError):
        # The folder may have been removed with the claim, and claimed anew by somebody else.
        if json.loads(bytes(store.read(key)))["token"] == token:
            store.delete([key])


def _claim(folder: str, token: str) -> bool:
    store, key = open_store(join(folder, _NAME))
    for _ in range(3):
        try:
            store.write(key, _mark(token), if_absent=True)
            return True
        except FileExistsError:
            pass
        try:
            found = store.stat(key)
            if found is None:
                continue
            if _lives(json.loads(bytes(store.read(key, found.version)))):
                return False
            store.write(key, _mark(token), if_version=found.version)
            return True
        except (Conflict, OSError, ValueError):
            # It changed under our eyes: somebody was quicker.
            continue
    return False


def _keep(folder: str, token: str, done: threading.Event) -> None:
    while not done.wait(_BEAT):
        store, key = open_store(join(folder, _NAME))
        with suppress(OSError):
            store.write(key, _mark(token))


def _mark(token: str) -> bytes:
    own = psutil.Process()
    mark = {"host": socket.gethostname(), "pid": own.pid, "started": own.create_time(), "token": token}
    return json.dumps({**mark, "beat": time.time()}).encode()


def _lives(mark: dict[str, Any]) -> bool:
    if mark["host"] != socket.gethostname():
        return time.time() - float(mark["beat"]) < _STALE
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(mark["pid"]).create_time() == mark["started"])
    return False
