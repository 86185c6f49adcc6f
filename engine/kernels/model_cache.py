"""Models loaded once per worker process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")

_guard = threading.Lock()
_locks: dict[str, threading.Lock] = {}
_models: dict[str, Any] = {}


def load_once(payload_hash: str, build: Callable[[], T]) -> T:
    """Object of this process for a payload, built at its first use.

    Threads that ask for the same payload wait for one build; other payloads build meanwhile. A build that raises
    leaves nothing behind, so the next call tries again.

    Parameters
    ----------
    payload_hash
        Hash of the payload that `build` unpacks: equal payloads share one object.
    build
        Makes the object.

    Returns
    -------
    T
        The same object at every call in this process.

    Raises
    ------
    Exception
        Whatever `build` raises.

    Examples
    --------
    >>> load_once("a1b2", lambda: ["loaded"]) is load_once("a1b2", lambda: ["never called"])
    True
    """
    with _guard:
        lock = _locks.setdefault(payload_hash, threading.Lock())
    with lock:
        if payload_hash not in _models:
            _models[payload_hash] = build()
        return cast("T", _models[payload_hash])


def its_turn(payload_hash: str) -> threading.Lock:
    """Lock to hold while calling a model: models need not be safe to call from several of Polars' threads at once.

    Parameters
    ----------
    payload_hash
        Hash of the payload, which `load_once` has built.

    Returns
    -------
    threading.Lock
        The same lock at every call in this process.
    """
    return _locks[payload_hash]
