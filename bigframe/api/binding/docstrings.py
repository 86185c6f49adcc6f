"""Docstrings of names that pandas has: its text, then what bigframe says of the same name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

INHERITED = "\n\nIn bigframe\n-----------\n"
"""Stands in docstrings of which all before it is pandas'."""


def inherited(target: Any, own: str | None) -> str:
    """pandas' docstring and one's own; the latter alone, where it tells of the parameters itself."""
    said = inspect.cleandoc((own or "").rpartition(INHERITED)[2])
    return said if "Parameters\n---" in said else f"{inspect.getdoc(target) or ''}{INHERITED}{said}".rstrip() + "\n"


def documented_as(target: Callable[..., Any]) -> Callable[[F], F]:
    """Give a function the docstring of pandas' function of that name, and its own."""

    def over(function: F) -> F:
        function.__doc__ = inherited(target, function.__doc__)
        return function

    return over


def documented(member: Any, target: Any) -> Any:
    """A copy of a property, a class method or a function with pandas' docstring too: other classes have it with another."""
    text = inherited(target, member.__doc__)
    if isinstance(member, property):
        return property(member.fget, member.fset, member.fdel, text)
    function = member.__func__ if isinstance(member, classmethod) else member
    made = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    functools.update_wrapper(made, function)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__doc__ = text
    return classmethod(made) if isinstance(member, classmethod) else made
