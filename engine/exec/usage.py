"""Usage: what the tasks of a process take of its processor, its memory and remote storage."""

from __future__ import annotations

import re
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from engine.storage.meter import METER

__all__ = ["Usage", "forget_peak", "own_memory", "peak_resident", "used"]


@dataclass
class Usage:
    """What one task has taken.

    Attributes
    ----------
    cpu_seconds
        Of all threads of the process, and of processes that it started and that have ended.
    peak_memory
        Largest resident size of the process while the task ran, in bytes: what its rows took, and whatever else was
        there. 0 where the system does not tell.
    bytes_fetched, bytes_sent, requests, retries
        Of stores that are not local disks, exchange files included.
    """

    cpu_seconds: float = 0.0
    peak_memory: int = 0
    bytes_fetched: float = 0
    bytes_sent: float = 0
    requests: float = 0
    retries: float = 0

    def to_json(self) -> dict[str, float]:
        """As JSON."""
        counts = ("bytes_fetched", "bytes_sent", "requests", "retries")
        measured = {"cpu_seconds": self.cpu_seconds, "peak_memory": self.peak_memory}
        return {**measured, **{name: round(getattr(self, name)) for name in counts}}


@contextmanager
def used() -> Iterator[Usage]:
    """Measure a task; what the process takes while several run is shared evenly among them, so that sums are right."""
    usage = Usage()
    with _lock:
        _share()
        if not _running:
            forget_peak()
        _running.append(usage)
    try:
        yield usage
    finally:
        with _lock:
            _share()
            _running[:] = [other for other in _running if other is not usage]


def forget_peak() -> None:
    """Let the kernel's high-water mark of resident memory start again from what is resident now."""
    try:
        with open("/proc/self/clear_refs", "wb", buffering=0) as file:  # noqa: PTH123 - a path costs more than the call
            file.write(b"5")
    except OSError:
        return


def peak_resident() -> int:
    """The high-water mark in bytes; 0 where the system does not tell."""
    return _status("self", "VmHWM")


def own_memory(pid: int) -> int:
    """Bytes of a process that belong to no file, so that they can only be had back by ending it; 0 where unknown."""
    return _status(pid, "RssAnon", "RssShmem", "VmSwap")


def _status(process: int | str, *fields: str) -> int:
    try:
        with open(f"/proc/{process}/status", "rb", buffering=0) as file:  # noqa: PTH123 - a path costs more than the call
            status = file.read()
    except OSError:
        return 0
    return sum(int(found[1]) << 10 for field in fields if (found := _kilobytes(field).search(status)))


@cache
def _kilobytes(field: str) -> re.Pattern[bytes]:
    return re.compile(rb"^%s:\s*(\d+) kB" % field.encode(), re.MULTILINE)


def _share() -> None:
    """Give what the process took since the last time to the tasks that ran since then."""
    global _seen
    before, _seen = _seen, _reading()
    peak = peak_resident() if _running else 0
    for usage in _running:
        share = [(now - then) / len(_running) for now, then in zip(_seen, before, strict=True)]
        usage.cpu_seconds += share[0]
        usage.bytes_fetched += share[1]
        usage.bytes_sent += share[2]
        usage.requests += share[3]
        usage.retries += share[4]
        usage.peak_memory = max(usage.peak_memory, peak)


def _reading() -> tuple[float, ...]:
    asked = METER.read()
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(time.ru_utime + time.ru_stime for time in times)
    return cpu, asked.fetched, asked.sent, asked.requests, asked.retries


_lock = threading.Lock()
_running: list[Usage] = []
_seen = _reading()
