"""The one retry policy of remote storage: jitter, a deadline, and a budget that all calls of the process share."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from bigframe.errors import StorageError
from engine.storage.meter import METER

__all__ = ["Transient", "deadline", "persistently"]

T = TypeVar("T")

DEADLINE_VARIABLE = "BIGFRAME_STORAGE_DEADLINE"
_DEADLINE = 120.0
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 5.0
# A store that is slow to answer gets at most this many retries a second from one process, after a first burst.
_RETRIES_PER_SECOND, _BURST = 50.0, 200.0


class Transient(Exception):
    """A call failed in a way that may pass; the message is fit for users and holds no secrets."""


class _Budget:
    """Tokens for retries: one each, refilled with time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens, self._filled = _BURST, time.monotonic()

    def wait(self) -> float:
        """Take a token; the seconds to wait until it is there."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(_BURST, self._tokens + (now - self._filled) * _RETRIES_PER_SECOND) - 1
            self._filled = now
            return max(0.0, -self._tokens / _RETRIES_PER_SECOND)


_budget = _Budget()


def deadline() -> float:
    """Seconds for which a call is tried: ``BIGFRAME_STORAGE_DEADLINE``, or 120."""
    return float(os.environ.get(DEADLINE_VARIABLE) or _DEADLINE)


def persistently(call: Callable[[], T], what: str) -> T:
    """Call until it succeeds, fails for good, or the deadline has passed.

    Waits grow from 50 ms to 5 s and are drawn at random below that ("full jitter", Brooker, *Exponential Backoff And
    Jitter*, AWS Architecture Blog 2015), so that many clients do not come back at once.

    Parameters
    ----------
    call
        Idempotent; raises `Transient` where another try may succeed.
    what
        Names the call in the error, such as ``"reading s3://bucket/key"``.

    Raises
    ------
    StorageError
        ``STORAGE_UNAVAILABLE``, with the number of tries and the last failure.
    """
    started, limit, tries = time.monotonic(), deadline(), 0
    while True:
        tries += 1
        METER.add(requests=1, retries=tries > 1)
        try:
            return call()
        except Transient as failure:
            wait = max(random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries - 1, 10))), _budget.wait())
            left = limit - (time.monotonic() - started)
            if left <= 0:
                raise StorageError(
                    f"{what} failed {tries} times in {time.monotonic() - started:.0f} s, the last time with: {failure}"
                ) from None
            # The last try is made at the deadline itself, so that a store which comes back just in time is found.
            time.sleep(min(wait, left))
