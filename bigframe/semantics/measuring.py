"""How many bytes pandas' own columns would take, from the number of rows and the lengths of texts."""

from __future__ import annotations

from itertools import zip_longest

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.arithmetic import Add, FloorDiv, Mul
from bigframe.ops.base import Column, Expr
from bigframe.ops.conditional import Where
from bigframe.ops.text import ByteLength
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import DType, Family
from bigframe.semantics.frame import Frame
from bigframe.semantics.summarizing import rows_of
from bigframe.semantics.values import literal

_OFFSET = 8
"""Bytes of where a text begins."""


def sizes(frame: Frame, *, index: bool) -> Frame:
    """One row per column, and a first one for the row labels if asked: its bytes.

    Raises
    ------
    Unsupported
        If a column holds Python objects, or labels are no text.
    """
    if index and not all(isinstance(label, str) for label in frame.labels):
        raise Unsupported("the memory of columns without names", "labels of several kinds cannot become an index")
    table, found = _measured(frame, index=index)
    labels = [*(["Index"] if index else []), *frame.labels]
    return rows_of(table, [(label, [id]) for label, id in zip(labels, found, strict=True)], [None])


def size(frame: Frame, *, index: bool) -> tuple[Frame, str]:
    """One row with the bytes of all columns, and the column that has it."""
    table, found = _measured(frame, index=index)
    parts: list[Expr] = [Column(id) for id in found]
    while len(parts) > 1:  # in pairs: one long sum would be as deep as there are columns
        pairs = zip_longest(parts[::2], parts[1::2])
        parts = [left if right is None else Add(left, right) for left, right in pairs]
    return table.define(parts[0])


def _measured(frame: Frame, *, index: bool) -> tuple[Frame, list[str]]:
    ids = (*(frame.index_ids if index else ()), *frame.ids)
    aggregates: dict[str, Expr] = {}

    def counted(reduction: Expr) -> Expr:
        id = derive("measured", reduction.digest, frame.base.digest)
        aggregates[id] = reduction
        return Column(id)

    rows = counted(reductions.Size())
    totals: list[Expr] = []
    known = frame
    for id in ids:
        dtype = frame.dtype(id)
        if dtype.is_string and dtype.categories is None and dtype.family is not Family.ARROW:
            known, length = known.define(ByteLength(Column(id)))
            holes = FloorDiv(Add(rows, literal(7)), literal(8))
            text = Add(Mul(rows, literal(_OFFSET)), counted(reductions.Sum(Column(length))))
            totals.append(Add(text, Where(counted(reductions.AnyMissing(Column(id))), holes, literal(0))))
        else:
            totals.append(Mul(rows, literal(_width(dtype))))
    if index:
        levels = len(frame.index_ids)
        if levels > 1:
            raise Unsupported("the memory of several levels", "pandas numbers the labels of each")
        totals = totals if levels else [literal(int(pd.RangeIndex(1).memory_usage())), *totals]
    read = sorted({id for one in aggregates.values() for id in one._reads})
    plan = known.select((), ()).with_index(None).plan(*read)
    table, found = Frame(Aggregate(plan, (), tuple(aggregates.items())), (), ()), []
    for total in totals:
        table, id = table.define(total)
        found.append(id)
    return table, found


def _width(dtype: DType) -> int:
    """The bytes of a value in a column."""
    plain = dtype.is_numeric or dtype.is_bool or dtype.is_datetime or dtype.is_timedelta
    settled = not (dtype.is_bool and dtype.unless_missing) and dtype.otherwise is None and dtype.if_fits is None
    if dtype.is_carried or dtype.family is Family.ARROW or not plain or not settled:
        raise Unsupported(f"the memory of {dtype}", "pandas measures it")
    width = max(int(dtype.settled(missing=missing).pandas.itemsize) for missing in (False, True))
    return width + (dtype.family is Family.NULLABLE)
