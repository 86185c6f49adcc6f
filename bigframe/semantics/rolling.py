"""Statistics of the rows around each row, of a fixed number of them or of all so far, as columns of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pandas.errors import DataError

from bigframe.errors import Unsupported
from bigframe.ops import windows
from bigframe.ops.arithmetic import Abs, Pow, Sqrt, TrueDiv
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq, Ge, Lt
from bigframe.ops.conditional import Where
from bigframe.ops.lists import MakeStruct
from bigframe.ops.logical import And, Not
from bigframe.ops.missing import Coalesce, NotNull
from bigframe.schema import FLOAT64, INT64
from bigframe.semantics.casting import cast
from bigframe.semantics.frame import Frame
from bigframe.semantics.moments import mean_so_far, moment, so_far, spread, together
from bigframe.semantics.selecting import keep_rows, mark_duplicates, sort

Options = tuple[tuple[str, object], ...]
ALL_ROWS = 2**62
MOST_ROWS_OF_OTHERS = 2**18
_NOTHING = Literal(float("nan"), FLOAT64)


class Windows(Protocol):
    """Which rows a statistic is of."""

    def define(
        self, frame: Frame, id: str, statistic: str, options: Options = (), keys: tuple[Expr, ...] = ()
    ) -> tuple[Frame, str]:
        """The frame with a statistic of a column, by pandas' name; the frame and the new column's id.

        Raises
        ------
        Unsupported
            If no kernel computes that statistic of these windows.
        """
        ...


@dataclass(frozen=True)
class RollingWindows:
    """A fixed number of rows up to each row, around it, or from it on."""

    window: int
    min_periods: int
    center: bool = False
    closed: str | None = None
    forward: bool = False

    @property
    def _settings(self) -> tuple[int, int, bool, str | None, bool]:
        return self.window, self.min_periods, self.center, self.closed, self.forward

    def apply(
        self, frame: Frame, id: str, label: str, function: tuple[str, str], raw: bool, keys: tuple[Expr, ...]
    ) -> tuple[Frame, str]:
        """The frame with what a function, of some payload and name, returns for the windows of a column."""
        if self.window > MOST_ROWS_OF_OTHERS and not keys or self.min_periods < 1:
            raise Unsupported("a function of such windows", "it would be called for rows of other tasks")
        operand = MakeStruct((Column(id), Column(label)), ("value", "label"))
        return frame.define(windows.RollingApply(operand, keys, "apply", *self._settings, (), *function, raw))

    def pair(self, frame: Frame, left: str, right: str, statistic: str, options: Options) -> tuple[Frame, str]:
        """The frame with a statistic of two of its columns."""
        operand = MakeStruct((Column(left), Column(right)), ("left", "right"))
        return frame.define(windows.RollingPair(operand, (), statistic, *self._settings, options))

    def define(
        self, frame: Frame, id: str, statistic: str, options: Options = (), keys: tuple[Expr, ...] = ()
    ) -> tuple[Frame, str]:
        if statistic == "sem":
            return _standard_error(self, frame, id, options, keys)
        if self.window > MOST_ROWS_OF_OTHERS and not keys:
            raise Unsupported("rolling over many rows", f"each task would need {self.window:,} rows of others")
        operand: Expr = Column(id)
        if statistic == "count":  # pandas adds up which values are there, so that all rows count for min_periods
            operand, statistic = NotNull(operand), "sum"
        return frame.define(windows.Rolling(operand, keys, statistic, *self._settings, options))


@dataclass(frozen=True)
class TimeWindows:
    """The rows at times up to ``span`` nanoseconds before each row's, or around it; times are a column."""

    times: str
    span: int
    min_periods: int
    center: bool
    closed: str | None
    name: str

    def define(
        self, frame: Frame, id: str, statistic: str, options: Options = (), keys: tuple[Expr, ...] = ()
    ) -> tuple[Frame, str]:
        if statistic == "sem":
            return _standard_error(self, frame, id, options, keys)
        value: Expr = Column(id)
        if statistic == "count":
            value, statistic = Widen(NotNull(value), FLOAT64), "sum"
        operand = MakeStruct((value, Column(self.times)), ("value", "time"))
        settings = (self.span, self.min_periods, self.center, self.closed)
        return frame.define(windows.TimedRolling(operand, keys, statistic, *settings, options, self.name))


