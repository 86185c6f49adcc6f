"""Where progress is shown: a table that is redrawn in a terminal or a notebook, and lines in a log."""

from __future__ import annotations

import html
import sys
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from engine.exec.progress import COLUMNS, StageLine

__all__ = ["Log", "Notebook", "Terminal", "as_html", "as_table"]

_BAR_CELLS = 20


class Terminal:
    """A table on standard error that goes when the job ends; a line stays."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, transient=True, auto_refresh=False)
        self._live.start()

    def draw(self, lines: list[StageLine]) -> None:
        """See `engine.exec.progress.View`."""
        self._live.update(as_table(lines), refresh=True)

    def finish(self, lines: list[StageLine], summary: str) -> None:  # noqa: ARG002 - a view's signature
        """See `engine.exec.progress.View`."""
        self._live.stop()
        self._console.print(Text(summary))


class Notebook:
    """HTML below the cell, updated in place; at the end the table is folded under its summary."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, lines: list[StageLine]) -> None:
        """See `engine.exec.progress.View`."""
        self._show(as_html(lines))

    def finish(self, lines: list[StageLine], summary: str) -> None:
        """See `engine.exec.progress.View`."""
        self._show(f"<details><summary>{html.escape(summary)}</summary>{as_html(lines)}</details>")

    def _show(self, content: str) -> None:
        # IPython is there wherever this view is chosen, is no dependency, and carries no types.
        from IPython import display as ipython

        place: Any = ipython
        shown = place.HTML(content)
        if self._handle is None:
            self._handle = place.display(shown, display_id=True)
        else:
            self._handle.update(shown)


class Log:
    """A line on standard error for each stage that ends: what was written to a pipe cannot be redrawn."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def draw(self, lines: list[StageLine]) -> None:
        """See `engine.exec.progress.View`."""
        for number, line in enumerate(lines):
            if line.done == line.tasks and number not in self._told:
                self._told.add(number)
                told = zip(COLUMNS[3:7], line.cells[3:7], strict=True)
                counts = ", ".join(f"{cell} {column}" if column != "bytes" else cell for column, cell in told if cell)
                sys.stderr.write(f"{line.title}: {counts}\n")

    def finish(self, lines: list[StageLine], summary: str) -> None:
        """See `engine.exec.progress.View`."""
        self.draw(lines)
        sys.stderr.write(f"{summary}\n")


def as_table(lines: list[StageLine]) -> Table:
    """The stages as a table for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(COLUMNS[0], overflow="ellipsis", no_wrap=True)
    table.add_column("", width=_BAR_CELLS)
    for column in COLUMNS[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    for line in lines:
        title, *counts = line.cells
        bar = ProgressBar(total=max(1, line.tasks), completed=line.done, width=_BAR_CELLS)
        # Titles hold what users wrote, brackets included.
        table.add_row(Text(title), bar, *counts, style="" if line.done or line.running else "dim")
    return table


def as_html(lines: list[StageLine]) -> str:
    """The stages as a table for a notebook.

    Examples
    --------
    >>> "<td>Filter</td>" in as_html([StageLine("Filter", 1, 1, 0, 2, 10, 80, 0.5)])
    True
    """
    heads = "".join(f"<th>{column}</th>" for column in (COLUMNS[0], "", *COLUMNS[1:]))
    rows = []
    for line in lines:
        title, *counts = map(html.escape, line.cells)
        bar = f'<progress value="{line.done}" max="{max(1, line.tasks)}"></progress>'
        cells = "".join(f'<td style="text-align:right">{cell}</td>' for cell in counts)
        rows.append(f"<tr><td>{title}</td><td>{bar}</td>{cells}</tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
