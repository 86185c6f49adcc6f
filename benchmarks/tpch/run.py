"""Measure the 22 TPC-H queries: ``python -m benchmarks.tpch.run --scale 1`` or ``make bench BENCH=tpch.run``.

Writes a page of tables, its numbers as JSON, and plots into docs/benchmarks.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.tpch import environment, plot
from benchmarks.tpch.answers import ORDER_BY
from benchmarks.tpch.data import generate
from benchmarks.tpch.measure import REFERENCE, measure
from benchmarks.tpch.report import Report, to_json, to_markdown
from benchmarks.tpch.systems import SYSTEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.tpch.measure import Result


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the files that are described in docs/benchmarks/README.md."""
    asked = _parser().parse_args(arguments)
    # Systems that wait for their turn are stopped, and would outlive a process that ends without ending them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    systems = (REFERENCE, *(system for system in asked.peers if system != REFERENCE))
    load = environment.load()
    results: list[Result] = []
    for scale in asked.scale:
        name = f"scale-{scale:g}" if asked.parts == 1 else f"scale-{scale:g}-parts-{asked.parts}"
        folder = generate(asked.data / name, scale, parts=asked.parts)
        found = measure(str(folder), scale, systems, asked.queries, asked.repeats, asked.timeout)
        results.extend(_shown(found))
    report = Report(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        command=_command(asked),
        machine=environment.machine(),
        load=load,
        note=asked.note,
        versions=environment.versions(),
        repeats=asked.repeats,
        systems=systems,
        results=tuple(results),
    )
    write(report, asked.out, asked.name)


def write(report: Report, folder: Path, name: str) -> None:
    """Write a report's page, numbers and plots.

    Parameters
    ----------
    report
        What was measured.
    folder
        Where to; made if it is not there.
    name
        How the names of the files begin.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for scale in report.scales:
        plot.ratios(report, scale, folder / f"{name}-scale-{scale:g}.svg")
    if len(report.scales) > 1:
        plot.scaling(report, folder / f"{name}-scaling.svg")
    (folder / f"{name}.json").write_text(to_json(report))
    (folder / f"{name}.md").write_text(to_markdown(report, name))


def _shown(results: Iterable[Result]) -> Iterable[Result]:
    for result in results:
        outcome = result.failure or f"{result.median:.3f} s"
        print(f"scale {result.scale:g}  Q{result.query:<3} {result.system:14} {outcome}", flush=True)
        yield result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add = parser.add_argument
    add("--scale", type=float, nargs="+", default=[1.0], help="TPC-H scale factors (default: 1)")
    peers = sorted(SYSTEMS)
    add("--peers", nargs="+", choices=peers, default=["bigframe", "polars"], help="systems; duckdb always takes part")
    add(
        "--parts",
        type=int,
        default=1,
        help="files of each table; dask.dataframe makes a partition of each (default: 1)",
    )
    add("--repeats", type=int, default=3, help="runs of each query by each system; medians are shown (default: 3)")
    add("--queries", type=int, nargs="+", choices=list(ORDER_BY), default=list(ORDER_BY), metavar="N", help="1 to 22")
    add("--timeout", type=float, default=600, help="seconds after which a query is given up (default: 600)")
    add(
        "--data", type=Path, default=tables_folder(), help="folder for the tables (default: in the user's cache folder)"
    )
    add("--out", type=Path, default=Path("docs/benchmarks"), help="folder for the results (default: docs/benchmarks)")
    add("--name", default="tpch", help="how the names of the written files begin (default: tpch)")
    add("--note", default="", help="a sentence for the page, such as what else the machine did")
    return parser


def _command(asked: argparse.Namespace) -> str:
    # Rebuilt without the folders, which say nothing to a reader on another machine.
    queries = [] if asked.queries == list(ORDER_BY) else ["--queries", *map(str, asked.queries)]
    words = ["--scale", *(f"{scale:g}" for scale in asked.scale), "--peers", *asked.peers]
    words += ["--parts", str(asked.parts), "--repeats", str(asked.repeats), *queries, "--name", asked.name]
    return f"python -m benchmarks.tpch.run {shlex.join(words)}"


def tables_folder() -> Path:
    """Where generated tables are kept: a folder of the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bigframe" / "tpch"


if __name__ == "__main__":
    main()