@dataclass(frozen=True)
class ExpandingWindows:
    """All rows up to each row."""

    min_periods: int

    def define(
        self, frame: Frame, id: str, statistic: str, options: Options = (), keys: tuple[Expr, ...] = ()
    ) -> tuple[Frame, str]:
        if keys:  # a group is in one task, which has its rows in order
            return RollingWindows(ALL_ROWS, self.min_periods).define(frame, id, statistic, options, keys)
        if statistic == "count":
            return self._count(frame, id)
        frame, values = _finite(frame, id)
        frame, count = frame.define(windows.CumSum(NotNull(Column(values))))
        match statistic:
            case "sum" | "min" | "max" | "last":
                frame, found = so_far(frame, values, statistic)
                result: Expr = Column(found)
                if statistic == "sum":
                    result = Coalesce(result, Literal(0.0, FLOAT64))
            case "mean":
                frame, mean = mean_so_far(frame, values, count)
                result = Column(mean)
            case "var" | "std" | "sem":
                frame, result = spread(frame, values, count, int(str(dict(options).get("ddof", 1))))
                if statistic == "sem":  # pandas counts infinities there
                    frame, all_values = self._count(frame, id)
                    result = TrueDiv(Sqrt(result), Sqrt(Column(all_values)))
                elif statistic == "std":
                    result = Sqrt(result)
            case "first":
                is_first = And(NotNull(Column(values)), Eq(Column(count), Literal(1, INT64)))
                frame, found = frame.define(windows.FillForward(Where(is_first, Column(values), _NOTHING)))
                result = Column(found)
            case "nunique":
                frame, again = mark_duplicates(frame, [values], "first")
                frame, fresh = frame.define(And(NotNull(Column(values)), Not(Column(again))))
                frame, found = frame.define(windows.CumSum(Column(fresh)))
                result = Widen(Column(found), FLOAT64)
            case "skew" | "kurt":
                frame, result = moment(frame, values, count, statistic)
            case _:
                raise Unsupported(f"expanding().{statistic}", "it has no columnar kernel")
        return frame.define(_where_enough(count, self.min_periods, result))

    def pair(self, frame: Frame, left: str, right: str, statistic: str, options: Options) -> tuple[Frame, str]:
        """The frame with a statistic of two of its columns, of the rows that have both."""
        frame, ours, theirs = _both(frame, left, right)
        frame, count = frame.define(windows.CumSum(NotNull(Column(ours))))
        ddof = int(str(dict(options).get("ddof", 1)))
        frame, found = together(frame, ours, theirs, count, statistic, ddof)
        return frame.define(_where_enough(count, max(self.min_periods, 1), found))

    def _count(self, frame: Frame, id: str) -> tuple[Frame, str]:
        frame, count = frame.define(windows.CumSum(NotNull(Column(id))))
        frame, result = frame.define(cast(frame, count, FLOAT64))
        if self.min_periods <= 1:
            return frame, result
        frame, one = frame.define(Literal(1, INT64))
        frame, rows = frame.define(windows.CumSum(Column(one)))
        return frame.define(_where_enough(rows, self.min_periods, Column(result)))


