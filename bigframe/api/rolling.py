"""``rolling`` and ``expanding``: statistics of the rows around each row, in a frame or within its groups."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pandas.core.window import Expanding as PandasExpanding
from pandas.core.window import Rolling as PandasRolling

from bigframe.api.binding import Binding, gathered, missing
from bigframe.api.columns import Columns, from_result
from bigframe.api.falling_back import FallsBack
from bigframe.api.functions import shipped
from bigframe.api.window_rows import Rows
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.semantics.elementwise import NotAligned, beside
from bigframe.semantics.frame import Frame
from bigframe.semantics.rolling import (
    ExpandingWindows,
    Options,
    RollingWindows,
    TimeWindows,
    Windows,
    groups_in_order,
    require_numbers,
)

_OTHERWISE = "no kernel honours these windows or parameters"
INTERNAL = "it is pandas' own business"
PAIRS = "pairs of columns have no kernel"
_FUNCTION = "a function of each window sees rows of other partitions"
Spec = tuple[Hashable, str, str, Options]
"""A column of the result: its label, the column that it is a statistic of, and that statistic with its options."""


class statistic(Binding):  # noqa: N801
    """A statistic with a kernel; pandas on all the data where that does not honour the call."""

    tier = "native"

    def note(self) -> str:
        return f"Windows or parameters without a kernel gather the data: {_OTHERWISE}."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.bind(instance, args, kwargs)
        numeric_only = options.pop("numeric_only", False)
        foreign = [options.pop(name, None) for name in ("engine", "engine_kwargs", "args", "kwargs")]
        if not any(foreign):
            try:
                return instance._statistic(self.name, tuple(sorted(options.items())), numeric_only)
            except Unsupported:
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: {_OTHERWISE}")


class statistic_of_pairs(statistic):  # noqa: N801
    """A statistic of a column beside another one, with a kernel for windows of rows."""

    def note(self) -> str:
        return "Of the columns of frames, in groups, and in other windows than those of rows it gathers the data."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.bind(instance, args, kwargs)
        other, pairwise, numeric_only = (options.pop(name) for name in ("other", "pairwise", "numeric_only"))
        if not pairwise and not numeric_only and isinstance(other, Columns):
            try:
                return instance._paired(self.name, other, tuple(sorted(options.items())) if self.name == "cov" else ())
            except (Unsupported, NotAligned):
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: {_OTHERWISE}")


class function_of_windows(statistic):  # noqa: N801
    """A user's function, called by tasks that have the rows of each window."""

    tier = "partitionwise"

    def note(self) -> str:
        return f"Windows of other than a number of rows gather the data: {_OTHERWISE}."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.bind(instance, args, kwargs)
        if not any(options[name] for name in ("engine", "engine_kwargs")) and type(options["raw"]) is bool:
            given = (options["args"] or (), options["kwargs"] or {})
            func = functools.partial(_called, options["func"], *given) if any(given) else options["func"]
            try:
                return instance._applied(func, options["raw"])
            except Unsupported:
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: {_OTHERWISE}")


def _called(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], window: Any) -> Any:
    return function(window, *args, **kwargs)


class statistic_of_groups(statistic):  # noqa: N801
    """A statistic with a kernel for groups alone, each of which is in one task."""

    tier = "gathered"

    def note(self) -> str:
        return "Within groups it has a kernel."


