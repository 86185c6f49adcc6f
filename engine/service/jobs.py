"""Jobs as the service keeps them: what was asked, how far it is, and which states may follow each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class State(StrEnum):
    """Where a job is in its life."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMMITTING = "COMMITTING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def terminal(self) -> bool:
        """Whether nothing follows.

        Examples
        --------
        >>> State.FAILED.terminal, State.COMMITTING.terminal
        (True, False)
        """
        return not FOLLOWING[self]


_ENDS = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})

FOLLOWING: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        # Answered from an earlier result or cancelled before it ran; or out of attempts.
        State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
        State.RUNNING: frozenset({State.COMMITTING, State.FAILED, State.CANCELLED, State.QUEUED}),
        State.COMMITTING: _ENDS | {State.QUEUED},
        **dict.fromkeys(_ENDS, frozenset()),
    }
)
"""The states that may follow each state; back to ``QUEUED`` only with the end of a lease."""


@dataclass(frozen=True)
class Submission:
    """A job as it is handed in, after admission.

    Parameters
    ----------
    id
        Made by the client, 32 hexadecimal digits; handing in the same id again is the same job.
    plan
        Wire document without payloads: its ``functions`` are null.
    digest
        Of the plan's outputs: what "the same plan" means for an id or name that exists.
    outputs
        Number of the plan's outputs.
    name
        Unique among all jobs; None for none.
    max_bytes
        Bytes that the job may scan; None for no limit.
    reuse_key
        From :func:`engine.service.reuse.reuse_key`; None where an earlier result must not answer this job, nor this
        job's result a later one.
    labels, client
        As the client sent them.
    """

    id: str
    plan: Mapping[str, Any]
    digest: str
    outputs: int
    name: str | None = None
    max_bytes: int | None = None
    reuse_key: str | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StageProgress:
    """How far one stage of a job is, and what it has cost.

    Parameters
    ----------
    key
        Of the stage.
    title
        One line for people.
    tasks, done
        How many there are, and have finished (in this attempt or an earlier one).
    reran, reused
        Tasks that ran again because their output was lost, and that an earlier attempt had finished.
    rows, bytes
        Of the finished tasks' results; bytes in memory.
    seconds
        Sum of the finished tasks' times.
    reads
        Keys of the stages that it reads.
    metrics
        What else was measured: ``bytes_scanned``, ``bytes_fetched``, ``bytes_exchanged``, ``cpu_seconds``,
        ``peak_memory`` and, by operator, ``steps``.
    """

    key: str
    title: str
    tasks: int
    done: int = 0
    reran: int = 0
    reused: int = 0
    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0
    reads: tuple[str, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The stage in a job's ``progress``; its metrics and what it reads are asked for by themselves."""
        shown = asdict(self)
        del shown["reads"], shown["metrics"]
        return shown


@dataclass(frozen=True)
class Job:
    """One job at one moment.

    Parameters
    ----------
    seq
        Grows with every change that is worth showing: of state, progress, or a request to cancel.
    created, started, finished
        Seconds since the epoch (UTC); ``started`` is the first attempt's.
    attempts
        How often a driver has begun it.
    reused
        Whether an earlier job's result answered it; ``result_of`` names that job, else this one.
    error
        Coded error of a failed job, as :func:`engine.service.failures.described` makes it.
    cancelling
        Whether somebody asked to cancel it.
    rows
        Of all outputs; None until it has succeeded.
    """

    id: str
    name: str | None
    state: State
    seq: int
    created: float
    started: float | None
    finished: float | None
    outputs: int
    attempts: int
    reused: bool
    result_of: str
    error: Mapping[str, Any] | None
    cancelling: bool
    max_bytes: int | None
    rows: int | None
    labels: Mapping[str, Any]
    client: Mapping[str, Any]
    stages: tuple[StageProgress, ...] = ()

    @property
    def fraction(self) -> float:
        """Share of the known tasks that have finished, from 0 to 1."""
        if self.state is State.SUCCEEDED:
            return 1.0
        tasks = sum(stage.tasks for stage in self.stages)
        return sum(stage.done for stage in self.stages) / tasks if tasks else 0.0

    @property
    def metrics(self) -> dict[str, Any]:
        """Totals over the stages: bytes, CPU seconds, and the largest task's peak memory in bytes."""
        measured = [stage.metrics for stage in self.stages]
        end = self.finished
        return {
            "rows": self.rows,
            "bytes_scanned": _total(measured, "bytes_scanned"),
            "bytes_fetched": _total(measured, "bytes_fetched"),
            "bytes_exchanged": _total(measured, "bytes_exchanged"),
            "cpu_seconds": _total(measured, "cpu_seconds"),
            "peak_memory": max((m["peak_memory"] for m in measured if m.get("peak_memory") is not None), default=None),
            "seconds": None if self.started is None or end is None else end - self.started,
        }

    def to_json(self) -> dict[str, Any]:
        """The job as the HTTP interface shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state.value,
            "seq": self.seq,
            "created": self.created,
            "started": self.started,
            "finished": self.finished,
            "outputs": self.outputs,
            "attempts": self.attempts,
            "reused": self.reused,
            "cancelling": self.cancelling,
            "labels": dict(self.labels),
            "error": None if self.error is None else dict(self.error),
            "progress": {"stages": [stage.to_json() for stage in self.stages], "fraction": self.fraction},
            "metrics": self.metrics,
        }


@dataclass(frozen=True)
class Lease:
    """The right to run a job for a while: every write of its holder carries the token, and fails with an older one."""

    job: str
    token: int


def _total(measured: Sequence[Mapping[str, Any]], name: str) -> Any:
    """Sum of a metric over the stages that measured it; None if none did."""
    values = [metrics[name] for metrics in measured if metrics.get(name) is not None]
    return sum(values) if values else None
