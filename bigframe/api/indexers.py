"""``loc`` and ``iloc``: the forms of them that a lazy table can answer without looking labels up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.indexers import (
    BaseIndexer,
    FixedForwardWindowIndexer,
    VariableOffsetWindowIndexer,
    check_array_indexer,
)

from bigframe.api.scalar import LazyScalar
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast
from bigframe.ops.comparison import Ge, IsIn, Le
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And
from bigframe.schema import FLOAT64, DType, Family
from bigframe.semantics import selecting
from bigframe.semantics.elementwise import beside
from bigframe.semantics.frame import Frame

__all__ = [
    "BaseIndexer",
    "FixedForwardWindowIndexer",
    "ILoc",
    "Loc",
    "VariableOffsetWindowIndexer",
    "check_array_indexer",
]
from bigframe.semantics.values import filling, literal, require_held


class Loc:
    """By mask, by list, slice or single label of a one-level index, and by column labels."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, key: Any) -> Any:
        from bigframe.api.series import Series

        if isinstance(self._owner, Series) or not isinstance(key, tuple):
            return self._rows(self._owner, key)
        rows, columns = key
        chosen = self._owner if _is_all(columns) else self._owner[_labels(self._owner, columns)]
        if isinstance(rows, Series):
            return chosen[rows]
        return self._rows(chosen, rows)

    def _rows(self, owner: Any, key: Any) -> Any:
        from bigframe.api.series import Series

        if callable(key):
            key = key(self._owner)
        if isinstance(key, Series):
            return owner[key]
        if _is_all(key):
            return owner
        frame = owner._frame.with_explicit_index()
        if len(frame.index_ids) != 1:
            raise Unsupported("loc[labels] on a MultiIndex", "its labels are tuples", ".reset_index() and a mask")
        (id,) = frame.index_ids
        dtype = frame.dtype(id)
        if isinstance(key, slice):
            if key.step is not None:
                raise Unsupported("loc[start:stop:step]", "partitions do not know each other's lengths")
            if not _increasing(owner._frame):
                raise Unsupported(
                    "loc[start:stop]", "the index is not known to be sorted", "a mask such as df[df.index >= start]"
                )
            tests = [
                op(Column(id), literal(bound, dtype))
                for op, bound in ((Ge, key.start), (Le, key.stop))
                if bound is not None
            ]
            predicate = tests[0] if len(tests) == 1 else And(*tests)
            return owner._wrap(selecting.keep_rows(frame, predicate))
        if isinstance(key, (list, np.ndarray, pd.Index)):
            raise Unsupported(
                "loc[[labels]]", "it orders rows by the list and fails on absent labels", "df[df.index.isin(labels)]"
            )
        matched = selecting.keep_rows(frame, IsIn(Column(id), (literal(key, dtype).value,), False))
        found = owner._wrap(matched).to_pandas()
        if not len(found):
            raise KeyError(key)
        return found.iloc[0] if len(found) == 1 else found

    def __setitem__(self, key: Any, value: Any) -> None:
        from bigframe.api.series import Series

        mask, label = key if isinstance(key, tuple) else (key, None)
        if not isinstance(mask, Series) or label is None or isinstance(label, list):
            raise Unsupported(
                "loc[rows, columns] = value",
                "rows must be a mask and columns one label",
                "df.loc[mask, 'column'] = value",
            )
        self._owner._become(_set_where(self._owner, mask, label, value))


class ILoc:
    """By slice of rows, one row, and columns by position."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, key: Any) -> Any:
        from bigframe.api.series import Series

        if isinstance(key, tuple):
            rows, columns = key
            frame = self._owner._frame
            positions = np.arange(len(frame.ids))[columns]
            if np.ndim(positions) == 0:
                owner: Any = Series(frame.select((frame.labels[positions],), (frame.ids[positions],)))
            else:
                owner = self._owner._wrap(
                    frame.select([frame.labels[i] for i in positions], [frame.ids[i] for i in positions])
                )
            return ILoc(owner)[rows]
        if isinstance(key, slice):
            return self._owner._slice(key)
        if isinstance(key, (int, np.integer)):
            row = self._owner._slice(slice(int(key), int(key) + 1 if key != -1 else None)).to_pandas()
            if not len(row):
                raise IndexError("single positional indexer is out-of-bounds")
            return row.iloc[0]
        raise Unsupported(
            "iloc[list]", "rows by arbitrary position scan the data", "a slice, or .to_pandas().iloc[...]"
        )


def _set_where(owner: Any, mask: Any, label: Any, value: Any) -> Frame:
    from bigframe.api.columns import operand
    from bigframe.api.series import Series

    rows, condition = beside(owner._frame, mask._frame)
    if isinstance(value, Series):
        rows, other = beside(rows, value._frame)
        new: Expr = Column(other.ids[0])
    elif rows.find(label):
        new = operand(value, rows.dtype(rows.one(label)), _fitting)
    else:
        new = value.as_expr() if isinstance(value, LazyScalar) else literal(value)
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


def _labels(owner: Any, columns: Any) -> Any:
    if isinstance(columns, slice):
        labels = list(owner._frame.labels)
        start = labels.index(columns.start) if columns.start is not None else 0
        stop = labels.index(columns.stop) + 1 if columns.stop is not None else len(labels)
        return labels[start:stop]
    return columns


def _is_all(key: Any) -> bool:
    return isinstance(key, slice) and key == slice(None)


def _increasing(frame: Frame) -> bool:
    """Whether the index is known to increase: it is a default one, possibly after rows were dropped."""
    from bigframe.plan.filter import Filter
    from bigframe.plan.number import Number
    from bigframe.plan.project import Project
    from bigframe.plan.slice import Slice

    if frame.index is None:
        return True
    (id,) = frame.index_ids
    node = frame.base
    while isinstance(node, (Filter, Slice, Project)):
        node = node.input
    return isinstance(node, Number) and node.id == id
