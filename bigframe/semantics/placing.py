"""Places of values in the order of a column: which row comes at each place, and the number of each distinct value."""

from __future__ import annotations

from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.ops.missing import Coalesce
from bigframe.schema import INT64
from bigframe.semantics.elementwise import paste
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups
from bigframe.semantics.ranking import numbers
from bigframe.semantics.selecting import sort
from bigframe.semantics.values import literal


def in_order(frame: Frame) -> Frame:
    """The positions of the rows in the order of their values, missing ones last, under the labels of the rows."""
    (label,), (id,) = frame.labels, frame.ids
    rows, at = frame.positions()
    ordered = sort(rows.select((label,), (at,)), [(id, False)], ignore_index=True)
    beside, places = paste(frame, ordered)
    return beside.select((label,), places.ids)


def codes(frame: Frame, *, ordered: bool) -> Frame:
    """The number of the value of each row among the distinct ones, by first appearance or in order; -1 where it is missing.

    Raises
    ------
    Unsupported
        If the values are categories, of which unseen ones count as well.
    """
    (label,), (id,) = frame.labels, frame.ids
    if frame.dtype(id).categories is not None:
        raise Unsupported("the numbers of categories", "pandas counts those that do not occur")
    rows, number = numbers(Groups(frame, ((label, id),), sort=ordered), ascending=True)
    rows, code = rows.define(Coalesce(Column(number), literal(-1, INT64)))
    return rows.select((label,), (code,))
