"""``where`` and ``mask``: values kept under a condition, and others in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns, from_result, operand
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.schema import BOOL
from bigframe.semantics.elementwise import NotAligned, beside, paste
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import filling, require_held


def chosen(owner: Any, cond: Any, other: Any, *, negate: bool) -> Frame:
    """The owner's values where a condition holds (does not, if ``negate``), and others elsewhere.

    Parameters
    ----------
    owner
        A DataFrame or Series.
    cond
        Lazy columns of the same rows, an array or list of the owner's shape, or a function of the owner that gives one.
    other
        A scalar, lazy columns of the same rows, or for a Series one value for each row.

    Raises
    ------
    ValueError
        If an array is of another shape.
    TypeError
        If the condition holds something else than bools, or a column cannot hold a value.
    Unsupported
        If a dtype would depend on whether a value is replaced.
    """
    cond = cond(owner) if callable(cond) and not isinstance(cond, Columns) else cond
    other = other(owner) if callable(other) and not isinstance(other, Columns) else other
    given = {"cond": cond if isinstance(cond, Columns) else _condition(owner, cond)}
    if owner.display == "Series" and isinstance(other, (list, tuple, np.ndarray)) and np.shape(other) == (1,):
        (other,) = other
    if isinstance(other, Columns) or pd.api.types.is_list_like(other):
        given["other"] = other if isinstance(other, Columns) else _values(owner, other)
    rows, found = _beside(owner._frame, given)
    holding = _one_each(rows, found["cond"], given["cond"])
    others = [other] * len(rows.ids)
    if "other" in given:
        columns = _one_each(rows, found["other"], given["other"])
        others = [None if id is None else Column(id) for id in columns]
    ids = []
    for id, holds, value in zip(rows.ids, holding, others, strict=True):
        dtype = rows.dtype(id)
        replacement = value if isinstance(value, Expr) else operand(value, dtype, filling)
        require_held(rows.type_of(replacement), dtype)
        choose = _under(rows, holds, negate=negate, known=isinstance(given["cond"], _ByPosition))
        rows, new = rows.define(choose(Column(id), replacement))
        ids.append(new)
    return rows.replace(ids=tuple(ids))


def _under(rows: Frame, holds: str | None, *, negate: bool, known: bool) -> Callable[[Expr, Expr], Expr]:
    """The first of two values under a condition, or else the second; ``known`` says that none of it is missing."""
    if holds is None:
        return lambda kept, other: Where(Literal(False, BOOL), kept, other)
    dtype, condition = rows.dtype(holds), Column(holds)
    if dtype.is_carried:
        raise Unsupported("a condition of Python objects", "pandas looks at each of them")
    if not dtype.is_bool:
        raise TypeError(f"Boolean array expected for the condition, not {dtype.settled().pandas if known else dtype}")
    if negate and known:
        return lambda kept, other: Where(condition, other, kept)
    # Where the condition lacks a row it has the other value, whether the condition says which to keep or which not.
    keeps = Eq(condition, Literal(False, BOOL)) if negate else condition
    return lambda kept, other: Where(keeps, kept, other)


class _ByPosition:
    """Values that stand beside rows by their position."""

    def __init__(self, table: pd.DataFrame | pd.Series) -> None:
        from bigframe.api.reading.io import frame_of

        self.frame = frame_of(table)
        self.display = type(table).__name__


def _beside(rows: Frame, given: Mapping[str, Any]) -> tuple[Frame, dict[str, Frame]]:
    """The rows with all the given columns, and these; those that lie beside the rows by label come first."""
    places: dict[str, slice] = {}
    wide = rows
    for name in sorted(given, key=lambda name: isinstance(given[name], _ByPosition)):
        columns = given[name]
        wide, others = paste(wide, columns.frame) if isinstance(columns, _ByPosition) else _by_label(wide, columns)
        places[name] = slice(len(wide.ids), len(wide.ids) + len(others.ids))
        wide = wide.replace(labels=(*wide.labels, *others.labels), ids=(*wide.ids, *others.ids))

    def part(place: slice) -> Frame:
        return wide.replace(labels=wide.labels[place], ids=wide.ids[place])

    return part(slice(len(rows.ids))), {name: part(place) for name, place in places.items()}


def _by_label(rows: Frame, columns: Columns) -> tuple[Frame, Frame]:
    """The rows with columns that have the same ones, or with a series looked up by its labels."""
    from bigframe.api.dataframe import DataFrame

    try:
        return beside(rows, columns._frame)
    except NotAligned:
        if columns.display == "DataFrame":
            raise
        numbered: Any = DataFrame(rows.select(range(len(rows.ids)), rows.ids))
        wide, found = numbered._beside(columns)
        return wide.replace(labels=rows.labels), found


def _condition(owner: Any, cond: Any) -> Any:
    if isinstance(cond, (pd.DataFrame, pd.Series)):
        return from_result(cond)
    array = cond if hasattr(cond, "shape") else np.asanyarray(cond)
    if array.shape != owner.shape:
        raise ValueError("Array conditional must be same shape as self")
    if array.dtype == object or not array.size:
        raise Unsupported("a condition of Python objects", "pandas looks at each of them")
    return _of_shape(owner, array)


def _values(owner: Any, other: Any) -> Any:
    if isinstance(other, (pd.DataFrame, pd.Series)):
        return from_result(other)
    array = other if hasattr(other, "shape") else np.asanyarray(other)
    if array.shape != owner.shape or array.dtype == object or not array.size:
        raise Unsupported("where(other=list)", "pandas says what it is")
    return _of_shape(owner, array)


def _of_shape(owner: Any, array: Any) -> _ByPosition:
    return _ByPosition(pd.Series(array) if array.ndim == 1 else pd.DataFrame(array, columns=list(owner.columns)))


def _one_each(rows: Frame, columns: Frame, given: Any) -> list[str | None]:
    """The column for each of the rows' own: a series for all of them, or that under the same label."""
    if given.display != "DataFrame":
        return [columns.ids[0]] * len(rows.ids)
    if columns.labels == rows.labels:
        return list(columns.ids)
    if len(set(columns.labels)) < len(columns.labels):
        raise Unsupported("a table of columns whose labels repeat", "pandas pairs all of them")
    found = [columns.find(label) for label in rows.labels]
    return [ids[0] if ids else None for ids in found]
