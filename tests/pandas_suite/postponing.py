"""What a module of tests makes while it is loaded: errors there fail the tests that use it, not all tests of the module."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bigframe

_OPERATORS = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "and",
    "or",
    "xor",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
)
_loading = False


class Postponed:
    """What a failed call gives while modules are loaded; afterwards whatever is done with it raises the call's error."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        # pytest asks the parameters of tests for names by which to call them.
        if name.startswith("_"):
            raise AttributeError(name)
        return self()

    def __call__(self, *args: Any, **kwargs: Any) -> Postponed:
        if not _loading:
            raise self._error
        return self

    def __iter__(self) -> Iterator[Any]:
        self()
        return iter(())

    __getitem__ = __neg__ = __invert__ = __call__
    __hash__ = object.__hash__


for _name in _OPERATORS:
    setattr(Postponed, f"__{_name}__", Postponed.__call__)
    if hasattr(operator, f"i{_name}"):
        setattr(Postponed, f"__r{_name}__", Postponed.__call__)


@contextmanager
def loading() -> Iterator[None]:
    """Postpone errors of bigframe for a while."""
    global _loading  # noqa: PLW0603
    _loading = True
    try:
        yield
    finally:
        _loading = False


def postponing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose errors are postponed while modules are loaded."""

    @functools.wraps(function)
    def attempt(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if _loading:
                return Postponed(error)
            raise

    return attempt


def install() -> None:
    """Make tables whose methods and constructors postpone their errors."""
    for kind in (bigframe.DataFrame, bigframe.Series):
        _wrap(kind)


def _wrap(kind: Any) -> None:
    construct, look_up, attribute = kind.__init__, kind.__getattr__, kind.__getattribute__

    def __init__(table: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            construct(table, *args, **kwargs)
        except Exception as error:
            if not _loading:
                raise
            object.__setattr__(table, "_postponed", error)

    def __getattr__(table: Any, name: str) -> Any:  # noqa: N807
        error = vars(table).get("_postponed")
        return look_up(table, name) if error is None else getattr(Postponed(error), name)

    def __getattribute__(table: Any, name: str) -> Any:  # noqa: N807
        if not _loading or name.startswith("_"):
            return attribute(table, name)
        if "_postponed" in vars(table):
            return Postponed(vars(table)["_postponed"])
        found = attribute(table, name)
        return postponing(found) if callable(found) and not isinstance(found, type) else found

    kind.__init__, kind.__getattr__, kind.__getattribute__ = __init__, __getattr__, __getattribute__
