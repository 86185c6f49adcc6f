"""Arguments that must be True or False, or one value, refused as pandas refuses others."""

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


def require_one(value: Any) -> None:
    """Let a value to fill holes with pass.

    Raises
    ------
    TypeError
        If it is a list of them.
    """
    if isinstance(value, (list, tuple)):
        raise TypeError(f'"value" parameter must be a scalar or dict, but you passed a "{type(value).__name__}"')


def directions(ascending: Any, keys: int) -> list[Any]:
    """Whether each key of a sort goes up: one answer is for all of them."""
    each = list(ascending) if isinstance(ascending, (list, tuple)) else [ascending] * keys
    for one in each:
        require_flag(one, "ascending", or_none=False, or_integer=True)
    return each
