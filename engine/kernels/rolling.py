"""Kernels of ``Rolling`` and ``Ewm`` of ``bigframe.ops.windows``: pandas' own compiled ones, over all groups at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
from pandas.api.indexers import BaseIndexer

from bigframe.errors import Cancelled
from bigframe.ops import windows
from bigframe.schema import DType
from engine.kernels.functions import between_calls, calling, instance
from engine.kernels.interchange import series_to_pandas
from engine.kernels.raised import raised
from engine.kernels.registry import Operand, kernel

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class _Windows(BaseIndexer):
    """Windows whose first rows and ends are known."""

    def get_window_bounds(  # the signature is pandas'
        self,
        num_values: int = 0,  # noqa: ARG002
        min_periods: int | None = None,  # noqa: ARG002
        center: bool | None = None,  # noqa: ARG002
        closed: str | None = None,  # noqa: ARG002
        step: int | None = None,  # noqa: ARG002
    ) -> tuple[Rows, Rows]:
        starts: Rows = self.starts  # type: ignore[attr-defined]  # pandas makes keywords attributes
        ends: Rows = self.ends  # type: ignore[attr-defined]
        return starts, ends


@kernel(windows.Rolling)
def rolling(op: windows.Rolling, operand: Operand, *keys: Operand) -> pl.Expr:
    return _over(lambda values, sizes: _statistic(op, values, sizes), operand, keys)


@kernel(windows.RollingPair)
def rolling_pair(op: windows.RollingPair, operand: Operand) -> pl.Expr:
    def run(pairs: pl.Series) -> pl.Series:
        left, right = (pd.Series(pairs.struct.field(name).cast(pl.Float64).to_numpy()) for name in ("left", "right"))
        around: Any = left.rolling(_bounds(op, np.array([len(pairs)])), op.min_periods)
        return pl.Series(getattr(around, op.statistic)(right, **dict(op.options)).to_numpy(), nan_to_null=True)

    return operand.expr.map_batches(run, return_dtype=pl.Float64())


@kernel(windows.RollingApply)
def rolling_apply(op: windows.RollingApply, operand: Operand, *others: Operand) -> pl.Expr:
    keys = others[:-1] if op.own is not None else others
    label = DType(operand.dtype.arrow.field("label").type)
    look = between_calls.get()

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        users = instance(op.function)
        held = columns[0].is_not_null().to_numpy()  # what stands for rows beyond those of others is not there
        pairs = columns[0].filter(held)
        order, sizes = _groups(columns[1 : 1 + len(keys)]) if keys else (np.arange(len(pairs)), np.array([len(pairs)]))
        values = pd.Series(
            pairs.struct.field("value").cast(pl.Float64).to_numpy()[order],
            index=pd.Index(series_to_pandas(pairs.struct.field("label")[order], label)),
        )
        own = columns[-1].to_numpy()[held][order] if op.own is not None else np.ones(len(pairs), dtype=bool)
        around = _bounds(op, sizes)
        ends = np.where(own, around.ends, around.starts)  # type: ignore[attr-defined]

        def function(window: Any) -> Any:
            look()
            return users(window)

        calls = _Windows(starts=around.starts, ends=ends)  # type: ignore[attr-defined]
        try:
            with calling():
                found = values.rolling(calls, op.min_periods).apply(function, raw=op.raw)
        except Cancelled:
            raise
        except Exception as error:
            raise raised(op.called, error, op.origin, __file__) from error
        result = np.full(len(held), np.nan)
        result[np.flatnonzero(held)[order]] = found.to_numpy()
        return pl.Series(result, nan_to_null=True)

    operands = [operand.expr, *(other.expr for other in others)]
    value = pl.map_batches(operands, run, return_dtype=pl.Float64())
    known = [key.expr.is_not_null() for key in keys]
    return pl.when(pl.all_horizontal(known)).then(value) if keys else value


@kernel(windows.Ewm)
def ewm(op: windows.Ewm, operand: Operand, *keys: Operand) -> pl.Expr:
    return _over(lambda values, sizes: _weighted(op, values, sizes), operand, keys)


@kernel(windows.EwmPair)
def ewm_pair(op: windows.EwmPair, operand: Operand) -> pl.Expr:
    def run(pairs: pl.Series) -> pl.Series:
        left, right = (pd.Series(pairs.struct.field(name).to_numpy()) for name in ("left", "right"))
        around: Any = left.ewm(com=op.com, adjust=op.adjust, ignore_na=op.ignore_na)
        return pl.Series(getattr(around, op.statistic)(right, **dict(op.options)).to_numpy(), nan_to_null=True)

    return operand.expr.map_batches(run, return_dtype=pl.Float64())


@kernel(windows.TimedRolling)
def timed_rolling(op: windows.TimedRolling, operand: Operand, *keys: Operand) -> pl.Expr:
    def run(columns: Sequence[pl.Series]) -> pl.Series:
        rows = columns[0].is_not_null().to_numpy()  # what stands for rows beyond those of others is not there
        held = columns[0].filter(rows)
        values = held.struct.field("value").cast(pl.Float64).to_numpy()
        times = held.struct.field("time")
        if times.null_count():
            raise ValueError(f"{op.times} values must not have NaT")
        found = np.full(len(rows), np.nan)
        if keys:
            order, sizes = _groups(columns[1:])
            found[order] = _by_time(op, values[order], times[order], np.repeat(np.arange(len(sizes)), sizes))
        else:
            found[rows] = _by_time(op, values, times, None)
        return pl.Series(found, nan_to_null=True)

    value = pl.map_batches([operand.expr, *(key.expr for key in keys)], run, return_dtype=pl.Float64())
    known = [key.expr.is_not_null() for key in keys]
    return pl.when(pl.all_horizontal(known)).then(value) if keys else value


def _by_time(op: windows.TimedRolling, values: Floats, times: pl.Series, groups: Rows | None) -> Floats:
    unit = times.dtype.time_unit  # type: ignore[attr-defined]  # its dtype is Datetime
    index = pd.DatetimeIndex(times.to_physical().to_numpy().view(f"datetime64[{unit}]"))
    rows: Any = pd.Series(values, index=index, copy=False)
    if groups is not None:
        rows = rows.groupby(groups)
    try:
        around = rows.rolling(pd.Timedelta(op.span, unit="ns"), op.min_periods, op.center, closed=op.closed)
    except ValueError as error:
        raise ValueError(str(error).replace("index", op.times)) from error
    return getattr(around, op.statistic)(**dict(op.options)).to_numpy()  # type: ignore[no-any-return]


def _over(function: Callable[[Floats, Rows], Floats], operand: Operand, keys: tuple[Operand, ...]) -> pl.Expr:
    """A function of the values of all groups, one group after the other, and of how many rows each group has."""

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        values = columns[0].to_numpy()
        if not keys:
            return pl.Series(function(values, np.array([len(values)])), nan_to_null=True)
        order, sizes = _groups(columns[1:])
        found = np.empty(len(values))
        found[order] = function(values[order], sizes)
        return pl.Series(found, nan_to_null=True)

    operands = [operand.expr.cast(pl.Float64), *(key.expr for key in keys)]
    value = pl.map_batches(operands, run, return_dtype=pl.Float64())
    known = [key.expr.is_not_null() for key in keys]
    return pl.when(pl.all_horizontal(known)).then(value) if keys else value


def _groups(keys: Sequence[pl.Series]) -> tuple[Rows, Rows]:
    """The rows of each group after those of another, in order; and how many each has."""
    names = [f"key{number}" for number in range(len(keys))]
    rows = pl.DataFrame([key.alias(name) for key, name in zip(keys, names, strict=True)]).with_row_index("row")
    groups = rows.group_by(names).agg(pl.col("row").cast(pl.Int64))
    return groups["row"].explode().to_numpy(), groups["row"].list.len().cast(pl.Int64).to_numpy()


def _statistic(op: windows.Rolling, values: Floats, sizes: Rows) -> Floats:
    """A value for each row, whose window does not leave its group; groups follow each other."""
    series = pd.Series(values, copy=False)
    found: Any = getattr(series.rolling(_bounds(op, sizes), op.min_periods), op.statistic)(**dict(op.options))
    return found.to_numpy()  # type: ignore[no-any-return]


def _bounds(op: windows.Rolling, sizes: Rows) -> _Windows:
    ends = np.cumsum(sizes)
    firsts, lasts = np.repeat(ends - sizes, sizes), np.repeat(ends, sizes)
    offset = op.window - 1 if op.forward else (op.window - 1) // 2 if op.center or op.window == 0 else 0
    end = np.arange(1, sizes.sum() + 1) + offset
    start = end - op.window
    start -= op.closed in ("left", "both")
    end -= op.closed in ("left", "neither")
    return _Windows(starts=np.clip(start, firsts, lasts), ends=np.clip(end, firsts, lasts))


def _weighted(op: windows.Ewm, values: Floats, sizes: Rows) -> Floats:
    rows: Any = pd.Series(values, copy=False)
    if len(sizes) > 1:
        rows = rows.groupby(np.repeat(np.arange(len(sizes)), sizes))
    found = rows.ewm(com=op.com, adjust=op.adjust, ignore_na=op.ignore_na)
    return getattr(found, op.statistic)(**dict(op.options)).to_numpy()  # type: ignore[no-any-return]
