"""Rows become columns, one for each value of a key, once it is known which values there are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And
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
    """The values of the key, in order; whether every row has each of them; and which have a value, column by column.

    Of several keys these are their combinations, tuples.
    """

    labels: list[Hashable]
    is_full: bool
    present: list[list[Hashable]]


def questions(frame: Frame, rows: Sequence[Level], across: Sequence[Level]) -> list[Frame]:
    """The frames to look at before the columns are known, for :func:`learnt`.

    Raises
    ------
    Unsupported
        If a key is of categories, which are columns whether there are rows or not.
    """
    ids = [id for _, id in (*rows, *across)]
    if not rows or len(set(ids)) < len(ids) or any(frame.dtype(id).categories is not None for id in ids):
        raise Unsupported("rows that become columns", "their keys are categories, or one and the same")
    plan = frame.with_index(None).plan(*ids)
    each = derive("each", plan.digest, *ids)
    counts = [(derive("count", id, plan.digest, *ids), reductions.Count(Column(id))) for id in frame.ids]
    per_cell = Aggregate(plan, tuple(ids), ((each, reductions.Size()), *counts))
    per_label: list[tuple[Hashable, Expr]] = [
        ("cells", reductions.Size()),
        ("most", reductions.Max(Column(each))),
        *((n, reductions.Sum(Column(count))) for n, (count, _) in enumerate(counts)),
    ]
    keys = tuple((f"key{number}", id) for number, (_, id) in enumerate(across))
    labels = aggregate(Groups(Frame(per_cell, (), ()), keys, as_index=False, dropna=False), per_label)
    per_row = Aggregate(per_cell, tuple(id for _, id in rows), ())
    places = (derive("places", plan.digest, *ids), reductions.Size())
    holes = [(derive("hole", id, plan.digest), reductions.AnyMissing(Column(id))) for _, id in rows]
    summary = Aggregate(per_row, (), (places, *holes))
    return [labels, Frame(summary, ("places", *range(len(holes))), (places[0], *(id for id, _ in holes)))]


def learnt(answers: Sequence[Any]) -> Learnt:
    """What the answers to :func:`questions` say.

    Raises
    ------
    ValueError
        If several rows would come to stand in one place.
    Unsupported
        If a key is missing somewhere, or its values are too many or of other kinds than labels.
    """
    values, summary = answers
    keys = [values[name] for name in values.columns if str(name).startswith("key")]
    if any(key.hasnans for key in keys) or summary.drop(columns="places").to_numpy().any():
        raise Unsupported("rows of missing keys that become columns", "pandas puts them first")
    columns_of = [key.tolist() for key in keys]
    if not 0 < len(values) <= _MOST_COLUMNS or any(
        pd.Index(items).dtype != key.dtype for items, key in zip(columns_of, keys, strict=True)
    ):
        raise Unsupported("rows that become columns", "there are none, or too many")
    labels: list[Hashable] = list(zip(*columns_of, strict=True)) if len(keys) > 1 else columns_of[0]
    if values["most"].max() > 1:
        raise ValueError(_DUPLICATES)
    columns = [values[number].to_numpy() for number in values.columns if not isinstance(number, str)]
    present = [[label for label, count in zip(labels, column, strict=True) if count] for column in columns]
    is_full = values["cells"].sum() == summary["places"].iloc[0] * len(labels)
    return Learnt(labels, bool(is_full), present)


def spread(
    frame: Frame,
    rows: Sequence[Level],
    across: Sequence[Level],
    known: Learnt,
    *,
    fill: Any = None,
    fills_holes: bool = False,
    of_table: bool,
) -> Frame:
    """One row for each combination of ``rows``, in order, and for each column one for each combination of ``across``.

    Parameters
    ----------
    fill
        What stands where there was no row; with ``fills_holes`` also in place of missing values.

    Raises
    ------
    Unsupported
        If the dtype of a column depends on what is filled in.
    """
    keys = tuple(id for _, id in rows)
    spread_by = [id for _, id in across]
    aggregates: list[tuple[str, Expr]] = []
    for id in frame.ids:
        hole = Literal(None, frame.dtype(id).settled())
        for label in known.labels:
            values = _levels(label) if len(across) > 1 else (label,)
            each: list[Expr] = [Eq(Column(key), literal(value)) for key, value in zip(spread_by, values, strict=True)]
            expr = reductions.First(Where(reduce(And, each), Column(id), hole))
            aggregates.append((derive("cell", expr.digest, frame.base.digest, *keys), expr))
    plan = frame.with_index(None).plan(*keys, *spread_by)
    base = Sort(Aggregate(plan, keys, tuple(aggregates)), tuple((id, False, True) for id in keys))
    table, ids, made = Frame(base, (), ()), [], iter(aggregates)
    for id in frame.ids:
        value = _finished(frame.dtype(id), known, fill, fills_holes)
        for _ in known.labels:
            cell, _ = next(made)
            table, cell = table.define(value(Column(cell)))
            ids.append(cell)
    labels: list[Hashable] = known.labels
    names: tuple[Hashable, ...] = tuple(name for name, _ in across)
    if of_table:
        ends = [_levels(one) if len(across) > 1 else (one,) for one in known.labels]
        labels = [(*_levels(label), *end) for label in frame.labels for end in ends]
        names = (*(frame.label_names or (None,) * len(_levels(frame.labels[0]))), *names)
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
