"""Progress of a job: one bar per stage, in terminals and notebooks, once the job has run for a second."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

SHOWN_AFTER = 1.0


class Progress:
    """Shows stages as their tasks finish.

    Parameters
    ----------
    mode
        ``True``, ``False``, or ``"auto"``: in a terminal or notebook, after a second.
    """

    def __init__(self, mode: Any) -> None:
        self._wanted = mode is True or (mode == "auto" and _someone_watches())
        self._started = time.perf_counter()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def update(self, run: Any) -> None:
        """Show how far a stage of the engine is."""
        self.show(run.stage.key, _name(run), run.stage.tasks, len(run.results), run.rows, run.bytes)

    def show(self, key: str, title: str, tasks: int, done: int, rows: int, size: int) -> None:
        """Show how many of a stage's tasks are done, and what they wrote: rows, and bytes."""
        if not self._wanted or time.perf_counter() - self._started < SHOWN_AFTER:
            return
        if self._bars is None:
            self._bars = _bars()
            self._bars.start()
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(title, total=tasks, rows=0, size=0)
        self._bars.update(self._tasks[key], completed=done, rows=rows, size=size / 1e6)


def _name(run: Any) -> str:
    root = type(run.stage.branches[0].plan).__name__.lower()
    return f"{root} → {run.stage.output.kind}"


def _bars() -> Any:
    """Bars that go when the job is done; in a log file, what they showed last."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rows]:,} rows  {task.fields[size]:,.1f} MB"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=console.is_terminal,
    )


def _someone_watches() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return sys.stderr.isatty() or hasattr(shell, "kernel")
