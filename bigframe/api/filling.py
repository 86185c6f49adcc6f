"""``DataFrame.fillna`` by one value for each column, or by the columns of another table."""

from __future__ import annotations

from typing import Any

from bigframe.api.columns import Columns
from bigframe.ops.base import Column, Literal
from bigframe.ops.conditional import Where
from bigframe.ops.missing import NotNull
from bigframe.schema import NULL, OBJECTS
from bigframe.semantics.frame import Frame


def fill_columns(table: Any, values: Any) -> Any:
    """A table whose columns are filled by what a mapping, or a lazy table, has under their labels."""
    result = table.copy()
    for label, one in values.items():
        if result._frame.find(label):
            result[label] = result[label].fillna(one)
    return result._wrap(_without_none(result._frame, values._frame)) if isinstance(values, Columns) else result


def _without_none(frame: Frame, given: Frame) -> Frame:
    """NaN in place of objects' None in columns that the given table lacks, as if it had NaN in all rows of them."""
    filled, ids = frame, []
    for label, id in zip(frame.labels, frame.ids, strict=True):
        dtype = frame.dtype(id)
        if (dtype.is_carried or dtype == NULL) and not given.find(label):
            hole = Literal(None, OBJECTS)
            filled, id = filled.define(hole if dtype == NULL else Where(NotNull(Column(id)), Column(id), hole))
        ids.append(id)
    return filled.replace(ids=tuple(ids))
