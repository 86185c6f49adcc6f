"""Claims on job folders: equal jobs that run at the same moment in two processes must not share one."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from engine.storage.places import open_store
from engine.storage.store import Conflict
from engine.storage.urls import join

__all__ = ["claimed"]

_NAME = "claim.json"
_BEAT = 10.0
# A claim from another machine counts as left behind after this many seconds without a beat.
_STALE = 60.0


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
