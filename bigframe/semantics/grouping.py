"""Group-by: pandas' order, index and missing keys around a plain aggregation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops.base import Column, Expr, Literal, columns_read, is_window
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.missing import Coalesce, IsNull, NotNull
from bigframe.ops.reductions import Count, Min, NoReduction, Size
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.filter import Filter
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from bigframe.schema import FLOAT64, DType
from bigframe.semantics.category_places import at_places, by_place
from bigframe.semantics.completing import completed
from bigframe.semantics.frame import Frame
from bigframe.semantics.selecting import sortable
from bigframe.semantics.values import literal

_NOTHING = Literal(float("nan"), FLOAT64)


@dataclass(frozen=True)
class Groups:
    """Rows in groups: key columns as (label, id), and pandas' settings for what comes out.

    ``every`` has the categories of each key that has some as tables, where those without rows are groups too.
    """

    frame: Frame
    keys: tuple[tuple[Hashable, str], ...]
    as_index: bool = True
    sort: bool = True
    dropna: bool = True
    every: tuple[Plan | None, ...] = ()

    @property
    def observed(self) -> bool:
        """Whether every group has rows."""
        return not any(self.every)

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(id for _, id in self.keys)

    def of(self, frame: Frame) -> Self:
        """The same groups of a frame that knows more columns."""
        return replace(self, frame=frame)


def window_keys(groups: Groups) -> tuple[Frame, tuple[Expr, ...]]:
    """The frame with the keys by which windows find a row's group; where missing keys are a group, no key is missing."""
    frame, keys = groups.frame, []
    for id in groups.key_ids:
        dtype = frame.dtype(id)
        if not groups.dropna and not dtype.never_missing:
            frame, absent = frame.define(IsNull(Column(id)))
            frame, id = frame.define(Coalesce(Column(id), _some(dtype)))
            keys.append(Column(absent))
        keys.append(Column(id))
    return frame, tuple(dict.fromkeys(keys))


def _some(dtype: DType) -> Literal:
    """Any value of a dtype."""
    if dtype.is_string:
        return literal("", dtype)
    if dtype.is_datetime:
        return literal(pd.Timestamp(0, tz=dtype.arrow.tz).as_unit(dtype.arrow.unit), dtype)
    if dtype.is_timedelta:
        return literal(pd.Timedelta(0).as_unit(dtype.arrow.unit), dtype)
    if dtype.is_period:
        return Literal(0, dtype)
    if dtype.is_bool:
        return literal(False, dtype)
    if dtype.is_numeric:
        return literal(0, dtype)
    raise Unsupported(f"a group of missing keys of {dtype}", "its kernel has no value to stand for them")


def aggregate(groups: Groups, reductions: Sequence[tuple[Hashable, Expr]]) -> Frame:
    """One row per group with one column per reduction, ordered by key or by first appearance."""
    frame, reductions, places = by_place(groups.frame, reductions)
    keys = tuple(dict.fromkeys(groups.key_ids))
    if len(keys) < len(groups.keys) and not groups.observed:
        raise Unsupported("groupby(observed=False) by the same values twice", "most of its groups have no rows")
    order = keys
    aggregates: dict[str, Expr] = {}
    if not groups.sort:
        frame, at = frame.positions()
        first = derive("first_row", frame.base.digest, *keys)
        aggregates[first] = Min(Column(at))
        order = (first,)
    ids = []
    for _, expr in reductions:
        id = derive(type(expr).__name__.lower(), expr.digest, frame.base.digest, *keys)
        aggregates[id] = expr
        ids.append(id)
    read = {column for expr in aggregates.values() for column in columns_read(expr)}
    plan = frame.plan(*keys, *sorted(read))
    if groups.dropna:
        for key in keys:
            if not plan.schema[key].never_missing:
                plan = Filter(plan, NotNull(Column(key)))
    try:
        aggregated = Aggregate(plan, keys, tuple(aggregates.items()))
    except NoReduction as error:
        raise TypeError(error.in_groups) from None
    if groups.observed:
        base = _in_order(Frame(aggregated, (), ()), order, tuple(aggregated.schema))
    else:
        rows, keys, values = _completed(groups, aggregated)
        base = _in_order(rows, keys, (*keys, *values))
        ids = [dict(zip(aggregates, values, strict=True))[id] for id in ids]
    made = dict(zip(dict.fromkeys(groups.key_ids), keys, strict=True))
    index = tuple((label, made[id]) for label, id in groups.keys)
    labels = tuple(label for label, _ in reductions)
    if groups.as_index:
        kind = frame.type_among(labels)
        whole = Frame(base, labels, tuple(ids), index, label_names=frame.label_names, label_type=kind)
        return at_places(whole, places, before=0)
    new_labels = tuple(label for label, _ in index if label not in labels)
    new_ids = tuple(id for label, id in index if label not in labels)
    return at_places(Frame(base, (*new_labels, *labels), (*new_ids, *ids)), places, before=len(new_ids))


