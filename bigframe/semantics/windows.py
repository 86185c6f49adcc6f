"""pandas' parameters of windows as operators: how far they look, and what ranks ties and missing values have."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigframe.errors import Unsupported
from bigframe.ops import windows
from bigframe.ops.base import Expr


def shifted(operand: Expr, periods: Any, keys: tuple[Expr, ...] = (), fill: Expr | None = None) -> Expr:
    """The value some rows before, past the ends ``fill``; none before is the value itself.

    Raises
    ------
    Unsupported
        If ``periods`` is not one integer.
    """
    count = _rows(periods)
    return windows.Shift(operand, keys, count, fill) if count else operand


def differences(operand: Expr, periods: Any, keys: tuple[Expr, ...] = ()) -> Expr:
    """The value less the one some rows before.

    Raises
    ------
    Unsupported
        If ``periods`` is not one integer.
    """
    return windows.Diff(operand, keys, _rows(periods))


def ranks(operand: Expr, method: str, ascending: bool, na_option: str, pct: bool, keys: tuple[Expr, ...] = ()) -> Expr:
    """The place of each value among all, or among those of its group.

    Raises
    ------
    Unsupported
        If there is no such method or option, or each of several missing values would have its own place among all.
    """
    known = method in ("average", "min", "max", "first", "dense") and na_option in ("keep", "top", "bottom")
    if not known or method == "first" and na_option != "keep" and not keys:
        raise Unsupported(f"rank(method={method!r}, na_option={na_option!r})", "it has no columnar kernel")
    return windows.Rank(operand, keys, method, bool(ascending), na_option, bool(pct))


def _rows(periods: Any) -> int:
    if isinstance(periods, bool) or not isinstance(periods, (int, np.integer)):
        raise Unsupported(f"periods={periods!r}", "a kernel looks one number of rows away", "an integer")
    return int(periods)
