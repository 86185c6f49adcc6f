"""What comes back from a task in another process: its answer, or the exception that it raised."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Any

import cloudpickle

from engine.exec.errors import TaskError, WorkerTraceback

__all__ = ["Answer", "Failure"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A task's return value and where and how long it ran."""

    value: dict[str, Any]
    seconds: float
    worker: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that a task raised, in a form that always reaches the driver.

    Dask could carry the exception itself, but would log it, lose its type where it cannot be pickled, and treat it
    like a failure of its own.
    """

    pickled: bytes | None
    text: str
    traceback: str
    worker: str

    @classmethod
    def of(cls, error: BaseException, worker: str) -> Failure:
        """Describe the exception being handled."""
        # SystemExit or a Rust panic from a task must not end the driver as it would end the worker.
        pickled = _pickled(error) if isinstance(error, Exception) else None
        return cls(pickled, f"{type(error).__name__}: {error}", traceback.format_exc(), worker)

    def exception(self, task: str) -> Exception:
        """Rebuild the exception, with the worker's traceback as a note."""
        error: Exception = TaskError(self.text)
        if self.pickled is not None:
            try:
                error = cloudpickle.loads(self.pickled)
            except Exception as reason:  # noqa: BLE001 - its type may not exist here, whatever importing it raises
                error.add_note(f"(its type could not be rebuilt here: {reason})")
        error.add_note(WorkerTraceback(f"raised by task {task!r} on {self.worker}:\n{self.traceback}"))
        return error


def _pickled(error: Exception) -> bytes | None:
    try:
        pickled: bytes = cloudpickle.dumps(error)
        cloudpickle.loads(pickled)
    except Exception:  # noqa: BLE001 - a type may fail in its own __reduce__ or __init__ with anything
        return None
    return pickled
