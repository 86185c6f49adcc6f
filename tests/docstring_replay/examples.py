"""The examples in the docstrings of pandas' public names."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.api import typing as kinds
from pandas.core.arrays.categorical import CategoricalAccessor
from pandas.core.arrays.sparse.accessor import SparseAccessor, SparseFrameAccessor
from pandas.core.indexes.accessors import CombinedDatetimelikeProperties
from pandas.core.strings.accessor import StringMethods

CONTEXTS: dict[str, Any] = {
    "DataFrame": pd.DataFrame,
    "Series": pd.Series,
    "Series.str": StringMethods,
    "Series.dt": CombinedDatetimelikeProperties,
    "Series.cat": CategoricalAccessor,
    "Series.sparse": SparseAccessor,
    "DataFrame.sparse": SparseFrameAccessor,
    "DataFrameGroupBy": kinds.DataFrameGroupBy,
    "SeriesGroupBy": kinds.SeriesGroupBy,
    "Rolling": kinds.Rolling,
    "Expanding": kinds.Expanding,
    "ExponentialMovingWindow": kinds.ExponentialMovingWindow,
    "Window": kinds.Window,
    "Resampler": kinds.Resampler,
    "Index": pd.Index,
    "MultiIndex": pd.MultiIndex,
    "RangeIndex": pd.RangeIndex,
    "CategoricalIndex": pd.CategoricalIndex,
    "DatetimeIndex": pd.DatetimeIndex,
    "TimedeltaIndex": pd.TimedeltaIndex,
    "PeriodIndex": pd.PeriodIndex,
    "IntervalIndex": pd.IntervalIndex,
    "pandas": pd,
}


@dataclass(frozen=True)
class Text:
    """The examples of one docstring.

    Attributes
    ----------
    name
        Whose docstring it is (``DataFrame.merge``).
    context
        The class of that name, or ``pandas``.
    statements
        In order.
    """

    name: str
    context: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Statement:
    """One statement; ``raises`` where its docstring shows an error."""

    source: str
    raises: bool


def texts() -> Iterator[Text]:
    """Every docstring with examples, once, though several names may have it."""
    seen: set[str] = set()
    for context, owner in CONTEXTS.items():
        for name, text in _documents(context, owner):
            if text in seen:
                continue
            seen.add(text)
            statements = _statements(text)
            if statements:
                yield Text(name, context, statements)


def _documents(context: str, owner: Any) -> Iterator[tuple[str, str]]:
    if inspect.isclass(owner):
        yield context, inspect.getdoc(owner) or ""
    for name in sorted(set(dir(owner))):
        member = inspect.getattr_static(owner, name, None)
        if name.startswith("_") or inspect.ismodule(member) or inspect.isclass(member) and inspect.ismodule(owner):
            continue
        document = inspect.getdoc(getattr(owner, name, None) if inspect.ismodule(owner) else member)
        if document:
            yield f"{context}.{name}", document


def _statements(text: str) -> tuple[Statement, ...]:
    try:
        found = doctest.DocTestParser().get_examples(text)
    except ValueError:
        return ()
    return tuple(
        Statement(one.source, raises="Traceback (most recent call last)" in one.want)
        for one in found
        if not one.options.get(doctest.SKIP)
    )
