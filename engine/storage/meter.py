"""Counters of what this process asked of storage, for metrics and tests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields

__all__ = ["METER", "Usage"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked of stores that are not local disks.

    Parameters
    ----------
    requests
        Calls, retries included.
    retries
        Calls that were made again.
    fetched, sent
        Bytes of content that came and went.
    """

    requests: int = 0
    retries: int = 0
    fetched: int = 0
    sent: int = 0

    def __sub__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))


class Meter:
    """Adds up usage over all threads of the process; take the difference of two readings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = Usage()

    def add(self, *, requests: int = 0, retries: int = 0, fetched: int = 0, sent: int = 0) -> None:
        """Count one call's doings."""
        with self._lock:
            now = self._total
            self._total = Usage(now.requests + requests, now.retries + retries, now.fetched + fetched, now.sent + sent)

    def read(self) -> Usage:
        """Everything since the process began."""
        return self._total


METER = Meter()
