"""``pandas.api.extensions``, with accessors that are registered on bigframe's classes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from pandas.api.extensions import (  # type: ignore[attr-defined]  # the stubs lag behind
    ExtensionArray,
    ExtensionDtype,
    ExtensionScalarOpsMixin,
    no_default,
    register_extension_dtype,
    take,
)

from bigframe.api.dataframe import DataFrame
from bigframe.api.labels.index import Index
from bigframe.api.series import Series

__all__ = [
    "ExtensionArray",
    "ExtensionDtype",
    "ExtensionScalarOpsMixin",
    "no_default",
    "register_dataframe_accessor",
    "register_extension_dtype",
    "register_index_accessor",
    "register_series_accessor",
    "take",
]

_T = TypeVar("_T", bound=type)


def register_dataframe_accessor(name: str) -> Callable[[_T], _T]:
    """Methods of one's own under ``frame.<name>``. The accessor is given a lazy frame.

    Examples
    --------
    >>> import bigframe as pd
    >>> @pd.api.extensions.register_dataframe_accessor("sizes")
    ... class Sizes:
    ...     def __init__(self, frame):
    ...         self.frame = frame
    ...     def width(self):
    ...         return len(self.frame.columns)
    >>> pd.DataFrame({"a": [1], "b": [2]}).sizes.width()
    2
    >>> del pd.DataFrame.sizes
    """
    return _registering(DataFrame, name)


def register_series_accessor(name: str) -> Callable[[_T], _T]:
    """Methods of one's own under ``series.<name>``. See :func:`register_dataframe_accessor`."""
    return _registering(Series, name)


def register_index_accessor(name: str) -> Callable[[_T], _T]:
    """Methods of one's own under ``index.<name>``. See :func:`register_dataframe_accessor`."""
    return _registering(Index, name)


def _registering(owner: type, name: str) -> Callable[[_T], _T]:
    def register(accessor: _T) -> _T:
        if hasattr(owner, name):
            warnings.warn(
                f"registration of accessor {accessor!r} under name {name!r} for type {owner!r} is overriding a "
                "preexisting attribute with the same name.",
                UserWarning,
                stacklevel=2,
            )
        make: Any = accessor
        setattr(owner, name, property(make))
        return accessor

    return register
