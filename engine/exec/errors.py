"""Failures of the execution layer that a driver tells apart: lost inputs, lost workers, foreign versions."""

from __future__ import annotations

from collections.abc import Iterable

from bigframe.errors import ExecutionError, MemoryLimitError

__all__ = [
    "ExchangeCorrupt",
    "ExchangeFull",
    "ExchangesLost",
    "TaskError",
    "TaskOutOfMemory",
    "VersionMismatch",
    "WorkerTraceback",
    "WorkersLost",
]


class WorkerTraceback(str):
    """A note of an error: where on a worker it was raised. For logs and terminals of the engine's own machines."""

    __slots__ = ()


class ExchangeCorrupt(ExecutionError):
    """An exchange file is missing, truncated or fails its checksum, so its producer has to run again.

    Parameters
    ----------
    path
        The file or object.
    producer
        Key of the task that wrote it.
    reason
        What is wrong with it.

    Examples
    --------
    >>> str(ExchangeCorrupt("x/m3.arrow", "map-3", "missing"))
    "exchange file 'x/m3.arrow' of task 'map-3': missing"
    """

    def __init__(self, path: str, producer: str, reason: str) -> None:
        # All arguments reach Exception.__init__, so that the error survives pickling from a worker.
        super().__init__(path, producer, reason)
        self.path = path
        self.producer = producer
        self.reason = reason

    def __str__(self) -> str:
        return f"exchange file {self.path!r} of task {self.producer!r}: {self.reason}"


class ExchangeFull(ExecutionError):
    """The exchange storage has no space left. The job ends and its files are removed: kept, they would fill the disk.

    Parameters
    ----------
    path
        The file that could not be written.

    Examples
    --------
    >>> str(ExchangeFull("x/m3.arrow"))
    "no space left for the exchange file 'x/m3.arrow'; free some, or connect with a storage= that has more"
    """

    code = "NO_SPACE"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"no space left for the exchange file {self.path!r}; free some, or connect with a storage= that has more"


class ExchangesLost(ExecutionError):
    """Tasks could not read their inputs; every other task that had started was finished and reported.

    Parameters
    ----------
    failures
        What the tasks reported, at least one.

    Examples
    --------
    >>> ExchangesLost([ExchangeCorrupt("x/m3.arrow", "map-3", "missing")]).producers
    ('map-3',)
    """

    def __init__(self, failures: Iterable[ExchangeCorrupt]) -> None:
        self.failures = tuple(failures)
        super().__init__("; ".join(dict.fromkeys(str(failure) for failure in self.failures)))

    @property
    def producers(self) -> tuple[str, ...]:
        """Keys of the tasks to run again, without repeats, in the order reported."""
        return tuple(dict.fromkeys(failure.producer for failure in self.failures))


class WorkersLost(ExecutionError):
    """A task was lost with its worker more often than a task is retried; the last time it ran alone.

    Parameters
    ----------
    task
        Key of the task.
    attempts
        How often it was started.
    worker
        Address of the last worker lost, if known.
    """

    def __init__(self, task: str, attempts: int, worker: str) -> None:
        super().__init__(
            f"task {task!r} was lost {attempts} times because its worker died (last: {worker or 'unknown'}), the last"
            " time while nothing else ran. Usual causes: more memory than the worker has, or a crash in native code."
        )
        self.task = task
        self.attempts = attempts
        self.worker = worker


class TaskOutOfMemory(MemoryLimitError):
    """A task took more memory than its process may have; the process was ended, and what it wrote does not count.

    Parameters
    ----------
    task
        Key of the task.
    used
        The most that was seen of the process's own memory, in bytes.
    limit
        Bytes that it may have; None where the system set the limit.

    Examples
    --------
    >>> str(TaskOutOfMemory("join-3", 2_100_000_000, 2_000_000_000))
    "task 'join-3' took 2.10 GB of memory, above its limit of 2.00 GB"
    """

    def __init__(self, task: str, used: int, limit: int | None) -> None:
        super().__init__(task, used, limit)
        self.task = task
        self.used = used
        self.limit = limit

    def __str__(self) -> str:
        if self.limit is None or self.used <= self.limit:
            return f"task {self.task!r} took {self.used / 1e9:.2f} GB of memory or more, and its process was ended"
        return (
            f"task {self.task!r} took {self.used / 1e9:.2f} GB of memory, above its limit of {self.limit / 1e9:.2f} GB"
        )


class TaskError(ExecutionError):
    """A task raised an exception that cannot be carried from its worker; the message holds its type and text."""


class VersionMismatch(ExecutionError, ConnectionError):
    """A scheduler or worker runs other versions than this process, so answers could differ silently."""
