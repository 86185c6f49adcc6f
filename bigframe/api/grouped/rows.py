"""What gives a value for each row, or chooses rows, by the group that a row is in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from pandas.api.extensions import no_default
from pandas.core.groupby import DataFrameGroupBy
from pandas.core.groupby.base import reduction_kernels, transform_kernel_allowlist  # type: ignore[attr-defined]

from bigframe.api.binding.tiers import document
from bigframe.api.grouped.bindings import composed_of_groups, per_row, reduced
from bigframe.api.grouped.source import Source
from bigframe.errors import Unsupported
from bigframe.ops import windows
from bigframe.ops.arithmetic import Sub, TrueDiv
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq, Ge, Lt
from bigframe.ops.conditional import Where
from bigframe.ops.groups import PerGroup
from bigframe.ops.logical import And, Or
from bigframe.ops.reductions import Quantile, Size
from bigframe.schema import key_types
from bigframe.semantics import selecting
from bigframe.semantics.category_places import at_places, by_place, rankable
from bigframe.semantics.extremes import labels_per_row
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, window_keys
from bigframe.semantics.summarizing import reduction
from bigframe.semantics.values import comparand, filling, literal
from bigframe.semantics.windows import differences, ranks, shifted


def _diff(x: Expr, keys: tuple[Expr, ...], periods: Any = 1) -> Expr:
    return differences(x, periods, keys)


def _rank(owner: Any, method: str, ascending: bool, na_option: str, pct: bool) -> Any:
    if na_option not in ("keep", "top", "bottom"):
        raise ValueError("na_option must be one of 'keep', 'top', or 'bottom'")
    frame, keys = window_keys(owner._groups)
    ids = []
    for _, id in owner._columns:
        frame, ranked = rankable(frame, id)
        frame, new = frame.define(ranks(Column(ranked), method, ascending, na_option, pct, keys))
        ids.append(new)
    return owner._of_rows(frame.select([label for label, _ in owner._columns], ids))


def _shift(owner: Any, periods: Any, freq: Any, fill_value: Any, suffix: str | None) -> Any:
    if freq is not None or suffix is not None:
        raise Unsupported("shift(freq=, suffix=)", "it moves the index, or makes several columns")
    given = fill_value is not no_default
    fills = [filling(fill_value, owner._groups.frame.dtype(id)) for _, id in owner._columns] if given else []
    if not given or not isinstance(periods, int) or periods == 0:
        return owner._per_row(lambda x, keys: shifted(x, periods, keys))
    frame, place = _place(owner._groups, ascending=periods > 0)
    frame, keys = window_keys(owner._groups.of(frame))
    ids = []
    for (_, id), fill in zip(owner._columns, fills, strict=True):
        dtype = frame.dtype(id)
        frame, moved = frame.define(shifted(Column(id), periods, keys))
        within = Ge(Column(place), literal(abs(periods)))
        frame, new = frame.define(Widen(Where(within, Column(moved), fill), dtype))
        ids.append(new)
    return owner._of_rows(frame.select([label for label, _ in owner._columns], ids))


def _quantile(x: Expr, q: Any = 0.5, interpolation: str = "linear") -> Expr:
    if isinstance(q, bool) or not isinstance(q, (int, float)) or not 0 <= q <= 1:
        raise Unsupported(f"transform('quantile', {q!r})", "its kernel takes one share")
    return Quantile(x, q, interpolation, grouped=True)


def _rows_of(limit: Any) -> int | None:
    if limit is not None and (type(limit) is not int or limit < 1):
        raise Unsupported(f"limit={limit!r}", "its kernel counts rows")
    return limit


class GroupRows:
    """Windows over the rows of each group."""

    pandas: ClassVar[type] = DataFrameGroupBy
    display: ClassVar[str] = "DataFrameGroupBy"
    _groups: Groups
    _columns: tuple[tuple[Any, str], ...]

    shift = composed_of_groups(_shift)
    diff = per_row(_diff)
    cumsum = per_row(windows.CumSum)
    cumprod = per_row(windows.CumProd)
    cummin = per_row(windows.CumMin)
    cummax = per_row(windows.CumMax)
    ffill = per_row(lambda x, keys, limit=None: windows.FillForward(x, keys, _rows_of(limit)))
    bfill = per_row(lambda x, keys, limit=None: windows.FillBackward(x, keys, _rows_of(limit)))
    rank = composed_of_groups(_rank)

    def _per_row(self, make: Callable[..., Expr], numeric_only: bool = False) -> Any:
        """One value per row instead of one per group: a window over each column within the groups."""
        frame, keys = window_keys(self._groups)
        columns = [pair for pair in self._columns if not numeric_only or frame.dtype(pair[1]).is_numeric]
        ids = []
        for _, id in columns:
            frame, new = frame.define(make(Column(id), keys))
            ids.append(new)
        return self._of_rows(frame.select([label for label, _ in columns], ids))

    def cumcount(self, ascending: bool = True) -> Any:
        """How many rows of its group come before each, or after. Tier: *native*."""
        from bigframe.api.series import Series

        frame, id = _place(self._groups, ascending=ascending)
        return Series(frame.select((None,), (id,)))

    def pct_change(self, periods: int = 1, fill_method: None = None, freq: Any = None) -> Any:
        """Each value relative to the one some rows before in its group. Tier: *native*."""
        if fill_method is not None:
            raise ValueError(f"fill_method must be None; got {fill_method=}.")
        frame, keys = window_keys(self._groups)
        try:
            if freq is not None:
                raise Unsupported("pct_change(freq=)", "it moves the index")
            ids = []
            for _, id in self._columns:
                frame, before = frame.define(shifted(Column(id), periods, keys))
                frame, ratio = frame.define(TrueDiv(Column(id), Column(before)))
                frame, new = frame.define(Sub(Column(ratio), literal(1, frame.dtype(ratio))))
                ids.append(new)
        except (Unsupported, TypeError):
            self._require_defined("pct_change", (periods, fill_method, freq), {})
            return self._gather("pct_change", (periods, fill_method, freq), {}, "GroupBy.pct_change: it has no kernel")
        return self._of_rows(frame.select([label for label, _ in self._columns], ids))

    def head(self, n: int = 5) -> Any:
        """The first rows of each group (all but the last ``-n`` if negative). Tier: *native*."""
        return self._rows(lambda places: _first(places, n))

    def tail(self, n: int = 5) -> Any:
        """The last rows of each group (all but the first ``-n`` if negative). Tier: *native*."""
        return self._rows(lambda places: _last(places, n))

    @property
    def nth(self) -> Nth:
        """Rows by their place in each group: ``nth(0)``, ``nth([0, -1])`` or ``nth[1:3]``. Tier: *native*."""
        return Nth(self)

    def transform(
        self, func: Any = None, *args: Any, engine: Any = None, engine_kwargs: Any = None, **kwargs: Any
    ) -> Any:
        """What a reduction, a window or a function makes of each group, in the place of each row.

        Tier: *native* for names, *partitionwise* for functions: those are run on the first group to learn
        what they return, which is announced.
        """
        compiled = engine not in (None, "python", "cython")
        options = {**kwargs, **({"engine": engine, "engine_kwargs": engine_kwargs} if compiled else {})}
        if not isinstance(func, str):
            return self._transform_each(func, args, options)
        if func not in transform_kernel_allowlist:
            raise ValueError(f"'{func}' is not a valid function name for transform(name)")
        if func not in reduction_kernels:
            return getattr(self, func)(*args, **options)
        try:
            return self._reduced_per_row(func, args, options)
        except (Unsupported, TypeError) as error:
            why = f"GroupBy.transform({func!r}): {error}"
        self._require_defined("transform", (func, *args), options)
        return self._gather("transform", (func, *args), options, why)

    def _reduced_each(self, make: Callable[[Expr], Expr], numeric_only: bool = False) -> Any:
        """A reduction of each column's groups, in the place of each row."""
        frame, keys = window_keys(self._groups)
        cells = [
            (label, make(Column(id))) for label, id in self._columns if not numeric_only or frame.dtype(id).is_numeric
        ]
        frame, cells, places = by_place(frame, cells)
        ids = []
        for _, reduced_column in cells:
            frame, id = frame.define(PerGroup(reduced_column, keys))
            ids.append(id)
        return self._of_rows(at_places(frame.select([label for label, _ in cells], ids), places, before=0))

    def _reduced_per_row(self, func: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What a reduction of that name makes of each group, in the place of each row."""
        from bigframe.api.series import Series

        method = inspect.getattr_static(type(self), func)
        if isinstance(method, reduced):
            make, settings = method.honoured(self, args, options)
            if not settings.get("skipna", True):
                raise Unsupported(f"transform({func!r}, skipna=False)", "its kernel skips missing values")
            return self._reduced_each(make, settings.get("numeric_only", False))
        if func == "quantile":
            return self._per_row(lambda x, keys: PerGroup(_quantile(x, *args, **options), keys))
        if args or options:
            raise Unsupported(f"transform({func!r}, arguments)", "its kernel takes none")
        if func in ("idxmax", "idxmin"):
            return self._of_rows(labels_per_row(self._groups, self._columns, func, largest=func == "idxmax"))
        if func != "size":
            return self._reduced_each(reduction(func, grouped=True))
        frame, keys = window_keys(self._groups)
        frame, id = frame.define(PerGroup(Size(), keys))
        return Series(frame.select((self._columns[0][0] if self._as_series else None,), (id,)))

    def _rows(self, choose: Callable[[tuple[Expr, Expr]], Expr]) -> Any:
        """The rows for which a predicate over their places from both ends of their group holds."""
        frame, start = _place(self._groups, ascending=True)
        frame, end = _place(self._groups, ascending=False, frame=frame)
        return self._kept(frame, choose((Column(start), Column(end))))

    def get_group(self, name: Any) -> Any:
        """The rows of one group; a job looks whether there are any. Tier: *native*.

        Raises
        ------
        KeyError
            If there is no such group.
        """
        several = isinstance(self._source.by, list) or len(self._groups.keys) > 1
        names = name if several and isinstance(name, tuple) else (name,)
        if len(names) != len(self._groups.keys) or several and not isinstance(name, tuple):
            return self._gather("get_group", (name,), {}, "GroupBy.get_group: pandas looks the name up")
        frame = self._groups.frame
        key_types({id: frame.dtype(id) for id in self._groups.key_ids}, self._groups.key_ids, "grouping")
        tests = [
            Eq(Column(id), comparand(one, self._groups.frame.dtype(id)))
            for one, id in zip(names, self._groups.key_ids, strict=True)
        ]
        predicate: Expr = tests[0]
        for test in tests[1:]:
            predicate = And(predicate, test)
        found = self._kept(self._groups.frame, predicate)
        if found.empty:
            raise KeyError(name)
        return found

    def _kept(self, frame: Frame, predicate: Expr) -> Any:
        shown = self._shown()
        kept = selecting.keep_rows(frame.select([label for label, _ in shown], [id for _, id in shown]), predicate)
        return self._of_rows(kept)

    def _shown(self) -> tuple[tuple[Any, str], ...]:
        raise NotImplementedError

    def _of_rows(self, frame: Frame) -> Any:
        raise NotImplementedError

    def _transform_each(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _require_defined(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        raise NotImplementedError

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        raise NotImplementedError

    _as_series: bool
    _source: Source


class Nth:
    """Rows of groups by place, called or indexed."""

    __doc__ = document(DataFrameGroupBy.nth, "native", "")

    def __init__(self, groups: GroupRows) -> None:
        self._of = groups

    def __call__(self, n: Any, dropna: Any = None) -> Any:
        if dropna is not None:
            return self._of._gather("nth", (n, dropna), {}, "GroupBy.nth(dropna=): it has no kernel")
        return self[n]

    def __getitem__(self, n: Any) -> Any:
        wanted = list(n) if isinstance(n, (list, tuple, set, range)) else [n]
        for one in wanted:
            if not isinstance(one, slice) and (not hasattr(one, "__index__") or isinstance(one, bool)):
                raise TypeError(
                    f"Invalid index {type(one)}. Must be integer, list-like, slice or a tuple of integers and slices"
                )
            if isinstance(one, slice) and one.step not in (None, 1):
                return self._of._gather("nth", (n,), {}, "GroupBy.nth with a step: it has no kernel")
        return self._of._rows(lambda places: _any([_at(places, one) for one in wanted]))


def _place(groups: Groups, *, ascending: bool, frame: Frame | None = None) -> tuple[Frame, str]:
    """The frame with a column of how many rows of its group come before each row, or after it."""
    rows, keys = window_keys(groups if frame is None else groups.of(frame))
    rows, one = rows.define(literal(1), "one")
    rows, upto = rows.define(windows.CumSum(Column(one), keys))
    if ascending:
        return rows.define(Sub(Column(upto), literal(1)))
    rows, size = rows.define(PerGroup(Size(), keys))
    return rows.define(Sub(Column(size), Column(upto)))


def _first(places: tuple[Expr, Expr], n: int) -> Expr:
    return Lt(places[0], literal(n)) if n >= 0 else Ge(places[1], literal(-n))


def _last(places: tuple[Expr, Expr], n: int) -> Expr:
    return Lt(places[1], literal(n)) if n >= 0 else Ge(places[0], literal(-n))


def _at(places: tuple[Expr, Expr], wanted: Any) -> Expr:
    start, end = places
    if not isinstance(wanted, slice):
        return Eq(start, literal(int(wanted))) if wanted >= 0 else Eq(end, literal(-int(wanted) - 1))
    bounds: list[Expr] = [Ge(start, literal(0))]
    if wanted.start is not None:
        low = wanted.start
        bounds.append(Ge(start, literal(low)) if low >= 0 else Lt(end, literal(-low)))
    if wanted.stop is not None:
        high = wanted.stop
        bounds.append(Lt(start, literal(high)) if high >= 0 else Ge(end, literal(-high)))
    holds = bounds[0]
    for bound in bounds[1:]:
        holds = And(holds, bound)
    return holds


def _any(tests: list[Expr]) -> Expr:
    if not tests:
        return literal(False)
    holds = tests[0]
    for test in tests[1:]:
        holds = Or(holds, test)
    return holds
