"""Group-by: pandas' order, index and missing keys around a plain aggregation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from bigframe.ids import derive
from bigframe.ops.base import Column, Expr, columns_read
from bigframe.ops.missing import NotNull
from bigframe.ops.reductions import Min
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.filter import Filter
from bigframe.plan.sort import Sort
from bigframe.semantics.frame import Frame


@dataclass(frozen=True)
class Groups:
    """Rows in groups: key columns as (label, id), and pandas' settings for what comes out."""

    frame: Frame
    keys: tuple[tuple[Hashable, str], ...]
    as_index: bool = True
    sort: bool = True
    dropna: bool = True

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(id for _, id in self.keys)


def aggregate(groups: Groups, reductions: Sequence[tuple[Hashable, Expr]]) -> Frame:
    """One row per group with one column per reduction, ordered by key or by first appearance."""
    frame, keys = groups.frame, groups.key_ids
    order: tuple[tuple[str, bool, bool], ...] = tuple((key, False, True) for key in keys)
    aggregates: dict[str, Expr] = {}
    if not groups.sort:
        frame, at = frame.positions()
        first = derive("first_row", frame.base.digest, *keys)
        aggregates[first] = Min(Column(at))
        order = ((first, False, True),)
    ids = []
    for _, expr in reductions:
        id = derive(type(expr).__name__.lower(), expr.digest, frame.base.digest, *keys)
        aggregates[id] = expr
        ids.append(id)
    read = {column for expr in aggregates.values() for column in columns_read(expr)}
    plan = frame.plan(*keys, *sorted(read))
    if groups.dropna:
        for key in keys:
            plan = Filter(plan, NotNull(Column(key)))
    base = Sort(Aggregate(plan, keys, tuple(aggregates.items())), order)
    labels = tuple(label for label, _ in reductions)
    if groups.as_index:
        return Frame(base, labels, tuple(ids), groups.keys)
    new_labels = tuple(label for label, _ in groups.keys if label not in labels)
    new_ids = tuple(id for label, id in groups.keys if label not in labels)
    return Frame(base, (*new_labels, *labels), (*new_ids, *ids))


