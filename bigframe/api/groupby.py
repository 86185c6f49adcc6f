"""Groups of rows, and what can be asked of each group."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from bigframe.api.ewm import ExponentialMovingWindow
from bigframe.api.resampling import Resampler
from bigframe.api.rolling import Expanding, Rolling
from bigframe.api.series import Series
from bigframe.api.tables import Tables
from bigframe.api.window_rows import Rows
from bigframe.errors import Unsupported
from bigframe.ops import reductions, windows
from bigframe.ops.base import Column, Expr
from bigframe.semantics.elementwise import beside
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.resampling import Bins
from bigframe.semantics.summarizing import reduction
from bigframe.semantics.values import literal
from bigframe.semantics.windows import differences, ranks, shifted


class GroupBy:
    """Groups, the columns to reduce, and how many of pandas' result shapes apply."""

    def __init__(self, groups: Groups, columns: tuple[tuple[Hashable, str], ...], *, as_series: bool) -> None:
        self._groups = groups
        self._columns = columns
        self._as_series = as_series

    def _result(self, frame: Frame) -> Any:
        from bigframe.api.dataframe import DataFrame

        return Series(frame) if self._as_series and len(frame.ids) == 1 else DataFrame(frame)

    def _reduce(self, make: Callable[[Expr], Expr], numeric_only: bool = False) -> Any:
        frame = self._groups.frame
        columns = [(label, id) for label, id in self._columns if not numeric_only or frame.dtype(id).is_numeric]
        return self._result(aggregate(self._groups, [(label, make(Column(id))) for label, id in columns]))

    def sum(self, numeric_only: bool = False, min_count: int = 0) -> Any:
        """Sum of each group. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.Sum(x, True, min_count), numeric_only)

    def prod(self, numeric_only: bool = False, min_count: int = 0) -> Any:
        """Product of each group. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.Prod(x, True, min_count), numeric_only)

    def mean(self, numeric_only: bool = False) -> Any:
        """Mean of each group. See pandas; tier: *native*."""
        return self._reduce(reductions.Mean, numeric_only)

    def median(self, numeric_only: bool = False) -> Any:
        """Exact median of each group. See pandas; tier: *native*."""
        return self._reduce(reductions.Median, numeric_only)

    def min(self, numeric_only: bool = False) -> Any:
        """Smallest value of each group. See pandas; tier: *native*."""
        return self._reduce(reductions.Min, numeric_only)

    def max(self, numeric_only: bool = False) -> Any:
        """Largest value of each group. See pandas; tier: *native*."""
        return self._reduce(reductions.Max, numeric_only)

    def var(self, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Variance of each group. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.Var(x, ddof), numeric_only)

    def std(self, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Standard deviation of each group. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.Std(x, ddof), numeric_only)

    def sem(self, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Standard error of the mean of each group. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.Sem(x, ddof), numeric_only)

    def skew(self, numeric_only: bool = False) -> Any:
        """Skewness of each group without bias. See pandas; tier: *native*."""
        return self._reduce(reductions.Skew, numeric_only)

    def kurt(self, numeric_only: bool = False) -> Any:
        """Excess kurtosis of each group without bias. See pandas; tier: *native*."""
        return self._reduce(reductions.Kurt, numeric_only)

    def first(self, numeric_only: bool = False) -> Any:
        """First value of each group that is there. See pandas; tier: *native*."""
        return self._reduce(reductions.First, numeric_only)

    def last(self, numeric_only: bool = False) -> Any:
        """Last value of each group that is there. See pandas; tier: *native*."""
        return self._reduce(reductions.Last, numeric_only)

    def any(self) -> Any:
        """Whether any value of each group is true. See pandas; tier: *native*."""
        return self._reduce(reductions.Any_)

    def all(self) -> Any:
        """Whether all values of each group are true. See pandas; tier: *native*."""
        return self._reduce(reductions.All)

    def count(self) -> Any:
        """How many values of each group are there. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.Count(x, grouped=True))

    def nunique(self, dropna: bool = True) -> Any:
        """How many distinct values each group has. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.NUnique(x, dropna))

    def quantile(self, q: float = 0.5, interpolation: str = "linear", numeric_only: bool = False) -> Any:
        """The value of each group below which a share ``q`` lies, exact. See pandas; tier: *native*."""
        return self._reduce(lambda x: reductions.Quantile(x, q, interpolation, grouped=True), numeric_only)

    def size(self) -> Any:
        """How many rows each group has. See pandas; tier: *native*."""
        from bigframe.api.dataframe import DataFrame

        label = "size" if not self._groups.as_index else self._columns[0][0] if self._as_series else None
        sized = aggregate(self._groups, [(label, reductions.Size())])
        return Series(sized) if self._groups.as_index else DataFrame(sized)

    def _per_row(self, make: Callable[[Expr, tuple[Expr, ...]], Expr]) -> Any:
        """One value per row instead of one per group: a window over each column within the groups."""
        if not (self._groups.as_index and self._groups.dropna):
            raise Unsupported("values per row of groupby(as_index=False, dropna=False)", "no kernel has those rules")
        keys = tuple(Column(id) for id in self._groups.key_ids)
        frame, ids = self._groups.frame, []
        for _, id in self._columns:
            frame, new = frame.define(make(Column(id), keys))
            ids.append(new)
        return self._result(frame.select([label for label, _ in self._columns], ids))

    def shift(self, periods: int = 1) -> Any:
        """The value some rows before in the group, in the place of each. See pandas; tier: *native*."""
        return self._per_row(lambda x, keys: shifted(x, periods, keys))

    def diff(self, periods: int = 1) -> Any:
        """Each value less the one some rows before in the group. See pandas; tier: *native*."""
        return self._per_row(lambda x, keys: differences(x, periods, keys))

    def cumsum(self) -> Any:
        """Sum up to each row within its group. See pandas; tier: *native*."""
        return self._per_row(windows.CumSum)

    def cumprod(self) -> Any:
        """Product up to each row within its group. See pandas; tier: *native*."""
        return self._per_row(windows.CumProd)

    def cummin(self) -> Any:
        """Smallest value up to each row within its group. See pandas; tier: *native*."""
        return self._per_row(windows.CumMin)

    def cummax(self) -> Any:
        """Largest value up to each row within its group. See pandas; tier: *native*."""
        return self._per_row(windows.CumMax)

    def ffill(self) -> Any:
        """Missing values replaced by the last one before them in the group. See pandas; tier: *native*."""
        return self._per_row(windows.FillForward)

    def bfill(self) -> Any:
        """Missing values replaced by the next one in the group. See pandas; tier: *native*."""
        return self._per_row(windows.FillBackward)

    def rank(self, method: str = "average", ascending: bool = True, na_option: str = "keep", pct: bool = False) -> Any:
        """The place of each value among those of its group. See pandas; tier: *native*."""
        if na_option not in ("keep", "top", "bottom"):
            raise ValueError("na_option must be one of 'keep', 'top', or 'bottom'")
        return self._per_row(lambda x, keys: ranks(x, method, ascending, na_option, pct, keys))

    def cumcount(self) -> Any:
        """How many rows of its group come before each. See pandas; tier: *native*."""
        frame, one = self._groups.frame.define(literal(1), "one")
        counted = GroupBy(replace(self._groups, frame=frame), ((None, one),), as_series=True)
        return counted.cumsum() - 1

    def rolling(
        self,
        window: Any,
        min_periods: int | None = None,
        center: bool = False,
        win_type: str | None = None,
        on: Any = None,
        closed: str | None = None,
        method: str = "single",
    ) -> Rolling:
        """The rows of the group up to each one, or around it, for statistics of them. See pandas; tier: *native*."""
        how = {"window": window, "min_periods": min_periods, "center": center, "win_type": win_type, "on": on}
        return Rolling(self._rows(), {**how, "closed": closed, "method": method})

    def expanding(self, min_periods: int = 1, method: str = "single") -> Expanding:
        """All rows of the group up to each one, for statistics of them. See pandas; tier: *native*."""
        return Expanding(self._rows(), {"min_periods": min_periods, "method": method})

    def ewm(
        self,
        com: float | None = None,
        span: float | None = None,
        halflife: Any = None,
        alpha: float | None = None,
        min_periods: int | None = 0,
        adjust: bool = True,
        ignore_na: bool = False,
        times: Any = None,
        method: str = "single",
    ) -> ExponentialMovingWindow:
        """All rows of the group up to each one, the older the lighter. See pandas; tier: *native*."""
        how = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
        others = {"adjust": adjust, "ignore_na": ignore_na, "times": times, "method": method}
        return ExponentialMovingWindow(self._rows(), {**how, **others})

    def resample(
        self,
        rule: Any,
        closed: str | None = None,
        label: str | None = None,
        convention: str | None = None,
        on: Any = None,
        origin: Any = "start_day",
        offset: Any = None,
        group_keys: bool = False,
    ) -> Resampler:
        """The rows of the group in bins of time, for reductions of them. See pandas; tier: *gathered*.

        ``groupby([key, pd.Grouper(freq=...)])`` has kernels: its bins are those that have rows.
        """
        how = {"rule": rule, "closed": closed, "label": label, "convention": convention, "on": on}
        return Resampler(self._rows(), {**how, "origin": origin, "offset": offset, "group_keys": group_keys})

    def _rows(self) -> Rows:
        return Rows(self._groups.frame, self._columns, self._as_series, self._groups)

    def __iter__(self) -> Iterator[Any]:
        raise Unsupported("iterating over groups", "each group would be a job", ".agg, or .to_pandas().groupby(...)")

    def apply(self, func: Any) -> Any:
        """Not supported: a function of whole groups."""
        raise Unsupported(
            "groupby.apply", "a function of whole groups has no columnar form", ".agg with reductions by name"
        )


