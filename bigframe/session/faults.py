"""Faults: errors that a service reports, raised again as what they were."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import pandas.errors

from bigframe import errors

# A service names the type of an error; only these names mean a class here, so that it cannot choose any other.
BUILTINS = frozenset({
    "ArithmeticError", "AttributeError", "ConnectionError", "EOFError", "FileExistsError", "FileNotFoundError",
    "FloatingPointError", "ImportError", "IndexError", "IsADirectoryError", "KeyError", "LookupError", "MemoryError",
    "ModuleNotFoundError", "NotADirectoryError", "NotImplementedError", "OSError", "OverflowError", "PermissionError",
    "RecursionError", "RuntimeError", "TimeoutError", "TypeError", "UnicodeError", "ValueError", "ZeroDivisionError",
})  # fmt: skip


def fault(wire: Mapping[str, Any]) -> Exception:
    """The exception behind an error's JSON: of the same type where that is known, with ``code`` and the user's line.

    Parameters
    ----------
    wire
        ``code``, ``type``, ``message`` and ``line``, the line of the user's code that asked for what failed.

    Examples
    --------
    >>> fault({"code": "NAME_TAKEN", "type": "ValueError", "message": "clean-11 is another plan", "line": None})
    ValueError('clean-11 is another plan')
    """
    message = str(wire.get("message") or wire.get("code") or "the service gave no reason")
    error: Any
    try:
        error = _kind(str(wire.get("type")))(message)
    except TypeError:  # a type that is made of more than a message
        error = errors.ExecutionError(message)
    if wire.get("code"):
        error.code = wire["code"]
    if wire.get("line") and wire["line"] not in message:
        error.add_note(f"asked for at {wire['line']}")
    made: Exception = error
    return made


def _kind(name: str) -> type[Exception]:
    for owner in (errors, pandas.errors):
        kind = vars(owner).get(name)
        if isinstance(kind, type) and issubclass(kind, Exception):
            return kind
    found: type[Exception] = getattr(builtins, name) if name in BUILTINS else errors.ExecutionError
    return found
