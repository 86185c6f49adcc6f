"""``bigframe jobs``: the jobs of a service, in a terminal."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import bigframe
from bigframe.session.jobs import BAR_WIDTH, clock, error_line

STATES = ("QUEUED", "RUNNING", "COMMITTING", "SUCCEEDED", "FAILED", "CANCELLED")
_UNFOLDED = 10_000
STYLES = {"SUCCEEDED": "green", "FAILED": "red", "CANCELLED": "yellow", "RUNNING": "cyan", "COMMITTING": "cyan"}


def add_jobs(commands: Any) -> None:
    """Add the subcommand to a parser's subparsers."""
    parser = commands.add_parser(
        "jobs",
        help="list the jobs of a service; show or cancel one",
        description="The latest jobs of a service, or one of them. The token is taken from BIGFRAME_TOKEN, so that no "
        "list of processes shows it.",
    )
    add = parser.add_argument
    add("job", nargs="?", metavar="NAME", help="name or id of a job (default: list the latest)")
    add("--address", metavar="URL", help="of the service (default: BIGFRAME_ADDRESS)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--logs", action="store_true", help="print what its driver said")
    what.add_argument("--explain", action="store_true", help="print its plan, its stages, and what happened")
    what.add_argument("--cancel", action="store_true", help="stop it")
    add("--state", choices=STATES, help="list only jobs in this state")
    add("--limit", type=int, default=20, metavar="N", help="list at most so many (default: 20)")
    add("--traceback", action="store_true", help="show where in the code an error arose")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Carry out ``bigframe jobs``; the exit status."""
    from rich.console import Console

    address = options.address or os.environ.get("BIGFRAME_ADDRESS", "")
    if not address.startswith(("http://", "https://")):
        raise ValueError("jobs: which service? Give --address http://host:port, or set BIGFRAME_ADDRESS")
    if options.job is None and (options.logs or options.explain or options.cancel):
        raise ValueError("jobs: --logs, --explain and --cancel need the NAME of a job")
    # A file or a pipe has no width to fold lines into.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _UNFOLDED)
    with bigframe.connect(address):
        if options.job is None:
            found = bigframe.jobs(state=options.state, limit=options.limit)
            nothing = f"no job is {options.state}" if options.state else "there are no jobs yet"
            console.print(nothing if found.empty else _listed(found))
            return 0
        job = bigframe.job(options.job)
        if options.cancel:
            job.cancel()
        if options.logs:
            # Lines of a log are not markup, and are not folded: they may go to a file.
            console.print(job.logs(), markup=False, soft_wrap=True)
        elif options.explain:
            job.explain()
        else:
            _show(console, job)
    return 0


def _listed(jobs: Any) -> Any:
    """A table of jobs."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    # Narrow terminals cut errors; what a job is called stays whole, to be copied.
    for heading in ("job", "state", "progress", "created (UTC)"):
        table.add_column(heading, no_wrap=True)
    for heading in ("time", "rows", "scanned"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("error", overflow="ellipsis")
    for id, job in jobs.iterrows():
        table.add_row(
            escape(job["name"] if isinstance(job["name"], str) else id),
            _colored(job["state"]),
            f"{job['progress']:.0%}",
            f"{job['created']:%Y-%m-%d %H:%M:%S}",
            *(_known(job[name], form) for name, form in _FORMS.items()),
            escape(job["error"]),
        )
    return table


def _show(console: Any, job: Any) -> None:
    """One job: a line on it, and a line on each of its stages."""
    from rich.markup import escape
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    state = job.details()
    console.print(f"[bold]{escape(state['name'] or state['id'])}[/] {_colored(state['state'])}")
    console.print(f"id {state['id']}, created {clock(state['created'])} UTC, attempts {state['attempts']}")
    table = Table(box=None, pad_edge=False, show_header=False)
    for stage in state["progress"]["stages"]:
        table.add_row(
            escape(stage["title"]),
            ProgressBar(total=max(1, stage["tasks"]), completed=stage["done"], width=BAR_WIDTH),
            f"{stage['done']:,} of {stage['tasks']:,}",
            f"{stage['rows']:,} rows",
            f"{stage['seconds']:.1f} s",
        )
    console.print(table)
    if state["error"]:
        line = state["error"].get("line")
        console.print(escape(error_line(state)), style="red")
        console.print(escape(f"asked for at {line}") if line else "")


def _colored(state: str) -> str:
    return f"[{STYLES[state]}]{state}[/]" if state in STYLES else state


def _size(value: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:,.0f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


_FORMS = {"seconds": "{:,.1f} s".format, "rows": "{:,.0f}".format, "bytes_scanned": _size}
"""Column of a list of jobs → how its numbers are written."""


def _known(value: Any, form: Any) -> str:
    """A number, or nothing where it is not known yet."""
    return "" if value is None or value != value else form(value)