class SeriesGroupBy(GroupBy):
    """Groups of one column's values."""

    def agg(self, func: Any = None, **named: Any) -> Any:
        """Reductions by name: one, several, or ``label="name"``. See pandas; tier: *native*."""
        from bigframe.api.dataframe import DataFrame

        ((_, id),) = self._columns
        if isinstance(func, str) or callable(func):
            return self._reduce(reduction(func, grouped=True))
        if func is None:
            specs = list(named.items())
        else:
            specs = [(one if isinstance(one, str) else one.__name__, one) for one in func]
        reduced = [(out, reduction(one, grouped=True)(Column(id))) for out, one in specs]
        return DataFrame(aggregate(self._groups, reduced))

    aggregate = agg

    def value_counts(
        self, normalize: bool = False, sort: bool = True, ascending: bool = False, dropna: bool = True
    ) -> Any:
        """How often each value occurs in each group. See pandas; not supported yet with normalize."""
        raise Unsupported(
            "SeriesGroupBy.value_counts", "its order mixes groups and counts", "groupby([keys, value]).size()"
        )


class DataFrameGroupBy(GroupBy):
    """Groups of rows; indexing chooses the columns to reduce."""

    def __getitem__(self, key: Any) -> GroupBy:
        frame = self._groups.frame
        if isinstance(key, (list, tuple)):
            return DataFrameGroupBy(self._groups, tuple((label, frame.one(label)) for label in key), as_series=False)
        columns = ((key, frame.one(key)),)
        if self._groups.as_index:
            return SeriesGroupBy(self._groups, columns, as_series=True)
        return DataFrameGroupBy(self._groups, columns, as_series=False)

    def __getattr__(self, name: str) -> GroupBy:
        if not name.startswith("_") and name in self._groups.frame.labels:
            return self[name]
        raise AttributeError(f"'DataFrameGroupBy' object has no attribute '{name}'")

    def agg(self, func: Any = None, **named: Any) -> Any:
        """Reductions by name, per column, or ``label=("column", "name")``. See pandas; tier: *native*."""
        frame = self._groups.frame
        if func is None and not named:
            raise TypeError("Must provide 'func' or tuples of '(column, aggfunc).")
        if func is None:
            reduced = []
            for out, spec in named.items():
                column, how = (spec.column, spec.aggfunc) if isinstance(spec, pd.NamedAgg) else spec
                reduced.append((out, reduction(how, grouped=True)(Column(frame.one(column)))))
            return self._result(aggregate(self._groups, reduced))
        if isinstance(func, str) or callable(func):
            return self._reduce(reduction(func, grouped=True))
        if isinstance(func, Mapping):
            return self._result(aggregate(self._groups, self._per_column(func)))
        names = [(one if isinstance(one, str) else one.__name__, one) for one in func]
        nested = [
            ((label, out), reduction(one, grouped=True)(Column(id)))
            for label, id in self._columns
            for out, one in names
        ]
        if not self._groups.as_index:
            raise Unsupported("agg([…]) with as_index=False", "its labels mix tuples and names", "named aggregation")
        return self._result(aggregate(self._groups, nested))

    aggregate = agg

    def _per_column(self, func: Mapping[Hashable, Any]) -> list[tuple[Hashable, Expr]]:
        frame = self._groups.frame
        several = any(isinstance(how, (list, tuple)) for how in func.values())
        reduced: list[tuple[Hashable, Expr]] = []
        for column, how in func.items():
            for one in how if isinstance(how, (list, tuple)) else [how]:
                out = (column, one if isinstance(one, str) else one.__name__) if several else column
                reduced.append((out, reduction(one, grouped=True)(Column(frame.one(column)))))
        return reduced


