"""Rows become columns, one for each value of a key, once it is known which values there are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.missing import Coalesce
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.sort import Sort
from bigframe.schema import FLOAT64, DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.values import filling, literal

_MOST_COLUMNS = 2000
_DUPLICATES = "Index contains duplicate entries, cannot reshape"
Level = tuple[Hashable, str]


@dataclass(frozen=True)
class Learnt:
    """The values of the key, in order; whether every row has each of them; and which have a value, column by column."""

    labels: list[Hashable]
    is_full: bool
    present: list[list[Hashable]]


def questions(frame: Frame, rows: Sequence[Level], across: Level) -> list[Frame]:
    """The frames to look at before the columns are known, for :func:`learnt`.

    Raises
    ------
    Unsupported
        If a key is of categories, which are columns whether there are rows or not.
    """
    ids = [id for _, id in (*rows, across)]
    if not rows or len(set(ids)) < len(ids) or any(frame.dtype(id).categories is not None for id in ids):
        raise Unsupported("rows that become columns", "their keys are categories, or one and the same")
    counts_of: list[tuple[Hashable, Expr]] = [(n, reductions.Count(Column(id))) for n, id in enumerate(frame.ids)]
    values = aggregate(Groups(frame, (("key", across[1]),), as_index=False, dropna=False), counts_of)
    plan = frame.with_index(None).select((), ()).plan(*ids)
    each, most, cells, places = (derive(name, plan.digest, *ids) for name in ("each", "most", "cells", "places"))
    size = reductions.Size()
    per_cell = Aggregate(plan, tuple(ids), ((each, size),))
    per_row = Aggregate(plan, tuple(ids[:-1]), ((each, size),))
    holes = [(derive("hole", id, plan.digest), reductions.AnyMissing(Column(id))) for id in ids]
    counts: list[tuple[Aggregate, list[str]]] = [
        (Aggregate(per_cell, (), ((cells, size), (most, reductions.Max(Column(each))))), [cells, most]),
        (Aggregate(per_row, (), ((places, size),)), [places]),
        (Aggregate(plan, (), tuple(holes)), [id for id, _ in holes]),
    ]
    return [values, *(Frame(base, tuple(names), tuple(names)) for base, names in counts)]


def learnt(answers: Sequence[Any]) -> Learnt:
    """What the answers to :func:`questions` say.

    Raises
    ------
    ValueError
        If several rows would come to stand in one place.
    Unsupported
        If a key is missing somewhere, or its values are too many or of other kinds than labels.
    """
    values, cells, places, holes = answers
    if holes.to_numpy().any():
        raise Unsupported("rows of missing keys that become columns", "pandas puts them first")
    labels = list(values["key"].tolist())
    if not 0 < len(labels) <= _MOST_COLUMNS or pd.Index(labels).dtype != values["key"].dtype:
        raise Unsupported("rows that become columns", "there are none, or too many")
    if cells.iloc[0, 1] > 1:
        raise ValueError(_DUPLICATES)
    columns = [values[number].to_numpy() for number in values.columns if number != "key"]
    present = [[label for label, count in zip(labels, column, strict=True) if count] for column in columns]
    return Learnt(labels, bool(cells.iloc[0, 0] == places.iloc[0, 0] * len(labels)), present)


def spread(
    frame: Frame,
    rows: Sequence[Level],
    across: Level,
    known: Learnt,
    *,
    fill: Any = None,
    fills_holes: bool = False,
    of_table: bool,
) -> Frame:
    """One row for each combination of ``rows``, in order, and for each column one for each value of ``across``.

    Parameters
    ----------
    fill
        What stands where there was no row; with ``fills_holes`` also in place of missing values.

    Raises
    ------
    Unsupported
        If the dtype of a column depends on what is filled in.
    """
    name, key = across
    keys = tuple(id for _, id in rows)
    aggregates: list[tuple[str, Expr]] = []
    for id in frame.ids:
        hole = Literal(None, frame.dtype(id).settled())
        for label in known.labels:
            expr = reductions.First(Where(Eq(Column(key), literal(label)), Column(id), hole))
            aggregates.append((derive("cell", expr.digest, frame.base.digest, *keys), expr))
    plan = frame.with_index(None).plan(*keys, key)
    base = Sort(Aggregate(plan, keys, tuple(aggregates)), tuple((id, False, True) for id in keys))
    table, ids, made = Frame(base, (), ()), [], iter(aggregates)
    for id in frame.ids:
        value = _finished(frame.dtype(id), known, fill, fills_holes)
        for _ in known.labels:
            cell, _ = next(made)
            table, cell = table.define(value(Column(cell)))
            ids.append(cell)
    labels: list[Hashable] = known.labels
    names: tuple[Hashable, ...] = (name,)
    if of_table:
        labels = [(*_levels(label), one) for label in frame.labels for one in known.labels]
        names = (*(frame.label_names or (None,) * len(_levels(frame.labels[0]))), name)
    table = table.select(labels, ids).with_index(tuple(rows))
    return table.replace(label_names=names if any(one is not None for one in names) else ())


def _levels(label: Hashable) -> tuple[Hashable, ...]:
    return label if isinstance(label, tuple) else (label,)


def _finished(dtype: DType, known: Learnt, fill: Any, fills_holes: bool) -> Any:
    """What becomes of a cell, that is null where there was no row."""
    if dtype.unless_missing or dtype.otherwise is not None or dtype.if_fits is not None:
        raise Unsupported(f"{dtype} in several columns", "its dtype depends on the data")
    if known.is_full and (dtype.never_missing or fill is None):
        return lambda cell: Widen(cell, dtype)
    if fill is not None:
        if not dtype.never_missing and not fills_holes:
            raise Unsupported(f"filling a table of {dtype}", "only what no row gives is filled")
        return lambda cell: Widen(Coalesce(cell, filling(fill, dtype)), dtype)
    if dtype.is_bool and dtype.never_missing:
        raise Unsupported("a table of bools with holes", "pandas makes objects of them")
    if dtype.never_missing:
        return lambda cell: Widen(cell, FLOAT64)
    return lambda cell: cell
