"""Arguments that must be True or False, refused as pandas refuses other values."""

from __future__ import annotations

from typing import Any

import numpy as np


def require_flag(value: Any, name: str, *, or_none: bool = True, or_integer: bool = False) -> None:
    """Let a bool pass.

    Raises
    ------
    ValueError
        If it is something else.
    """
    also = (value is None and or_none) or (isinstance(value, int) and or_integer)
    if not also and not isinstance(value, (bool, np.bool_)):
        raise ValueError(f'For argument "{name}" expected type bool, received type {type(value).__name__}.')


def directions(ascending: Any) -> list[Any] | None:
    """Whether each key of a sort goes up; None if one answer is for all of them."""
    each = list(ascending) if isinstance(ascending, (list, tuple)) else None
    for one in [ascending] if each is None else each:
        require_flag(one, "ascending", or_none=False, or_integer=True)
    return each