class Windowed(FallsBack):
    """Rows, and which of them make up the window of each; pandas' statistics over those."""

    pandas: ClassVar[Any]
    display: ClassVar[str]
    method: ClassVar[str]
    defaults: ClassVar[Mapping[str, Options]]
    """Of statistics that are asked for by name alone."""

    def __init__(self, rows: Rows, how: Mapping[str, Any]) -> None:
        self._rows = rows
        self._how = dict(how)
        self._windows = self._understood()

    def _understood(self) -> Windows | None:
        """The windows as kernels know them, or None."""
        raise NotImplementedError

    def __getitem__(self, key: Any) -> Self:
        labels = list(key) if isinstance(key, (list, tuple, pd.Index)) else [key]
        absent = [label for label in labels if not self._rows.frame.find(label)]
        if absent:
            raise KeyError(f"Columns not found: {', '.join(map(repr, absent))}" if labels is key else absent[0])
        return type(self)(self._rows.chosen(labels, as_series=not isinstance(key, (list, tuple, pd.Index))), self._how)

    def __getattr__(self, name: str) -> Self:
        if not name.startswith("_") and any(label == name for label, _ in self._rows.columns):
            return self[name]
        raise AttributeError(f"'{self.display}' object has no attribute '{name}'")

    @property
    def ndim(self) -> int:
        """1 over a Series, 2 over a DataFrame."""
        return 1 if self._rows.as_series else 2

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``. See pandas; tier: *native*."""
        return func(self, *args, **kwargs)

    def aggregate(self, func: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Statistics by name: one, several, or some per column. See pandas; tier: *native*, functions *gathered*."""
        if isinstance(func, str):
            return getattr(self, func)(*args, **kwargs)
        specs = None if args or kwargs else self._specs(func)
        if specs is not None and self._windows is not None:
            try:
                return self._compute(specs, as_series=False)
            except Unsupported:
                pass  # What follows warns.
        return self._gather("aggregate", (func, *args), kwargs, f"{self.display}.aggregate: {_OTHERWISE}")

    agg = aggregate

    def _specs(self, func: Any) -> list[Spec] | None:
        """The columns that a list of names or a mapping to names stands for; None if it holds something else."""
        columns = self._rows.columns
        if isinstance(func, Mapping):
            by_label = dict(columns)
            if any(label not in by_label for label in func) or self._rows.as_series:
                return None
            pairs = [(label, by_label[label], how) for label, how in func.items()]
        elif isinstance(func, (list, tuple)):
            pairs = [(label, id, list(func)) for label, id in columns]
        else:
            return None
        several = any(isinstance(how, (list, tuple)) for _, _, how in pairs)
        specs: list[Spec] = []
        for label, id, how in pairs:
            for name in how if isinstance(how, (list, tuple)) else [how]:
                if not isinstance(name, str) or not isinstance(getattr(type(self), name, None), statistic):
                    return None
                out = name if self._rows.as_series else (label, name) if several else label
                specs.append((out, id, name, self.defaults.get(name, ())))
        return specs

    def _statistic(self, name: str, options: Options, numeric_only: bool) -> Any:
        rows = self._rows
        if numeric_only and rows.as_series and not rows.frame.dtype(rows.columns[0][1]).is_numeric:
            raise NotImplementedError(f"{self.display}.{name} does not implement numeric_only")
        columns = [(label, id) for label, id in rows.columns if not numeric_only or rows.as_series or self._number(id)]
        return self._compute([(label, id, name, options) for label, id in columns], as_series=rows.as_series)

    def _number(self, id: str) -> bool:
        dtype = self._rows.frame.dtype(id)
        return dtype.is_numeric and not dtype.is_bool

    def _compute(self, specs: Sequence[Spec], *, as_series: bool) -> Any:
        rows = self._rows
        if self._windows is None or not specs:
            raise Unsupported(f"{self.display} of these windows", _OTHERWISE)
        require_numbers(rows.frame, tuple(id for _, id, name, _ in specs if name != "count"), alone=rows.as_series)
        if rows.groups is not None and not rows.groups.dropna:
            raise Unsupported("windows in groupby(dropna=False)", "rows without a key have no window")
        frame, ids = rows.frame, []
        for _, id, name, options in specs:
            frame, new = self._windows.define(frame, id, name, options, self._keys)
            ids.append(new)
        return self._arranged(frame, [label for label, *_ in specs], ids, as_series=as_series)

    @property
    def _keys(self) -> tuple[Expr, ...]:
        return tuple(Column(id) for id in self._rows.groups.key_ids) if self._rows.groups else ()

    def _arranged(self, frame: Frame, labels: list[Hashable], ids: list[str], *, as_series: bool) -> Any:
        """The result with some columns: rows as they are, or group after group under the keys."""
        rows = self._rows
        if rows.groups is None:
            return rows.wrap(frame.select(labels, ids), as_series=as_series)
        frame = frame.with_explicit_index()
        if rows.groups.as_index:
            frame = frame.with_index((*rows.groups.keys, *(frame.index or ())))
        else:
            labels, ids = [*(label for label, _ in rows.groups.keys), *labels], [*rows.groups.key_ids, *ids]
            as_series = False
        frame = groups_in_order(frame.select(labels, ids), rows.groups.key_ids, sorted_keys=rows.groups.sort)
        return rows.wrap(frame, as_series=as_series)

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        windows = self._rows.gathered(self.method, self._how, why)
        args = tuple(arg.to_pandas() if isinstance(arg, Columns) else arg for arg in args)
        kwargs = {name: arg.to_pandas() if isinstance(arg, Columns) else arg for name, arg in kwargs.items()}
        return from_result(getattr(windows, path)(*args, **kwargs))


class Statistics(Windowed):
    """What can be asked of windows."""

    pandas: ClassVar[Any] = PandasRolling
    display = "Rolling"
    defaults: ClassVar[Mapping[str, Options]] = dict.fromkeys(("std", "var", "sem"), (("ddof", 1),))

    sum = statistic()
    mean = statistic()
    median = statistic()
    min = statistic()
    max = statistic()
    count = statistic()
    std = statistic()
    var = statistic()
    sem = statistic()
    skew = statistic()
    kurt = statistic()
    first = statistic()
    last = statistic()
    quantile = statistic()
    rank = statistic()
    nunique = statistic()
    apply = function_of_windows()
    exclusions = missing(INTERNAL)
    corr = statistic_of_pairs()
    cov = statistic_of_pairs()


