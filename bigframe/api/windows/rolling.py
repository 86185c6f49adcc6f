"""``rolling`` and ``expanding``: statistics of the rows around each row, in a frame or within its groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pandas.api.indexers import FixedForwardWindowIndexer
from pandas.core.window import Expanding as PandasExpanding
from pandas.core.window import Rolling as PandasRolling

from bigframe.api.binding.falling_back import FallsBack
from bigframe.api.binding.tiers import gathered
from bigframe.api.columns import Columns, as_pandas, from_result
from bigframe.api.functions import shipped
from bigframe.api.windows.bindings import (
    OTHERWISE,
    function_of_windows,
    statistic,
    statistic_of_groups,
    statistic_of_pairs,
)
from bigframe.api.windows.rows import Rows
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.semantics.elementwise import beside
from bigframe.semantics.frame import Frame
from bigframe.semantics.rolling import (
    EwmWindows,
    ExpandingWindows,
    Options,
    RollingWindows,
    TimeWindows,
    Windows,
    groups_in_order,
    require_numbers,
)

PAIRS = "pairs of columns have no kernel"
_AS_IT_IS = ""
_FUNCTION = "a function of each window sees rows of other partitions"
Spec = tuple[Hashable, str, str, Options]
"""A column of the result: its label, the column that it is a statistic of, and that statistic with its options."""


class Windowed(FallsBack):
    """Rows, and which of them make up the window of each; pandas' statistics over those."""

    pandas: ClassVar[Any]
    display: ClassVar[str]
    _maker: ClassVar[str]
    exclusions: ClassVar[frozenset[Hashable]] = frozenset()
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
        several = isinstance(key, (list, tuple, pd.Index))
        labels = list(key) if several else [key]
        absent = [label for label in labels if not self._rows.frame.find(label)]
        if absent:
            names = ", ".join(map(repr, absent))
            raise KeyError(f"Columns not found: {names}" if several else f"Column not found: {absent[0]}")
        return type(self)(self._rows.chosen(labels, as_series=not several), self._how)

    def __getattr__(self, name: str) -> Any:
        if name in vars(self).get("_how", ()):
            return self._how[name]
        if not name.startswith("_") and any(label == name for label, _ in self._rows.columns):
            return self[name]
        raise AttributeError(f"'{self.display}' object has no attribute '{name}'")

    @property
    def _attributes(self) -> list[str]:
        """The names of its parameters, which are its attributes, as in pandas."""
        return list(self.pandas._attributes)

    def __dir__(self) -> list[str]:
        labels = (label for label, _ in self._rows.columns)
        words = (one for one in labels if isinstance(one, str) and one.isidentifier())
        return sorted({*super().__dir__(), *self._how, *words})

    def __iter__(self) -> Iterator[Any]:
        """The rows of each window; gathers the data."""
        windows = self._rows.gathered(
            self._maker, self._how, f"iteration over {self.display}: each window is an object"
        )
        return map(from_result, windows)

    @property
    def ndim(self) -> int:
        """1 over a Series, 2 over a DataFrame."""
        return 1 if self._rows.as_series else 2

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``. Tier: *native*."""
        return func(self, *args, **kwargs)

    def aggregate(self, func: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Statistics by name: one, several, or some per column. Tier: *native*, functions *gathered*."""
        if isinstance(func, str):
            return getattr(self, func)(*args, **kwargs)
        specs = None if args or kwargs else self._specs(func)
        if specs is not None and self._windows is not None:
            try:
                return self._compute(specs, as_series=False, by_column=isinstance(func, Mapping))
            except Unsupported:
                pass  # What follows warns.
        return self._gather("aggregate", (func, *args), kwargs, f"{self.display}.aggregate: {OTHERWISE}")

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

    def _paired(self, name: str, other: Columns | None, pairwise: bool | None, options: Options) -> Any:
        rows, one = self._rows, self._rows.as_series
        known = isinstance(self._windows, (RollingWindows, ExpandingWindows, EwmWindows)) and rows.groups is None
        if not known or self._how.get("step") not in (None, 1) or self._how.get("on") is not None:
            raise Unsupported(f"{self.display}.{name} of these windows", PAIRS)
        left = rows.frame.select([label for label, _ in rows.columns], [id for _, id in rows.columns])
        by_column = other is None or other.display == "DataFrame"
        if by_column and not one and pairwise in (None, True) or other is not None and by_column and one:
            raise Unsupported(f"{self.display}.{name} of each column with each", PAIRS)
        if (
            by_column
            and other is not None
            and (other._frame.labels != left.labels or len({*left.labels}) < len(left.ids))
        ):
            raise Unsupported(f"{self.display}.{name} of other columns", PAIRS)
        frame, right = beside(left, left if other is None else other._frame)
        pairs = [*zip(frame.ids, right.ids if by_column else right.ids * len(frame.ids), strict=True)]
        labels: list[Hashable] = [*left.labels]
        if one and not by_column and labels[0] != right.labels[0]:
            labels = [None]
        found = []
        for mine, theirs in pairs:
            require_numbers(frame, (mine, theirs), alone=one)
            frame, id = self._windows.pair(frame, mine, theirs, name, options)  # type: ignore[union-attr]
            found.append(id)
        return self._arranged(frame, labels, found, as_series=one)

    def _number(self, id: str) -> bool:
        dtype = self._rows.frame.dtype(id)
        return dtype.is_numeric and not dtype.is_bool

    def _compute(self, specs: Sequence[Spec], *, as_series: bool, by_column: bool = False) -> Any:
        rows = self._rows
        if self._windows is None or not specs:
            raise Unsupported(f"{self.display} of these windows", OTHERWISE)
        require_numbers(
            rows.frame, tuple(id for _, id, name, _ in specs if name not in ("count", _AS_IT_IS)), alone=rows.as_series
        )
        if rows.groups is not None and not rows.groups.dropna:
            raise Unsupported("windows in groupby(dropna=False)", "rows without a key have no window")
        frame, ids = rows.frame, []
        for _, id, name, options in specs:
            if name != _AS_IT_IS:
                frame, id = self._windows.define(frame, id, name, options, self._keys)
            ids.append(id)
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
        windows = self._rows.gathered(self._maker, self._how, why)
        return from_result(getattr(windows, path)(*as_pandas(args), **as_pandas(kwargs)))


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
    corr = statistic_of_pairs()
    cov = statistic_of_pairs()


