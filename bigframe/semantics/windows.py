"""How far a window looks: pandas' ``periods`` as operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigframe.errors import Unsupported
from bigframe.ops import windows
from bigframe.ops.base import Expr


def shifted(operand: Expr, periods: Any, keys: tuple[Expr, ...] = ()) -> Expr:
    """The value some rows before; none before is the value itself.

    Raises
    ------
    Unsupported
        If ``periods`` is not one integer.
    """
    count = _rows(periods)
    return windows.Shift(operand, keys, count) if count else operand


def differences(operand: Expr, periods: Any, keys: tuple[Expr, ...] = ()) -> Expr:
    """The value less the one some rows before.

    Raises
    ------
    Unsupported
        If ``periods`` is not one integer.
    """
    return windows.Diff(operand, keys, _rows(periods))


def _rows(periods: Any) -> int:
    if isinstance(periods, bool) or not isinstance(periods, (int, np.integer)):
        raise Unsupported(f"periods={periods!r}", "a kernel looks one number of rows away", "an integer")
    return int(periods)