class Rolling(Statistics):
    """A fixed number of rows up to each row, or around it. Made by :meth:`DataFrame.rolling`."""

    method = "rolling"

    def _understood(self) -> Windows | None:
        how = self._how
        pd.Series(dtype="float64").rolling(**{**how, "on": None})  # pandas says what is wrong with them
        window, min_periods, others = how["window"], how.get("min_periods"), {**how}
        for name in ("window", "min_periods", "center", "closed", "on"):
            others.pop(name, None)
        if not all(value in (None, "single", 1) for value in others.values()) or isinstance(window, bool):
            return None
        if isinstance(window, (str, timedelta, pd.offsets.BaseOffset)):
            return self._timed(window, 1 if min_periods is None else min_periods)
        if not isinstance(window, (int, np.integer)) or how.get("on") is not None:
            return None
        enough = window if min_periods is None else min_periods
        return RollingWindows(int(window), int(enough), bool(how.get("center")), how.get("closed"))

    def _applied(self, function: Callable[..., Any], raw: bool) -> Any:
        rows = self._rows
        if not isinstance(self._windows, RollingWindows) or rows.groups is not None and not rows.groups.dropna:
            raise Unsupported(f"{self.display}.apply of these windows", _OTHERWISE)
        if rows.groups is not None and not raw:
            raise Unsupported(
                f"{self.display}.apply(raw=False) in groups", "pandas shows windows labels of other groups"
            )
        require_numbers(rows.frame, tuple(id for _, id in rows.columns), alone=rows.as_series)
        frame, label = rows.frame, None
        if frame.index is None:
            frame, label = frame.positions()
        elif len(frame.index) == 1:
            label = frame.index[0][1]
        if label is None or frame.dtype(label).unless_missing or frame.dtype(label).categories is not None:
            raise Unsupported(f"{self.display}.apply under labels of several levels", _OTHERWISE)
        payload, ids = shipped(function), []
        for _, id in rows.columns:
            frame, new = self._windows.apply(frame, id, label, payload, raw, self._keys)
            ids.append(new)
        return self._arranged(frame, [name for name, _ in rows.columns], ids, as_series=rows.as_series)

    def _paired(self, name: str, other: Columns, options: Options) -> Any:
        rows = self._rows
        if not (rows.as_series and isinstance(self._windows, RollingWindows) and rows.groups is None):
            raise Unsupported(f"{self.display}.{name} of more than two columns", PAIRS)
        if other.display != "Series":
            raise Unsupported(f"{self.display}.{name} with a {other.display}", PAIRS)
        ((label, id),) = rows.columns
        frame, right = beside(rows.frame, other._frame)
        require_numbers(frame, (id, right.ids[0]), alone=True)
        frame, found = self._windows.pair(frame, id, right.ids[0], name, options)
        return rows.wrap(frame.select((label if label == right.labels[0] else None,), (found,)), as_series=True)

    def _timed(self, window: Any, min_periods: int) -> Windows | None:
        frame, on = self._rows.frame, self._how.get("on")
        if on is not None and (self._rows.groups is not None or self._rows.as_series):
            return None
        if on is None and len(frame.index_ids) != 1:
            raise ValueError("window must be an integer 0 or greater")
        times = frame.index_ids[0] if on is None else frame.one(on)
        if not frame.dtype(times).is_datetime:
            raise ValueError("window must be an integer 0 or greater")
        span = int(pd.Timedelta(pd.tseries.frequencies.to_offset(window).nanos).value)
        center, closed = bool(self._how.get("center")), self._how.get("closed")
        return TimeWindows(times, span, min_periods, center, closed, "index" if on is None else str(on))

    def _compute(self, specs: Sequence[Spec], *, as_series: bool) -> Any:
        """As pandas has it: the column of ``on`` is no value, but stands where it stood."""
        on = self._how.get("on")
        if on is None or self._windows is None:
            return super()._compute(specs, as_series=as_series)
        if any(isinstance(label, tuple) for label, *_ in specs):
            raise Unsupported("several statistics beside the column of on=", _OTHERWISE)
        result = super()._compute([spec for spec in specs if spec[0] != on], as_series=False)._frame
        wanted = [spec[0] for spec in specs] if any(spec[0] == on for spec in specs) else [*result.labels, on]
        found = {**dict(zip(result.labels, result.ids, strict=True)), on: self._rows.frame.one(on)}
        return self._rows.wrap(result.select(wanted, [found[label] for label in wanted]), as_series=False)


class Expanding(Statistics):
    """All rows up to each row. Made by :meth:`DataFrame.expanding`."""

    pandas = PandasExpanding
    display = "Expanding"
    method = "expanding"

    apply = gathered(_FUNCTION)
    corr = gathered(PAIRS)
    cov = gathered(PAIRS)
    median = statistic_of_groups()
    first = statistic_of_groups()
    skew = statistic_of_groups()
    kurt = statistic_of_groups()
    quantile = statistic_of_groups()
    rank = statistic_of_groups()
    nunique = statistic_of_groups()

    def _understood(self) -> Windows | None:
        pd.Series(dtype="float64").expanding(**self._how)
        return ExpandingWindows(int(self._how["min_periods"])) if self._how["method"] == "single" else None
