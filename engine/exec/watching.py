"""Where a stage's query looks at its token: in columns past which Polars still carries the filters of joins above."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bigframe.ops.base import Column
from bigframe.plan.catalog import Buckets, Explode, Filter, Join, MapBatches, Plan, Project, Scan, Unpivot
from bigframe.plan.dear_steps import is_dear
from bigframe.plan.node import plans
from engine.optimizer.liveness import demands

# Read sooner than a call that is to stop is left alone: TPC-H Q1 reads and groups 68 MB in 0.18 s on two cores.
QUICK_BYTES = 128 << 20
# As many are joined in some ten milliseconds.
QUICK_ROWS = 1 << 20


def watched_columns(plan: Plan, scanned: Mapping[str, int], rows: Mapping[str, int]) -> Mapping[str, str | None]:
    """The nodes that are watched, by digest, and the column of each to look in; None where no column of it is read.

    Scans of few bytes (``scanned``, by digest) under cheap steps end by themselves, and are not: looking takes 3 % of a
    query. Neither are joins that cannot make many rows of those of the leaves (``rows``, by digest), whatever their keys are.
    At run time Polars filters scans by the keys of joins above them (sideways information passing), as long as it knows
    sizes and keys of both sides, and not past a function of the key. So of joins of joins only the last is watched,
    which sees what the others make, and no scan of which only keys are read, which takes the least time.
    """
    quick = sum(scanned.values()) < QUICK_BYTES and not any(map(is_dear, plans(plan)))
    if quick and _most_rows(plan, rows) <= QUICK_ROWS:
        return {}
    demanded = demands((plan,))
    probed: dict[str, set[str]] = {}
    joined: set[str] = set()
    found: dict[str, str | None] = {}
    for node in reversed(list(plans(plan))):
        keys = probed.get(node.digest, set())
        for child, passed in _passed_on(node, keys):
            probed.setdefault(child.digest, set()).update(passed)
        if isinstance(node, Join) or isinstance(node, (Filter, Project)) and node.digest in joined:
            joined.update(child.digest for child in node.inputs)
        if isinstance(node, Scan) and quick:
            continue
        if isinstance(node, (Scan, Explode)) or isinstance(node, Join) and node.digest not in joined:
            read = [id for id in node.schema if id in demanded[node.digest].columns]
            if not read or not keys.issuperset(read):
                found[node.digest] = next((id for id in read if id not in keys), None)
    return found


def _most_rows(plan: Plan, rows: Mapping[str, int]) -> float:
    """How many rows joins and explosions make at most; 0 if there are none."""
    most: dict[Plan, float] = {}
    multiplied = 0.0
    for node in plans(plan):
        below = [most[child] for child in node.inputs]
        match node:
            case Join():
                most[node] = below[0] * below[1] + sum(below)
            case Explode() | MapBatches() | Buckets():
                most[node] = math.inf
            case Unpivot():
                most[node] = below[0] * len(node.labels)
            case _:
                most[node] = sum(below) if below else rows.get(node.digest, math.inf)
        if isinstance(node, (Join, Explode)):
            multiplied = max(multiplied, most[node])
    return multiplied


def _passed_on(node: Plan, keys: set[str]) -> list[tuple[Plan, set[str]]]:
    """Of the columns whose values joins above compare those that a node only hands on, and what it compares itself."""
    match node:
        case Join():
            sides = (node.left, node.left_on), (node.right, node.right_on)
            return [(side, (keys & side.schema.keys()) | set(on)) for side, on in sides]
        case Project():
            definitions, handed_on = dict(node.definitions), keys
            while handed_on & definitions.keys():
                made_of = [definitions.get(id, Column(id)) for id in handed_on]
                handed_on = {expr.id for expr in made_of if isinstance(expr, Column)}
            return [(node.input, handed_on)]
        case Filter():
            return [(node.input, keys)]
    return []
