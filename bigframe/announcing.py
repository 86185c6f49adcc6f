"""What a call costs, said once at each line of the user's code."""

from __future__ import annotations

import warnings

from bigframe.errors import PerformanceWarning
from bigframe.tree import user_level, user_line

_said: set[tuple[str | None, str]] = set()


def warn_once(about: str, message: str) -> None:
    """Warn of ``about`` at the user's line, again only where the filters want every warning.

    Python's own memory of lines is cleared whenever filters change, which pandas does within most of its calls.
    """
    if first_here(about) or _wanted_always():
        warnings.warn(message, PerformanceWarning, stacklevel=user_level())


def first_here(about: str) -> bool:
    """Whether ``about`` has not been asked about at the user's line before."""
    said = (user_line(), about)
    if said in _said:
        return False
    _said.add(said)
    return True


def _wanted_always() -> bool:
    filters = (action for action, _, category, *_ in warnings.filters if issubclass(PerformanceWarning, category))
    return next(filters, "default") in ("always", "all", "error")
