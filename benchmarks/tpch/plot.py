"""Plots of a measurement: ratios to DuckDB by query, and sums by scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.tpch.measure import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.tpch.report import Report

# Text and lines of one grey, and colours of middling lightness, show on white and on black pages alike.
INK = "#7d828a"
COLOURS = {
    "bigframe": "#d9662b",
    "bigframe-dask": "#b8860b",
    "bigframe-dask-1": "#8a9a3b",
    "duckdb": "#7d828a",
    "polars": "#2f86d6",
    "dask": "#a763c4",
}
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "tpch",
    "savefig.transparent": True,
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)
LABEL_POINTS = 12


def ratios(report: Report, scale: float, path: Path) -> None:
    """Draw the time of every system over DuckDB's, by query and in sum, one panel a system on a common log axis.

    Parameters
    ----------
    report
        What was measured.
    scale
        Which of its scales.
    path
        Of the SVG file to write.
    """
    others = [system for system in report.systems if system != REFERENCE]
    queries = sorted(report.of(scale, REFERENCE))
    rows: dict[str, list[int] | None] = {f"Q{query}": [query] for query in queries} | {"sum": None}
    with mpl.rc_context(STYLE):
        size = (2 + 2.6 * len(others), 1.2 + 0.22 * len(rows))
        figure, panels = plt.subplots(1, len(others), sharex=True, sharey=True, squeeze=False, figsize=size)
        for panel, system in zip(panels[0], others, strict=True):
            values = [report.ratio(scale, system, REFERENCE, asked) for asked in rows.values()]
            _panel(panel, list(rows), values, COLOURS[system])
            panel.set_title(system, color=COLOURS[system], fontweight="bold")
        panels[0][0].invert_yaxis()
        figure.suptitle(f"Time over DuckDB's, TPC-H scale {scale:g} (left of 1 is faster)", color=INK)
        figure.tight_layout()
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def scaling(report: Report, path: Path) -> None:
    """Draw the sum of the queries of every system against the scale, both on log axes.

    A point is left out where the system failed a query, for it would be a sum of fewer.

    Parameters
    ----------
    report
        What was measured, at several scales.
    path
        Of the SVG file to write.
    """
    ends = {}
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(6, 4))
        for system in report.systems:
            totals = {scale: report.total(scale, system) for scale in report.scales}
            points = {scale: sum_ for scale, (sum_, done) in totals.items() if done == len(report.of(scale, system))}
            if points:
                axes.plot(list(points), list(points.values()), "o-", color=COLOURS[system])
                ends[system] = (max(points), points[max(points)])
        axes.set(xscale="log", yscale="log", xlabel="scale", ylabel="sum of the queries, s")
        _ticks(axes.xaxis, report.scales, "{:g}")
        _ticks(axes.yaxis, tuple(n * 10.0**e for e in range(-3, 5) for n in (1, 2, 5)), "{:g}")
        axes.margins(x=0.2, y=0.1)
        figure.tight_layout()
        _label_ends(axes, ends)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _panel(panel: Any, names: list[str], values: list[float | None], colour: str) -> None:
    panel.set_xscale("log")
    panel.axvline(1, color=INK, linewidth=1)
    for row, value in enumerate(values):
        if value is None:
            panel.text(1, row, " no answer", color=INK, va="center", fontsize=7)
            continue
        panel.plot([1, value], [row, row], color=colour, linewidth=1.5)
        panel.plot(value, row, "o", color=colour, markersize=5 if names[row] != "sum" else 8)
        side = 7 if value >= 1 else -7
        weight = "bold" if names[row] == "sum" else "normal"
        panel.annotate(
            f"{value:.2g}×" if value < 10 else f"{value:.0f}×",
            (value, row),
            (side, 0),
            textcoords="offset points",
            ha="left" if value >= 1 else "right",
            va="center",
            fontsize=7,
            weight=weight,
        )
    panel.set_yticks(range(len(names)), names)
    panel.tick_params(axis="y", length=0)
    _ticks(panel.xaxis, TICKS, "{:g}×")
    panel.margins(x=0.25)


def _ticks(axis: Any, places: tuple[float, ...], form: str) -> None:
    axis.set_major_locator(FixedLocator(places))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: form.format(value)))


def _label_ends(axes: Any, ends: dict[str, tuple[float, float]]) -> None:
    lowest = float("-inf")
    for system, end in sorted(ends.items(), key=lambda item: item[1][1]):
        height = axes.transData.transform(end)[1] * 72 / axes.figure.dpi
        # Pushed up where lines end so close together that their labels would meet.
        lowest = max(height, lowest + LABEL_POINTS)
        place = {"xytext": (8, lowest - height), "textcoords": "offset points", "va": "center"}
        axes.annotate(system, end, color=COLOURS[system], weight="bold", **place)
