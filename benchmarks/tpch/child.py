"""One system in a process of its own: answers come back with their time and the peak memory of the process tree."""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import psutil

from benchmarks.tpch.sampling import Sampler, process_tree
from benchmarks.tpch.systems import SYSTEMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    import pandas

SAMPLE_SECONDS = 0.05
# Listing a tree reads all of /proc, which is dear on a machine of many processes; trees change seldom.
LIST_SECONDS = 1.0

WARM_UP = 6


@dataclass(frozen=True)
class Run:
    """One query once: its answer, or why there is none."""

    seconds: float
    peak_bytes: int
    answer: pandas.DataFrame | None
    failure: str | None = None


class Child:
    """A system behind a pipe, started again after a death or a query that took too long.

    Parameters
    ----------
    system
        A name in `benchmarks.tpch.systems.SYSTEMS`.
    folder
        Of the tables.
    timeout
        Seconds after which a query is given up and the process killed.

    Examples
    --------
    >>> from benchmarks.tpch.child import Child
    >>> with Child("duckdb", "tpch-0.01", timeout=60) as child:  # doctest: +SKIP
    ...     child.run(6).seconds < 60
    True
    """

    def __init__(self, system: str, folder: str, timeout: float) -> None:
        self.system, self.folder, self.timeout = system, folder, timeout
        self._process: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._signal(signal.SIGCONT)
            self._pipe.close()
            self._process.join(30)
            self._kill()

    @contextmanager
    def awake(self) -> Iterator[None]:
        """A turn of the system: between turns its processes stand still, because a cluster that waits takes time as well."""
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def _signal(self, number: int) -> None:
        for process in process_tree(self._process.pid) if self._process else ():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def run(self, number: int) -> Run:
        """Answer one query.

        Parameters
        ----------
        number
            The query, 1 to 22.

        Returns
        -------
        Run
            Seconds as the child measured them, and the most resident memory of all its processes together, in bytes.
        """
        if self._process is None:
            self._start()
        assert self._process is not None
        with _Memory(self._process.pid) as memory:
            started = time.perf_counter()
            self._pipe.send(number)
            try:
                done = self._pipe.recv() if self._pipe.poll(self.timeout) else None
            except EOFError:
                done = "its process ended"
            elapsed = time.perf_counter() - started
        if isinstance(done, tuple):
            seconds, answer, failure = done
            return Run(seconds, memory.peak, answer, failure)
        self._kill()
        return Run(elapsed, memory.peak, None, done or f"not done after {self.timeout:g} s")

    def _start(self) -> None:
        # Spawned, because a fork would share the memory that is measured, and engines do not survive forks.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.system, self.folder))
        self._process.start()
        theirs.close()
        try:
            self._pipe.recv()
        except EOFError:
            self._kill()
            raise RuntimeError(f"{self.system} did not start; its error is above") from None

    def _kill(self) -> None:
        if self._process is None:
            return
        for process in process_tree(self._process.pid):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.join()
        self._pipe.close()
        self._process = None


class _Memory(Sampler):
    """Adds up resident memory while a query runs."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(self._add_up, SAMPLE_SECONDS)
        self.peak = 0
        self._pid = pid
        # Listed before the clock starts: on few cores that is time of the query otherwise.
        self._processes, self._listed = process_tree(pid), time.monotonic()

    def _add_up(self) -> None:
        if time.monotonic() - self._listed > LIST_SECONDS:
            self._processes, self._listed = process_tree(self._pid), time.monotonic()
        self.peak = max(self.peak, sum(_resident(process) for process in self._processes))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _serve(pipe: Connection, system: str, folder: str) -> None:
    with SYSTEMS[system](folder) as answer:
        # Engines import and start what they need with their first query; no query should be charged for it.
        answer(WARM_UP)
        pipe.send("ready")
        while True:
            try:
                number = pipe.recv()
            except EOFError:
                return
            started = time.perf_counter()
            try:
                result, failure = answer(number), None
            except Exception as error:  # noqa: BLE001 - whatever a system raises is its result
                result, failure = None, traceback.format_exception_only(error)[-1].strip()
            pipe.send((time.perf_counter() - started, result, failure))
