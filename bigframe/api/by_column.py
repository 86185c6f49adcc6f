"""Operands with a value for each column: lists, arrays, and series whose index is matched with the columns."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.binding.fallbacks import look_ahead
from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr, Literal
from bigframe.schema import from_pandas
from bigframe.semantics.elementwise import paste
from bigframe.semantics.frame import Frame
from bigframe.semantics.labelling import HOLE
from bigframe.semantics.summarizing import values_by_label

_UNALIGNED = "Operands are not aligned. Do `left, right = left.align(right, axis=1)` before operating."


def by_column(frame: Frame, operation: type[Any], other: Any, *, reflected: bool, aligns: bool) -> Frame:
    """An operator between each column and its value.

    Parameters
    ----------
    aligns
        Whether other labels are put beside missing values, or are an error.

    Raises
    ------
    ValueError
        If there is not one value for each column.
    Unsupported
        If labels repeat, or values are Python objects.
    """
    labels, values = _values(frame, other)
    if labels != list(frame.labels):
        if not aligns:
            raise ValueError(_UNALIGNED)
        labels, values = _aligned(frame, labels, values)
        columns = [frame.one(label) if frame.find(label) else None for label in labels]
    else:
        columns = list(frame.ids)
    rows, ids = frame, []
    for id, value in zip(columns, values, strict=True):
        operands = (HOLE if id is None else Column(id), value)
        rows, new = rows.define(operation(*(operands[::-1] if reflected else operands)))
        ids.append(new)
    return rows.select(labels, ids)


def table_beside(owner: Any, values: Any) -> tuple[Frame, Frame]:
    """A table without labels, or its one column for each of the owner's, beside the owner's rows; these are counted.

    Raises
    ------
    ValueError
        If it is of another shape.
    Unsupported
        If it holds Python objects.
    """
    frame, shape = owner._frame, (len(owner), len(owner._frame.ids))
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biufmM" or not all(shape):
        raise Unsupported("an operator with a table", "it holds Python objects")
    if values.shape != shape and values.shape not in ((shape[0], 1), (1, shape[1])):
        raise ValueError(f"Unable to coerce to DataFrame, shape must be {shape}: given {values.shape}")
    table = pd.DataFrame(np.broadcast_to(values, shape))
    rows, column = paste(frame, type(owner)(table)._frame)
    return rows, column.select(frame.labels, column.ids)


def _values(frame: Frame, other: Any) -> tuple[list[Hashable], list[Expr]]:
    if getattr(other, "ndim", 1) > 2:
        raise ValueError(f"Unable to coerce to Series/DataFrame, dimension must be <= 2: {other.shape}")
    if isinstance(other, Columns):
        if len(other._frame.index_ids) > 1:
            raise Unsupported("an operand with a value for each column", "its labels have several levels")
        known = values_by_label(other._frame)
        if known is not None and [label for label, _ in known] == list(frame.labels):
            return list(frame.labels), [value for _, value in known]
        (table,) = look_ahead("an operator with a series", [other._frame])
        other = table.iloc[:, 0]
    if not isinstance(other, pd.Series):
        if len(other) != len(frame.ids):
            raise ValueError(f"Unable to coerce to Series, length must be {len(frame.ids)}: given {len(other)}")
        by_label = isinstance(other, Mapping)
        try:
            other = pd.Series(other, index=list(frame.labels if by_label else range(len(other))))
        except (TypeError, ValueError) as error:
            raise Unsupported("an operand with a value for each column", str(error)) from None
        return list(frame.labels), [*_literals(other)]
    return list(other.index), [*_literals(other)]


def _literals(values: pd.Series[Any]) -> list[Literal]:
    if values.dtype == object or isinstance(values.dtype, pd.CategoricalDtype):
        raise Unsupported("an operand of Python objects for each column", "pandas computes on them one by one")
    try:
        dtype = from_pandas(values.dtype)
    except TypeError as error:
        raise Unsupported("an operand with a value for each column", str(error)) from None
    items = [
        value.item() if isinstance(value, np.generic) and value.dtype.kind in "biuf" else value for value in values
    ]
    return [Literal(None if is_missing(item) else item, dtype) for item in items]


def _aligned(frame: Frame, labels: list[Hashable], values: list[Expr]) -> tuple[list[Hashable], list[Expr]]:
    """The labels of either, in order, and a value for each."""
    if len(set(labels)) < len(labels) or len(set(frame.labels)) < len(frame.labels):
        raise Unsupported("an operand with several values for a column", "pandas pairs all of them")
    both = list(dict.fromkeys((*frame.labels, *labels)))
    with contextlib.suppress(TypeError):
        both = sorted(both)  # type: ignore[type-var]
    found = dict(zip(labels, values, strict=True))
    if any(label not in found for label in both):
        known = [value for value in values if isinstance(value, Literal) and value.dtype.is_numeric]
        if len(known) < len(values) or not known:
            raise Unsupported("an operand that lacks a value for a column", "its dtype changes")
        given = pd.Series([value.value for value in known], index=pd.Index(labels), dtype=known[0].dtype.pandas)
        return both, [*_literals(given.reindex(both))]
    return both, [found[label] for label in both]
