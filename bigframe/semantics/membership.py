"""``isin``: membership in literals, or in another column by a semi-join."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr, Member
from bigframe.ops.comparison import IsIn
from bigframe.schema import DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.joining import common_keys


def is_in(operand: Expr, dtype: DType, values: Any) -> Expr:
    """Membership in literals; those of another type than the column never match.

    Raises
    ------
    TypeError
        If ``values`` is a string or not iterable, as pandas has it.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"only list-like objects are allowed to be passed to isin(), you passed a `{type(values).__name__}`")
    items = values.tolist() if isinstance(values, (np.ndarray, pd.Index, pd.Series)) else list(values)
    kept = [item for item in items if not is_missing(item)]
    matching = tuple(dict.fromkeys(_plain(item) for item in kept if _comparable(item, dtype)))
    return IsIn(operand, matching, len(kept) < len(items))


def is_in_column(frame: Frame, other: Frame) -> Frame:
    """A bool column that says which values occur in another frame's column; missing matches missing."""
    (id,), (other_id,) = frame.ids, other.ids
    rows, id, members, other_id = common_keys(frame, id, other, other_id)
    plan = members.select((), ()).with_index(None).plan(other_id)
    rows, found = rows.define(Member(Column(id), plan, other_id))
    return rows.select(frame.labels, (found,))


def _comparable(item: Any, dtype: DType) -> bool:
    if dtype.is_string:
        return isinstance(item, str)
    if dtype.is_datetime:
        return isinstance(item, (pd.Timestamp, np.datetime64)) or hasattr(item, "hour")
    if dtype.is_numeric:
        return isinstance(item, (int, float, np.number, np.bool_))
    return True


def _plain(item: Any) -> Any:
    return item.item() if isinstance(item, np.generic) and item.dtype.kind in "biuf" else item
