"""Fault points: named places in the engine where a test has it fail, repeatably; when off, a point is one comparison.

Faults are given as text, in the environment variable ``BIGFRAME_FAULTS`` or to `injected`::

    exchange.write:enospc@3;map.before_write:sleep=0.5@0x2;seed=7;marks=/folder

Each is ``POINT:KIND[=VALUE][@CALL][xTIMES]``. ``CALL`` is the number of the task that reaches the point, in whichever
stage, so the same call fails whatever order tasks run in; without it, the first calls fail. A fault happens ``TIMES``
times, once by default. Processes count these together in the folder of ``marks``, which outlives the killed ones;
without it each counts for itself. The seed decides which byte is flipped.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from engine.storage.urls import local_path

__all__ = ["KINDS", "POINTS", "VARIABLE", "Fault", "Faults", "injected", "number_of", "point", "switch_on", "task"]

VARIABLE = "BIGFRAME_FAULTS"

POINTS = {
    "task.start": "a task is about to read",
    "exchange.read": "a task is about to read exchange files",
    "map.before_write": "a task that read no exchange files is about to hand its rows over",
    "reduce.before_write": "a task that read exchange files is about to hand its rows over",
    "exchange.write": "an exchange file is written, but for its end",
    "exchange.written": "an exchange file is complete",
    "sink.written": "a task's part of an output is complete",
    "commit": "the driver is about to make an output visible",
}

KINDS = {
    "kill": "SIGKILL to the process",
    "enospc": "OSError: no space left on the device",
    "flip": "one bit of the file is changed, in its second quarter",
    "truncate": "the file loses its second half",
    "sleep": "VALUE seconds pass",
}

_FILES = ("flip", "truncate")
_FAULT = re.compile(r"(?P<point>[\w.]+):(?P<kind>[a-z]+?)(=(?P<value>[\d.]+))?(@(?P<call>\d+))?(x(?P<times>\d+))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at a point; the fields are the parts of its text.

    Examples
    --------
    >>> Fault.parse("exchange.write:enospc@3")
    Fault(point='exchange.write', kind='enospc', value=0.0, call=3, times=1)
    """

    point: str
    kind: str
    value: float = 0.0
    call: int | None = None
    times: int = 1

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read a fault.

        Raises
        ------
        ValueError
            The text has another form, or names no point or kind that there is.
        """
        found = _FAULT.fullmatch(text)
        if found is None:
            raise ValueError(f"a fault is POINT:KIND[=VALUE][@CALL][xTIMES], not {text!r}")
        point, kind, call = found["point"], found["kind"], found["call"]
        if point not in POINTS:
            raise ValueError(f"{text!r}: {point!r} is no fault point; there are {', '.join(POINTS)}")
        if kind not in KINDS:
            raise ValueError(f"{text!r}: {kind!r} is no kind of fault; there are {', '.join(KINDS)}")
        if kind in _FILES and point != "exchange.written":
            raise ValueError(f"{text!r}: only a file that is complete can be damaged, at exchange.written")
        return cls(
            point, kind, float(found["value"] or 0), None if call is None else int(call), int(found["times"] or 1)
        )


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults that are switched on together.

    Parameters
    ----------
    faults
        What goes wrong.
    marks
        Folder in which each fault that happens leaves a file: ``POINT-KIND-CALL-N``, with the process's id. None: only
        this process counts.
    seed
        Decides which byte is flipped.
    """

    faults: tuple[Fault, ...]
    marks: Path | None = None
    seed: int = 0
    _own: set[str] = field(default_factory=set, compare=False)

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read faults and settings, separated by semicolons; see the module.

        Examples
        --------
        >>> [fault.kind for fault in Faults.parse("task.start:kill@1;commit:sleep=2;seed=7;marks=/m").faults]
        ['kill', 'sleep']
        """
        settings = {"seed": "0", "marks": ""}
        faults = []
        for part in filter(None, text.split(";")):
            name, is_setting, value = part.partition("=")
            if is_setting and name in settings:
                settings[name] = value
            else:
                faults.append(Fault.parse(part))
        marks = Path(settings["marks"]) if settings["marks"] else None
        return cls(tuple(faults), marks, int(settings["seed"]))

    def reach(self, point: str, path: str) -> None:
        """Let happen what is due at a point."""
        call = _call.get()
        for fault in self.faults:
            if fault.point == point and fault.call in (None, call) and self._claim(fault, call):
                self._happen(fault, call, path)

    def _claim(self, fault: Fault, call: int) -> bool:
        """Whether this is one of the times that a fault happens, with all processes that share the marks."""
        named = "any" if fault.call is None else call
        return any(self._mark(f"{fault.point}-{fault.kind}-{named}-{number}") for number in range(fault.times))

    def _mark(self, name: str) -> bool:
        """Whether nobody left this mark before."""
        if self.marks is None:
            new = name not in self._own
            self._own.add(name)
            return new
        try:
            with (self.marks / name).open("x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            return False
        return True

    def _happen(self, fault: Fault, call: int, path: str) -> None:
        match fault.kind:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "enospc":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path or None)
            case "sleep":
                time.sleep(fault.value)
            case "flip":
                _flip(Path(local_path(path)), self._chosen(fault, call))
            case "truncate":
                os.truncate(local_path(path), os.path.getsize(local_path(path)) // 2)  # noqa: PTH202 - beside truncate

    def _chosen(self, fault: Fault, call: int) -> int:
        digest = hashlib.blake2b(f"{self.seed} {fault.point} {call}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big")


def _flip(path: Path, chosen: int) -> None:
    content = bytearray(path.read_bytes())
    # A file begins with a header that is read of one file of many, and ends with a footer that nobody here reads.
    position = len(content) // 4 + chosen % max(1, len(content) // 4)
    content[position] ^= 1 << chosen % 8
    # In place and not renamed over: what readers have mapped changes as well, as on a failing disk.
    with path.open("r+b") as file:
        file.write(content)


_active: Faults | None = Faults.parse(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None
_call: ContextVar[int] = ContextVar("bigframe_fault_call", default=0)


def number_of(key: str) -> int:
    """The task's number at the end of its key.

    Examples
    --------
    >>> number_of("3f2a-17"), number_of("t")
    (17, 0)
    """
    number = key.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def task(key: str) -> None:
    """Say which task this thread runs from now on."""
    if _active is not None:
        _call.set(number_of(key))
        point("task.start")


def point(name: str, path: str = "") -> None:
    """A place where a fault may happen.

    Parameters
    ----------
    name
        One of `POINTS`.
    path
        The file concerned, if there is one.
    """
    if _active is not None:
        _active.reach(name, path)


def switch_on(faults: Faults | None) -> Faults | None:
    """Replace the faults of this process; returns those before."""
    global _active
    before, _active = _active, faults
    return before


@contextmanager
def injected(text: str) -> Iterator[Faults]:
    """Switch faults on in this process while a block runs.

    Examples
    --------
    >>> with injected("commit:enospc"):
    ...     point("commit", "out.parquet")
    Traceback (most recent call last):
    OSError: [Errno 28] No space left on device: 'out.parquet'
    """
    faults = Faults.parse(text)
    before = switch_on(faults)
    try:
        yield faults
    finally:
        switch_on(before)
