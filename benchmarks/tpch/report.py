"""A measurement as JSON and as a page of Markdown tables."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.tpch.measure import Result

# Who is compared with whom, where both took part.
RATIOS = (("bigframe", "duckdb"), ("polars", "duckdb"), ("bigframe-dask", "duckdb"), ("dask", "bigframe-dask"))


@dataclass(frozen=True)
class Report:
    """All results of one command, and what is needed to read them."""

    date: str
    command: str
    machine: str
    load: float
    note: str
    versions: dict[str, str]
    repeats: int
    systems: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def scales(self) -> tuple[float, ...]:
        """Measured scales, from the smallest."""
        return tuple(sorted({result.scale for result in self.results}))

    def of(self, scale: float, system: str) -> dict[int, Result]:
        """Results of one system at one scale, by query."""
        return {r.query: r for r in self.results if r.scale == scale and r.system == system}

    def ratio(self, scale: float, system: str, base: str, queries: Iterable[int] | None = None) -> float | None:
        """Time of one system over that of another, in sum over the queries that both answered; ``None`` if none."""
        pairs = [
            (own.median, self.of(scale, base)[query].median)
            for query, own in self.of(scale, system).items()
            if queries is None or query in queries
        ]
        both = [(own, other) for own, other in pairs if own is not None and other is not None]
        return sum(own for own, _ in both) / sum(other for _, other in both) if both else None

    def total(self, scale: float, system: str) -> tuple[float, int]:
        """Sum of the medians of the queries that the system answered, and how many these are."""
        medians = [result.median for result in self.of(scale, system).values() if result.median is not None]
        return sum(medians), len(medians)


def to_json(report: Report) -> str:
    """Return the whole report, each repetition included, as indented JSON."""
    return json.dumps(asdict(report), indent=1) + "\n"


def to_markdown(report: Report, name: str) -> str:
    """Return the page of a report.

    Parameters
    ----------
    report
        What was measured.
    name
        Of the files beside the page: ``<name>.json``, the plots ``<name>-scale-<scale>.svg`` and, for several scales,
        ``<name>-scaling.svg``.

    Returns
    -------
    str
        Markdown.
    """
    return "\n".join(_page(report, name)) + "\n"


def _page(report: Report, name: str) -> Iterator[str]:
    scales = ", ".join(f"{scale:g}" for scale in report.scales)
    yield f"# TPC-H at scale {scales}: {', '.join(report.systems)}"
    yield ""
    yield f"Measured on {report.date} on {report.machine}; load before it {report.load:g}. {report.note}".strip()
    yield ""
    runs = "of a single run" if report.repeats == 1 else f"medians of {report.repeats} runs"
    yield f"Seconds are {runs}, taken as [README](README.md) tells; each one is in [{name}.json]({name}.json)."
    yield ""
    yield f"    {report.command}"
    yield ""
    yield ", ".join(f"{package} {version}" for package, version in report.versions.items()) + "."
    if len(report.scales) > 1:
        yield ""
        yield f"![Sum of the queries by scale]({name}-scaling.svg)"
    for scale in report.scales:
        yield ""
        yield f"## Scale {scale:g}"
        yield ""
        yield f"![Time over DuckDB's by query, scale {scale:g}]({name}-scale-{scale:g}.svg)"
        yield ""
        yield from _table(report, scale)
        yield from _failures(report, scale)


def _table(report: Report, scale: float) -> Iterator[str]:
    ratios = [pair for pair in RATIOS if set(pair) <= set(report.systems)]
    heads = ["", *(f"{system}, s" for system in report.systems), *(f"{own} / {base}" for own, base in ratios)]
    yield _row(heads)
    yield _row(["---", *["---:"] * (len(heads) - 1)])
    for query in sorted(report.of(scale, report.systems[0])):
        seconds = [_seconds(report.of(scale, system)[query].median) for system in report.systems]
        yield _row([f"Q{query}", *seconds, *(_times(report.ratio(scale, *pair, [query])) for pair in ratios)])
    sums = [_sum(report, scale, system) for system in report.systems]
    yield _row(["**sum**", *sums, *(f"**{_times(report.ratio(scale, *pair))}**" for pair in ratios)])
    peaks = [max(result.peak_bytes for result in report.of(scale, system).values()) for system in report.systems]
    yield _row(["peak memory, GB", *(f"{peak / 1e9:.2f}" for peak in peaks), *[""] * len(ratios)])


def _failures(report: Report, scale: float) -> Iterator[str]:
    failed = [result for result in report.results if result.scale == scale and result.failure]
    if failed:
        yield ""
        yield "Not answered, and left out of the sums and of the ratios of the sums:"
        yield ""
    for result in failed:
        yield f"- {result.system}, Q{result.query}: {result.failure}"


def _sum(report: Report, scale: float, system: str) -> str:
    seconds, answered = report.total(scale, system)
    asked = len(report.of(scale, system))
    return f"**{seconds:.2f}**" + (f" ({answered} of {asked})" if answered < asked else "")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _seconds(value: float | None) -> str:
    return "failed" if value is None else f"{value:.3f}"


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}×"
