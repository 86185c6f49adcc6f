"""``str.cat``: the texts of several columns, row by row."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like

from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.ops.arithmetic import Add
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast
from bigframe.ops.missing import Coalesce
from bigframe.ops.strings import to_string
from bigframe.semantics.elementwise import beside, paste
from bigframe.semantics.frame import Frame, same_rows
from bigframe.semantics.values import literal

if TYPE_CHECKING:
    from bigframe.api.accessors.strings import StringMethods

_WRONG_LENGTH = (
    "If `others` contains arrays or lists (or other list-likes without an index), these must all be "
    "of the same length as the calling Series/Index."
)
_WRONG_KIND = (
    "others must be Series, Index, DataFrame, np.ndarray or list-like (either containing only strings or "
    "containing only objects of type Series/Index/np.ndarray[1-dim])"
)


def cat(
    texts: StringMethods, others: Any = None, sep: str | None = None, na_rep: str | None = None, join: str = "left"
) -> Any:
    """Texts of several columns joined row by row; without ``others``, all rows as one text."""
    if isinstance(others, str):
        raise ValueError("Did you mean to supply a `sep` keyword?")
    if others is None:
        why = "Series.str.cat: one text of all rows"
        return texts._gather("str.cat", (), {"sep": sep, "na_rep": na_rep}, why)
    series = texts._series
    frame, own = series._frame, series._dtype
    kind = to_string(own)
    columns = [series._id]
    for other in _operands(others):
        frame, ids = _beside(frame.select(range(len(columns)), columns), other, series, join)
        columns += ids
    if not all(frame.dtype(id).is_string for id in columns):
        raise Unsupported("Series.str.cat of columns that are no strings", "pandas looks at their values")

    def text_of(id: str) -> Expr:
        text: Expr = Column(id) if frame.dtype(id) == kind else Cast(Column(id), kind)
        return text if na_rep is None else Coalesce(text, literal(na_rep, kind))

    def joined(left: Expr, right: Expr) -> Expr:
        return Add(Add(left, literal(sep, kind)), right) if sep else Add(left, right)

    frame, id = frame.define(functools.reduce(joined, map(text_of, columns)))
    return series._wrap(frame.select((series.name,), (id,)))


def _operands(others: Any) -> Iterator[Any]:
    """The columns among what was given: lazy ones, or values in row order."""
    if isinstance(others, (Columns, pd.Series, pd.DataFrame, pd.Index)):
        yield others
    elif isinstance(others, np.ndarray) and others.ndim == 2:
        yield from others.T
    elif not is_list_like(others, allow_sets=False) or hasattr(others, "_series"):
        raise TypeError(_WRONG_KIND)
    else:
        items = list(others)
        if not any(map(is_list_like, items)):
            yield items
        elif all(_is_column(item) for item in items):
            for item in items:
                yield from _operands(item)
        else:
            raise TypeError(_WRONG_KIND)


def _is_column(item: Any) -> bool:
    if isinstance(item, np.ndarray):
        return item.ndim == 1
    return isinstance(item, (Columns, pd.Series, pd.DataFrame, pd.Index, pd.api.extensions.ExtensionArray))


def _beside(frame: Frame, other: Any, series: Any, join: str) -> tuple[Frame, tuple[str, ...]]:
    """A frame with the columns of an operand beside its own, and their ids."""
    from bigframe.api.labels.index import Index
    from bigframe.api.series import Series

    if isinstance(other, (pd.Series, pd.DataFrame)):
        raise Unsupported("Series.str.cat of data in memory", "its rows are matched by their labels")
    if isinstance(other, Columns):
        right = other._frame
        both_default = frame.index is None and right.index is None
        if same_rows(frame, right):
            both, column = beside(frame, right)
        elif join == "left" and both_default and not isinstance(other, Index):
            both, column = paste(frame, right)
        else:
            raise Unsupported("Series.str.cat of another table's rows", "they are matched by their labels")
    else:
        if isinstance(other, pd.MultiIndex):
            raise Unsupported("Series.str.cat of a MultiIndex", "its labels are tuples")
        if len(other) != len(series):
            raise ValueError(_WRONG_LENGTH)
        values = pd.Series(other if not isinstance(other, pd.Index) else other.array)
        if not isinstance(values.dtype, pd.StringDtype):
            values = _as_texts(values)
        both, column = paste(frame, Series(values)._frame)
    return both, column.ids


def _as_texts(values: pd.Series) -> pd.Series:
    """Objects as strings.

    Raises
    ------
    Unsupported
        If some are neither strings nor missing.
    """
    if not all(isinstance(value, str) for value in values.dropna()):
        raise Unsupported("Series.str.cat of values that are no strings", "pandas looks at them")
    return values.astype("str")
