"""What the demo tells its reader: a line for each step while it runs, and tables at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pandas
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass
class Step:
    """One step of the job while it runs and after.

    Attributes
    ----------
    name : str
        What it does.
    bytes : int
        Bytes of text that it went through.
    note : str
        What the reader should know, such as what was reused.
    seconds : float
        How long it took.
    """

    name: str
    bytes: int = 0
    note: str = ""
    seconds: float = 0.0
    progress: Progress | None = None
    task: TaskID | None = None

    def advance(self, done: int, total: int) -> None:
        """Show how far the step is, in bytes."""
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, completed=done, total=total)


@dataclass
class Steps:
    """The steps so far, in order, shown on a console."""

    console: Console
    done: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a block of code, with a moving line above it in a terminal and a printed line when it is done."""
        step = Step(name)
        started = time.perf_counter()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as progress:
            step.progress, step.task = progress, progress.add_task(name, total=None)
            yield step
        step.progress = None
        step.seconds = time.perf_counter() - started
        self.done.append(step)
        self.console.print(f"[green]✓[/] {name} [dim]{step.seconds:.1f} s{_note(step)}[/]", soft_wrap=True)

    def table(self) -> Table:
        """Seconds and megabytes a second of each step."""
        table = Table(title="Steps", title_justify="left", show_edge=False)
        table.add_column("step")
        table.add_column("seconds", justify="right")
        table.add_column("MB/s", justify="right")
        for step in self.done:
            speed = step.bytes / 1e6 / step.seconds
            shown = f"{speed:,.1f}" if speed >= 1 else f"{speed:.3f}" if speed else ""
            table.add_row(step.name, f"{step.seconds:.1f}", shown)
        table.add_section()
        table.add_row("in all", f"{sum(step.seconds for step in self.done):.1f}", "")
        return table


@dataclass(frozen=True)
class Counts:
    """What became of the documents.

    Attributes
    ----------
    documents : int
        Read.
    dropped : Mapping of str to int
        By the rule that they broke.
    duplicates : int
        Near-duplicates that were removed.
    kept : Mapping of str to int
        By split.
    embedded : int
        Texts that have a vector.
    """

    documents: int
    dropped: Mapping[str, int]
    duplicates: int
    kept: Mapping[str, int]
    embedded: int

    @property
    def other_kinds(self) -> int:
        """Documents of kinds that the job does not take, such as licence files."""
        return self.documents - sum(self.dropped.values()) - self.duplicates - sum(self.kept.values())

    def table(self) -> Table:
        """One row for each way that a document can go."""
        table = Table(title="Documents", title_justify="left", show_edge=False, show_header=False)
        table.add_column("what")
        table.add_column("count", justify="right")
        table.add_row("in", f"{self.documents:,}")
        table.add_row("  of other kinds", f"{self.other_kinds:,}")
        for reason, count in self.dropped.items():
            table.add_row(f"  dropped: {reason}", f"{count:,}")
        table.add_row("  near-duplicates", f"{self.duplicates:,}")
        for split, count in self.kept.items():
            table.add_row(f"  kept: {split}", f"{count:,}")
        table.add_row("texts embedded", f"{self.embedded:,}")
        return table


def print_pairs(console: Console, pairs: pandas.DataFrame) -> None:
    """Print near-duplicates as they are in the audit: columns ``similarity``, ``path`` and ``kept_path``."""
    for pair in pairs.itertuples():
        console.print(f"  {pair.similarity:.2f}  {escape(str(pair.path))}", soft_wrap=True)
        console.print(f"        [dim]stays as[/] {escape(str(pair.kept_path))}", soft_wrap=True)


def print_hits(console: Console, query: str, hits: pandas.DataFrame) -> None:
    """Print the answers to a query: columns ``score``, ``title`` and ``text``."""
    console.print(f"  [bold]{escape(query)}[/]")
    for hit in hits.itertuples():
        start = " ".join(str(hit.text).split())[:70]
        line = f"  {hit.score:.2f}  {escape(str(hit.title))} [dim]{escape(start)}[/]"
        console.print(line, overflow="ellipsis", no_wrap=True)


def _note(step: Step) -> str:
    return f" · {escape(step.note)}" if step.note else ""