class Rolling(Statistics):
    """A fixed number of rows up to each row, or around it. Made by :meth:`DataFrame.rolling`."""

    _maker = "rolling"

    def _understood(self) -> Windows | None:
        how = self._how
        pd.Series(dtype="float64").rolling(**{**how, "on": None})  # pandas says what is wrong with them
        window, min_periods, others = how["window"], how.get("min_periods"), {**how}
        for name in ("window", "min_periods", "center", "closed", "on"):
            others.pop(name, None)
        if (
            type(how.get("step")) is int
            and how["step"] > 0
            and isinstance(window, (int, np.integer, FixedForwardWindowIndexer))
        ):
            others.pop("step")  # every so many of the windows of all rows
        if not all(value in (None, "single", 1) for value in others.values()) or isinstance(window, bool):
            return None
        if isinstance(window, (str, timedelta, pd.offsets.BaseOffset)):
            return self._timed(window, 1 if min_periods is None else min_periods)
        if type(window) is FixedForwardWindowIndexer and not how.get("center") and how.get("closed") is None:
            rows = int(window.window_size)  # type: ignore[attr-defined]  # pandas makes keywords attributes
            return RollingWindows(rows, rows if min_periods is None else int(min_periods), forward=True)
        if not isinstance(window, (int, np.integer)):
            return None
        self._require_on()
        enough = window if min_periods is None else min_periods
        return RollingWindows(int(window), int(enough), bool(how.get("center")), how.get("closed"))

    def _arranged(self, frame: Frame, labels: list[Hashable], ids: list[str], *, as_series: bool) -> Any:
        found = super()._arranged(frame, labels, ids, as_series=as_series)
        step = self._how.get("step")
        return found if step in (None, 1) else found.iloc[::step]

    def _applied(self, function: Callable[..., Any], raw: bool) -> Any:
        rows = self._rows
        if self._how.get("step") not in (None, 1):
            raise Unsupported(f"{self.display}.apply(step=)", "it is not called for the windows between")
        if self._how.get("on") is not None:
            raise Unsupported(f"{self.display}(on=).apply", OTHERWISE)
        if not isinstance(self._windows, RollingWindows) or rows.groups is not None and not rows.groups.dropna:
            raise Unsupported(f"{self.display}.apply of these windows", OTHERWISE)
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
            raise Unsupported(f"{self.display}.apply under labels of several levels", OTHERWISE)
        payload, ids = shipped(function), []
        for _, id in rows.columns:
            frame, new = self._windows.apply(frame, id, label, payload, raw, self._keys)
            ids.append(new)
        return self._arranged(frame, [name for name, _ in rows.columns], ids, as_series=rows.as_series)

    def _require_on(self) -> None:
        on = self._how.get("on")
        if on is not None and not self._rows.frame.find(on):
            raise ValueError(f"invalid on specified as {on}, must be a column (of DataFrame), an Index or None")

    def _timed(self, window: Any, min_periods: int) -> Windows | None:
        frame, on = self._rows.frame, self._how.get("on")
        if on is None and len(frame.index_ids) != 1:
            raise ValueError("window must be an integer 0 or greater")
        self._require_on()
        times = frame.index_ids[0] if on is None else frame.one(on)
        if not frame.dtype(times).is_datetime:
            labels = pd.Index([], dtype=frame.dtype(times).pandas)
            if not isinstance(labels, (pd.TimedeltaIndex, pd.PeriodIndex)):
                raise ValueError("window must be an integer 0 or greater")
            pd.Series([], dtype="float64", index=labels).rolling(window)  # pandas says what is wrong with them
            return None
        span = int(pd.Timedelta(pd.tseries.frequencies.to_offset(window).nanos).value)
        center, closed = bool(self._how.get("center")), self._how.get("closed")
        return TimeWindows(times, span, min_periods, center, closed, "index" if on is None else str(on))

    def _compute(self, specs: Sequence[Spec], *, as_series: bool, by_column: bool = False) -> Any:
        """As pandas has it: the column of ``on`` is no value, but stands where it stood, if not only some are asked for."""
        on = self._how.get("on")
        if self._how.get("step") not in (None, 1) and any(name == "rank" for _, _, name, _ in specs):
            raise Unsupported(f"{self.display}(step=).rank", "pandas' ranks depend on which windows came before")
        if on is None or self._windows is None:
            return super()._compute(specs, as_series=as_series)
        rows = self._rows
        times, shown = rows.frame.one(on), any(label == on for label, _ in rows.columns)
        specs = [(on, times, _AS_IT_IS, ()) if spec[0] == on else spec for spec in specs]
        if rows.groups is None:
            if any(isinstance(label, tuple) for label, *_ in specs):
                raise Unsupported("several statistics beside the column of on=", OTHERWISE)
            among = [] if shown or rows.as_series or by_column else [(on, times, _AS_IT_IS, ())]
            return super()._compute([*specs, *among], as_series=as_series)
        if not rows.groups.as_index:
            raise Unsupported(f"{self.display}(on=) in groupby(as_index=False)", OTHERWISE)
        if any(label == on for label, *_ in specs):
            return super()._compute(specs, as_series=as_series)
        under = replace(rows, frame=rows.frame.with_index(((on, times),)))
        return super(Rolling, type(self)(under, self._how))._compute(specs, as_series=as_series)


class Expanding(Statistics):
    """All rows up to each row. Made by :meth:`DataFrame.expanding`."""

    pandas = PandasExpanding
    display = "Expanding"
    _maker = "expanding"

    apply = gathered(_FUNCTION)
    median = statistic_of_groups()
    quantile = statistic_of_groups()
    rank = statistic_of_groups()

    def _understood(self) -> Windows | None:
        pd.Series(dtype="float64").expanding(**self._how)
        return ExpandingWindows(int(self._how["min_periods"])) if self._how["method"] == "single" else None
