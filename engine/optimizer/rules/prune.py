"""Leave out what nobody observes: columns, positions, sorts, and the order of joins."""

from __future__ import annotations

from typing import Any

from bigframe.ops.base import columns_read
from bigframe.plan.catalog import Aggregate, Concat, Distinct, Join, Number, Plan, Project, Scan, Sort, Unpivot
from bigframe.schema import DType
from engine.optimizer.liveness import (
    Demand,
    concat_reads,
    demands,
    live_aggregates,
    live_columns,
    live_definitions,
)
from engine.optimizer.walks import nodes_under


def prune(roots: tuple[Plan, ...]) -> tuple[Plan, ...]:
    """One pass over the whole plan: what is demanded is found top down, and what remains is built bottom up.

    A node of which no column is observed keeps its narrowest one, because its rows still count.
    """
    wanted = demands(roots)
    done: dict[str, Plan] = {}  # by digest: what rules made twice becomes one again
    for node in nodes_under(roots):
        if node.digest in done:
            continue
        demand = wanted[node.digest]
        if isinstance(node, Sort) and not demand.order or isinstance(node, Number) and node.id not in demand.columns:
            done[node.digest] = done[node.input.digest]
        else:
            done[node.digest] = node.on(lambda plan: done[plan.digest], **_narrowed(node, demand, done))
    return tuple(_exactly(done[root.digest], tuple(root.schema)) for root in roots)


def _narrowed(node: Plan, demand: Demand, done: dict[str, Plan]) -> dict[str, Any]:
    """The fields of a node that change because less of it is observed."""
    live = demand.columns
    match node:
        case Scan():
            read = live if node.predicate is None else live | columns_read(node.predicate)
            fields = tuple(field for field in node.fields if field[0] in read)
            position = node.position if node.position in live else None
            return {"fields": fields or (() if position else _narrowest_field(node)), "position": position}
        case Project():
            outputs = tuple(name for name in node.outputs if name in live)
            if not outputs:
                return {"definitions": (), "outputs": (next(iter(done[node.input.digest].schema)),)}
            return {"definitions": live_definitions(node, frozenset(outputs)), "outputs": outputs}
        case Aggregate():
            return {"aggregates": tuple(live_aggregates(node, live))}
        case Join():
            return {"ordered": node.ordered and demand.order}
        case Distinct(keep="first" | "last"):
            if not (demand.order or live - set(node.keys)):
                return {"keep": "any"}
        case Concat():
            read = concat_reads(node, live)
            ids = tuple(name for name in node.schema if name in read)
            for table in node.tables:
                done[table.digest] = _exactly(done[table.digest], ids)
            return {"dtypes": tuple(node.schema[name] for name in ids)}
        case Unpivot():
            columns = live_columns(node, live)
            ids = (node.label, *(id for id, _ in columns))
            return {"columns": columns, "dtypes": tuple(node.schema[name] for name in ids)}
        case _:
            pass
    return {}


def _exactly(plan: Plan, ids: tuple[str, ...]) -> Plan:
    return plan if tuple(plan.schema) == ids else Project(plan, (), ids)


def _narrowest_field(scan: Scan) -> tuple[tuple[str, str, DType], ...]:
    return (min(scan.fields, key=lambda field: field[2].width),) if scan.fields else ()
