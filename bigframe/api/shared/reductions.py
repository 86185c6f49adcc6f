"""Reductions: ``sum`` and its kin, for Series (a lazy scalar) and DataFrame (one value per column)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from bigframe.api.binding.calls import full_signature
from bigframe.api.flags import require_flag
from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Expr
from bigframe.schema import Family
from bigframe.semantics.frame import Frame


def reduction(body: Callable[..., Any]) -> Callable[..., Any]:
    """A method with pandas' parameters, by position too, and with those that NumPy adds where they say nothing."""
    method = full_signature(body)
    names = list(inspect.signature(body).parameters)[1:]

    @functools.wraps(method)
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        said = {name: value for name, value in kwargs.items() if name not in ("out", "dtype") or value is not None}
        if len(args) > len(names) or set(said) & set(names[: len(args)]):
            return method(self, *args, **said)
        return method(self, **dict(zip(names, args, strict=False)), **said)

    return call


class Reductions:
    """``_reduce(make, numeric_only, skipna)`` is the owner's: apply one reduction per column."""

    display: ClassVar[str]
    _frame: Frame

    def _reduce(self, make: Callable[[Expr], Expr], numeric_only: bool = False, skipna: bool = True) -> Any:
        raise NotImplementedError

    @reduction
    def sum(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False, min_count: int = 0) -> Any:
        """Sum of the values that are there; of none, 0 (missing with ``min_count``). Tier: *native*."""
        make = partial(reductions.Sum, min_count=min_count)
        return self._reduced("sum", make, axis, skipna, numeric_only, **_given(min_count=min_count))

    @reduction
    def prod(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False, min_count: int = 0) -> Any:
        """Product of the values that are there. Tier: *native*."""
        make = partial(reductions.Prod, min_count=min_count)
        return self._reduced("prod", make, axis, skipna, numeric_only, **_given(min_count=min_count))

    product = prod

    @reduction
    def mean(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Mean of the values that are there. Tier: *native*."""
        return self._reduced("mean", reductions.Mean, axis, skipna, numeric_only)

    @reduction
    def median(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Exact median of the values that are there. Tier: *native*."""
        return self._reduced("median", reductions.Median, axis, skipna, numeric_only)

    @reduction
    def min(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Smallest value. Tier: *native*."""
        return self._reduced("min", reductions.Min, axis, skipna, numeric_only)

    @reduction
    def max(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Largest value. Tier: *native*."""
        return self._reduced("max", reductions.Max, axis, skipna, numeric_only)

    @reduction
    def var(self, axis: Any = 0, skipna: bool = True, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Variance with ``ddof`` delta degrees of freedom. Tier: *native*."""
        return self._reduced("var", lambda x: reductions.Var(x, ddof), axis, skipna, numeric_only, ddof=ddof)

    @reduction
    def std(self, axis: Any = 0, skipna: bool = True, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Standard deviation with ``ddof`` delta degrees of freedom. Tier: *native*."""
        return self._reduced("std", lambda x: reductions.Std(x, ddof), axis, skipna, numeric_only, ddof=ddof)

    @reduction
    def sem(self, axis: Any = 0, skipna: bool = True, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Standard error of the mean. Tier: *native*."""
        return self._reduced("sem", lambda x: reductions.Sem(x, ddof), axis, skipna, numeric_only, ddof=ddof)

    @reduction
    def skew(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Skewness without bias. Tier: *native*."""
        return self._reduced("skew", reductions.Skew, axis, skipna, numeric_only)

    @reduction
    def kurt(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        """Excess kurtosis without bias. Tier: *native*."""
        return self._reduced("kurt", reductions.Kurt, axis, skipna, numeric_only)

    kurtosis = kurt

    @reduction
    def any(self, axis: Any = 0, bool_only: bool = False, skipna: bool = True) -> Any:
        """Whether any value is true. Tier: *native*."""
        if bool_only:
            return self._bools().any(axis=axis, skipna=skipna)
        return self._reduced("any", reductions.Any_, axis, skipna)

    @reduction
    def all(self, axis: Any = 0, bool_only: bool = False, skipna: bool = True) -> Any:
        """Whether all values are true. Tier: *native*."""
        if bool_only:
            return self._bools().all(axis=axis, skipna=skipna)
        return self._reduced("all", reductions.All, axis, skipna)

    def _reduced(
        self,
        name: str,
        make: Callable[[Expr], Expr],
        axis: Any,
        skipna: bool,
        numeric_only: bool = False,
        **options: Any,
    ) -> Any:
        """One value per column, or per row.

        Raises
        ------
        Unsupported
            If the call has no kernel, so that it gathers.
        """
        require_flag(skipna, "skipna", or_none=False)
        if axis in (1, "columns") and self.display == "DataFrame":
            return self._reduced_across(name, skipna=skipna, numeric_only=numeric_only, **options)
        if axis is None and self.display == "DataFrame" and not options and self._reduces_in_turn(name):
            ids = self._frame.ids
            numbered: Any = self._wrap(self._frame.select(range(len(ids)), ids))  # type: ignore[attr-defined]
            return getattr(numbered._reduced(name, make, 0, skipna), name)(skipna=skipna)
        if axis not in (0, "index") and not (axis is None and self.display != "DataFrame"):
            raise Unsupported(f"{name}(axis={axis!r})", "it puts all columns together")
        if skipna or all(dtype.never_missing for dtype in self._frame.dtypes):
            return self._reduce(make, numeric_only)
        if name in ("any", "all") and not all(dtype.is_three_valued for dtype in self._frame.dtypes):
            return self._reduce(lambda x: make(x).replace(skipna=False))
        found = self._reduce(make, numeric_only, skipna=False)
        return found if self.display == "DataFrame" else found.item()

    def _bools(self) -> Any:
        """The columns of bools alone.

        Raises
        ------
        Unsupported
            For a series, and where the data decides which they are.
        """
        frame: Any = self._frame
        kept = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if frame.dtype(id).is_bool]
        if self.display != "DataFrame" or not all(frame.dtype(id).is_settled for _, id in kept):
            raise Unsupported("bool_only=True", "columns are chosen by their dtypes", ".select_dtypes(bool)")
        return self._wrap(frame.select([label for label, _ in kept], [id for _, id in kept]))  # type: ignore[attr-defined]

    def _reduces_in_turn(self, name: str) -> bool:
        """Whether what the columns are reduced to, reduced, is what all values together are."""
        dtypes = self._frame.dtypes
        if name in ("any", "all"):
            return bool(dtypes)
        numbers = [dtype for dtype in dtypes if dtype.is_integer or dtype.is_float]
        plain = all(dtype.family is Family.NUMPY and dtype.is_settled for dtype in numbers)
        return name in ("min", "max", "sum", "prod") and plain and bool(dtypes) and len(numbers) == len(dtypes)

    def _reduced_across(self, name: str, *, skipna: bool = True, numeric_only: bool = False, **options: Any) -> Any:
        raise NotImplementedError


def _given(*, min_count: int) -> dict[str, int]:
    return {"min_count": min_count} if min_count > 0 else {}
