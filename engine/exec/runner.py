"""What a task is, and what anything that runs tasks promises."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from engine.exec.cancel import CancelToken

__all__ = ["Runner", "Task", "TaskContext", "TaskFunction", "TaskResult", "call", "encoded_specs"]


class HasJson(Protocol):
    """Something immutable that travels as JSON."""

    @property
    def json(self) -> Any:
        """As JSON data."""


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of work: deterministic and idempotent, because it may run more than once.

    Parameters
    ----------
    key
        Names the task among those of its job.
    spec
        What the function needs to know, as JSON data.
    objects
        More of the spec: what a function in this process is handed as it is, and elsewhere as JSON.
    """

    key: str
    spec: Mapping[str, Any]
    objects: Mapping[str, HasJson] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a finished task reported.

    Parameters
    ----------
    key
        The task's key.
    value
        What the function returned, as JSON data: names, counts and statistics, never rows.
    seconds
        How long the last attempt ran.
    worker
        Where it ran: a Dask worker's address, or ``"in-process"``.
    attempts
        How often the task was handed out; more than 1 after a worker was lost.
    """

    key: str
    value: Mapping[str, Any]
    seconds: float
    worker: str
    attempts: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TaskResult:
        """Read what `to_json` wrote.

        Examples
        --------
        >>> result = TaskResult("map-1", {"rows": 3}, 0.5, "in-process", 1)
        >>> TaskResult.from_json(result.to_json()) == result
        True
        """
        return cls(**data)


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a running task may know about its surroundings.

    Parameters
    ----------
    key
        The task's key.
    attempt
        1, 2, …; part of the names of files that the task writes, because attempts may overlap.
    token
        Set when the job stops; for `engine.exec.cancel.cancellable`.
    """

    key: str
    attempt: int
    token: CancelToken

    def check(self) -> None:
        """Raise `bigframe.errors.Cancelled` when the job stops; call it between batches."""
        self.token.check()


TaskFunction = Callable[[dict[str, Any], TaskContext], Mapping[str, Any]]


class Runner(Protocol):
    """Runs tasks somewhere, and knows nothing about plans."""

    @property
    def slots(self) -> int:
        """How many tasks can run at the same time now."""

    def run(
        self,
        function: str,
        tasks: Sequence[Task],
        *,
        on_result: Callable[[TaskResult], None],
        cancel: CancelToken,
    ) -> list[TaskResult]:
        """Run every task and wait.

        Parameters
        ----------
        function
            ``"module:name"`` of a `TaskFunction`, importable where tasks run.
        tasks
            Tasks with distinct keys.
        on_result
            Called on this thread as each task finishes, in order of completion, also while the run is being stopped.
        cancel
            Stops the run when set.

        Returns
        -------
        list[TaskResult]
            One per task, in the order of ``tasks``.

        Raises
        ------
        bigframe.errors.Cancelled
            The token was set.
        KeyboardInterrupt
            Ctrl-C was pressed; the token is set too.
        ExchangesLost
            Inputs of some tasks are gone. No further task was started, and those that ran have finished.
        WorkersLost
            A task lost its worker on each of its attempts.
        Exception
            What a task raised, with its traceback as a note. It is not tried again, and the other tasks are stopped.
        """

    def close(self) -> None:
        """Give back what the runner holds; calling it again does nothing."""


def call(
    function: str, spec: str, context: TaskContext, objects: Mapping[str, HasJson] | None = None
) -> dict[str, Any]:
    """Run one task: find its function, hand it the decoded spec, and check that its answer is JSON data.

    Parameters
    ----------
    function
        ``"module:name"``.
    spec
        The task's spec as JSON text, so that every runner gives the function the very same data.
    context
        Passed on.
    objects
        More of the spec, as it is.

    Returns
    -------
    dict
        The answer, as JSON gives it back.

    Raises
    ------
    TypeError
        The answer is not a JSON object.
    Exception
        What the function raised.

    Examples
    --------
    >>> call("builtins:dict", "{}", TaskContext("t", 1, CancelToken()))
    Traceback (most recent call last):
    TypeError: dict expected at most 1 argument, got 2
    """
    context.check()
    module, _, name = function.partition(":")
    given = {**json.loads(spec), **(objects or {})}
    answer = getattr(importlib.import_module(module), name)(given, context)
    try:
        decoded = json.loads(json.dumps(answer))
    except (TypeError, ValueError) as error:
        raise TypeError(f"task {context.key!r}: {function} returned something that is not JSON data: {error}") from None
    if not isinstance(decoded, dict):
        raise TypeError(f"task {context.key!r}: {function} returned {type(answer).__name__}, not a JSON object")
    return decoded


def encoded_specs(tasks: Sequence[Task], *, here: bool = False) -> dict[str, str]:
    """Specs as JSON text by task key, in order; without their objects where the tasks run ``here``.

    Raises
    ------
    TypeError
        A spec is not JSON data.
    ValueError
        Two tasks have the same key.

    Examples
    --------
    >>> encoded_specs([Task("t", {"rows": 3})])
    {'t': '{"rows": 3}'}
    """
    specs: dict[str, str] = {}
    for task in tasks:
        if task.key in specs:
            raise ValueError(f"two tasks have the key {task.key!r}")
        try:
            objects = {} if here else {name: value.json for name, value in task.objects.items()}
            specs[task.key] = json.dumps({**task.spec, **objects})
        except (TypeError, ValueError) as error:
            raise TypeError(f"the spec of task {task.key!r} is not JSON data: {error}") from None
    return specs
