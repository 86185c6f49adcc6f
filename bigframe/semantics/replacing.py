"""``replace``: values looked up, where that leaves the dtype of a column alone whatever the data."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import IsIn
from bigframe.ops.conditional import Where
from bigframe.ops.functions import Lookup
from bigframe.ops.missing import IsNull
from bigframe.schema import DType, Family
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import held, literal

Pairs = list[tuple[Any, Any]]


def replaced(frame: Frame, pairs_of: Callable[[Hashable], Pairs]) -> Frame:
    """Each column with the old values of its pairs replaced by the new ones, all at once.

    Raises
    ------
    Unsupported
        If a column's dtype would depend on whether a value is really replaced.
    """
    ids = []
    for label, id in zip(frame.labels, frame.ids, strict=True):
        pairs = pairs_of(label)
        if pairs:
            frame, id = frame.define(_replacing(Column(id), frame.dtype(id), pairs))
        ids.append(id)
    return frame.select(frame.labels, ids)


def pairs_by_label(to_replace: Any, value: Any, *, given: bool, of_series: bool) -> Callable[[Hashable], Pairs]:
    """What ``replace(to_replace, value)`` replaces in the column of a label.

    Raises
    ------
    Unsupported
        If patterns are replaced, or the two do not fit together.
    """
    if not given:
        if not isinstance(to_replace, Mapping) or any(isinstance(new, Mapping) for new in to_replace.values()):
            return _nested(to_replace, of_series)
        every = list(to_replace.items())
    elif isinstance(to_replace, Mapping) or isinstance(value, Mapping):
        return _by_column(to_replace, value, of_series)
    else:
        every = _pairs(to_replace, value)
    if len({(old, type(old) is bool) for old, _ in every}) < len(every):
        raise Unsupported("replace of the same value twice", "pandas takes one after the other")
    return lambda _: every


def _nested(to_replace: Any, of_series: bool) -> Callable[[Hashable], Pairs]:
    if (
        of_series
        or not isinstance(to_replace, Mapping)
        or not all(isinstance(new, Mapping) for new in to_replace.values())
    ):
        raise Unsupported("replace without a value", "patterns and mixed mappings are pandas' own")
    pairs = {label: list(new.items()) for label, new in to_replace.items()}
    return lambda label: pairs.get(label, [])


def _by_column(to_replace: Any, value: Any, of_series: bool) -> Callable[[Hashable], Pairs]:
    if of_series or isinstance(to_replace, Mapping) and isinstance(value, Mapping):
        raise Unsupported("replace by two mappings", "pandas pairs them by column")
    if isinstance(to_replace, Mapping):
        return lambda label: _pairs(to_replace[label], value) if label in to_replace else []
    return lambda label: _pairs(to_replace, value[label]) if label in value else []


def _pairs(old: Any, new: Any) -> Pairs:
    olds = list(old) if isinstance(old, (list, tuple, np.ndarray)) else [old]
    if isinstance(new, (list, tuple, np.ndarray)):
        if not isinstance(old, (list, tuple, np.ndarray)) or len(new) != len(olds):
            raise Unsupported("replace by a list of another length", "they do not pair up")
        return list(zip(olds, new, strict=True))
    return [(one, new) for one in olds]


def _replacing(operand: Expr, dtype: DType, pairs: Pairs) -> Expr:
    plain = dtype.family is Family.NUMPY and dtype.categories is None and not dtype.unless_missing
    if not plain or not (dtype.is_integer or dtype.is_float or dtype.is_string):
        raise Unsupported(f"replace in a column of {dtype}", "pandas compares Python objects")
    known: dict[Any, Any] = {}
    hole: list[Any] = []
    for old, new in pairs:
        if isinstance(old, (re.Pattern, list, tuple, dict, set, np.ndarray)) or pd.api.types.is_list_like(new):
            raise Unsupported(f"replace of {old!r} by {new!r}", "it is no single value")
        if is_missing(old):
            hole = [] if dtype.never_missing else [_new(new, dtype)]
        elif (key := held(old, dtype)) is not None:
            known[key] = _new(new, dtype)
    result = operand
    if known:
        keys = tuple(known)
        result = Where(IsIn(operand, keys, False), Lookup(operand, keys, tuple(known.values()), dtype), operand)
    return Where(IsNull(operand), literal(hole[0], dtype), result) if hole and hole[0] is not None else result


def _new(value: Any, dtype: DType) -> Any:
    """A new value as the column holds it; None is a missing one."""
    if is_missing(value):
        if dtype.never_missing or value is None or not isinstance(value, float):
            raise Unsupported(f"replace by {value} in a column of {dtype}", "its dtype depends on what is replaced")
        return None
    whole = not isinstance(value, (float, np.floating)) or not dtype.is_integer
    found = held(value, dtype) if whole else None
    if found is None:
        raise Unsupported(f"replace by {value!r} in a column of {dtype}", "its dtype depends on what is replaced")
    return found
