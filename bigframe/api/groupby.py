"""Groups of rows, and what can be asked of each group."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import pandas as pd
from pandas.core.groupby import DataFrameGroupBy as PandasDataFrameGroupBy
from pandas.core.groupby import SeriesGroupBy as PandasSeriesGroupBy

from bigframe.api.fallbacks import as_bigframe
from bigframe.api.falling_back import FallsBack
from bigframe.api.grouped.functions import OnGroups, filtered, on_groups, transformed
from bigframe.api.grouped.keys import bins_of, keys_of
from bigframe.api.grouped.long_tail import GatheredGroups, GatheredValueGroups
from bigframe.api.grouped.ranked import RankedRows, RankedValues
from bigframe.api.grouped.reductions import GroupReductions
from bigframe.api.grouped.rows import GroupRows
from bigframe.api.grouped.source import PandasGroups, Source
from bigframe.api.grouped.windows import GroupWindows
from bigframe.api.resampling import Resampler
from bigframe.api.series import Series
from bigframe.api.tables import Tables
from bigframe.api.window_rows import Rows
from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import Eq
from bigframe.ops.logical import And
from bigframe.schema import INT64, DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.summarizing import reduction
from bigframe.semantics.values import comparand
from bigframe.session import current


class GroupBy(FallsBack, GroupRows, GroupReductions, GroupWindows):
    """Groups, the columns to reduce, and how many of pandas' result shapes apply."""

    def __init__(
        self, groups: Groups, columns: tuple[tuple[Hashable, str], ...], source: Source, *, as_series: bool
    ) -> None:
        self._groups = groups
        self._columns = columns
        self._source = source
        self._as_series = as_series

    def _result(self, frame: Frame) -> Any:
        from bigframe.api.dataframe import DataFrame

        return Series(frame) if self._as_series and len(frame.ids) == 1 else DataFrame(frame)

    def _of_rows(self, frame: Frame) -> Any:
        """Values per row: of one chosen column a Series, also where groups are not to become an index."""
        chosen = self._source.chosen
        return Series(frame) if chosen and not isinstance(chosen[0], list) else self._result(frame)

    def _reduce(self, make: Callable[[Expr], Expr], numeric_only: bool = False) -> Any:
        frame = self._groups.frame
        columns = [(label, id) for label, id in self._columns if not numeric_only or frame.dtype(id).is_numeric]
        return self._result(aggregate(self._groups, [(label, make(Column(id))) for label, id in columns]))

    def _reduce_by(self, function: Any) -> Any:
        reduced = [(label, self._reduced(function, id)) for label, id in self._columns]
        return self._result(aggregate(self._groups, reduced))

    def _reduced(self, function: Any, id: str) -> Expr:
        """A column reduced by a name or function."""
        return _reduction(function, self._groups.frame.dtype(id))(Column(id))

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        """A method of pandas' own groups of all the data, with a warning that says how much that is."""
        return self._source.call(path, args, kwargs, why)

    def size(self) -> Any:
        """How many rows each group has. See pandas; tier: *native*."""
        from bigframe.api.dataframe import DataFrame

        label = "size" if not self._groups.as_index else self._columns[0][0] if self._as_series else None
        sized = aggregate(self._groups, [(label, reductions.Size())])
        return Series(sized) if self._groups.as_index else DataFrame(sized)

    def pipe(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``. See pandas."""
        if isinstance(func, tuple):
            function, keyword = func
            return function(*args, **{keyword: self}, **kwargs)
        return func(self, *args, **kwargs)

    def get_group(self, name: Any) -> Any:
        """The rows of one group; a job looks whether there are any. See pandas; tier: *native*.

        Raises
        ------
        KeyError
            If there is no such group.
        """
        several = isinstance(self._source.by, list) or len(self._groups.keys) > 1
        names = name if several and isinstance(name, tuple) else (name,)
        if len(names) != len(self._groups.keys) or several and not isinstance(name, tuple):
            return self._gather("get_group", (name,), {}, "GroupBy.get_group: pandas looks the name up")
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

    def __iter__(self) -> Iterator[Any]:
        """Every group as (name, rows), of data that is gathered."""
        (grouped,) = self._source.gathered("iterating over groups: each would be a job")
        return ((name, as_bigframe(rows)) for name, rows in grouped)

    def __len__(self) -> int:
        return current().count(aggregate(self._groups, []).base)

    @property
    def ngroups(self) -> int:
        """How many groups there are. Runs a job."""
        return len(self)

    @property
    def keys(self) -> Any:
        """What the rows are grouped by, as it was given."""
        return self._source.by

    @property
    def level(self) -> Any:
        """The levels that the rows are grouped by, as they were given."""
        return self._source.options["level"]

    def apply(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """A function called on each group. See pandas; tier: *partitionwise*.

        The function is run on the first group to learn what it returns, which is announced. Where that does not tell the
        shape of the result (rows that keep their labels without ``group_keys``, columns by the labels of rows,
        ``sort=False``, ``as_index=False``) the data is gathered.
        """
        if isinstance(func, str):
            if not hasattr(self, func):
                raise TypeError(f"apply func should be callable, not '{func}'")
            named = getattr(self, func)
            return named(*args, **kwargs) if callable(named) else named
        return self._on_groups("apply", self._columns, func, (func, *args), kwargs)

    def _on_groups(
        self,
        method: str,
        columns: tuple[tuple[Hashable, str], ...],
        func: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """A method of pandas' groups with functions of the user's, where the rows of each group meet; else gathered."""
        from bigframe.api.dataframe import DataFrame

        try:
            call = self._call(method, columns, args, kwargs)
            frame, is_series = on_groups(self._groups, columns, call, func)
        except Unsupported as error:
            return self._gather(method, args, kwargs, f"{self.display}.{method}: {error}")
        return Series(frame) if is_series else DataFrame(frame)

    def filter(self, func: Any, dropna: bool = True, *args: Any, **kwargs: Any) -> Any:
        """The rows of groups for which a function is true. See pandas; tier: *partitionwise*.

        With ``dropna=False`` the data is gathered.
        """
        try:
            if not dropna:
                raise Unsupported("filter(dropna=False)", "other rows are filled with missing values")
            call = self._call("filter", self._shown(), (func, *args), kwargs)
            return self._of_rows(filtered(self._groups, self._shown(), call, func))
        except Unsupported as error:
            return self._gather("filter", (func, dropna, *args), kwargs, f"{self.display}.filter: {error}")

    def _transform_each(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            if not callable(func):
                raise Unsupported("transform of several", "their labels nest")
            call = self._call("transform", self._columns, (func, *args), kwargs)
            return self._of_rows(transformed(self._groups, self._columns, call, func))
        except Unsupported as error:
            return self._gather("transform", (func, *args), kwargs, f"{self.display}.transform: {error}")

    def _call(
        self, method: str, columns: tuple[tuple[Hashable, str], ...], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> OnGroups:
        names = tuple(label for label, _ in self._groups.keys)
        settings = {"dropna": self._groups.dropna, "group_keys": self._source.options["group_keys"]}
        return OnGroups(names, tuple(label for label, _ in columns), self._as_series, method, args, kwargs, settings)


class SeriesGroupBy(GroupBy, RankedValues, GatheredValueGroups):
    """Groups of one column's values."""

    pandas = PandasSeriesGroupBy
    display = "SeriesGroupBy"
    ndim = 1

    def _shown(self) -> tuple[tuple[Any, str], ...]:
        return self._columns

    @property
    def dtype(self) -> Any:
        """The dtype of each group's values."""
        return self._gather("dtype", (), {}, "SeriesGroupBy.dtype: it has a value for each group")

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """Reductions by name: one, several, or ``label="name"``. See pandas; tier: *native*."""
        from bigframe.api.dataframe import DataFrame

        ((_, id),) = self._columns
        try:
            if args or func is not None and named:
                raise Unsupported("agg(func, arguments)", "they are for a function")
            if isinstance(func, str) or callable(func):
                return self._reduce_by(func)
            if func is None and not named:
                raise TypeError("Must provide 'func' or tuples of '(column, aggfunc).")
            specs = list(named.items()) if func is None else [(_name(one), one) for one in func]
            reduced = [(out, self._reduced(one, id)) for out, one in specs]
            return DataFrame(aggregate(self._groups, reduced))
        except Unsupported:
            function = func if func is not None else next(iter(named.values()))
            return self._on_groups("agg", self._columns, function, (func, *args), named)

    aggregate = agg

    def ohlc(self) -> Any:
        """The first, largest, smallest and last value of each group. See pandas; tier: *native*."""
        return self.agg(open="first", high="max", low="min", close="last")


class DataFrameGroupBy(GroupBy, RankedRows, GatheredGroups):
    """Groups of rows; indexing chooses the columns to reduce."""

    pandas = PandasDataFrameGroupBy
    display = "DataFrameGroupBy"
    ndim = 2

    def _shown(self) -> tuple[tuple[Any, str], ...]:
        frame = self._groups.frame
        return self._columns if self._source.chosen else tuple(zip(frame.labels, frame.ids, strict=True))

    def __getitem__(self, key: Any) -> GroupBy:
        frame = self._groups.frame
        source = self._source.choosing(key)
        if isinstance(key, (list, pd.Index)):
            absent = [label for label in key if not frame.find(label)]
            if absent:
                raise KeyError(f"Columns not found: {str(absent)[1:-1]}")
            chosen = tuple((label, frame.one(label)) for label in key)
            return DataFrameGroupBy(self._groups, chosen, self._source.choosing(list(key)), as_series=False)
        if not frame.find(key):
            raise KeyError(f"Column not found: {key}")
        columns = ((key, frame.one(key)),)
        if self._groups.as_index:
            return SeriesGroupBy(self._groups, columns, source, as_series=True)
        return DataFrameGroupBy(self._groups, columns, source, as_series=False)

    def __getattr__(self, name: str) -> GroupBy:
        if not name.startswith("_") and name in self._groups.frame.labels:
            return self[name]
        raise AttributeError(f"'DataFrameGroupBy' object has no attribute '{name}'")

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """Reductions by name, per column, or ``label=("column", "name")``. See pandas; tier: *native*."""
        if func is None and not named:
            raise TypeError("Must provide 'func' or tuples of '(column, aggfunc).")
        try:
            if args or func is not None and named:
                raise Unsupported("agg(func, arguments)", "they are for a function")
            return self._aggregated(func, named)
        except Unsupported:
            columns = self._columns
            if func is None:
                read = dict.fromkeys(column for column, _ in named.values())
                columns = tuple((label, self._groups.frame.one(label)) for label in read)
            elif isinstance(func, Mapping):
                columns = tuple((label, self._groups.frame.one(label)) for label in func)
            return self._on_groups(
                "agg", columns, func if func is not None else next(iter(named.values())), (func, *args), named
            )

    aggregate = agg

    def _aggregated(self, func: Any, named: Mapping[str, Any]) -> Any:
        frame = self._groups.frame
        if func is None:
            reduced = []
            for out, spec in named.items():
                column, how = (spec.column, spec.aggfunc) if isinstance(spec, pd.NamedAgg) else spec
                reduced.append((out, self._reduced(how, frame.one(column))))
            return self._result(aggregate(self._groups, reduced))
        if isinstance(func, str) or callable(func):
            return self._reduce_by(func)
        if isinstance(func, Mapping):
            return self._result(aggregate(self._groups, self._per_column(func)))
        nested = [((label, _name(one)), self._reduced(one, id)) for label, id in self._columns for one in func]
        if not self._groups.as_index:
            raise Unsupported("agg([…]) with as_index=False", "its labels mix tuples and names", "named aggregation")
        return self._result(aggregate(self._groups, nested))

    def _per_column(self, func: Mapping[Hashable, Any]) -> list[tuple[Hashable, Expr]]:
        frame = self._groups.frame
        several = any(isinstance(how, (list, tuple)) for how in func.values())
        reduced: list[tuple[Hashable, Expr]] = []
        for column, how in func.items():
            for one in how if isinstance(how, (list, tuple)) else [how]:
                out = (column, _name(one)) if several else column
                reduced.append((out, self._reduced(one, frame.one(column))))
        return reduced

    def ohlc(self) -> Any:
        """The first, largest, smallest and last value of each column in each group. See pandas; tier: *native*."""
        names = {"open": "first", "high": "max", "low": "min", "close": "last"}
        cells = [((label, out), self._reduced(how, id)) for label, id in self._columns for out, how in names.items()]
        return self._result(aggregate(self._groups, cells))


def _reduction(function: Any, dtype: DType) -> Callable[[Expr], Expr]:
    """The reduction that a name or function stands for; Python's own do not skip missing values, nor widen integers."""
    if function in (sum, min, max, any, all) and not (dtype.never_missing and dtype.arrow == INT64.arrow):
        raise Unsupported(f"agg({function.__name__})", "Python's own function sees missing values")
    return reduction(function, grouped=True)


def _name(function: Any) -> Any:
    return function if isinstance(function, str) else getattr(function, "__name__", function)


def group_frame(table: Tables, by: Any, **options: Any) -> Any:
    """Groups of a frame's rows by column labels, index levels, functions of the index, or columns of the same rows."""
    if isinstance(by, pd.Grouper) and by.freq is not None:
        return Resampler(Rows.of(table), bins_of(by))
    if isinstance(by, pd.Grouper):
        by, options = by.key, {**options, "level": by.level, "sort": by.sort}
    source = Source(table, by, options)
    try:
        frame, keys, used = keys_of(table._frame, by, options["level"])
        _require_plain(frame, keys, options)
    except Unsupported as error:
        return PandasGroups(source, PandasDataFrameGroupBy, str(error))
    groups = Groups(frame, keys, options["as_index"], options["sort"], options["dropna"])
    columns = tuple((label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if label not in used)
    return DataFrameGroupBy(groups, columns, source, as_series=False)


def group_series(series: Series, by: Any, **options: Any) -> Any:
    """Groups of a column's values by columns of the same rows, functions of the index, or by index levels."""
    if not options["as_index"]:
        raise TypeError("as_index=False only valid with DataFrame")
    source = Source(series, by, options)
    try:
        frame, keys, _ = keys_of(series._frame, by, options["level"])
        _require_plain(frame, keys, options)
    except Unsupported as error:
        return PandasGroups(source, PandasSeriesGroupBy, str(error))
    groups = Groups(frame, keys, True, options["sort"], options["dropna"])
    return SeriesGroupBy(groups, ((series.name, series._id),), source, as_series=True)


def _require_plain(frame: Frame, keys: tuple[tuple[Hashable, str], ...], options: Mapping[str, Any]) -> None:
    if not options["observed"] and any(frame.dtype(id).categories is not None for _, id in keys):
        raise Unsupported("groupby(observed=False)", "it has a group for every category")
