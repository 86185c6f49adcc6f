"""Metrics: what a job took, stage by stage and in all, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bigframe.plan.node import Plan
from bigframe.tree import walk
from engine.driver import StageRun
from engine.titles import title

SUMMED = ("bytes_scanned", "bytes_fetched", "bytes_sent", "requests", "retries", "bytes_exchanged", "bytes_read_back")
"""Counts of a task that add up: bytes of storage scanned, bytes and calls of remote stores, and bytes of exchange files
written and read."""


def stage_metrics(run: StageRun) -> dict[str, Any]:
    """What the finished tasks of a stage took, each counted once, by the attempt that finished it.

    Returns
    -------
    dict
        The names of ``SUMMED``; ``cpu_seconds``; ``peak_memory``, the largest resident size that a process had while it
        ran one of the tasks, in bytes; ``operators``, for each its title and, where the job was measured operator by
        operator, rows, bytes, seconds and peak.
    """
    return {
        **{name: run.total(name) for name in SUMMED},
        "cpu_seconds": run.total("cpu_seconds"),
        "peak_memory": run.peak_memory,
        "operators": _operators(run),
    }


def job_metrics(runs: Mapping[str, StageRun], seconds: float | None = None) -> dict[str, Any]:
    """What a job took.

    Parameters
    ----------
    runs
        Its stages, as :class:`engine.driver.Driver` has them.
    seconds
        How long it took; default: the sum of its tasks' times.

    Returns
    -------
    dict
        ``job``: rows of its results, the sums over its stages, the largest peak, seconds. ``stages``: the same of each,
        with key, title, tasks, and how many ran again or had finished before.
    """
    read = {key for run in runs.values() for key in run.stage.reads}
    stages = [
        {
            "key": key,
            "title": f"{title(run.stage.branches[0].plan)} → {run.stage.output.kind}",
            "tasks": run.tasks,
            "reran": run.reran,
            "reused": run.reused,
            "rows": run.rows,
            "bytes": run.bytes,
            "seconds": run.seconds,
            **stage_metrics(run),
        }
        for key, run in runs.items()
    ]
    totals = {name: sum(stage[name] for stage in stages) for name in (*SUMMED, "cpu_seconds")}
    job = {
        "rows": sum(run.rows for key, run in runs.items() if key not in read),
        **totals,
        "peak_memory": max((stage["peak_memory"] for stage in stages), default=0),
        "seconds": sum(run.seconds for run in runs.values()) if seconds is None else seconds,
    }
    return {"job": job, "stages": stages}


def _operators(run: StageRun) -> list[dict[str, Any]]:
    steps = run.steps()
    nodes = {node.digest: node for branch in run.stage.branches for node in walk(branch.plan) if isinstance(node, Plan)}
    found: list[dict[str, Any]] = []
    for digest, node in nodes.items():
        step = steps.get(digest)
        measured = {name: getattr(step, name) for name in ("rows", "bytes", "seconds", "peak")} if step else {}
        found.append({"title": title(node), **measured})
    return found