@dataclass(frozen=True)
class EwmWindows:
    """All rows up to each row, the older the lighter."""

    com: float
    min_periods: int
    adjust: bool
    ignore_na: bool

    def define(
        self, frame: Frame, id: str, statistic: str, options: Options = (), keys: tuple[Expr, ...] = ()
    ) -> tuple[Frame, str]:
        frame, values = _finite(frame, id)
        op = windows.Ewm(Column(values), keys, statistic, self.com, self.adjust, self.ignore_na, options)
        return self._stays(frame, op, values)

    def pair(self, frame: Frame, left: str, right: str, statistic: str, options: Options) -> tuple[Frame, str]:
        """The frame with a statistic of two of its columns, of the rows that have both."""
        frame, ours, theirs = _both(frame, left, right)
        pairs = MakeStruct((Column(ours), Column(theirs)), ("left", "right"))
        op = windows.EwmPair(pairs, (), statistic, self.com, self.adjust, self.ignore_na, options)
        return self._stays(frame, op, ours)

    def _stays(self, frame: Frame, op: windows.Ewm, values: str) -> tuple[Frame, str]:
        keys = op.keys
        if op.reach > MOST_ROWS_OF_OTHERS and not keys:
            raise Unsupported("ewm with a long memory", f"each task would need {op.reach:,} rows of others")
        frame, count = frame.define(windows.CumSum(NotNull(Column(values)), keys))
        frame, found = frame.define(op)
        # Where there is no value the last one stays, and it may be longer ago than the operator looks.
        frame, last = frame.define(windows.FillForward(Column(found), keys))
        stays = Where(NotNull(Column(values)), Column(found), Column(last))
        return frame.define(_where_enough(count, max(self.min_periods, 1), stays))


def _standard_error(
    around: Windows, frame: Frame, id: str, options: Options, keys: tuple[Expr, ...]
) -> tuple[Frame, str]:
    frame, spread = around.define(frame, id, "std", options, keys)
    frame, count = around.define(frame, id, "count", (), keys)
    return frame.define(TrueDiv(Column(spread), Pow(Column(count), Literal(0.5, FLOAT64))))


def groups_in_order(frame: Frame, keys: tuple[str, ...], *, sorted_keys: bool) -> Frame:
    """The rows that have keys, group after group, the groups by key or by first appearance."""
    for key in keys:
        if not frame.dtype(key).never_missing:
            frame = keep_rows(frame, NotNull(Column(key)))
    if sorted_keys:
        order = list(keys)
    else:
        frame, at = frame.positions()
        frame, first = frame.define(windows.CumMin(Column(at), tuple(Column(key) for key in keys)))
        order = [first]
    return sort(frame, [(id, False) for id in order])


def require_numbers(frame: Frame, ids: tuple[str, ...], *, alone: bool) -> None:
    """Refuse what pandas computes no statistics of.

    Raises
    ------
    pandas.errors.DataError
        If a column holds neither numbers nor bools.
    Unsupported
        If that depends on its values.
    """
    for id in ids:
        dtype = frame.dtype(id)
        if dtype.is_carried or dtype.is_null or dtype.categories is not None:
            raise Unsupported(f"windows of {dtype}", "pandas looks whether its values are numbers")
        if not dtype.is_numeric:
            raise DataError(
                "No numeric types to aggregate" if alone else f"Cannot aggregate non-numeric type: {dtype.pandas}"
            )


def _finite(frame: Frame, id: str) -> tuple[Frame, str]:
    """The column as floats; an infinity is missing, as pandas has it in windows."""
    frame, values = frame.define(cast(frame, id, FLOAT64))
    return frame.define(Where(Lt(Abs(Column(values)), Literal(np.inf, FLOAT64)), Column(values), _NOTHING))


def _both(frame: Frame, left: str, right: str) -> tuple[Frame, str, str]:
    """Two columns as floats, missing where either of them is."""
    frame, left = _finite(frame, left)
    frame, right = _finite(frame, right)
    frame, ours = frame.define(Where(NotNull(Column(right)), Column(left), _NOTHING))
    frame, theirs = frame.define(Where(NotNull(Column(left)), Column(right), _NOTHING))
    return frame, ours, theirs


def _where_enough(count: str, min_periods: int, value: Expr) -> Expr:
    return Where(Ge(Column(count), Literal(min_periods, INT64)), value, _NOTHING) if min_periods else value
