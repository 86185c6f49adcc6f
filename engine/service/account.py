"""What happened in a job, as text: its plan as asked, and each stage with what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bigframe.plan.node import Plan
from engine.explain import logical
from engine.service.jobs import Job, StageProgress

__all__ = ["account"]

_BYTES = ("bytes_scanned", "bytes_fetched", "bytes_exchanged", "peak_memory")


def account(job: Job, plans: Sequence[Plan], *, analyze: bool) -> str:
    """A job as text.

    Parameters
    ----------
    job
        As it is now.
    plans
        Its outputs as the client asked for them.
    analyze
        Whether to say what its stages have done so far.
    """
    lines = [f"Job {job.name or job.id}: {job.state.value}", "", logical(plans), "", "Stages"]
    numbers = {stage.key: number for number, stage in enumerate(job.stages)}
    if job.reused:
        lines.append(f"  none: answered by the result of job {job.result_of}")
    for stage in job.stages:
        reads = ", ".join(str(numbers[key]) for key in stage.reads if key in numbers)
        lines.append(f"  stage {numbers[stage.key]}: {stage.title}{f'; reads stage {reads}' if reads else ''}")
        if analyze:
            lines.append(f"    {', '.join(_happened(stage))}")
    if analyze and job.finished is not None:
        lines += ["", f"Total: {', '.join(_measured(job.metrics))}"]
    return "\n".join(lines)


def _happened(stage: StageProgress) -> list[str]:
    parts = [f"{stage.done} of {stage.tasks} tasks", f"{stage.rows:,} rows", f"{stage.seconds:.3f} s in tasks"]
    parts += [f"{stage.reused} reused"] if stage.reused else []
    parts += [f"{stage.reran} ran again"] if stage.reran else []
    return parts + _measured({**stage.metrics, "seconds": None})


def _measured(metrics: Mapping[str, Any]) -> list[str]:
    parts = [f"{metrics[name]:,} {name.replace('_', ' ')}" for name in _BYTES if metrics.get(name) is not None]
    if metrics.get("cpu_seconds") is not None:
        parts.append(f"{metrics['cpu_seconds']:.3f} CPU seconds")
    if metrics.get("seconds") is not None:
        parts.append(f"{metrics['seconds']:.3f} s")
    return parts
