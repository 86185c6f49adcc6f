"""The exception tree: what went wrong, and on which line of the user's code."""

from __future__ import annotations

from typing import Any


class BigFrameError(Exception):
    """Base of every error that bigframe itself defines."""


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


class PlanError(BigFrameError):
    """A plan that bigframe built is inconsistent: a defect of bigframe, not of the caller."""


class WireError(BigFrameError, ValueError):
    """A wire plan is malformed, of another version, or names an unknown operator."""


class ExecutionError(BigFrameError, RuntimeError):
    """A job failed while running; the message names the step and the user's line."""


class SourceError(BigFrameError, OSError):
    """An input file is missing, truncated, malformed or was replaced during the job."""


class MemoryLimitError(BigFrameError, MemoryError):
    """A step does not fit the memory limit; the message names it, its estimate and what to change."""


class Cancelled(BigFrameError):
    """The job was cancelled."""


class PerformanceWarning(UserWarning):
    """A step runs in pandas on gathered data; the message gives its estimated size."""


class MissingExtra(BigFrameError, ImportError):
    """An optional dependency is not installed; the message names the install command."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra that is not installed: pip install 'bigframe[{extra}]'")
        self._parts = (feature, extra)

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return MissingExtra, self._parts


def __getattr__(name: str) -> Any:
    """pandas' own errors too: ``bigframe.errors.MergeError`` is what code written for pandas catches."""
    import pandas.errors

    return getattr(pandas.errors, name)
