"""Progress of a job: what is known of its stages, shown to whoever watches once the job has run for a second."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from bigframe.sources import sized
from engine.titles import stage_title

if TYPE_CHECKING:
    from engine.driver import StageRun
    from engine.planner.stages import Stage

__all__ = ["Board", "Progress", "StageLine", "View"]

SHOWN_AFTER = 1.0
_REDRAWN_EVERY = 0.25
_LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class StageLine:
    """What a view shows of one stage.

    Parameters
    ----------
    title
        Its operators, on one line.
    done, running, again, tasks
        Tasks that are finished, that run now, that had to run again (their worker or their file was lost), and all.
        None where nobody here knows.
    rows, bytes
        Of the finished tasks' results, bytes in memory.
    left
        Seconds until its last task is done, if some of its tasks say how long they take.
    """

    title: str
    done: int
    running: int | None
    again: int | None
    tasks: int
    rows: int
    bytes: int
    left: float | None

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under `COLUMNS`."""
        left = "" if self.left is None else "done" if self.done == self.tasks else f"~{lasting(self.left)}"
        counts = (
            "" if count is None else f"{count:,}"
            for count in (self.done, self.running, self.again, self.tasks, self.rows)
        )
        return (self.title, *counts, sized(self.bytes), left)


COLUMNS = ("stage", "done", "running", "again", "tasks", "rows", "bytes", "left")


class Board:
    """The stages of a job, and how far each is.

    Parameters
    ----------
    slots
        Tells how many tasks run at once; asked once, when somebody first looks. None where the tasks run elsewhere.
    """

    def __init__(self, slots: Callable[[], int] | None) -> None:
        self._ask = slots
        self._slots = 0  # not asked yet
        self._titles: dict[str, tuple[str, int]] = {}
        self._runs: dict[str, StageRun] = {}
        self._shown: dict[str, StageLine] = {}

    def expect(self, stages: Mapping[str, Stage]) -> None:
        """Learn which stages come, in this order; others that have not finished will not run."""
        finished = {key: named for key, named in self._titles.items() if key in self._shown or self._has_finished(key)}
        # One assignment, because a view may be looking from its own thread.
        self._titles = {**finished, **{key: _named(stage) for key, stage in stages.items()}}

    def _has_finished(self, key: str) -> bool:
        return key in self._runs and self._runs[key].finished

    def update(self, run: StageRun) -> None:
        """Learn how far a stage is."""
        if run.stage.key not in self._titles:
            self._titles = {**self._titles, run.stage.key: _named(run.stage)}
        self._runs[run.stage.key] = run

    def show(self, key: str, line: StageLine) -> None:
        """Learn how far a stage is that runs elsewhere."""
        self._titles = {**self._titles, key: (line.title, line.tasks)}
        self._shown[key] = line

    def lines(self) -> list[StageLine]:
        """The stages in order; tasks run in the first one that is not finished."""
        self._slots = self._slots or (0 if self._ask is None else max(1, self._ask()))
        lines: list[StageLine] = []
        for key, (title, tasks) in self._titles.items():
            ahead = any(line.done < line.tasks for line in lines)
            lines.append(self._shown.get(key) or self._line(title, tasks, self._runs.get(key), ahead))
        return lines

    def _line(self, title: str, tasks: int, run: StageRun | None, ahead: bool) -> StageLine:
        # A copy first: the job's thread adds results meanwhile.
        results = [] if run is None else list(run.results.values())
        tasks = tasks if run is None else run.tasks
        missing = tasks - len(results)
        left = sum(result.seconds for result in results) / len(results) * missing if results else None
        return StageLine(
            title,
            done=len(results),
            running=0 if ahead else min(self._slots, missing),
            again=(0 if run is None else run.reran) + sum(result.attempts - 1 for result in results),
            tasks=tasks,
            rows=sum(result.value["rows"] for result in results),
            bytes=sum(result.value["bytes"] for result in results),
            left=None if left is None else left / max(1, min(self._slots, missing)),
        )

    def summary(self, seconds: float, *, failed: bool = False) -> str:
        """The job on one line.

        Parameters
        ----------
        seconds
            How long it ran.
        failed
            Whether it ended before its last task.
        """
        lines = self.lines()
        done, again = sum(line.done for line in lines), sum(line.again or 0 for line in lines)
        tasks = f"{done:,} of {sum(line.tasks for line in lines):,} tasks" if failed else f"{done:,} tasks"
        repeated = f" ({again:,} run again)" if again else ""
        written = sized(sum(line.bytes for line in lines))
        stages = f"{len(lines)} stage{'s' if len(lines) != 1 else ''}"
        return f"{'stopped' if failed else 'done'} in {lasting(seconds)}: {stages}, {tasks}{repeated}, {written}"


class View(Protocol):
    """Something that can show a board."""

    def draw(self, lines: list[StageLine]) -> None:
        """Show how it stands, in place of what was shown before."""

    def finish(self, lines: list[StageLine], summary: str) -> None:
        """Leave the summary."""


class Progress:
    """Shows how far a job is, from a thread of its own: a stage with a single long task is seen too.

    Parameters
    ----------
    mode
        ``"auto"``: where somebody watches, in a terminal or a notebook. ``True``: always; a pipe gets a line for each
        stage that ends. ``False``: never. Jobs that end within a second show nothing.
    slots
        Tells how many tasks run at once; None where they run elsewhere.

    Examples
    --------
    >>> with Progress(False) as progress:
    ...     progress.expect({})
    """

    def __init__(self, mode: Any, slots: Callable[[], int] | None = None) -> None:
        self.board = Board(slots)
        self._wanted = mode is True or (mode == "auto" and _someone_watches())
        self._started = time.perf_counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bigframe-progress", daemon=True)
        self._view: View | None = None

    def __enter__(self) -> Self:
        if self._wanted:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._wanted:
            self._thread.join()
        if self._view is not None:
            seconds = time.perf_counter() - self._started
            with contextlib.suppress(OSError):
                self._view.finish(self.board.lines(), self.board.summary(seconds, failed=kind is not None))

    def expect(self, stages: Mapping[str, Stage]) -> None:
        """Learn which stages come next (key → stage)."""
        if self._wanted:
            self.board.expect(stages)

    def update(self, run: StageRun) -> None:
        """Learn how far a stage is."""
        if self._wanted:
            self.board.update(run)

    def show(self, key: str, title: str, tasks: int, done: int, rows: int, size: int) -> None:
        """Learn how far a stage is that runs elsewhere; ``size`` in bytes."""
        if self._wanted:
            left = 0.0 if done == tasks else None
            self.board.show(key, StageLine(_cut(title), done, None, None, tasks, rows, size, left))

    def _watch(self) -> None:
        if self._ended.wait(SHOWN_AFTER):
            return
        self._view = _view()
        # A terminal that has gone away is no reason to fail.
        with contextlib.suppress(OSError):
            while True:
                self._view.draw(self.board.lines())
                if self._ended.wait(_REDRAWN_EVERY):
                    return


def lasting(seconds: float) -> str:
    """A duration for people.

    Examples
    --------
    >>> lasting(0.4), lasting(42.4), lasting(200), lasting(7300)
    ('0.4 s', '42 s', '3 min 20 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _named(stage: Stage) -> tuple[str, int]:
    return _cut(stage_title(stage)), stage.tasks


def _cut(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def _someone_watches() -> bool:
    return sys.stderr.isatty() or _in_notebook()


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")


def _view() -> View:
    from engine.exec import progress_views

    if _in_notebook():
        return progress_views.Notebook()
    return progress_views.Terminal() if sys.stderr.isatty() else progress_views.Log()
