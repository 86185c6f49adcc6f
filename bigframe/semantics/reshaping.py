"""Columns become rows: pandas' order, labels and dtypes around a plain unpivot."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.interchange import label_type, labels_index
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Widen
from bigframe.ops.functions import Lookup
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import NotNull
from bigframe.plan.filter import Filter
from bigframe.plan.sort import Sort
from bigframe.plan.unpivot import Unpivot
from bigframe.schema import INT64, DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.labelling import HOLE
from bigframe.semantics.selecting import keep_rows
from bigframe.semantics.stacking import common
from bigframe.semantics.values import literal


@dataclass(frozen=True)
class Long:
    """The rows of a frame once for each of several columns: which of them a row is of, and where it stood before."""

    frame: Frame
    step: str
    position: str
    kept: tuple[str, ...]
    values: tuple[str, ...]


def melt(
    frame: Frame,
    kept: Sequence[Hashable],
    melted: Sequence[Hashable],
    name: Hashable,
    value: Hashable,
    keep_index: bool,
) -> Frame:
    """All rows with the value of the first melted column, then all with that of the second, and so on.

    Raises
    ------
    Unsupported
        If the labels, or the values, are of several kinds, of which pandas makes objects.
    """
    rows = frame.with_explicit_index() if keep_index else frame
    index = rows.index if keep_index else None
    kept_ids = [rows.one(label) for label in kept]
    levels = [id for _, id in index or ()]
    long = _longer(rows, [*kept_ids, *levels], [[rows.one(label) for label in melted]])
    named, variable = _labelled(long, melted)
    ids = (*long.kept[: len(kept_ids)], variable, *long.values)
    labels = (*kept, name, value)
    new_index = tuple(zip((level for level, _ in index or ()), long.kept[len(kept_ids) :], strict=True))
    return _by_column(named, long).select(labels, ids).with_index(new_index or None)


def stacked(frame: Frame, stack: Callable[[pd.DataFrame], Any], *, dropna: bool) -> tuple[Frame, bool]:
    """Levels of the columns' labels as the last ones of the index; the frame, and whether it is a table still.

    Parameters
    ----------
    stack
        pandas' own, which is given one row with the ids of the columns.
    dropna
        Whether rows without a value are left out.

    Raises
    ------
    Unsupported
        As of :func:`melt`.
    """
    row = pd.DataFrame([list(frame.ids)], dtype=object)
    row.columns = labels_index(frame.labels, frame.label_names, frame.label_type)
    arranged = stack(row)
    table = arranged.to_frame() if isinstance(arranged, pd.Series) else arranged
    rows, hole = frame.with_explicit_index().define(HOLE)
    groups = [[id if isinstance(id, str) else hole for id in column] for _, column in table.items()]
    if not groups or table.index.nlevels == 1:
        raise Unsupported("stacking no level, or no columns", "there is nothing to stack")
    long = _longer(rows, rows.index_ids, groups)
    named, levels = long.frame, [(name, id) for (name, _), id in zip(rows.index or (), long.kept, strict=True)]
    for number in range(1, table.index.nlevels):
        named, id = _labelled(replace(long, frame=named), list(table.index.get_level_values(number)))
        levels.append((table.index.names[number], id))
    if dropna:
        present: Expr = NotNull(Column(long.values[0]))
        for id in long.values[1:]:
            present = Or(present, NotNull(Column(id)))
        named = keep_rows(named.select(long.values, long.values).with_index(tuple(levels)), present)
    is_table = isinstance(arranged, pd.DataFrame)
    names = tuple(table.columns.names) if is_table and any(name is not None for name in table.columns.names) else ()
    made = named.select(list(table.columns) if is_table else (None,), long.values).with_index(tuple(levels))
    return made.replace(label_names=names, label_type=label_type(table.columns) if is_table else None), is_table


def lengthened(frame: Frame, groups: Sequence[tuple[Hashable, Sequence[Hashable]]], *, dropna: bool) -> Frame:
    """Several columns become one under each new label, all at the same pace; the others are repeated.

    Raises
    ------
    ValueError
        If the new columns are made of different numbers of columns.
    """
    widths = {len(sources) for _, sources in groups}
    if len(widths) > 1:
        raise ValueError("All column lists must be same length")
    used = [label for _, sources in groups for label in sources]
    kept = list(labels_index(frame.labels).difference(used))
    sources = [[frame.one(label) for label in labels] for _, labels in groups]
    long = _longer(frame, [frame.one(label) for label in kept], sources)
    ordered = _by_column(long.frame, long)
    if dropna:
        present: Expr = NotNull(Column(long.values[0]))
        for id in long.values[1:]:
            present = And(present, NotNull(Column(id)))
        ordered = ordered.rebased(Filter(ordered.base, present))
    return ordered.select((*kept, *(label for label, _ in groups)), (*long.kept, *long.values)).with_index(None)


def long_by_suffix(
    frame: Frame,
    keys: Sequence[Hashable],
    kept: Sequence[Hashable],
    groups: Sequence[tuple[Hashable, Sequence[Hashable]]],
    name: Hashable,
    steps: Sequence[Hashable],
) -> Frame:
    """Several columns become one under each new label, with the keys and the step in the index.

    One key comes with all rows of a step after those of the one before, several with all steps of a row together.
    """
    repeated = [frame.one(label) for label in (*keys, *kept)]
    long = _longer(frame, repeated, [[frame.one(label) for label in labels] for _, labels in groups])
    named, step = _labelled(long, steps)
    order = (long.step, long.position) if len(keys) == 1 else (long.position, long.step)
    plan = named.plan(*named.definitions, *named.base.schema)
    rows = named.rebased(Sort(plan, tuple((id, False, True) for id in order)))
    index = (*zip(keys, long.kept[: len(keys)], strict=True), (name, step))
    labels = (*kept, *(label for label, _ in groups))
    return rows.select(labels, (*long.kept[len(keys) :], *long.values)).with_index(index)


def _longer(frame: Frame, kept: Sequence[str], groups: Sequence[Sequence[str]]) -> Long:
    """Each row once for each column of a group; the rows stay in their order."""
    frame, at = frame.positions()
    width = len(groups[0])
    if not width:
        raise Unsupported("melting no columns", "the values have no dtype")
    types = [common([frame.dtype(id) for id in group]) for group in groups]
    sources: list[tuple[str, ...]] = [(id,) * width for id in (at, *kept)]
    for group, dtype in zip(groups, types, strict=True):
        widened = []
        for id in group:
            if frame.dtype(id).arrow != dtype.arrow:
                frame, id = frame.define(Widen(Column(id), dtype))
            widened.append(id)
        sources.append(tuple(widened))
    base = frame.with_index(None).select((), ()).plan(*dict.fromkeys(id for ids in sources for id in ids))
    tags = [str(number) for number in range(len(sources))]
    step, position, *ids = (derive("long", tag, base.digest, *map("/".join, sources)) for tag in ("step", *tags))
    dtypes: list[DType] = [frame.dtype(at), *(frame.dtype(id) for id in kept), *types]
    columns = tuple(zip((position, *ids), sources, strict=True))
    unpivoted = Unpivot(base, step, tuple(range(width)), columns, (INT64, *dtypes))
    rows = Frame(unpivoted, (), ())
    return Long(rows, step, position, tuple(ids[: len(kept)]), tuple(ids[len(kept) :]))


def _by_column(frame: Frame, long: Long) -> Frame:
    order = ((long.step, False, True), (long.position, False, True))
    return frame.rebased(Sort(frame.plan(*frame.definitions, *frame.base.schema), order))


def _labelled(long: Long, labels: Sequence[Hashable]) -> tuple[Frame, str]:
    """The frame with a column of the label that each row's value stood under, and that column's id."""
    if len({type(label) for label in labels}) > 1 or not isinstance(labels[0], (str, int, float)):
        raise Unsupported("melting columns with labels of several kinds", "their labels have no common dtype")
    found = [literal(label) for label in labels]
    steps = tuple(range(len(labels)))
    return long.frame.define(Lookup(Column(long.step), steps, tuple(one.value for one in found), found[0].dtype))
