"""What runs inside Dask's own processes: a task on a worker, the switch that stops it, and who owns retries."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import asdict
from typing import Any

import distributed
from distributed.diagnostics.plugin import SchedulerPlugin

from engine.exec.answers import Answer, Failure
from engine.exec.cancel import CancelToken
from engine.exec.runner import TaskContext, call

__all__ = ["Answer", "DriverOwnsRetries", "Failure", "cancel_run", "kill_worker_process", "run_task", "running_tasks"]

KEY_PREFIX = "bigframe-"


class _Runs:
    """The tasks running in this worker process, by run, and the runs that were stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, dict[str, CancelToken]] = {}
        self._stopped: dict[str, str] = {}

    def enter(self, run: str, key: str) -> CancelToken:
        token = CancelToken()
        with self._lock:
            self._running.setdefault(run, {})[key] = token
            if run in self._stopped:
                token.cancel(self._stopped[run])
        return token

    def leave(self, run: str, key: str) -> None:
        with self._lock:
            self._running[run].pop(key)
            if not self._running[run]:
                del self._running[run]

    def stop(self, run: str, reason: str) -> None:
        with self._lock:
            self._stopped[run] = reason
            for token in self._running.get(run, {}).values():
                token.cancel(reason)

    def running(self, run: str) -> list[str]:
        with self._lock:
            return list(self._running.get(run, ()))


_RUNS = _Runs()


def run_task(function: str, spec: str, key: str, run: str, attempt: int, topic: str) -> Answer | Failure:
    """Run one task in a worker's task thread; exceptions come back as a value.

    Its answer is told at once to who listens to the topic: of a future they first hear that it is done, and then ask.
    """
    worker = distributed.get_worker()
    token = _RUNS.enter(run, key)
    started = time.perf_counter()
    try:
        value = call(function, spec, TaskContext(key, attempt, token))
        answer = Answer(value, time.perf_counter() - started, worker.address)
        worker.log_event(topic, {"run": run, "key": key, "attempt": attempt, "answer": asdict(answer)})
        return answer
    except BaseException as error:  # noqa: BLE001 - the driver decides what each failure means
        return Failure.of(error, worker.address)
    finally:
        _RUNS.leave(run, key)


def cancel_run(run: str, reason: str) -> None:
    """Set the token of every task of a run that is in this worker, or comes to it later.

    `distributed.Client.run` calls it in the worker's event loop, beside the task thread: nothing is polled.
    """
    _RUNS.stop(run, reason)


def running_tasks(run: str) -> list[str]:
    """Keys of the tasks of a run that are in this worker now."""
    return _RUNS.running(run)


def kill_worker_process(dask_worker: Any) -> None:
    """End a worker's process at once, from its nanny, which starts a new one.

    Parameters
    ----------
    dask_worker
        The nanny: `distributed.Client.run` fills this in by name.
    """
    if dask_worker.pid is not None:
        os.kill(dask_worker.pid, signal.SIGKILL)


class DriverOwnsRetries(SchedulerPlugin):
    """Makes Dask report a bigframe task as failed the first time that its worker is lost.

    Dask would run it again by itself up to three times (``allowed-failures``) without telling anyone; the driver
    counts attempts, names files after them, and runs suspects alone. Other tasks on the scheduler are not affected.
    """

    name = "bigframe-driver-owns-retries"

    def __init__(self) -> None:
        self._scheduler: Any = None

    async def start(self, scheduler: Any) -> None:
        """Remember the scheduler."""
        self._scheduler = scheduler

    def transition(self, key: Any, start: str, finish: str, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Use up the failures that Dask allows a task, as soon as it is on a worker."""
        if finish == "processing" and str(key).startswith(KEY_PREFIX):
            self._scheduler.tasks[key].suspicious = self._scheduler.allowed_failures
