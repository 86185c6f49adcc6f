"""``get_dummies``: which columns there will be is asked of the data once, what is in them is computed natively."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from pandas.api.types import is_list_like, is_object_dtype

from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import gather, look_ahead
from bigframe.api.columns import Columns
from bigframe.api.dataframe import DataFrame
from bigframe.api.series import Series
from bigframe.ops.base import Column, Expr
from bigframe.ops.functions import Lookup
from bigframe.ops.missing import IsNull, NotNull
from bigframe.schema import INT64, DType
from bigframe.semantics import selecting
from bigframe.semantics.casting import cast, target_dtype
from bigframe.semantics.frame import Frame
from bigframe.semantics.membership import is_in


@documented_as(pd.get_dummies)
def get_dummies(
    data: Any,
    prefix: Any = None,
    prefix_sep: Any = "_",
    dummy_na: bool = False,
    columns: Any = None,
    sparse: bool = False,
    drop_first: bool = False,
    dtype: Any = None,
) -> Any:
    """A column per distinct value that says where it stands. Tier: *native*.

    One job, which is announced, asks for the distinct values of the columns; what follows is lazy. ``sparse`` columns
    are pandas' own, and so is the result.
    """
    settings = {"dummy_na": dummy_na, "drop_first": drop_first, "dtype": dtype}
    if sparse or not isinstance(data, Columns):
        named = {**settings, "prefix": prefix, "prefix_sep": prefix_sep, "columns": columns, "sparse": sparse}
        return gather(pd.get_dummies, (data,), named, "get_dummies: its columns are sparse")
    if isinstance(data, Series):
        (seen,) = look_ahead("get_dummies", [_distinct(data._frame, data._id)])
        return DataFrame(_encoded(data._frame, data._id, seen, prefix, prefix_sep, settings))
    frame = data._frame
    if columns is not None and not is_list_like(columns):
        raise TypeError("Input must be a list-like for parameter `columns`")
    chosen = [label for label, kind in zip(frame.labels, frame.dtypes, strict=True) if _is_encoded(kind)]
    chosen = chosen if columns is None else list(columns)
    absent = [label for label in chosen if not frame.find(label)]
    if absent:
        raise KeyError(
            f"None of [{pd.Index(absent)}] are in the [columns]" if absent == chosen else f"{absent} not in index"
        )
    ids = [frame.one(label) for label in chosen]
    if any(is_object_dtype(frame.dtype(id).pandas) for id in ids):
        named = {**settings, "prefix": prefix, "prefix_sep": prefix_sep, "columns": columns}
        return gather(pd.get_dummies, (data,), named, "get_dummies: only pandas tells its objects apart")
    prefixes = _each(prefix, chosen, "prefix", chosen)
    separators = _each(prefix_sep, chosen, "prefix_sep", ["_"] * len(chosen))
    rest = [label for label in frame.labels if label not in chosen]
    labels: list[Hashable] = list(rest)
    out = [frame.one(label) for label in rest]
    seen_each = look_ahead("get_dummies", [_distinct(frame, id) for id in ids])
    for id, seen, start, separator in zip(ids, seen_each, prefixes, separators, strict=True):
        frame = _encoded(frame, id, seen, start, separator, settings)
        labels += frame.labels
        out += frame.ids
    return DataFrame(frame.select(labels, out))


def _is_encoded(kind: DType) -> bool:
    """Whether a column is made of dummies unless ``columns`` says otherwise."""
    return kind.is_string or is_object_dtype(kind.pandas)


def _distinct(frame: Frame, id: str) -> Frame:
    return selecting.distinct(frame.select((None,), (id,)), [id], "any", ignore_index=True)


def _encoded(
    frame: Frame, id: str, seen: pd.DataFrame, prefix: Any, separator: Any, settings: Mapping[str, Any]
) -> Frame:
    """The columns for the values seen of one column, under pandas' own labels and with its own dtype."""
    values = seen.iloc[:, 0]
    template = pd.get_dummies(values, prefix=prefix, prefix_sep=separator, **settings)
    known = frame.dtype(id).categories or pd.Categorical(values).categories
    categories: list[Any] = [*known, *([None] if settings["dummy_na"] else [])]
    found = categories[len(categories) - template.shape[1] :]
    ids = []
    for value, kind in zip(found, template.dtypes, strict=True):
        if value is None:
            holds: Expr = IsNull(Column(id))
        elif frame.dtype(id).categories is not None:
            holds = NotNull(Lookup(Column(id), (value,), (1,), INT64))
        else:
            holds = is_in(Column(id), frame.dtype(id), [value])
        frame, new = frame.define(holds)
        frame, new = frame.define(cast(frame, new, target_dtype(kind)))
        ids.append(new)
    return frame.select(list(template.columns), ids)


def _each(given: Any, labels: list[Any], name: str, default: list[Any]) -> list[Any]:
    """One value per column, from one for all, a list or a dictionary."""
    if given is None:
        return default
    if isinstance(given, str):
        return [given] * len(labels)
    if len(given) != len(labels):
        raise ValueError(
            f"Length of '{name}' ({len(given)}) did not match the length of the columns being encoded ({len(labels)})."
        )
    return [given[label] for label in labels] if isinstance(given, Mapping) else list(given)
