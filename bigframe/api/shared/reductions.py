"""Reductions: ``sum`` and its kin, for Series (a lazy scalar) and DataFrame (one value per column)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Expr


class Reductions:
    """``_reduce(make, numeric_only)`` is the owner's: apply one reduction per column."""

    def _reduce(self, make: Callable[[Expr], Expr], numeric_only: bool = False) -> Any:
        raise NotImplementedError

    def sum(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False, min_count: int = 0) -> Any:
        """Sum of the values that are there; of none, 0 (missing with ``min_count``). See pandas; tier: *native*."""
        _check("sum", axis, skipna)
        return self._reduce(lambda x: reductions.Sum(x, min_count=min_count), numeric_only)

    def prod(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False, min_count: int = 0) -> Any:
        """Product of the values that are there. See pandas; tier: *native*."""
        _check("prod", axis, skipna)
        return self._reduce(lambda x: reductions.Prod(x, min_count=min_count), numeric_only)

    product = prod

    def mean(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Mean of the values that are there. See pandas; tier: *native*."""
        _check("mean", axis, skipna)
        return self._reduce(reductions.Mean, numeric_only)

    def median(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Exact median of the values that are there. See pandas; tier: *native*."""
        _check("median", axis, skipna)
        return self._reduce(reductions.Median, numeric_only)

    def min(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Smallest value. See pandas; tier: *native*."""
        _check("min", axis, skipna)
        return self._reduce(reductions.Min, numeric_only)

    def max(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Largest value. See pandas; tier: *native*."""
        _check("max", axis, skipna)
        return self._reduce(reductions.Max, numeric_only)

    def var(self, *, axis: Any = 0, skipna: bool = True, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Variance with ``ddof`` delta degrees of freedom. See pandas; tier: *native*."""
        _check("var", axis, skipna)
        return self._reduce(lambda x: reductions.Var(x, ddof), numeric_only)

    def std(self, *, axis: Any = 0, skipna: bool = True, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Standard deviation with ``ddof`` delta degrees of freedom. See pandas; tier: *native*."""
        _check("std", axis, skipna)
        return self._reduce(lambda x: reductions.Std(x, ddof), numeric_only)

    def sem(self, *, axis: Any = 0, skipna: bool = True, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Standard error of the mean. See pandas; tier: *native*."""
        _check("sem", axis, skipna)
        return self._reduce(lambda x: reductions.Sem(x, ddof), numeric_only)

    def skew(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Skewness without bias. See pandas; tier: *native*."""
        _check("skew", axis, skipna)
        return self._reduce(reductions.Skew, numeric_only)

    def kurt(self, *, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Excess kurtosis without bias. See pandas; tier: *native*."""
        _check("kurt", axis, skipna)
        return self._reduce(reductions.Kurt, numeric_only)

    kurtosis = kurt

    def any(self, *, axis: Any = 0, bool_only: bool = False, skipna: bool = True) -> Any:
        """Whether any value is true. See pandas; tier: *native*."""
        _check("any", axis, skipna)
        return self._reduce(reductions.Any_)

    def all(self, *, axis: Any = 0, bool_only: bool = False, skipna: bool = True) -> Any:
        """Whether all values are true. See pandas; tier: *native*."""
        _check("all", axis, skipna)
        return self._reduce(reductions.All)


def _check(name: str, axis: Any, skipna: bool) -> None:
    if axis not in (0, "index", None):
        raise Unsupported(
            f"{name}(axis={axis!r})", "a reduction across columns has no kernel", "arithmetic between the columns"
        )
    if not skipna:
        raise Unsupported(
            f"{name}(skipna=False)", "it makes the result depend on a second look at the data", f".dropna().{name}()"
        )
