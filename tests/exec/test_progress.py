"""Progress: what the views show of a job is worked out from its stages and finished tasks, and shown to who watches."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbclient import NotebookClient
from rich.console import Console

import bigframe as pd
from bigframe.plan.catalog import Slice
from engine.driver import StageRun
from engine.exec import progress
from engine.exec.progress import Board, Progress, StageLine
from engine.exec.progress_views import Log, Terminal, as_html, as_table
from engine.exec.runner import TaskResult
from engine.kernels.relational.leaves import Read
from engine.planner.stages import Branch, Output, Stage

ROWS = Read("3f2a", ())
MAP = Stage((Branch(Slice(ROWS, 0, 5), tasks=8),), Output("hash", 4, ("user",)))
REDUCE = Stage((Branch(ROWS, tasks=4),), Output("gather"))
STAGES = {MAP.key: MAP, REDUCE.key: REDUCE}


def ran(stage: Stage, *seconds: float, attempts: int = 1, reran: int = 0) -> StageRun:
    """A stage whose first tasks took so long; the last of them had so many attempts."""
    run = StageRun(stage, reran=reran)
    for number, taken in enumerate(seconds):
        key = run.key(number)
        run.results[key] = TaskResult(key, {"rows": 1000, "bytes": 2_000_000}, taken, "here", 1)
    if seconds:
        run.results[key] = replace(run.results[key], attempts=attempts)
    return run


def board(*runs: StageRun, slots: int = 2) -> Board:
    shown = Board(lambda: slots)
    shown.expect(STAGES)
    for run in runs:
        shown.update(run)
    return shown


COUNTED = {
    "nothing has begun": ([], ("0 2 0 8 0 0 B", "0 0 0 4 0 0 B")),
    "three of eight are done": ([ran(MAP, 1.0, 2.0, 3.0)], ("3 2 0 8 3,000 6.0 MB ~5.0 s", "0 0 0 4 0 0 B")),
    "a worker was lost": ([ran(MAP, 1.0, 1.0, attempts=3)], ("2 2 2 8 2,000 4.0 MB ~3.0 s", "0 0 0 4 0 0 B")),
    "one task is left": ([ran(MAP, *[4.0] * 7)], ("7 1 0 8 7,000 14.0 MB ~4.0 s", "0 0 0 4 0 0 B")),
    "the next stage runs": (
        [ran(MAP, *[1.0] * 8), ran(REDUCE, 50.0)],
        ("8 0 0 8 8,000 16.0 MB done", "1 2 0 4 1,000 2.0 MB ~1 min 15 s"),
    ),
    "a file of the first stage was lost": (
        [ran(MAP, *[1.0] * 7, reran=1), ran(REDUCE, 1.0, 1.0)],
        ("7 1 1 8 7,000 14.0 MB ~1.0 s", "2 0 0 4 2,000 4.0 MB ~1.0 s"),
    ),
    "all is done": (
        [ran(MAP, *[1.0] * 8), ran(REDUCE, *[1.0] * 4)],
        ("8 0 0 8 8,000 16.0 MB done", "4 0 0 4 4,000 8.0 MB done"),
    ),
}


@pytest.mark.parametrize(("runs", "expected"), COUNTED.values(), ids=COUNTED)
def test_what_is_counted(runs: list[StageRun], expected: tuple[str, str]) -> None:
    first, second = board(*runs).lines()
    assert [first.title, second.title] == ["Slice", "Gather"]
    assert (" ".join(first.cells[1:]).strip(), " ".join(second.cells[1:]).strip()) == expected


def test_the_cluster_is_asked_for_its_slots_once_and_only_when_somebody_looks() -> None:
    asked: list[int] = []
    shown = Board(lambda: asked.append(1) or 3)
    shown.update(ran(MAP, 1.0))
    assert asked == []
    assert [line.running for line in (*shown.lines(), *shown.lines())] == [3, 3]
    assert asked == [1]


def test_a_stage_that_nobody_announced_comes_last() -> None:
    shown = board()
    added = Stage((Branch(Slice(ROWS, 1, 2), tasks=3),), Output("gather"))
    shown.update(ran(added, 1.0))
    assert [(line.title, line.tasks, line.done) for line in shown.lines()] == [
        ("Slice", 8, 0), ("Gather", 4, 0), ("Slice", 3, 1),
    ]  # fmt: skip


def test_the_summary() -> None:
    whole = board(ran(MAP, *[1.0] * 8, reran=2), ran(REDUCE, *[1.0] * 4, attempts=2))
    assert whole.summary(75.2) == "done in 1 min 15 s: 2 stages, 12 tasks (3 run again), 24.0 MB"
    assert board(ran(MAP, 1.0)).summary(3, failed=True) == "stopped in 3.0 s: 2 stages, 1 of 12 tasks, 2.0 MB"


def test_a_stage_that_runs_elsewhere() -> None:
    with Progress(True) as watched:
        watched.show("s", "Scan", 8, 3, 1234, 5_000_000)
        watched.show("t", "Sort", 2, 2, 1, 8)
        assert [line.cells for line in watched.board.lines()] == [
            ("Scan", "3", "", "", "8", "1,234", "5.0 MB", ""), ("Sort", "2", "", "", "2", "1", "8 B", "done"),
        ]  # fmt: skip
        assert watched.board.summary(2.0) == "done in 2.0 s: 2 stages, 5 tasks, 5.0 MB"


def test_a_long_title_is_cut() -> None:
    (line,) = _titled("x" * 80)
    assert line.title == f"Shuffle by {'x' * 48}…"
    assert len(line.title) == 60


def _titled(column: str) -> list[StageLine]:
    shown = Board(lambda: 1)
    shown.update(ran(Stage((Branch(ROWS, tasks=2),), Output("hash", 2, (column,))), 1.0))
    return shown.lines()


def until_shown(watched: Progress) -> None:
    pause = threading.Event()
    while watched._view is None:
        pause.wait(0.005)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_of_a_terminal() -> None:
    console = Console(file=io.StringIO(), width=110)
    console.print(as_table(board(ran(MAP, 1.0, 2.0, 3.0)).lines()))
    head, first, second = (line.split() for line in written(console).splitlines())
    assert head == ["stage", "done", "running", "again", "tasks", "rows", "bytes", "left"]
    assert [first[0], *first[2:]] == ["Slice", "3", "2", "0", "8", "3,000", "6.0", "MB", "~5.0", "s"]
    assert second == ["Gather", "0", "0", "0", "4", "0", "0", "B"]
    assert first[1][:7] == "━" * 7


def test_a_terminal_keeps_only_the_summary() -> None:
    console = Console(file=io.StringIO(), width=110, force_terminal=True, color_system=None)
    view = Terminal(console)
    lines = board(ran(MAP, 1.0)).lines()
    view.draw(lines)
    view.finish(lines, "done in 2.0 s")
    drawn, _, left = written(console).rpartition("\x1b[2K")
    assert "Slice" in drawn
    assert left.strip() == "done in 2.0 s"


def test_a_column_name_is_no_markup() -> None:
    console = Console(file=io.StringIO(), width=110)
    console.print(as_table(_titled("[red]b<i>")))
    assert "Shuffle by [red]b<i>" in written(console)
    assert "<td>Shuffle by [red]b&lt;i&gt;</td>" in as_html(_titled("[red]b<i>"))


def test_the_html_of_a_notebook() -> None:
    page = ElementTree.fromstring(as_html(board(ran(MAP, 1.0, 2.0, 3.0)).lines()))
    titles, *rows = ([cell.text for cell in row] for row in page.iter("tr"))
    assert titles == ["stage", None, "done", "running", "again", "tasks", "rows", "bytes", "left"]
    assert rows == [
        ["Slice", None, "3", "2", "0", "8", "3,000", "6.0 MB", "~5.0 s"],
        ["Gather", None, "0", "0", "0", "4", "0", "0 B", None],
    ]
    assert [dict(bar.attrib) for bar in page.iter("progress")] == [
        {"value": "3", "max": "8"},
        {"value": "0", "max": "4"},
    ]


def test_a_log_names_each_stage_once(capsys: pytest.CaptureFixture[str]) -> None:
    view = Log()
    view.draw(board(ran(MAP, 1.0)).lines())
    for _ in range(2):
        view.draw(board(ran(MAP, *[1.0] * 8, reran=1)).lines())
    view.finish(board(ran(MAP, *[1.0] * 8, reran=1), ran(REDUCE, *[1.0] * 4)).lines(), "done")
    assert capsys.readouterr() == (
        "",
        "Slice: 1 again, 8 tasks, 8,000 rows, 16.0 MB\nGather: 0 again, 4 tasks, 4,000 rows, 8.0 MB\ndone\n",
    )


@pytest.mark.parametrize(
    ("mode", "after", "shown"), [(True, 0, True), (False, 0, False), ("auto", 0, False), (True, 60, False)]
)
def test_who_is_shown_a_job(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mode: object, after: float, shown: bool
) -> None:
    monkeypatch.setattr(progress, "SHOWN_AFTER", after)
    threads = threading.active_count()
    with Progress(mode) as watched:
        watched.expect(STAGES)
        watched.update(ran(MAP, *[1.0] * 8))
        if shown:
            until_shown(watched)
    assert threading.active_count() == threads
    text = capsys.readouterr()
    assert text.out == ""
    assert text.err.startswith("Slice: 0 again, 8 tasks") is shown
    assert ("2 stages, 8 tasks" in text.err) is shown
    assert bool(text.err) is shown


def test_a_job_that_fails_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "SHOWN_AFTER", 0)
    with pytest.raises(ValueError, match="no"), Progress(True) as watched:  # noqa: PT012 - the block is what is watched
        watched.update(ran(MAP, 1.0))
        until_shown(watched)
        raise ValueError("no")
    assert capsys.readouterr().err.startswith("stopped in 0.")


def test_a_session_shows_the_stages_of_its_job(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(progress, "SHOWN_AFTER", 0)
    monkeypatch.setitem(pd.options._own, "progress", True)
    # The job would be over before the thread that shows it has begun.
    monkeypatch.setattr(Progress, "expect", lambda self, stages: (self.board.expect(stages), until_shown(self)))
    with pd.connect(storage=str(tmp_path), partitions=3):
        pd.DataFrame({"k": [1, 2, 3], "v": [1, 2, 3]}).groupby("k").v.median().to_pandas()
    *stages, summary = capsys.readouterr().err.splitlines()
    assert stages[0].startswith("Scan memory")
    assert ": 0 again, 3 tasks, 3 rows, " in stages[0]
    assert f": {len(stages)} stages, {3 * len(stages)} tasks, " in summary


SEEN = """
from engine.exec import progress
from engine.exec.progress import Progress
import bigframe as pd
progress.SHOWN_AFTER = 0
with Progress("auto") as watched:
    while watched._view is None:
        watched._ended.wait(0.005)
"""


@pytest.mark.slow
def test_a_notebook_is_shown_html_in_place() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SEEN)])
    (cell,) = NotebookClient(notebook, timeout=60, kernel_name="python3").execute().cells
    (output,) = (output for output in cell.outputs if output["output_type"] == "display_data")
    text = output["data"]["text/html"]
    assert text.startswith("<details><summary>done in 0.")
    assert "<th>running</th>" in text
    assert [output["output_type"] for output in cell.outputs] == ["display_data"]
