"""Stopping work: a flag that tasks look at, also inside a running Polars query, and Ctrl-C that sets it."""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, ClassVar, TypeVar

import polars as pl

from bigframe.errors import Cancelled

__all__ = ["CancelToken", "cancellable", "run_interruptible"]

T = TypeVar("T")

# How long the main thread may sleep before Python can run its signal handlers: the kernel may hand SIGINT to
# another thread, which does not wake the main one.
_SIGNAL_POLL = 0.05

# Steps that look at their token do so within milliseconds; stopping as a whole is to take less than a second.
_GRACE = 0.5


class CancelToken:
    """A one-way switch, shared by who may stop a job and who does its work; safe to use from any thread.

    Examples
    --------
    >>> token = CancelToken()
    >>> token.check()
    >>> token.cancel("no longer needed")
    >>> token.cancelled, token.reason
    (True, 'no longer needed')
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._reason = ""
        self._left_alone: list[Future[Any]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the work should stop."""
        return self._event.is_set()

    @property
    def reason(self) -> str:
        """Why, in the words of who cancelled first; empty before."""
        return self._reason

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask the work to stop; only the first call counts."""
        if not self._event.is_set():
            self._reason = reason
            self._event.set()

    def check(self) -> None:
        """Return at once, or raise.

        Raises
        ------
        bigframe.errors.Cancelled
            The token is set.
        """
        if self._event.is_set():
            raise Cancelled(self._reason)

    def leave_alone(self, work: Future[Any]) -> None:
        """Note work that was not waited for; it stops where it next looks at the token."""
        self._left_alone.append(work)

    def when_idle(self, function: Callable[[], None]) -> None:
        """Call a function now, and again when work that was left alone has ended, because it may have made files."""
        function()
        for work in self._left_alone:
            work.add_done_callback(lambda _: function())

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; True as soon as the token is set."""
        return self._event.wait(seconds)


def cancellable(frame: pl.LazyFrame, token: CancelToken, column: str | None = None) -> pl.LazyFrame:
    """Let a query stop between two batches of this frame: an identity step that looks at the token.

    The streaming engine runs it batch by batch: a set token stops a query within about 20 ms. ``collect`` raises
    `bigframe.errors.Cancelled`.

    Parameters
    ----------
    frame
        A scan, or any lazy frame.
    token
        The switch to look at.
    column
        The step is a function of this column, which has to be read above it: Polars knows the sizes of the frames
        above, and filters of other columns reach the scan, also those that joins make while they run. With None it is a
        function of the frame, which filters, projections and slices pass through, but not the filters of joins.

    Returns
    -------
    pl.LazyFrame
        The same rows and columns.

    Examples
    --------
    >>> token = CancelToken()
    >>> query = cancellable(pl.LazyFrame({"a": [1, 2]}), token).select(pl.col("a").sum())
    >>> query.collect(engine="streaming").item()
    3
    """

    def look(batch: Any) -> Any:
        token.check()
        return batch

    if column is not None:
        looked = pl.col(column).map_batches(look, is_elementwise=True, return_dtype=pl.self_dtype())
        return frame.with_columns(looked)
    return frame.map_batches(
        look, predicate_pushdown=True, projection_pushdown=True, slice_pushdown=True, streamable=True
    )


class _Caller(threading.Thread):
    """A thread that makes one call after another, for to start one takes as long as a small call."""

    _idle: ClassVar[list[_Caller]] = []

    def __init__(self) -> None:
        super().__init__(name="bigframe-task", daemon=True)
        self.calls: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()

    @classmethod
    def idle(cls) -> _Caller:
        """One that waits, or a new one."""
        try:
            return cls._idle.pop()
        except IndexError:
            caller = cls()
            caller.start()
            return caller

    def run(self) -> None:
        while True:
            self._make(*self.calls.get())

    def _make(self, call: Callable[[], Any], outcome: Future[Any]) -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that asked
            self._idle.append(self)
            outcome.set_exception(error)
        else:
            self._idle.append(self)
            outcome.set_result(result)


# A forked process has none of the threads.
os.register_at_fork(after_in_child=_Caller._idle.clear)


def run_interruptible(function: Callable[[], T], token: CancelToken) -> T:
    """Call a function so that Ctrl-C stops it through the token and raises KeyboardInterrupt exactly once.

    The call moves to another thread. Polars answers SIGINT by raising KeyboardInterrupt from ``collect``; on the
    main thread Python would then raise its own as a second one, in whatever code handles the first. Here Polars' stays
    in the other thread. Once the token is set the call has half a second to notice it, which it does between two
    batches. A call that is in one long native step, or in a user's function, is left alone to end at the next look.

    Parameters
    ----------
    function
        What to run; it should look at ``token``. It sees a copy of the caller's context variables.
    token
        Set on Ctrl-C.

    Returns
    -------
    T
        What the function returned.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C was pressed.
    bigframe.errors.Cancelled
        The token was set, and the call was left alone.
    Exception
        What the function raised.

    Examples
    --------
    >>> run_interruptible(lambda: 6 * 7, CancelToken())
    42
    """
    outcome: Future[T] = Future()
    finished = threading.Event()
    outcome.add_done_callback(lambda _: finished.set())
    # An event and not Thread.join: in Python 3.11 a join that is interrupted counts the thread as ended.
    try:
        _Caller.idle().calls.put((partial(contextvars.copy_context().run, function), outcome))
        while not finished.wait(_SIGNAL_POLL):
            if token.cancelled and not finished.wait(_GRACE):
                token.leave_alone(outcome)
                token.check()
        return outcome.result()
    except KeyboardInterrupt:
        token.cancel("Ctrl-C")
        if not finished.wait(_GRACE):
            token.leave_alone(outcome)
        raise
