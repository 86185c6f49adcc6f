"""Groups of rows, and what can be asked of each group."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, ClassVar, cast

import pandas as pd
from pandas.core.groupby import DataFrameGroupBy as PandasDataFrameGroupBy
from pandas.core.groupby import SeriesGroupBy as PandasSeriesGroupBy

from bigframe.api.binding.calls import for_pandas
from bigframe.api.binding.falling_back import FallsBack
from bigframe.api.grouped.composed import ComposedRows, ComposedValues
from bigframe.api.grouped.functions import OnGroups, filtered, on_groups, transformed
from bigframe.api.grouped.keys import bins_of, every_category, keys_of
from bigframe.api.grouped.long_tail import GatheredGroups, GatheredValueGroups
from bigframe.api.grouped.looked_at import LookedAt
from bigframe.api.grouped.ranked import RankedRows, RankedValues
from bigframe.api.grouped.reductions import GroupReductions
from bigframe.api.grouped.refusals import require_defined, require_interpreted
from bigframe.api.grouped.rows import GroupRows
from bigframe.api.grouped.source import AsGiven, PandasGroups, Source
from bigframe.api.grouped.specs import below_keys, only_names, reduction_of, require_columns, require_distinct
from bigframe.api.grouped.windows import GroupWindows
from bigframe.api.series import Series
from bigframe.api.tables import Tables
from bigframe.api.windows.resampling import Resampler
from bigframe.api.windows.rows import Rows
from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Widen
from bigframe.schema import INT64, DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate, aggregate_whole
from bigframe.semantics.summarizing import name_of


class GroupBy(FallsBack, GroupRows, GroupReductions, GroupWindows, LookedAt, AsGiven):
    """Groups, the columns to reduce, and how many of pandas' result shapes apply."""

    ndim: ClassVar[int]

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

    @property
    def _is_one(self) -> bool:
        """Whether one column was chosen, also where groups are not to become an index."""
        chosen = self._source.chosen
        return bool(chosen) and not isinstance(chosen[0], list)

    def _of_rows(self, frame: Frame) -> Any:
        """Values per row: of one chosen column a Series."""
        return Series(frame) if self._is_one else self._result(frame)

    def _reduce(self, make: Callable[[Expr], Expr], numeric_only: bool = False, skipna: bool = True) -> Any:
        frame = self._groups.frame
        columns = [(label, id) for label, id in self._columns if not numeric_only or frame.dtype(id).is_numeric]
        if not skipna:
            return self._result(aggregate_whole(self._groups, [(label, id, make(Column(id))) for label, id in columns]))
        return self._result(aggregate(self._groups, [(label, make(Column(id))) for label, id in columns]))

    def _reduce_by(self, function: Any) -> Any:
        reduced = [(label, self._reduced(function, id)) for label, id in self._columns]
        return self._result(aggregate(self._groups, reduced))

    def _reduced(self, function: Any, id: str) -> Expr:
        """A column reduced by a name or function."""
        return reduction_of(function, self._groups.frame.dtype(id))(Column(id))

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        """A method of pandas' own groups of all the data, with a warning that says how much that is."""
        return self._source.call(path, args, kwargs, why)

    def _require_defined(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        require_defined(self._groups.frame, self._columns, method, args, kwargs, as_series=self.ndim == 1)

    def _by_name(self, func: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a method of that name makes, or an attribute is.

        Raises
        ------
        AttributeError
            If there is no such name.
        """
        if kwargs.get("axis") == 1:
            raise ValueError(f"Operation {func} does not support axis=1")
        if func.startswith("_") or not hasattr(self, func):
            raise AttributeError(
                f"'SeriesGroupBy' object has no attribute '{func}'"
                if self.ndim == 1
                else f"'{func}' is not a valid function for 'DataFrameGroupBy' object"
            )
        named = getattr(self, func)
        return named(*args, **kwargs) if callable(named) else named

    def size(self) -> Any:
        """How many rows each group has. Tier: *native*."""
        from bigframe.api.dataframe import DataFrame

        if not self._groups.observed and (not self._groups.sort or not self._groups.dropna):
            return self._gather("size", (), {}, "GroupBy.size: its order depends on the categories seen")
        label = "size" if not self._groups.as_index else self._columns[0][0] if self._as_series else None
        sized = aggregate(self._groups, [(label, reductions.Size())])
        if self._as_series:
            wide = DType(INT64.arrow, self._groups.frame.dtype(self._columns[0][1]).family)
            sized, size = sized.define(Widen(Column(sized.ids[0]), wide))
            sized = sized.select((label,), (size,))
        return Series(sized) if self._groups.as_index else DataFrame(sized)

    def pipe(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``."""
        if isinstance(func, tuple):
            function, keyword = func
            return function(*args, **{keyword: self}, **kwargs)
        return func(self, *args, **kwargs)

    def apply(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """A function called on each group. Tier: *partitionwise*.

        The function is run on the first group to learn what it returns, which is announced. Where that does not tell the
        shape of the result (rows that keep their labels without ``group_keys``, columns by the labels of rows,
        ``sort=False``, ``as_index=False``) the data is gathered.
        """
        if isinstance(func, str):
            if not hasattr(self, func):
                raise TypeError(f"apply func should be callable, not '{func}'")
            named = getattr(self, func)
            return named(*args, **kwargs) if callable(named) else named
        func = for_pandas(func, of_frames=self.ndim == 2)
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

        if only_names(args) and only_names(kwargs):
            require_defined(self._groups.frame, columns, method, args, kwargs, as_series=self.ndim == 1)
        try:
            call = self._call(method, columns, args, kwargs)
            frame, is_series = on_groups(self._groups, columns, call, func)
        except Unsupported as error:
            return self._gather(method, args, kwargs, f"{self.display}.{method}: {error}")
        return Series(frame) if is_series else DataFrame(frame)

    def filter(self, func: Any, dropna: bool = True, *args: Any, **kwargs: Any) -> Any:
        """The rows of groups for which a function is true. Tier: *partitionwise*.

        With ``dropna=False`` the data is gathered.
        """
        func = for_pandas(func, of_frames=self.ndim == 2)
        try:
            if not dropna:
                raise Unsupported("filter(dropna=False)", "other rows are filled with missing values")
            call = self._call("filter", self._shown(), (func, *args), kwargs)
            return self._of_rows(filtered(self._groups, self._shown(), call, func))
        except Unsupported as error:
            return self._gather("filter", (func, dropna, *args), kwargs, f"{self.display}.filter: {error}")

    def _transform_each(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        func = for_pandas(func)
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


class SeriesGroupBy(GroupBy, RankedValues, ComposedValues, GatheredValueGroups):
    """Groups of one column's values."""

    pandas = PandasSeriesGroupBy
    display = "SeriesGroupBy"
    ndim: ClassVar[int] = 1

    def _shown(self) -> tuple[tuple[Any, str], ...]:
        return self._columns

    @property
    def dtype(self) -> Any:
        """The dtype of each group's values."""
        return self._gather("dtype", (), {}, "SeriesGroupBy.dtype: it has a value for each group")

    def agg(self, func: Any = None, *args: Any, engine: Any = None, engine_kwargs: Any = None, **named: Any) -> Any:
        """Reductions by name: one, several, or ``label="name"``. Tier: *native*."""
        require_interpreted("agg", engine, engine_kwargs)
        from bigframe.api.dataframe import DataFrame

        ((_, id),) = self._columns
        func = for_pandas(func)
        if func is None and not named:
            raise TypeError("Must provide 'func' or tuples of '(column, aggfunc).")
        if isinstance(func, str):
            return self._by_name(func, args, named)
        if isinstance(func, Mapping):
            raise pd.errors.SpecificationError("nested renamer is not supported")
        try:
            if args or func is not None and named:
                raise Unsupported("agg(func, arguments)", "they are for a function")
            if callable(func):
                return self._reduce_by(func)
            if func is not None:
                require_distinct(func)
            specs = list(named.items()) if func is None else [(name_of(one), one) for one in func]
            reduced = [(out, self._reduced(one, id)) for out, one in specs]
            return DataFrame(aggregate(self._groups, reduced))
        except (Unsupported, TypeError):
            function = func if func is not None else next(iter(named.values()))
            return self._on_groups("agg", self._columns, function, (func, *args), named)

    aggregate = agg

    def ohlc(self) -> Any:
        """The first, largest, smallest and last value of each group. Tier: *native*."""
        return self.agg(open="first", high="max", low="min", close="last")


class DataFrameGroupBy(GroupBy, RankedRows, ComposedRows, GatheredGroups):
    """Groups of rows; indexing chooses the columns to reduce."""

    pandas = PandasDataFrameGroupBy
    display = "DataFrameGroupBy"
    ndim: ClassVar[int] = 2

    def _shown(self) -> tuple[tuple[Any, str], ...]:
        frame = self._groups.frame
        return self._columns if self._source.chosen else tuple(zip(frame.labels, frame.ids, strict=True))

    def __getitem__(self, key: Any) -> GroupBy:
        frame, table = self._groups.frame, self._source.table
        if isinstance(key, Hashable) and not frame.find(key) and table._frame.find(key):
            # pandas looks at the table itself, which got the column only after it was grouped.
            return cast("GroupBy", group_frame(cast("Tables", table), self._source.by, **self._source.options)[key])
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

    def agg(self, func: Any = None, *args: Any, engine: Any = None, engine_kwargs: Any = None, **named: Any) -> Any:
        """Reductions by name, per column, or ``label=("column", "name")``. Tier: *native*."""
        require_interpreted("agg", engine, engine_kwargs)
        if func is None and not (named and all(map(_names_a_column, named.values()))):
            raise TypeError("Must provide 'func' or tuples of '(column, aggfunc).")
        if isinstance(func, str):
            return self._by_name(func, args, named)
        func = for_pandas(func)
        if isinstance(func, Mapping):
            require_columns(self._shown(), func)
        try:
            if args or func is not None and named:
                raise Unsupported("agg(func, arguments)", "they are for a function")
            return self._aggregated(func, named)
        except (Unsupported, TypeError):
            columns = self._columns
            if func is None:
                read = dict.fromkeys(spec[0] for spec in named.values())
                columns = tuple((label, self._groups.frame.one(label)) for label in read)
            elif isinstance(func, Mapping):
                columns = tuple((label, self._groups.frame.one(label)) for label in func)
            return self._on_groups(
                "agg", columns, func if func is not None else next(iter(named.values())), (func, *args), named
            )

    aggregate = agg

    def apply(self, func: Any, *args: Any, include_groups: bool = False, **kwargs: Any) -> Any:
        """A function called on each group. Tier: *partitionwise*, as for one column."""
        if include_groups:
            raise ValueError("include_groups=True is no longer allowed.")
        return super().apply(func, *args, **kwargs)

    def _aggregated(self, func: Any, named: Mapping[str, Any]) -> Any:
        frame = self._groups.frame
        if func is None:
            if any(getattr(spec, "args", ()) or getattr(spec, "kwargs", {}) for spec in named.values()):
                raise Unsupported("agg(NamedAgg with arguments)", "they are for a function")
            given = {
                out: (spec.column, spec.aggfunc) if isinstance(spec, pd.NamedAgg) else spec
                for out, spec in named.items()
            }
            require_columns(self._shown(), [column for column, _ in given.values()])
            reduced = [(out, self._reduced(how, frame.one(column))) for out, (column, how) in given.items()]
            return self._result(aggregate(self._groups, reduced))
        if callable(func):
            return self._reduce_by(func)
        if isinstance(func, Mapping):
            return self._result(below_keys(aggregate(self._groups, self._per_column(func)), self._groups))
        nested: list[tuple[Hashable, Expr]] = [
            (name_of(one) if self._is_one else (label, name_of(one)), self._reduced(one, id))
            for label, id in self._columns
            for one in func
        ]
        return self._result(below_keys(aggregate(self._groups, nested), self._groups))

    def _per_column(self, func: Mapping[Hashable, Any]) -> list[tuple[Hashable, Expr]]:
        frame = self._groups.frame
        several = any(isinstance(how, (list, tuple)) for how in func.values())
        reduced: list[tuple[Hashable, Expr]] = []
        for column, how in func.items():
            for one in how if isinstance(how, (list, tuple)) else [how]:
                out = (column, name_of(one)) if several else column
                reduced.append((out, self._reduced(one, frame.one(column))))
        return reduced

    def ohlc(self) -> Any:
        """The first, largest, smallest and last value of each column in each group. Tier: *native*."""
        names = {"open": "first", "high": "max", "low": "min", "close": "last"}
        taken = [label for label, _ in self._groups.keys if label in names]
        if taken and self._is_one and not self._groups.as_index:
            raise ValueError(f"cannot insert {taken[0]}, already exists")
        cells: list[tuple[Hashable, Expr]] = [
            (out if self._is_one else (label, out), self._reduced(how, id))
            for label, id in self._columns
            for out, how in names.items()
        ]
        return self._result(below_keys(aggregate(self._groups, cells), self._groups))


def _names_a_column(spec: Any) -> bool:
    return isinstance(spec, pd.NamedAgg) or isinstance(spec, tuple) and len(spec) == 2


def group_frame(table: Tables, by: Any, **options: Any) -> Any:
    """Groups of a frame's rows by column labels, index levels, functions of the index, or columns of the same rows."""
    if isinstance(by, pd.Grouper) and by.freq is not None:
        return Resampler(Rows.of(table), bins_of(by))
    if isinstance(by, pd.Grouper):
        by, options = by.key, {**options, "level": by.level, "sort": by.sort}
    source = Source(table, by, options)
    try:
        frame, keys, used = keys_of(table._frame, by, options["level"])
    except Unsupported as error:
        return PandasGroups(source, PandasDataFrameGroupBy, str(error))
    every = every_category(frame, keys, options["observed"])
    groups = Groups(frame, keys, options["as_index"], options["sort"], options["dropna"], every)
    columns = tuple((label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if label not in used)
    return DataFrameGroupBy(groups, columns, source, as_series=False)


def group_series(series: Series, by: Any, **options: Any) -> Any:
    """Groups of a column's values by columns of the same rows, functions of the index, or by index levels."""
    if not options["as_index"]:
        raise TypeError("as_index=False only valid with DataFrame")
    if isinstance(by, pd.Grouper) and by.freq is not None:
        return Resampler(Rows.of(series), bins_of(by))
    source = Source(series, by, options)
    try:
        frame, keys, _ = keys_of(series._frame, by, options["level"])
    except Unsupported as error:
        return PandasGroups(source, PandasSeriesGroupBy, str(error))
    every = every_category(frame, keys, options["observed"])
    groups = Groups(frame, keys, True, options["sort"], options["dropna"], every)
    return SeriesGroupBy(groups, ((series.name, series._id),), source, as_series=True)
