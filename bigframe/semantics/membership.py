"""``isin`` and ``map``: membership in literals, or in another column by a semi-join; the values beside keys by a join."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr, Member
from bigframe.ops.comparison import IsIn
from bigframe.ops.functions import LookupIn
from bigframe.schema import DType, Family
from bigframe.semantics.frame import Frame
from bigframe.semantics.join_keys import common_keys
from bigframe.semantics.values import held


def is_in(operand: Expr, dtype: DType, values: Any) -> Expr:
    """Membership in literals; those of another type than the column never match.

    Raises
    ------
    TypeError
        If ``values`` is a string or not iterable, as pandas has it.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(
            f"only list-like objects are allowed to be passed to isin(), you passed a `{type(values).__name__}`"
        )
    items = values.tolist() if isinstance(values, (np.ndarray, pd.Index, pd.Series)) else list(values)
    kept = [item for item in items if not is_missing(item)]
    plain = (_plain(item, dtype) for item in kept if _comparable(item, dtype))
    matching = tuple(dict.fromkeys(item for item in plain if item is not None))
    absent = [item for item in items if is_missing(item)]
    return IsIn(operand, matching, any(_same_hole(item, dtype, bool(matching)) for item in absent))


def is_in_column(frame: Frame, other: Frame) -> Frame:
    """A bool column that says which values occur in another frame's column; missing matches missing."""
    (id,), (other_id,) = frame.ids, other.ids
    rows, id, members, other_id = common_keys(frame, id, other, other_id)
    plan = members.select((), ()).with_index(None).plan(other_id)
    rows, found = rows.define(Member(Column(id), plan, other_id))
    return rows.select(frame.labels, (found,))


def value_in_column(frame: Frame, other: Frame) -> Frame:
    """A column of the values that another frame's column has under the index labels equal to this one's values.

    Raises
    ------
    Unsupported
        If pandas' answer depends on more than labels that are equal.
    """
    keys = other.with_explicit_index()
    (id,), (value,) = frame.ids, keys.ids
    dtype = frame.dtype(id)
    if len(keys.index_ids) > 1 or dtype.categories is not None or dtype.is_three_valued:
        raise Unsupported(f"map of {dtype} by a lazy series", "its dtype depends on the labels found")
    try:
        rows, id, keys, key = common_keys(frame, id, keys, keys.index_ids[0])
    except ValueError:
        raise Unsupported("map by labels of another kind", "no value can be among them") from None
    if value not in (outputs := keys.plan(key).schema):
        raise Unsupported("map by the index itself", "its values are its keys")
    found = LookupIn(Column(id), keys.with_index(None).plan(key), key, value, outputs[value].or_missing())
    rows, found_id = rows.define(found)
    return rows.select(frame.labels, (found_id,))


def _same_hole(item: Any, dtype: DType, among_others: bool) -> bool:
    """Whether one of the four missing values, as a member of the set, matches a missing value of the column."""
    if dtype.is_string or dtype.family is Family.ARROW:
        return True
    if dtype.family is Family.NULLABLE:
        return item is pd.NA
    if dtype.is_time:
        return item is pd.NaT or among_others  # beside times, pandas reads any of them as NaT
    return isinstance(item, float) if dtype.is_numeric else item is None


def _comparable(item: Any, dtype: DType) -> bool:
    if dtype.is_string:
        return isinstance(item, str)
    if dtype.is_datetime:
        return isinstance(item, (datetime.datetime, np.datetime64))
    if dtype.is_timedelta:
        return isinstance(item, (datetime.timedelta, np.timedelta64))
    if dtype.is_numeric:
        return isinstance(item, (int, float, np.number, np.bool_))
    return True


def _plain(item: Any, dtype: DType) -> Any:
    """The item as a literal, or None if the column cannot hold it."""
    if dtype.is_time:
        return held(item, dtype)
    return item.item() if isinstance(item, np.generic) and item.dtype.kind in "biuf" else item