def group_frame(table: Tables, by: Any, level: Any, as_index: bool, sort: bool, dropna: bool) -> Any:
    """Groups of a frame's rows by column labels, index levels, columns of the same rows, or bins of time."""
    if isinstance(by, pd.Grouper):
        if by.freq is not None:
            return Resampler(Rows.of(table), _bins_of(by))
        by, level, sort = by.key, by.level, by.sort
    frame, keys, used = _keys(table._frame, by, level)
    groups = Groups(frame, keys, as_index, sort, dropna)
    columns = tuple((label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if label not in used)
    return DataFrameGroupBy(groups, columns, as_series=False)


def group_series(series: Series, by: Any, level: Any, sort: bool, dropna: bool) -> SeriesGroupBy:
    """Groups of a column's values by columns of the same rows, or by index levels."""
    frame, keys, _ = _keys(series._frame, by, level)
    return SeriesGroupBy(Groups(frame, keys, True, sort, dropna), ((series.name, series._id),), as_series=True)


def _keys(frame: Frame, by: Any, level: Any) -> tuple[Frame, tuple[tuple[Hashable, str], ...], set[Hashable]]:
    if by is None and level is None:
        raise TypeError("You have to supply one of 'by' and 'level'")
    if level is not None:
        frame = frame.with_explicit_index()
        levels = frame.index or ()
        chosen: Sequence[Any] = level if isinstance(level, (list, tuple)) else [level]
        picked = []
        for one in chosen:
            found = [levels[one]] if isinstance(one, int) else [pair for pair in levels if pair[0] == one]
            if not found:
                wrong = ValueError if len(levels) == 1 else KeyError
                raise wrong(
                    f"level name {one} is not the name of the index, whose levels are {[name for name, _ in levels]}"
                )
            picked += found
        return frame, tuple(picked), set()
    keys: list[tuple[Hashable, str]] = []
    used: set[Hashable] = set()
    for one in by if isinstance(by, list) else [by]:
        if isinstance(one, Series):
            frame, other = beside(frame, one._frame)
            keys.append((one.name, other.ids[0]))
        elif isinstance(one, pd.Grouper) and one.freq is not None:
            frame, key, id = _binned(frame, one)
            keys.append((key, id))
            used.add(one.key)
        elif callable(one):
            raise Unsupported("groupby(function)", "it maps index labels", "a key column")
        else:
            keys.append((one, frame.key(one)))
            used.add(one)
    return frame, tuple(keys), used


def _bins_of(grouper: Any) -> dict[str, Any]:
    """What ``resample`` takes for a grouper of times."""
    own = {name: getattr(grouper, name) for name in ("closed", "label", "convention", "level", "origin", "offset")}
    return {"rule": grouper.freq, "on": grouper.key, **own, "group_keys": grouper.group_keys}


def _binned(frame: Frame, grouper: Any) -> tuple[Frame, Hashable, str]:
    """The frame with the bin of each row, the name of the times, and the id of the bins."""
    if grouper.key is None and len(frame.index_ids) != 1 or grouper.level is not None:
        raise Unsupported("Grouper(level=)", "its level is not the whole index", "key=")
    name, times = (grouper.key, frame.key(grouper.key)) if grouper.key is not None else (frame.index or ())[0]
    every = Bins.of(grouper.freq, grouper.closed, grouper.label, grouper.origin, grouper.offset)
    frame, id = every.of_times(frame, times)
    return frame, name, id
