"""Row labels as sets: those that another index has as well, has not, or adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bigframe.api.operands import common_name
from bigframe.errors import Unsupported

if TYPE_CHECKING:
    from bigframe.api.labels.index import Index


def intersection(labels: Index, other: Any, sort: Any = False) -> Any:
    """The labels that both have, once each, in this one's order; in order where ``sort`` is None."""
    among = _of_same_dtype(labels, other, sort)
    return _as_set(labels, labels[labels.isin(among)], other, in_order=sort is None)


def difference(labels: Index, other: Any, sort: Any = None) -> Any:
    """The labels that another index does not have, once each, in order unless ``sort`` is False."""
    among = _of_same_dtype(labels, other, sort)
    return _as_set(labels, labels[~labels.isin(among)], other, in_order=sort is None)


def append(labels: Index, other: Any) -> Any:
    """The labels, then those of other indexes."""
    from bigframe.api.labels.index import Index
    from bigframe.api.reshaping.concatenating import concat

    parts = [labels, *(other if isinstance(other, (list, tuple)) else [other])]
    if not all(isinstance(part, Index) for part in parts):
        raise TypeError("all inputs must be Index")
    if any(isinstance(part, pd.MultiIndex) for part in parts):
        raise Unsupported("Index.append of a MultiIndex", "its labels are tuples")
    columns = [Index(part) if isinstance(part, pd.Index) else part for part in parts]
    if len({column._dtype for column in columns}) > 1:
        raise Unsupported("Index.append of another dtype", "pandas looks for one that holds both")
    name = labels.name if all(part.name == labels.name for part in parts) else None
    return Index(concat([column.to_series() for column in columns])).rename(name)


def _of_same_dtype(labels: Index, other: Any, sort: Any) -> Any:
    from bigframe.api.labels.index import Index

    if sort not in (None, False):
        raise Unsupported("Index.intersection(sort=True)", "pandas raises where labels have no order")
    if isinstance(other, pd.MultiIndex) or not pd.api.types.is_list_like(other):
        raise Unsupported("an operation with something that is no Index", "pandas looks at it")
    among = other if type(other) is Index else Index(pd.Index(other))
    same = among._dtype == labels._dtype
    if not same or labels._dtype.unless_missing or labels._dtype.categories is not None or labels._dtype.is_list:
        raise Unsupported("an operation with labels of another dtype", "pandas looks for one that holds both")
    return among._column if among is other else among.to_list()


def _as_set(labels: Index, chosen: Any, other: Any, *, in_order: bool) -> Any:
    kept = chosen.unique()
    kept = kept.sort_values() if in_order else kept
    return kept.rename(common_name(labels.name, getattr(other, "name", labels.name)))
