"""Runs tasks one after another in this process; each uses all cores through Polars."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from bigframe.errors import Cancelled
from engine.exec.cancel import CancelToken, run_interruptible
from engine.exec.errors import ExchangeCorrupt, ExchangesLost
from engine.exec.runner import Task, TaskContext, TaskResult, call, encoded_specs

__all__ = ["InProcessRunner"]


class InProcessRunner:
    """The embedded `engine.exec.runner.Runner`: one slot, nothing to start or stop."""

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

        Ctrl-C sets the token and raises KeyboardInterrupt once the running task has noticed it.
        """
        results: list[TaskResult] = []
        for task, spec in zip(tasks, encoded_specs(tasks, here=True).values(), strict=True):
            context = TaskContext(task.key, 1, cancel)
            started = time.perf_counter()
            try:
                value = run_interruptible(partial(call, function, spec, context, task.objects), cancel)
            except ExchangeCorrupt as error:
                raise ExchangesLost([error]) from error
            except Exception as error:
                # Libraries wrap what a callback raised; while a job stops, stopping is the cause.
                if cancel.cancelled and not isinstance(error, Cancelled):
                    raise Cancelled(cancel.reason) from error
                raise
            result = TaskResult(task.key, value, time.perf_counter() - started, "in-process", 1)
            results.append(result)
            on_result(result)
        return results

    def close(self) -> None:
        """Nothing is held."""
