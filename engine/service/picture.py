"""A job's plan as a picture: its stages, what they do, and how rows go from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bigframe.plan.catalog import Plan
from bigframe.tree import walk
from engine.kernels.relational.leaves import Read
from engine.planner.stages import Stage
from engine.service.jobs import StageProgress
from engine.titles import stage_title, title

__all__ = ["SKETCH", "picture", "sketch", "stage_title"]

SKETCH = "sketch"
"""Under what a stage's sketch is kept among its metrics."""

_LONGEST = 400
"""Letters of an operator's line: a membership test can have thousands of literals."""


def picture(stages: Sequence[StageProgress]) -> dict[str, Any]:
    """Stages as nodes and exchanges as edges, with what has happened so far, as JSON data.

    Parameters
    ----------
    stages
        In the order in which they run; each has its :func:`sketch` among its metrics.

    Returns
    -------
    dict
        ``stages``: ``key``, ``title`` (one line), ``operators`` (a line for each node, in the order in which they
        compute), ``kind`` of output, ``tasks``, ``rows``, ``bytes`` (of the rows in memory). ``edges``: ``from`` and
        ``to`` (keys), ``bytes`` that the stage before it wrote for all that read it (None until they are known), and
        ``kind``: how rows are divided on the way (``hash``, ``range``, ``keep``, ``gather``, or ``broadcast`` to every
        task).

    Examples
    --------
    >>> scan = StageProgress("a1", "Scan", tasks=8, metrics={"sketch": {"kind": "hash", "operators": [], "reads": {}}})
    >>> last = StageProgress("b2", "Sort", tasks=2, metrics={"sketch": {"kind": "sink", "operators": [], "reads": {"a1": None}}})
    >>> picture([scan, last])["edges"]
    [{'from': 'a1', 'to': 'b2', 'kind': 'hash', 'bytes': None}]
    """
    known = {stage.key: stage for stage in stages}
    nodes = [
        {
            "key": stage.key,
            "title": stage.title,
            "operators": stage.metrics[SKETCH]["operators"],
            "kind": stage.metrics[SKETCH]["kind"],
            "tasks": stage.tasks,
            "rows": stage.rows,
            "bytes": stage.bytes,
        }
        for stage in stages
    ]
    edges = [
        {
            "from": source,
            "to": stage.key,
            "kind": exchange or known[source].metrics[SKETCH]["kind"],
            "bytes": known[source].metrics.get("bytes_exchanged"),
        }
        for stage in stages
        for source, exchange in stage.metrics[SKETCH]["reads"].items()
    ]
    return {"stages": nodes, "edges": edges}


def sketch(stage: Stage) -> dict[str, Any]:
    """What a picture shows of a stage besides its progress, as JSON data.

    ``kind`` of output; ``operators``, a line each; ``reads``: by the key of each stage that it reads, ``"broadcast"``
    where every task reads all of it, else None, for then that stage's output says how rows are divided.
    """
    nodes = _nodes(stage)
    operators = [line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in map(title, nodes)]
    reads = {source: _exchange(source, stage, nodes) for source in stage.reads}
    return {"kind": stage.output.kind, "operators": operators, "reads": reads}


def _nodes(stage: Stage) -> list[Plan]:
    return [node for node in walk(*(branch.plan for branch in stage.branches)) if isinstance(node, Plan)]


def _exchange(source: str, stage: Stage, nodes: Sequence[Plan]) -> str | None:
    whole = any(isinstance(node, Read) and node.stage == source and node.everything for node in nodes)
    return "broadcast" if whole and stage.tasks > 1 else None
