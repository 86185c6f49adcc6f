"""Values put into some rows of some columns: ``loc``, ``iloc``, ``at`` and ``iat`` on the left of an equals sign."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bigframe.api.columns import Columns, operand
from bigframe.api.scalar import LazyScalar
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast
from bigframe.ops.conditional import Where
from bigframe.schema import FLOAT64, DType, Family
from bigframe.semantics.elementwise import NotAligned, beside
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import filling, literal, require_held


def set_where(owner: Any, mask: Any, label: Any, value: Any) -> Frame:
    """The frame with a value put into one or several columns where a mask holds.

    Raises
    ------
    TypeError
        If a column cannot hold the value, as in pandas.
    Unsupported
        If its dtype would depend on the data, or values are matched with rows by position or label.
    """
    if not isinstance(label, list):
        return _set_column(owner._frame, mask, label, value)
    frame: Frame = owner._frame
    for number, one in enumerate(label):
        if isinstance(value, Columns):
            raise Unsupported("loc[rows, [columns]] = columns", "they are matched by label", "one column at a time")
        part = value[number] if isinstance(value, (list, tuple)) and len(value) == len(label) else value
        frame = _set_column(frame, mask, one, part)
    return frame


def _set_column(frame: Frame, mask: Any, label: Any, value: Any) -> Frame:
    if pd.api.types.is_list_like(value) and not isinstance(value, (Columns, LazyScalar)):
        raise Unsupported("loc[rows, column] = list", "its items are matched with rows by position")
    try:
        rows, condition = beside(frame, mask._frame)
        if isinstance(value, Columns):
            rows, other = beside(rows, value._frame)
            new: Expr = Column(other.ids[0])
        elif rows.find(label):
            new = operand(value, rows.dtype(rows.one(label)), _fitting)
        else:
            new = value.as_expr() if isinstance(value, LazyScalar) else literal(value)
    except NotAligned:
        raise Unsupported("loc[rows, column] = value", "two indexes are matched by label") from None
    rows, id = rows.define(Where(Column(condition.ids[0]), *_meeting(rows, label, new)))
    if not rows.find(label):
        return rows.select((*rows.labels, label), (*rows.ids, id))
    return rows.select(
        rows.labels, [id if known == label else kept for known, kept in zip(rows.labels, rows.ids, strict=True)]
    )


def _meeting(rows: Frame, label: Any, new: Expr) -> tuple[Expr, Expr]:
    """What is put into a column and the column, in dtypes that pandas lets meet."""
    given = rows.type_of(new)
    if not rows.find(label):
        if given.is_bool:
            raise Unsupported(
                f"loc[mask, {label!r}] = bool", "a new column of bools with holes is one of Python objects", "assign"
            )
        whole = given.is_integer and given.family is Family.NUMPY
        return (Cast(new, FLOAT64) if whole else new), literal(None)
    old, dtype = Column(rows.one(label)), rows.dtype(rows.one(label))
    if given.is_null:
        if dtype.is_bool and dtype.family is Family.NUMPY:
            raise TypeError(f"Invalid value 'nan' for dtype '{dtype}'")
        return new, Cast(old, FLOAT64) if dtype.never_missing else old
    require_held(given, dtype)
    return new, old


def _fitting(value: Any, dtype: DType) -> Expr:
    try:
        return filling(value, dtype)
    except Unsupported:
        raise TypeError(f"Invalid value '{value}' for dtype '{dtype}'") from None
