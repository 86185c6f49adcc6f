"""While pandas calls a function of the user's: what stands around the call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_called: ContextVar[bool] = ContextVar("called", default=False)


@contextmanager
def called_by_pandas() -> Iterator[None]:
    """While pandas calls a function, which is given pandas' objects and is to return such."""
    before = _called.set(True)
    try:
        yield
    finally:
        _called.reset(before)


def in_call() -> bool:
    """Whether pandas calls a function in this thread."""
    return _called.get()
