"""How names of pandas' Index are bound: as the Series operation of that name, or as what its dtype's own Index has."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import pandas as pd

from bigframe.api.binding.tiers import VARIADIC, Binding, is_default
from bigframe.errors import Unsupported
from bigframe.semantics.elementwise import NotAligned


class of_column(Binding):  # noqa: N801  (reads as a keyword in class bodies)
    """The operation that Series has under this name, over labels; pandas on all of them where it honours less.

    ``gives`` says what pandas makes of the result: labels again, an ``array``, or a ``column``.
    """

    tier = "native"

    def __init__(self, *, gives: str = "labels") -> None:
        self.gives = gives

    def note(self) -> str:
        return "What Series does not honour gathers the labels."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        theirs = self.signature.parameters
        given = {
            name: value
            for name, value in self.bind(instance, args, kwargs).items()
            if not is_default(value, theirs[name].default) and not (theirs[name].kind in VARIADIC and not value)
        }
        known = inspect.signature(getattr(pd.Series, self.name)).parameters
        if set(given) <= set(known):
            try:
                result = getattr(instance._column, self.name)(**given)
                return result if self.gives == "column" else instance._as_labels(result, array=self.gives == "array")
            except (Unsupported, NotAligned):
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: its kernel does not honour this call")


class of_kind:  # noqa: N801
    """A name that Series has with another meaning, and only some dtypes' own Index has."""

    def __set_name__(self, owner: Any, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else special(instance, self.name)


_ACCESSORS = {pd.DatetimeIndex: "dt", pd.TimedeltaIndex: "dt", pd.PeriodIndex: "dt", pd.CategoricalIndex: "cat"}
_OTHERWISE = frozenset({"codes", "end_time", "start_time", "to_timestamp"})
"""Names of an accessor that mean another array among labels, or say how these are spaced."""
_ARRAYS = frozenset({"date", "time"})
_LOWER = ("gathered", "missing")


def special(labels: Any, name: str) -> Any:
    """What only the Index of a dtype has: as the accessor of columns has it, or as pandas does on all labels.

    Raises
    ------
    AttributeError
        If that Index has no such name.
    """
    kind = pd.Index if name.startswith("_") else labels._kind
    if name.startswith("_") or not hasattr(kind, name):
        raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'")
    accessor = getattr(labels, _ACCESSORS[kind]) if kind in _ACCESSORS and name not in _OTHERWISE else None
    if accessor is not None and getattr(getattr(type(accessor), name, None), "tier", "") not in _LOWER:
        with_column: Any = getattr(accessor, name, None)
        if name in _ARRAYS:
            return labels._as_labels(with_column._column, array=True)
        if with_column is not None or hasattr(type(accessor), name):
            return with_column
    why = f"{kind.__name__}.{name}: it compares or moves labels, which are data"
    target = getattr(kind, name)
    if not callable(target):
        return labels._gather(name, (), {}, why)

    @functools.wraps(target)
    def method(*args: Any, **kwargs: Any) -> Any:
        return labels._gather(name, args, kwargs, why)

    return method
