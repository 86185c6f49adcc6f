"""Categories by their places: what is compared or ranked of them, and the categories at the places that come out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from bigframe.ops.base import Column, Expr
from bigframe.ops.functions import Lookup
from bigframe.ops.reductions import Max, Min
from bigframe.schema import FLOAT64, INT64, DType
from bigframe.semantics.frame import Frame

Cells = Sequence[tuple[Hashable, Expr]]


def by_place(frame: Frame, cells: Cells) -> tuple[Frame, list[tuple[Hashable, Expr]], dict[int, DType]]:
    """Reductions where the least and the greatest of ordered categories are those of their places.

    Returns
    -------
    The frame that has the places, the reductions, and the categories of those that give places, by their position.
    """
    changed, places = list(cells), dict[int, DType]()
    for position, (label, expr) in enumerate(cells):
        if isinstance(expr, (Min, Max)) and isinstance(expr.operand, Column):
            dtype = frame.dtype(expr.operand.id)
            if dtype.categories is not None and dtype.ordered:
                numbers = tuple(range(len(dtype.categories)))
                frame, place = frame.define(Lookup(expr.operand, dtype.categories, numbers, INT64))
                changed[position] = label, expr.replace(operand=Column(place))
                places[position] = dtype
    return frame, changed, places


def at_places(found: Frame, places: dict[int, DType], *, before: int) -> Frame:
    """The columns, after the first ``before`` ones, with the categories at their places."""
    ids = list(found.ids)
    for position, dtype in places.items():
        assert dtype.categories is not None
        numbers = tuple(range(len(dtype.categories)))
        value = Lookup(Column(ids[before + position]), numbers, dtype.categories, dtype)
        found, ids[before + position] = found.define(value)
    return found.select(found.labels, ids)


def rankable(frame: Frame, id: str) -> tuple[Frame, str]:
    """The column that ranks as another one does: categories by their places.

    Raises
    ------
    TypeError
        If the categories have no order.
    """
    dtype = frame.dtype(id)
    if dtype.categories is None:
        return frame, id
    if not dtype.ordered:
        raise TypeError("Cannot perform rank with non-ordered Categorical")
    places = tuple(map(float, range(len(dtype.categories))))
    return frame.define(Lookup(Column(id), dtype.categories, places, FLOAT64))
