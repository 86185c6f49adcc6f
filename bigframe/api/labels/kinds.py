"""DatetimeIndex and the other kinds of Index: pandas' own to make labels with, and what lazy labels are known by."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pandas as pd

from bigframe.api.binding.fallbacks import looking
from bigframe.api.binding.tiers import document
from bigframe.api.labels.index import Index


class _Kind(type):
    """One of pandas' kinds of Index: has its names, makes its labels, and counts lazy ones in by their dtype."""

    pandas: type[pd.Index]

    def __call__(cls, *args: Any, **kwargs: Any) -> pd.Index:
        return looking(cls.pandas)(*args, **kwargs)  # type: ignore[no-any-return]

    def __instancecheck__(cls, instance: Any) -> bool:
        return issubclass(instance._kind if type(instance) is Index else type(instance), cls.pandas)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(getattr(subclass, "pandas", subclass), cls.pandas)

    def __getattr__(cls, name: str) -> Any:
        value = getattr(cls.pandas, name)
        return looking(value) if inspect.ismethod(value) else value

    def __dir__(cls) -> list[str]:
        return dir(cls.pandas)


def _kind(labels: type[pd.Index]) -> Any:
    note = "pandas' own, made in this process; lazy labels of the same dtype are instances of it."
    own = {"pandas": labels, "__doc__": document(labels, "native", note), "__module__": "bigframe"}
    return _Kind(labels.__name__, (), {**own, "__signature__": inspect.signature(labels)})


if TYPE_CHECKING:
    from pandas import (
        CategoricalIndex,
        DatetimeIndex,
        IntervalIndex,
        MultiIndex,
        PeriodIndex,
        RangeIndex,
        TimedeltaIndex,
    )
else:
    CategoricalIndex = _kind(pd.CategoricalIndex)
    DatetimeIndex = _kind(pd.DatetimeIndex)
    IntervalIndex = _kind(pd.IntervalIndex)
    MultiIndex = _kind(pd.MultiIndex)
    PeriodIndex = _kind(pd.PeriodIndex)
    RangeIndex = _kind(pd.RangeIndex)
    TimedeltaIndex = _kind(pd.TimedeltaIndex)

__all__ = [
    "CategoricalIndex",
    "DatetimeIndex",
    "IntervalIndex",
    "MultiIndex",
    "PeriodIndex",
    "RangeIndex",
    "TimedeltaIndex",
]
