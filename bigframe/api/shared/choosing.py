"""``where`` and ``mask``: each value of a column, or another one, as a condition says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns, operand
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.schema import BOOL
from bigframe.semantics.elementwise import NotAligned, beside, paste
from bigframe.semantics.frame import Frame, same_rows
from bigframe.semantics.values import filling, require_held


def choose(owner: Any, cond: Any, other: Any, *, negate: bool) -> Any:
    """The owner's values where the condition holds (does not, if ``negate``), and the other ones elsewhere.

    Raises
    ------
    TypeError
        If the condition is not of bools.
    """
    cond, other = (
        given(owner) if callable(given) and not isinstance(given, Columns) else given for given in (cond, other)
    )
    if owner.display == "Series" and isinstance(other, (list, tuple, np.ndarray)) and np.shape(other) == (1,):
        other = other[0]
    rows, width = owner._frame.select(range(len(owner._frame.ids)), owner._frame.ids), len(owner._frame.ids)
    several = isinstance(other, Columns) or pd.api.types.is_list_like(other)
    if several:
        rows = _with(rows, owner, other, "values")
    last = len(rows.ids)
    if not isinstance(cond, Columns) and not pd.api.types.is_list_like(cond):
        raise TypeError(f"the condition must be a Series or DataFrame of bools, got {type(cond).__name__}")
    rows = _with(rows, owner, cond, "condition")
    own, others, conditions = rows.ids[:width], rows.ids[width:last], rows.ids[last:]
    for id in conditions:
        if not rows.dtype(id).is_bool:
            raise TypeError(f"the condition must be of dtype bool, got {rows.dtype(id)}")
    conditions = conditions if len(conditions) == width else conditions * width
    chosen = []
    for position, (id, holds) in enumerate(zip(own, conditions, strict=True)):
        dtype = rows.dtype(id)
        new = Column(others[position if len(others) > 1 else 0]) if several else operand(other, dtype, filling)
        require_held(rows.type_of(new), dtype)
        # A row that the condition lacks gets the other value, whether it says which to keep or which not.
        kept: Expr = Eq(Column(holds), Literal(False, BOOL)) if negate else Column(holds)
        rows, result = rows.define(Where(kept, Column(id), new))
        chosen.append(result)
    named = rows.select(owner._frame.labels, chosen)
    return owner._wrap(named.replace(label_names=owner._frame.label_names))


def _with(rows: Frame, owner: Any, values: Any, role: str) -> Frame:
    """Rows with the columns of an operand beside their own."""
    if isinstance(values, Columns):
        right = _in_order(owner, values)
        if same_rows(rows, right):
            both, found = beside(rows, right)
        elif rows.index is None and right.index is None:
            both, found = paste(rows, right)
        else:
            both, found = _by_label(rows, values)
    else:
        both, found = paste(rows, _in_memory(owner, values, role))
    ids = (*both.ids, *found.ids)
    return both.select(range(len(ids)), ids)


def _in_order(owner: Any, values: Columns) -> Frame:
    """The columns of an operand in the order of the owner's."""
    frame, wanted = values._frame, owner._frame.labels
    if values.display != "DataFrame" or owner.display != "DataFrame" or frame.labels == wanted:
        return frame
    if set(frame.labels) != set(wanted) or len(set(wanted)) != len(frame.labels):
        raise Unsupported("a table of other columns", "pandas matches them by label")
    return frame.select(wanted, [frame.one(label) for label in wanted])


def _by_label(rows: Frame, values: Columns) -> tuple[Frame, Frame]:
    from bigframe.api.dataframe import DataFrame

    if values.display == "DataFrame":
        raise NotAligned
    table: Any = DataFrame(rows)
    both, found = table._beside(values)
    return both, found


def _in_memory(owner: Any, values: Any, role: str) -> Frame:
    """Values in memory, one for each row of each column, as columns; counts the rows.

    Raises
    ------
    Unsupported
        If they are of another shape, or a condition is not of bools: pandas says why not.
    """
    from bigframe.api.io import from_pandas

    is_table = owner.display == "DataFrame"
    given: Any = np.asarray(values) if isinstance(values, (list, tuple)) else values
    plain = isinstance(given, (np.ndarray, pd.api.extensions.ExtensionArray, pd.Index)) and given.dtype != object
    shape = (len(owner), len(owner._frame.ids)) if is_table else (len(owner),)
    if not plain or np.shape(given) != shape or role == "condition" and given.dtype != bool:
        raise Unsupported(f"a list as the {role}", "rows are matched with it by position", "a column")
    found: Frame = from_pandas(pd.DataFrame(given) if is_table else pd.Series(given))._frame
    return found.with_index(None)
