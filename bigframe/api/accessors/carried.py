"""Accessors of columns whose values are only carried: every name of theirs runs in pandas on the whole column."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import pandas as pd

from bigframe.schema import ONLY_CARRIED

if TYPE_CHECKING:
    from bigframe.api.columns import Columns


def has_accessor(dtype: Any, name: str) -> bool:
    """Whether columns of a pandas dtype have the accessor ``dt`` or ``cat``."""
    if name == "cat":
        return isinstance(dtype, pd.CategoricalDtype)
    return isinstance(dtype, (pd.PeriodDtype, pd.DatetimeTZDtype)) or getattr(dtype, "kind", "") in "mM"


class CarriedAccessor:
    """One of pandas' accessors over a series, or a table.

    Raises
    ------
    AttributeError
        As pandas does, if the dtypes are of another kind.
    """

    def __init__(self, owner: Columns, name: str) -> None:
        self._owner = owner
        self._name = name
        columns = [pd.Series([], dtype=dtype.pandas) for dtype in owner._frame.dtypes]
        empty: Any = columns[0] if owner.display != "DataFrame" else pd.DataFrame(dict(enumerate(columns)))
        self._empty = getattr(empty, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if isinstance(inspect.getattr_static(type(self._empty), name, None), property):
            return self._run(name, (), {})
        method = getattr(self._empty, name)
        return functools.wraps(method)(lambda *args, **kwargs: self._run(name, args, kwargs))

    def _run(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        path = f"{self._name}.{name}"
        return self._owner._gather(path, args, kwargs, f"{self._owner.display}.{path}: {ONLY_CARRIED}")

    def __getitem__(self, key: Any) -> Any:
        why = f"{self._owner.display}.{self._name}[]: {ONLY_CARRIED}"
        return self._owner._gather(f"{self._name}.__getitem__", (key,), {}, why)

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._empty) if not name.startswith("_")]
