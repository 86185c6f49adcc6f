"""Runs tasks on a Dask cluster: few in flight, retries owned here, stopped within a second."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

import distributed
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from engine.exec import remote
from engine.exec.cancel import CancelToken
from engine.exec.errors import ExchangeCorrupt, ExchangesLost, WorkersLost
from engine.exec.runner import Task, TaskResult, encoded_specs
from engine.exec.stalls import Stalls

__all__ = ["DaskRunner"]

MOST_ATTEMPTS = 3

# One task running and one waiting per slot hides the scheduler's round trip; more would only lose more with a worker.
TASKS_PER_SLOT = 2

_POLL = 0.05
_SEND_INTERVAL = 0.001
# The scheduler holds back what it tells a worker within 5 ms of what it told it before: results are let go of when the
# tasks that follow them have been sent.
_LET_GO_AFTER = 0.03
_CLUSTER_LOOK = 1.0
_WORKERLESS_PATIENCE = 30.0
# Tasks that look at their token stop within milliseconds of the message; what is left after this is stuck.
_GRACE = 0.4
_ASK_PATIENCE = 0.25

_LOST = (KilledWorker, CancelledError, CommClosedError)


class DaskRunner:
    """The `engine.exec.runner.Runner` on a Dask cluster.

    Only specs and small results pass through the scheduler. Make one with `engine.exec.cluster.connect`.

    Parameters
    ----------
    client
        Connected client, owned by the runner from now on.
    on_close
        Called once after the client is closed.
    """

    def __init__(self, client: distributed.Client, on_close: Callable[[], None] = lambda: None) -> None:
        # Most of distributed's methods carry no types.
        self.client: Any = client
        self._on_close = on_close
        self._closed = False
        client.register_plugin(remote.DriverOwnsRetries())
        # Dask holds back what a client says within so long of what it said before, most often of a result that it has.
        sender: Any = client.scheduler_comm
        sender.interval = _SEND_INTERVAL
        self.topic = f"{remote.KEY_PREFIX}{client.id}"
        self.heard: Callable[[str, str, int, remote.Answer], None] = lambda *_: None
        client.subscribe_topic(self.topic, self._hear)  # type: ignore[no-untyped-call]
        self._slots = 0
        self._counted = float("-inf")

    @property
    def slots(self) -> int:
        """Threads of all workers, counted at most once a second; 0 while none is there."""
        if time.monotonic() - self._counted > _CLUSTER_LOOK:
            self._slots = sum(self.client.nthreads().values())
            self._counted = time.monotonic()
        return self._slots

    def run(
        self,
        function: str,
        tasks: Sequence[Task],
        *,
        on_result: Callable[[TaskResult], None],
        cancel: CancelToken,
    ) -> list[TaskResult]:
        """Run the tasks on the cluster; see `engine.exec.runner.Runner.run`.

        A task lost with its worker is tried again, up to three attempts, the third one while nothing else runs, so
        that a task that kills workers is not confused with those that were beside it. When the run stops early,
        tasks that do not notice their token within 0.4 s have their worker's process killed; its nanny starts a new
        one.

        Raises
        ------
        ConnectionError
            The scheduler is gone, or had no worker for 30 s.
        """
        results = _Run(self, function, encoded_specs(tasks), on_result, cancel).execute()
        return [results[task.key] for task in tasks]

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        _, told = event
        self.heard(told["run"], told["key"], told["attempt"], remote.Answer(**told["answer"]))

    def close(self) -> None:
        """Disconnect, and stop the cluster if it was started for this runner."""
        if not self._closed:
            self._closed = True
            self.client.close()
            self._on_close()


class _Run:
    """One call of `DaskRunner.run`."""

    def __init__(
        self,
        runner: DaskRunner,
        function: str,
        specs: dict[str, str],
        on_result: Callable[[TaskResult], None],
        cancel: CancelToken,
    ) -> None:
        self._runner = runner
        self._client = runner.client
        self._function = function
        self._specs = specs
        self._on_result = on_result
        self._cancel = cancel
        self._id = uuid.uuid4().hex[:12]
        self._attempts = dict.fromkeys(specs, 0)
        self._waiting = deque(specs)
        self._suspects: deque[str] = deque()
        self._in_flight: dict[str, distributed.Future[Any]] = {}
        self._arrivals: queue.SimpleQueue[tuple[str, int, Any]] = queue.SimpleQueue()
        self._results: dict[str, TaskResult] = {}
        self._corrupt: list[ExchangeCorrupt] = []
        self._last_worker_seen = time.monotonic()
        self._stalls = Stalls(runner.client)

    def execute(self) -> dict[str, TaskResult]:
        self._runner.heard = self._hear
        try:
            while self._waiting or self._suspects or self._in_flight:
                self._cancel.check()
                self._look_at_cluster()
                self._submit()
                self._settle(self._next_arrival(_POLL))
                self._stalls.look([future.key for future in self._in_flight.values()])
                if self._corrupt and not self._in_flight:
                    raise ExchangesLost(self._corrupt)
        except KeyboardInterrupt:
            self._cancel.cancel("Ctrl-C")
            self._stop("Ctrl-C")
            raise
        except BaseException as error:
            self._stop(str(error))
            raise
        return self._results

    def _look_at_cluster(self) -> None:
        now = time.monotonic()
        if self._client.status != "running":
            raise ConnectionError(f"lost the Dask scheduler at {self._address}")
        try:
            slots = self._runner.slots
        except OSError as error:
            raise ConnectionError(f"lost the Dask scheduler at {self._address}: {error}") from error
        if slots:
            self._last_worker_seen = now
        elif now - self._last_worker_seen > _WORKERLESS_PATIENCE:
            raise ConnectionError(f"the scheduler at {self._address} has had no worker for {_WORKERLESS_PATIENCE:g} s")

    @property
    def _address(self) -> str:
        return str(self._client.scheduler.address) if self._client.scheduler else "an unknown address"

    def _submit(self) -> None:
        if self._corrupt:
            return
        room = max(1, self._runner.slots) * TASKS_PER_SLOT - len(self._in_flight)
        self._start([self._waiting.popleft() for _ in range(min(room, len(self._waiting)))])
        if self._suspects and not self._in_flight:
            self._start([self._suspects.popleft()])

    def _start(self, keys: list[str]) -> None:
        if not keys:
            return
        for key in keys:
            self._attempts[key] += 1
        attempts = [self._attempts[key] for key in keys]
        # Together, because each message that is sent delays those after it.
        futures = self._client.map(
            remote.run_task,
            [self._function] * len(keys),
            [self._specs[key] for key in keys],
            keys,
            [self._id] * len(keys),
            attempts,
            [self._runner.topic] * len(keys),
            # The run's id keeps a repeated task from being answered by what the scheduler still remembers.
            key=[
                f"{remote.KEY_PREFIX}{key}-a{attempt}-{self._id}" for key, attempt in zip(keys, attempts, strict=True)
            ],
            pure=False,
        )
        for key, attempt, future in zip(keys, attempts, futures, strict=True):
            self._in_flight[key] = future
            future.add_done_callback(partial(self._done, key, attempt))

    def _done(self, key: str, attempt: int, future: distributed.Future[Any]) -> None:
        # What was heard of already is let go, and asking for it would have it run again.
        if key in self._in_flight and attempt == self._attempts[key]:
            self._arrivals.put((key, attempt, _outcome(future)))

    def _hear(self, run: str, key: str, attempt: int, answer: remote.Answer) -> None:
        if run == self._id:
            self._arrivals.put((key, attempt, answer))

    def _next_arrival(self, seconds: float) -> tuple[str, Any] | None:
        try:
            key, attempt, outcome = self._arrivals.get(timeout=seconds)
        except queue.Empty:
            return None
        if key not in self._in_flight or attempt != self._attempts[key]:
            return None  # A worker tells of what it has done, and its future of the same thing.
        loop = self._client.loop
        loop.add_callback(loop.call_later, _LET_GO_AFTER, _let_go, self._in_flight.pop(key))
        return key, outcome

    def _settle(self, arrival: tuple[str, Any] | None) -> None:
        if arrival is None:
            return
        self._stalls.task_ended()
        key, outcome = arrival
        if isinstance(outcome, remote.Answer):
            self._record(key, outcome)
        elif isinstance(outcome, remote.Failure):
            error = outcome.exception(key)
            if not isinstance(error, ExchangeCorrupt):
                # A library may have wrapped what a stopped task raised.
                self._cancel.check()
                raise error
            self._corrupt.append(error)
        elif isinstance(outcome, _LOST):
            self._retry(key, outcome)
        else:
            raise outcome

    def _record(self, key: str, answer: remote.Answer) -> None:
        result = TaskResult(key, answer.value, answer.seconds, answer.worker, self._attempts[key])
        self._results[key] = result
        self._on_result(result)

    def _retry(self, key: str, loss: BaseException) -> None:
        if self._client.status != "running":
            raise ConnectionError(f"lost the Dask scheduler at {self._address}") from loss
        attempts = self._attempts[key]
        if attempts == MOST_ATTEMPTS:
            worker = loss.last_worker.address if isinstance(loss, KilledWorker) else ""
            raise WorkersLost(key, attempts, worker)
        if attempts == MOST_ATTEMPTS - 1:
            self._suspects.append(key)
        else:
            # First in line, so that a stage does not end with the repeats.
            self._waiting.appendleft(key)

    def _stop(self, reason: str) -> None:
        """Leave no task of this run on the cluster; results that still arrive are recorded."""
        if not self._in_flight or self._client.status != "running":
            return
        _in_background(self._client.run, remote.cancel_run, self._id, reason, on_error="ignore")
        deadline = time.monotonic() + _GRACE
        while self._in_flight and (left := deadline - time.monotonic()) > 0:
            arrival = self._next_arrival(left)
            if arrival and isinstance(arrival[1], remote.Answer):
                self._record(arrival[0], arrival[1])
        if self._in_flight:
            # With the scheduler gone nobody can be told, and what stopped the run is the error to raise.
            with contextlib.suppress(OSError):
                self._kill_stuck()

    def _kill_stuck(self) -> None:
        ours = {future.key for future in self._in_flight.values()}
        holders = [address for address, keys in self._client.processing().items() if ours.intersection(keys)]
        self._client.cancel(list(self._in_flight.values()), force=True, reason="bigframe run stopped")
        self._in_flight.clear()
        questions = {
            address: _in_background(
                self._client.run, remote.running_tasks, self._id, workers=[address], on_error="ignore"
            )
            for address in holders
        }
        deadline = time.monotonic() + _ASK_PATIENCE
        stuck = []
        for address, question in questions.items():
            try:
                answer = question.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                # Native code that holds the GIL also keeps the worker's event loop from answering.
                stuck.append(address)
            else:
                if isinstance(answer, dict) and answer.get(address):
                    stuck.append(address)
        if stuck:
            self._client.run(remote.kill_worker_process, workers=stuck, nanny=True, on_error="ignore")


def _outcome(future: distributed.Future[Any]) -> Any:
    """Fetch what a future holds, in Dask's callback thread, so that a slow worker does not delay a cancel."""
    try:
        # Told to raise, Dask warns of a result whose worker has gone before it looks for another: the driver says what is lost.
        found = future.client.gather([future], errors="skip")
        return found[0] if found else future.result()
    except BaseException as error:  # noqa: BLE001 - judged by the driver's thread
        return error


def _let_go(future: Any) -> None:
    if future.client.status == "running":
        future.release()


def _in_background(function: Callable[..., Any], *args: Any, **kwargs: Any) -> queue.SimpleQueue[Any]:
    """Start a call that may hang with its worker; its answer, or what it raised, appears in the queue."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def target() -> None:
        try:
            answers.put(function(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - also asyncio's CancelledError, from a client being closed
            answers.put(error)

    threading.Thread(target=target, daemon=True).start()
    return answers
