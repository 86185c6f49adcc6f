"""The exception tree: what went wrong, and on which line of the user's code."""

from __future__ import annotations

from typing import Any


class BigFrameError(Exception):
    """Base of every error that bigframe itself defines.

    Attributes
    ----------
    code
        Names the kind of failure for programs; it stays the same where the message changes.
    """

    code = "BIGFRAME_ERROR"


class Unsupported(BigFrameError, NotImplementedError):
    """A pandas feature that bigframe does not have.

    Parameters
    ----------
    what
        The method or parameter, as the user wrote it (``"DataFrame.pivot(aggfunc=)"``).
    reason
        Why it is not there.
    instead
        The nearest spelling that works, if one exists.
    """

    code = "UNSUPPORTED"

    def __init__(self, what: str, reason: str | None = None, instead: str | None = None) -> None:
        # Polars makes a Python function's error anew from its message alone.
        message = f"{what} is not supported: {reason}." if reason else what
        if instead:
            message += f" Use {instead} instead."
        super().__init__(message)
        self._parts = (what, reason, instead)

    def __reduce__(self) -> tuple[type[Unsupported], tuple[str, str | None, str | None]]:
        return type(self), self._parts


class UnsupportedAttribute(Unsupported, AttributeError):
    """A public name of pandas that bigframe does not have; ``hasattr`` takes it as absent."""


class UnsupportedData(Unsupported, TypeError):
    """Data of a dtype, or with values, that a plan cannot hold."""


class PlanError(BigFrameError):
    """A plan that bigframe built is inconsistent: a defect of bigframe, not of the caller."""

    code = "PLAN_ERROR"


class WireError(BigFrameError, ValueError):
    """A wire plan is malformed, of another version, or names an unknown operator."""

    code = "PLAN_MALFORMED"


class ExecutionError(BigFrameError, RuntimeError):
    """A job failed while running; the message names the step and the user's line."""

    code = "EXECUTION_FAILED"


class SourceError(BigFrameError, OSError):
    """An input file is missing, truncated, malformed or was replaced during the job."""

    code = "SOURCE_ERROR"


class InputChanged(SourceError):
    """An input file is not the one that the plan was made for: it was replaced, or removed."""

    code = "INPUT_CHANGED"


class StorageError(BigFrameError, OSError):
    """Storage did not answer in time, or refused; the message names the file or object.

    Parameters
    ----------
    message
        What was tried, on what, and what to do.
    code
        ``STORAGE_UNAVAILABLE`` (it failed until the deadline), ``STORAGE_FORBIDDEN`` (the keys may not do this) or
        ``STORAGE_CREDENTIALS`` (the keys are wrong, missing or have expired).
    """

    code = "STORAGE_UNAVAILABLE"

    def __init__(self, message: str, code: str = "STORAGE_UNAVAILABLE") -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[StorageError], tuple[str, str]]:
        return type(self), (str(self), self.code)


class LimitExceeded(BigFrameError, RuntimeError):
    """A job would read more bytes than its owner allowed; the message names the limit and the estimate."""

    code = "MAX_BYTES_EXCEEDED"


class MemoryLimitError(BigFrameError, MemoryError):
    """A step does not fit the memory limit; the message names it, its estimate and what to change."""

    code = "MEMORY_LIMIT"


class Cancelled(BigFrameError):
    """The job was cancelled."""

    code = "CANCELLED"


class NameTaken(BigFrameError, ValueError):
    """Another plan was submitted under this name; choose another name, or fetch that job by its name."""

    code = "NAME_TAKEN"


class UnknownJob(BigFrameError, LookupError):
    """The service has no job of this id or name."""

    code = "UNKNOWN_JOB"


class JobLost(BigFrameError, RuntimeError):
    """A job ended with its driver process as often as a job is begun again; the message says how often, and why."""

    code = "JOB_LOST"


class FunctionsRefused(BigFrameError, PermissionError):
    """The plan calls user functions, which this service runs only if it was started with ``--trust-udfs``."""

    code = "FUNCTIONS_REFUSED"


class StoreUnavailable(BigFrameError, RuntimeError):
    """The service's job store cannot be read or written (disk full, database away); nothing was accepted."""

    code = "STORE_UNAVAILABLE"


class PerformanceWarning(UserWarning):
    """A step runs in pandas on gathered data; the message gives its estimated size."""


class MissingExtra(BigFrameError, ImportError):
    """An optional dependency is not installed; the message names the install command."""

    code = "MISSING_EXTRA"

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra that is not installed: pip install 'bigframe[{extra}]'")
        self._parts = (feature, extra)

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return MissingExtra, self._parts


def __getattr__(name: str) -> Any:
    """pandas' own errors too: ``bigframe.errors.MergeError`` is what code written for pandas catches."""
    import pandas.errors

    return getattr(pandas.errors, name)
