"""Runs tasks one after another in a process beside this one, which may be ended when it takes too much memory."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, Pipe
from typing import Any

from bigframe.errors import Cancelled
from engine.exec.answers import Answer, Failure
from engine.exec.cancel import CancelToken
from engine.exec.errors import ExchangeCorrupt, ExchangesLost, TaskError, TaskOutOfMemory
from engine.exec.runner import Task, TaskContext, TaskResult, call, encoded_specs
from engine.exec.usage import own_memory
from engine.storage.credentials import hand_down

__all__ = ["ChildRunner"]

# How often memory is looked at: native code on two cores takes some 50 MB meanwhile.
_POLL = 0.02
_GRACE = 0.5
_STOP_PATIENCE = 1.0
_PARENT_LOOK = 1.0

# Polars would keep what it freed for half a second, which is memory that the next task cannot have.
_ALLOCATOR = "background_thread:true,dirty_decay_ms:50,muzzy_decay_ms:0"

_OUT_OF_MEMORY = (-signal.SIGKILL, -signal.SIGABRT)


class ChildRunner:
    """The embedded `engine.exec.runner.Runner` for tasks that may not fit: one slot, in a process with all cores.

    Polars ends its process where it cannot have memory; here that is an error of the task, and the next task gets a new
    process. The process starts with the first task and stays warm. It is a session of its own, so Ctrl-C in a terminal
    does not hit it, and it ends with this process, however that ends.

    Parameters
    ----------
    memory_limit
        Bytes that tasks may take of their own, mapped files and the process itself not counted; above it is ended.
        None: no limit.
    """

    def __init__(self, memory_limit: int | None = None) -> None:
        self.memory_limit = memory_limit
        self._child: _Child | None = None

    @property
    def slots(self) -> int:
        """One: tasks run one after another."""
        return 1

    def run(
        self,
        function: str,
        tasks: Sequence[Task],
        *,
        on_result: Callable[[TaskResult], None],
        cancel: CancelToken,
    ) -> list[TaskResult]:
        """Run the tasks in order; see `engine.exec.runner.Runner.run`.

        A running task has half a second to notice that the run stops, then its process is ended.

        Raises
        ------
        TaskOutOfMemory
            A task took more memory than the process may have. Those before it have been reported.
        TaskError
            A task ended its process otherwise.
        """
        results: list[TaskResult] = []
        try:
            for key, spec in encoded_specs(tasks).items():
                cancel.check()
                started = time.perf_counter()
                outcome = self._outcome(function, key, spec, cancel)
                if isinstance(outcome, Failure):
                    raise _raised(outcome, key, cancel)
                result = TaskResult(key, outcome.value, time.perf_counter() - started, outcome.worker, 1)
                results.append(result)
                on_result(result)
        except KeyboardInterrupt:
            cancel.cancel("Ctrl-C")
            if self._child is not None:
                # A message may have been sent or read in part, so its pipe is of no more use.
                self._child.kill()
            raise
        return results

    def close(self) -> None:
        """End the process; the next run would start another."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def _outcome(self, function: str, key: str, spec: str, cancel: CancelToken) -> Answer | Failure:
        child = self._ready(("task", function, key, spec))
        most = 0
        try:
            while not child.pipe.poll(_POLL):
                if cancel.cancelled:
                    self._stop(child, cancel)
                most = max(most, own_memory(child.pid) - child.base)
                if self.memory_limit is not None and most > self.memory_limit:
                    child.kill()
                    raise TaskOutOfMemory(key, most, self.memory_limit)
            outcome: Answer | Failure = child.pipe.recv()
        except (EOFError, OSError) as error:
            status = child.kill()
            if status in _OUT_OF_MEMORY:
                raise TaskOutOfMemory(key, most, self.memory_limit) from error
            how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
            raise TaskError(f"task {key!r} ended its process with {how}") from error
        return outcome

    def _ready(self, task: tuple[str, ...]) -> _Child:
        """The process, which has taken a task; a new one where there is none, or it ended while it had nothing to do."""
        if self._child is not None and self._child.took(task):
            return self._child
        self.close()
        self._child = _Child()
        if not self._child.took(task):
            raise TaskError(f"the process for task {task[2]!r} did not start; its own message is on standard error")
        return self._child

    def _stop(self, child: _Child, cancel: CancelToken) -> None:
        """Have the running task end, or its process; raises what `cancel` says."""
        with contextlib.suppress(EOFError, OSError):
            child.pipe.send(("cancel", cancel.reason))
            if child.pipe.poll(_GRACE):
                child.pipe.recv()
                cancel.check()
        child.kill()
        cancel.check()


def _raised(failure: Failure, key: str, cancel: CancelToken) -> Exception:
    error = failure.exception(key)
    if cancel.cancelled and not isinstance(error, Cancelled):
        return Cancelled(cancel.reason)
    return ExchangesLost([error]) if isinstance(error, ExchangeCorrupt) else error


class _Child:
    """The process, and this end of the pipe to it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bigframe-child-")
        self.base = 0  # what it takes before its first task
        self.pipe, theirs = Pipe()
        settings = filter(None, (os.environ.get("_RJEM_MALLOC_CONF"), _ALLOCATOR))
        environment = {
            **os.environ,
            **hand_down(self._folder.name),
            "_RJEM_MALLOC_CONF": ",".join(settings),
            # User functions may come from modules next to the user's script.
            "PYTHONPATH": os.pathsep.join(os.path.realpath(entry) for entry in sys.path),
        }
        program = f"from engine.exec.child import serve; serve({theirs.fileno()})"
        # Not by multiprocessing, which would import the user's script again.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.DEVNULL,
            env=environment,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def took(self, task: tuple[str, ...]) -> bool:
        """Send a task; whether it has arrived, so that what happens now is the task's doing."""
        try:
            self.pipe.send(task)
            self.pipe.recv()
            self.base = self.base or own_memory(self.pid)
        except (EOFError, OSError):
            self.kill()
            return False
        return True

    def kill(self) -> int:
        """End the process and what it started, if it has not ended; its exit status."""
        # Not yet waited for, so the group's number cannot belong to anyone else.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def close(self) -> None:
        self.pipe.close()
        try:
            self._process.wait(_STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._folder.cleanup()


def serve(descriptor: int) -> None:
    """Run the tasks that come through a pipe; the body of the process."""
    import engine.exec.stage_task  # noqa: F401  (what it takes is not the first task's doing)

    pipe: Any = Connection(descriptor)
    work: queue.SimpleQueue[tuple[str, str, str, CancelToken]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, work), name="bigframe-parent", daemon=True).start()
    worker = f"child process {os.getpid()}"
    while True:
        function, key, spec, token = work.get()
        started = time.perf_counter()
        outcome: Answer | Failure
        try:
            value = call(function, spec, TaskContext(key, 1, token))
            outcome = Answer(value, time.perf_counter() - started, worker)
        except BaseException as error:  # noqa: BLE001 - the parent decides what each failure means
            outcome = Failure.of(error, worker)
        pipe.send(outcome)


def _listen(pipe: Any, work: queue.SimpleQueue[tuple[str, str, str, CancelToken]]) -> None:
    """Take messages while the main thread runs a task; end the process when the parent has ended."""
    parent, token = os.getppid(), CancelToken()
    while True:
        # A process that the parent forked may hold its end of the pipe open.
        while not pipe.poll(_PARENT_LOOK):
            if os.getppid() != parent:
                os._exit(1)
        try:
            kind, *rest = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        if kind == "cancel":
            token.cancel(rest[0])
        else:
            token = CancelToken()
            pipe.send("taken")
            work.put((*rest, token))