def aggregate_whole(groups: Groups, reductions: Sequence[tuple[Hashable, str, Expr]]) -> Frame:
    """As :func:`aggregate`, of columns by label and id; a group in which a column misses a value has none of it.

    Raises
    ------
    Unsupported
        If whether a column can miss values depends on the data.
    """
    partial = [(label, id) for label, id, _ in reductions if not groups.frame.dtype(id).never_missing]
    if any(groups.frame.dtype(id).unless_missing for _, id in partial):
        raise Unsupported("skipna=False", "the dtype depends on the data")
    cells = [(label, expr) for label, _, expr in reductions]
    found = aggregate(
        groups, [*cells, *((label, cell) for label, id in partial for cell in (Count(Column(id)), Size()))]
    )
    width = len(found.ids) - 2 * len(partial)
    ids, checks = list(found.ids[:width]), iter(found.ids[width:])
    for place, (_, id, _) in enumerate(reductions, width - len(reductions)):
        if not groups.frame.dtype(id).never_missing:
            all_there = Eq(Column(next(checks)), Column(next(checks)))
            found, ids[place] = found.define(Where(all_there, Column(ids[place]), _NOTHING))
    return found.select(found.labels[:width], ids)


def _completed(groups: Groups, aggregated: Aggregate) -> tuple[Frame, tuple[str, ...], tuple[str, ...]]:
    present = all(aggregated.schema[key].never_missing for key in aggregated.keys)
    if not groups.sort or not groups.dropna and not present:
        raise Unsupported("groupby(observed=False)", "its order, or its missing keys, depend on the categories seen")
    return completed(aggregated, groups.every)


def _in_order(rows: Frame, order: Sequence[str], outputs: Sequence[str]) -> Sort:
    by = []
    for id in order:
        rows, key = sortable(rows, id)
        by.append((key, False, True))
    return Sort(rows.plan(*outputs, *(key for key, _, _ in by)), tuple(by))


def same_groups(left: Frame, right: Frame) -> tuple[Frame, Frame] | None:
    """Two aggregations of the same groups as columns of one; None if they are not that.

    ``g.x.sum() / g.y.count()`` then is one pass over the data, whose rows need no alignment.
    """
    match left.base, right.base:
        case (Sort(input=Aggregate() as ours, by=order), Sort(input=Aggregate() as theirs, by=same)) if order == same:
            below = _union(ours.input, theirs.input)
            if below is None or ours.keys != theirs.keys or left.index != right.index:
                return None
            if any(is_window(expr) for expr in (*left.definitions.values(), *right.definitions.values())):
                return None
            aggregates = {**dict(ours.aggregates), **dict(theirs.aggregates)}
            base = Sort(Aggregate(below, ours.keys, tuple(aggregates.items())), order)
            both = left.rebased(base)
            for id, expr in (*left.definitions.items(), *right.definitions.items()):
                both, _ = both.define(expr, id.partition("~")[0])
            return both, both.select(right.labels, right.ids)
    return None


def _union(left: Plan, right: Plan) -> Plan | None:
    """One table with the columns of two projections of the same rows."""
    match left, right:
        case Filter(), Filter() if left.predicate.digest == right.predicate.digest:
            below = _union(left.input, right.input)
            return None if below is None else left.replace(input=below)
        case _:
            ours, theirs = _projection(left), _projection(right)
            if ours.input.digest != theirs.input.digest:
                return None
            definitions = {**dict(ours.definitions), **dict(theirs.definitions)}
            outputs = tuple(dict.fromkeys((*ours.outputs, *theirs.outputs)))
            return ours.replace(definitions=tuple(definitions.items()), outputs=outputs)


def _projection(plan: Plan) -> Project:
    return plan if isinstance(plan, Project) else Project(plan, (), tuple(plan.schema))
