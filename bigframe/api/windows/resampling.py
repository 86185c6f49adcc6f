"""``resample``: reductions of the rows in each bin of time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import pandas as pd
from pandas.core.resample import Resampler as PandasResampler

from bigframe.api.binding.falling_back import FallsBack
from bigframe.api.binding.tiers import Binding, composed, gathered
from bigframe.api.columns import as_pandas, from_result
from bigframe.api.windows.frequencies import interpolated
from bigframe.api.windows.rows import Rows
from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.arithmetic import Pow, TrueDiv
from bigframe.ops.base import Column, Expr, Literal
from bigframe.schema import FLOAT64
from bigframe.semantics.frame import Frame
from bigframe.semantics.nearest import Nearest
from bigframe.semantics.resampling import Reduced, bins_for, resample
from bigframe.semantics.upsampling import upsample

_OTHERWISE = "no kernel has these bins or parameters"
_UPSAMPLING = "what a bin has depends on the rows of others"
_FUNCTION = "a function of whole bins has no columnar form"
_GROUPS = "it makes a Python object of every bin"
_OHLC = {"open": reductions.First, "high": reductions.Max, "low": reductions.Min, "close": reductions.Last}
_TIMES = (pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex)
Make = Callable[..., Expr]


class reduction(Binding):  # noqa: N801
    """A reduction of each bin; its parameters are those of the operator that ``make`` gives.

    ``empty`` is what bins without rows have; None is a missing value. pandas on all the data where that does not honour
    the call.
    """

    tier = "native"

    def __init__(self, make: Make, empty: int | None = None) -> None:
        self.make = make
        self.empty = empty

    def note(self) -> str:
        return f"Bins or parameters without a kernel gather the data: {_OTHERWISE}."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.bind(instance, args, kwargs)
        numeric_only = options.pop("numeric_only", False)
        skips = options.pop("skipna", True) and not options.pop("kwargs", None)
        if self.name in ("first", "last", "min", "max"):
            skips = skips and options.pop("min_count", 0) in (0, -1)
        if skips and isinstance(options.get("q", 0.5), float):
            try:
                return instance._reduced(self, options, numeric_only)
            except Unsupported:
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: {_OTHERWISE}")

    def of(self, label: Hashable, id: str, options: Mapping[str, Any]) -> Reduced:
        wanted = options.get("min_count", 0)
        return Reduced(label, self.make(Column(id), **options), None if wanted > 0 else self.empty)


def _sum(x: Expr, min_count: int = 0) -> Expr:
    return reductions.Sum(x, True, max(min_count, 0))


def _prod(x: Expr, min_count: int = 0) -> Expr:
    return reductions.Prod(x, True, max(min_count, 0))


def _quantile(x: Expr, q: float = 0.5) -> Expr:
    return reductions.Quantile(x, q, "linear", grouped=True)


class Resampler(FallsBack):
    """Rows in bins of time. Made by :meth:`DataFrame.resample`."""

    pandas: ClassVar[Any] = PandasResampler
    display: ClassVar[str] = "Resampler"
    exclusions: ClassVar[frozenset[Hashable]] = frozenset()

    def __init__(self, rows: Rows, how: Mapping[str, Any]) -> None:
        self._rows = rows
        self._how = dict(how)
        self._like = self._of_no_rows()

    def _of_no_rows(self) -> Any:
        """pandas' own bins of no rows, which says what is wrong with the arguments, and what the bins are called."""
        frame, id = self._times()
        if id is None:
            labels: Any = pd.RangeIndex(0)
        else:
            labels = pd.Index([], dtype=frame.dtype(id).pandas)
        if self._rows.groups is not None and not isinstance(labels, _TIMES):
            labels = pd.DatetimeIndex([])  # its groups say what is wrong
        return pd.Series([], dtype="float64", index=labels).resample(**{**self._how, "on": None, "level": None})

    def _times(self) -> tuple[Frame, str | None]:
        """The column or index level that bins are of."""
        frame, on, level = self._rows.frame, self._how["on"], self._how.get("level")
        if on is not None:
            return frame, frame.key(on)
        if level is not None:
            names = [name for name, _ in frame.index or ((None, ""),)]
            levels: Any = pd.MultiIndex.from_arrays([[]] * len(names), names=names)
            place = levels._get_level_number(level)
            return frame, frame.index_ids[place] if frame.index else None
        return frame, frame.index_ids[0] if len(frame.index_ids) == 1 else None

    @property
    def keys(self) -> None:
        """None: bins have no keys."""

    @property
    def level(self) -> None:
        """None."""

    def _kind(self) -> str:
        """What pandas' class is called."""
        within = "" if self._rows.groups is None else "GroupBy"
        return f"{type(self._like).__name__}{within}"

    def __getitem__(self, key: Any) -> Self:
        several = isinstance(key, (list, tuple, pd.Index))
        labels = list(key) if several else [key]
        absent = [label for label in labels if not self._rows.frame.find(label)]
        if absent:
            names = ", ".join(map(repr, absent))
            raise KeyError(f"Columns not found: {names}" if several else f"Column not found: {absent[0]}")
        return type(self)(self._rows.chosen(labels, as_series=not several), self._how)

    def __getattr__(self, name: str) -> Self:
        if not name.startswith("_") and any(label == name for label, _ in self._rows.columns):
            return self[name]
        raise AttributeError(f"'{self._kind()}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        labels = (label for label, _ in self._rows.columns)
        return sorted({*super().__dir__(), *(one for one in labels if isinstance(one, str) and one.isidentifier())})

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """The label and the rows of each bin; gathers the data."""
        found = self._rows.gathered("resample", self._how, f"iteration over bins: {_GROUPS}")
        return ((label, from_result(rows)) for label, rows in found)

    def __len__(self) -> int:
        """The number of bins; a job."""
        return len(self.size())

    sum = reduction(_sum, 0)
    prod = reduction(_prod, 1)
    mean = reduction(reductions.Mean)
    median = reduction(reductions.Median)
    min = reduction(reductions.Min)
    max = reduction(reductions.Max)
    first = reduction(reductions.First)
    last = reduction(reductions.Last)
    std = reduction(reductions.Std)
    var = reduction(reductions.Var)
    count = reduction(lambda x: reductions.Count(x, grouped=True), 0)
    nunique = reduction(reductions.NUnique, 0)
    quantile = reduction(_quantile)
    asfreq = composed(lambda bins, fill_value: bins._upsampled(None, fill_value))
    ffill = composed(lambda bins, limit: bins._upsampled(Nearest("backward", limit=limit)))
    bfill = composed(lambda bins, limit: bins._upsampled(Nearest("forward", limit=limit)))
    nearest = composed(lambda bins, limit: bins._upsampled(Nearest("nearest", limit=limit, ahead_of_ties=True)))
    interpolate = composed(interpolated)
    transform = gathered(_FUNCTION)
    get_group = gathered(_GROUPS)
    groups = gathered(_GROUPS)
    indices = gathered(_GROUPS)
    ngroups = gathered(_GROUPS)

    @property
    def ndim(self) -> int:
        """1 over a Series, 2 over a DataFrame."""
        return 1 if self._rows.as_series else 2

    def size(self) -> Any:
        """How many rows each bin has. Tier: *native*."""
        rows = self._rows
        try:
            label = rows.columns[0][0] if rows.as_series else None
            return rows.wrap(self._resampled([Reduced(label, reductions.Size(), 0)]), as_series=True)
        except Unsupported:
            return self._gather("size", (), {}, f"{self.display}.size: {_OTHERWISE}")

    def sem(self, ddof: int = 1, numeric_only: bool = False) -> Any:
        """Standard error of the mean of each bin. Tier: *native*."""
        columns = self._columns(numeric_only)
        try:
            spread = [Reduced(label, reductions.Std(Column(id), ddof)) for label, id in columns]
            counts = [Reduced(label, reductions.Count(Column(id))) for label, id in columns]
            frame = self._resampled([*spread, *counts])
            ids = []
            for std, count in zip(frame.ids[: len(columns)], frame.ids[len(columns) :], strict=True):
                frame, id = frame.define(TrueDiv(Column(std), Pow(Column(count), Literal(0.5, FLOAT64))))
                ids.append(id)
            frame = frame.select([label for label, _ in columns], ids)
            return self._rows.wrap(frame, as_series=self._rows.as_series)
        except Unsupported:
            return self._gather("sem", (ddof, numeric_only), {}, f"{self.display}.sem: {_OTHERWISE}")

    def ohlc(self) -> Any:
        """First, largest, smallest and last value of each bin. Tier: *native*."""
        several = not self._rows.as_series
        try:
            columns = [
                Reduced((label, name) if several else name, make(Column(id)))
                for label, id in self._columns(False)
                for name, make in _OHLC.items()
            ]
            return self._rows.wrap(self._labelled(self._resampled(columns)), as_series=False)
        except Unsupported:
            return self._gather("ohlc", (), {}, f"{self.display}.ohlc: {_OTHERWISE}")

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``. Tier: *native*."""
        return func(self, *args, **kwargs)

    def aggregate(self, func: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Reductions by name: one, several, or some per column. Tier: *native*, functions *gathered*."""
        if isinstance(func, str):
            return getattr(self, func)(*args, **kwargs)
        try:
            columns = None if args else self._named(func, kwargs)
            if columns is not None:
                frame = self._resampled(columns)
                named = frame.replace(label_names=()) if func is None else self._labelled(frame)
                return self._rows.wrap(named, as_series=False)
        except Unsupported:
            pass  # What follows warns.
        return self._gather(
            "aggregate", args if func is None else (func, *args), kwargs, f"{self.display}.aggregate: {_OTHERWISE}"
        )

    agg = aggregate
    apply = aggregate

    def _named(self, func: Any, named: Mapping[str, Any]) -> list[Reduced] | None:
        """The columns that names of reductions stand for; None if there is something else among them."""
        own, one = dict(self._columns(False)), self._rows.as_series
        named = {out: (of.column, of.aggfunc) if isinstance(of, pd.NamedAgg) else of for out, of in named.items()}
        if not one:
            _require(own, func, named)
        pairs: list[tuple[Hashable, str, Any]] = []
        if func is None and one:
            pairs = [(out, next(iter(own.values())), how) for out, how in named.items()]
        elif func is None:
            pairs = [(out, own.get(spec[0], ""), spec[1]) for out, spec in named.items() if isinstance(spec, tuple)]
        elif isinstance(func, Mapping) and not one:
            several = any(isinstance(how, (list, tuple)) for how in func.values())
            for label, how in func.items():
                names = how if isinstance(how, (list, tuple)) else [how]
                pairs += [((label, name) if several else label, own.get(label, ""), name) for name in names]
        elif isinstance(func, (list, tuple)):
            pairs = [(name if one else (label, name), id, name) for label, id in own.items() for name in func]
        bound = [(out, id, _BY_NAME.get(how) if isinstance(how, str) else None) for out, id, how in pairs]
        if not bound or not all(id and how is not None for _, id, how in bound):
            return None
        return [how(out, id) for out, id, how in bound if how is not None]

    def _labelled(self, frame: Frame) -> Frame:
        """With a name for each level of the labels, of which a list of reductions makes one more."""
        names = frame.label_names
        deeper = names and frame.labels and isinstance(frame.labels[0], tuple) and len(frame.labels[0]) > len(names)
        return frame.replace(label_names=(*names, None)) if deeper else frame

    def _columns(self, numeric_only: bool) -> list[tuple[Hashable, str]]:
        rows, on = self._rows, self._how["on"]
        return [
            (label, id)
            for label, id in rows.columns
            if (rows.as_series or label != on) and (not numeric_only or rows.frame.dtype(id).is_numeric)
        ]

    def _reduced(self, by: reduction, options: Mapping[str, Any], numeric_only: bool) -> Any:
        columns = [by.of(label, id, options) for label, id in self._columns(numeric_only)]
        return self._rows.wrap(self._resampled(columns), as_series=self._rows.as_series)

    def _resampled(self, columns: Sequence[Reduced]) -> Frame:
        how = self._how
        frame, times = self._times()
        groups = self._rows.groups
        plain = groups is None or groups.as_index and groups.sort and groups.dropna
        if times is None or not columns or not plain:
            raise Unsupported("resample of nothing, or within groups in another order", _OTHERWISE)
        own = {key: how[key] for key in ("rule", "closed", "label", "origin", "offset")}
        every = bins_for(**own, of=frame.dtype(times))
        names = {id: name for name, id in frame.index or ()}
        name = how["on"] if how["on"] is not None else names[times]
        return resample(frame, times, name, every, columns, groups.keys if groups else ())

    def _upsampled(self, near: Nearest | None, fill: Any = None) -> Any:
        rows, how = self._rows, self._how
        frame, times = self._times()
        if how["on"] is not None or how.get("level") is not None or rows.groups is not None or times is None:
            raise Unsupported("bins of a column, a level, or in groups", _UPSAMPLING)
        closed = self._like.closed
        of = frame.dtype(times)
        every = bins_for(how["rule"], closed, closed, how["origin"], how["offset"], of)
        ((name, _),) = frame.index or ((None, ""),)
        return rows.wrap(upsample(self._chosen()._frame, times, name, every, near, fill), as_series=rows.as_series)

    def _chosen(self) -> Any:
        """The rows with the columns that bins are of."""
        rows = self._rows
        chosen = rows.frame.select([label for label, _ in rows.columns], [id for _, id in rows.columns])
        return rows.wrap(chosen, as_series=rows.as_series)

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        value = getattr(self._rows.gathered("resample", self._how, why), path)
        return from_result(value(*as_pandas(args), **as_pandas(kwargs)) if callable(value) else value)


def _require(own: Mapping[Hashable, str], func: Any, named: Mapping[str, Any]) -> None:
    """As pandas: a KeyError that names the labels that there are no columns of."""
    specs = named.values() if func is None else ()
    asked = list(func) if isinstance(func, Mapping) else [spec[0] for spec in specs if isinstance(spec, tuple)]
    absent = pd.Index([label for label in dict.fromkeys(asked) if label not in own])
    if len(absent):
        raise KeyError(f"Label(s) {list(absent.sort_values())} do not exist")


def _bound(how: reduction) -> Callable[[Hashable, str], Reduced]:
    return lambda label, id: how.of(label, id, {})


_BY_NAME: dict[str, Callable[[Hashable, str], Reduced]] = {
    **{name: _bound(how) for name, how in vars(Resampler).items() if isinstance(how, reduction)},
    "size": lambda label, _: Reduced(label, reductions.Size(), 0),
}
