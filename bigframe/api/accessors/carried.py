"""Accessors of columns whose values are only carried: every name of theirs runs in pandas on the whole column."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pandas as pd

from bigframe.schema import ONLY_CARRIED

if TYPE_CHECKING:
    from bigframe.api.series import Series


def has_accessor(dtype: Any, name: str) -> bool:
    """Whether columns of a pandas dtype have the accessor ``dt`` or ``cat``."""
    if name == "cat":
        return isinstance(dtype, pd.CategoricalDtype)
    return isinstance(dtype, (pd.PeriodDtype, pd.DatetimeTZDtype)) or getattr(dtype, "kind", "") in "mM"


class CarriedAccessor:
    """One of pandas' accessors over a series."""

    def __init__(self, series: Series, name: str) -> None:
        self._series = series
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        empty = getattr(pd.Series([], dtype=self._series._dtype.pandas), self._name)
        path, why = f"{self._name}.{name}", f"Series.{self._name}.{name}: {ONLY_CARRIED}"
        if not callable(getattr(type(empty), name, None)) and hasattr(empty, name):
            return self._series._gather(path, (), {}, why)
        method = getattr(empty, name)
        return functools.wraps(method)(lambda *args, **kwargs: self._series._gather(path, args, kwargs, why))

    def __getitem__(self, key: Any) -> Any:
        return self._series._gather(f"{self._name}.__getitem__", (key,), {}, f"Series.{self._name}[]: {ONLY_CARRIED}")

    def __dir__(self) -> list[str]:
        empty = getattr(pd.Series([], dtype=self._series._dtype.pandas), self._name)
        return [name for name in dir(empty) if not name.startswith("_")]
