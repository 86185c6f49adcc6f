"""Pruning: which blocks of files can hold a row that a predicate keeps, told from the bounds of their columns."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa

import engine.kernels.catalog  # noqa: F401  (registers the kernels)
from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr, Literal, columns_read, dtype_of
from bigframe.ops.comparison import Eq, Ge, Gt, IsIn, Le, Lt, Ne, comparable
from bigframe.ops.datetimes import Year
from bigframe.ops.logical import And, Not, Or
from bigframe.ops.missing import IsNull, NotNull, sees_every_row
from bigframe.schema import DType, Schema
from engine.io.layout import ColumnStatistics
from engine.kernels import registry
from engine.kernels.types import polars_type

Mask: TypeAlias = npt.NDArray[np.bool_]
"""One entry for each block."""

_FLIPPED: dict[type[Expr], type[Expr]] = {Lt: Gt, Le: Ge, Gt: Lt, Ge: Le, Eq: Eq, Ne: Ne}

_OPERATORS: dict[type[Expr], Callable[[Any, Any], Any]] = {
    Lt: operator.lt,
    Le: operator.le,
    Gt: operator.gt,
    Ge: operator.ge,
    Eq: operator.eq,
}

_PLAIN: dict[type[pl.DataType], type] = {pl.Int64: int, pl.Float64: float, pl.String: str}
"""Types whose values Python orders as the engine does."""


@dataclass(frozen=True)
class Bounds:
    """What is known of one column in every block.

    Parameters
    ----------
    low, high
        No value is below or above; null where nothing is known.
    valued, missing
        Whether the block may hold a value, and a missing one.
    """

    low: pl.Series
    high: pl.Series
    valued: Mask
    missing: Mask

    @cached_property
    def known(self) -> Mask:
        """Where both bounds are known."""
        if not self.low.null_count() and not self.high.null_count():
            return np.ones(len(self.low), dtype=bool)
        return (self.low.is_not_null() & self.high.is_not_null()).to_numpy()

    @cached_property
    def constant(self) -> Mask:
        """Where all values are the same one."""
        if self.known.all():
            return np.asarray(self.low.to_numpy() == self.high.to_numpy(), dtype=bool)
        return (self.low == self.high).fill_null(False).to_numpy()


@dataclass(frozen=True)
class _Outcomes:
    """Whether a predicate can be true, false or missing for some row of each block."""

    true: Mask
    false: Mask
    missing: Mask


def bounds(statistics: Sequence[ColumnStatistics], rows: Sequence[int], dtype: DType, *, may_hold_nan: bool) -> Bounds:
    """Bounds of a column from the statistics of its blocks.

    Parameters
    ----------
    statistics
        Of each block. Bounds may lie outside the values, as those of shortened strings do.
    rows
        Of each block.
    dtype
        Of the column in the plan.
    may_hold_nan
        Whether values may be NaN, which is missing and in no bound.
    """
    nulls = [entry.null_count for entry in statistics]
    valued = [count is None or count < total for count, total in zip(nulls, rows, strict=True)]
    missing = [may_hold_nan or count is None or count > 0 for count in nulls]
    low, high = (_as_series([getattr(entry, side) for entry in statistics], dtype) for side in ("min", "max"))
    return Bounds(low, high, np.array(valued, dtype=bool), np.array(missing, dtype=bool))


def kept(predicate: Expr, schema: Schema, bounds_of: Callable[[str], Bounds], blocks: int) -> Mask:
    """Whether each block can hold a row that a predicate keeps; what is not understood keeps every block.

    Bounds are compared by the kernels that compare the rows, so that types meet as they do there.

    Parameters
    ----------
    predicate
        Over columns of ``schema``.
    bounds_of
        Bounds of a column, by id.
    blocks
        How many there are.
    """
    if sees_every_row(predicate):
        return np.ones(blocks, dtype=bool)
    # Files bound categories by their text.
    stored = {id: dtype if dtype.categories is None else dtype.as_text() for id, dtype in schema.items()}
    return _Judge(stored, cache(bounds_of), blocks).outcomes(predicate).true


@dataclass(frozen=True)
class _Judge:
    schema: Schema
    bounds_of: Callable[[str], Bounds]
    blocks: int

    def outcomes(self, predicate: Expr) -> _Outcomes:
        match predicate:
            case And():
                left, right = self.outcomes(predicate.left), self.outcomes(predicate.right)
                missing = left.missing | right.missing
                return _Outcomes(left.true & right.true, left.false | right.false, missing)
            case Or():
                left, right = self.outcomes(predicate.left), self.outcomes(predicate.right)
                missing = left.missing | right.missing
                return _Outcomes(left.true | right.true, left.false & right.false, missing)
            case Not():
                inner = self.outcomes(predicate.operand)
                return _Outcomes(inner.false, inner.true, inner.missing)
            case IsNull(operand=Column(id=id)):
                known = self.bounds_of(id)
                return _Outcomes(known.missing, known.valued, self._nowhere)
            case NotNull(operand=Column(id=id)):
                known = self.bounds_of(id)
                return _Outcomes(known.valued, known.missing, self._nowhere)
            case IsIn(operand=Column(id=id)):
                return self._membership(predicate, self.bounds_of(id))
            case Column(id=id) if self.schema[id].is_bool:
                known = self.bounds_of(id)
                inner = self._in_order(predicate, known)
                # Some operators take a missing truth for false.
                return _Outcomes(inner.true, inner.false | known.missing, known.missing)
            case Eq() | Ne() | Lt() | Le() | Gt() | Ge():
                return self._comparison(predicate)
        return self._anything

    @property
    def _nowhere(self) -> Mask:
        return np.zeros(self.blocks, dtype=bool)

    @property
    def _anything(self) -> _Outcomes:
        everywhere = ~self._nowhere
        return _Outcomes(everywhere, everywhere, everywhere)

    def _comparison(self, predicate: Eq | Ne | Lt | Le | Gt | Ge) -> _Outcomes:
        kind, left, right = type(predicate), predicate.left, predicate.right
        if isinstance(left, Literal):
            kind, left, right = _FLIPPED[kind], right, left  # type: ignore[assignment]
        if not (isinstance(right, Literal) and not is_missing(right.value) and self._is_monotone(left)):
            return self._anything
        if not comparable(dtype_of(left, self.schema), right.dtype):
            return self._anything
        (id,) = columns_read(left)
        known = self.bounds_of(id)
        if kind in (Eq, Ne):
            below, above = self._in_order(Le(left, right), known), self._in_order(Ge(left, right), known)
            same, other = below.true & above.true, below.false | above.false
            found = _Outcomes(other, same, self._nowhere) if kind is Ne else _Outcomes(same, other, self._nowhere)
        else:
            found = self._in_order(kind(left, right), known)
        result = dtype_of(predicate, self.schema)
        if result.is_three_valued:
            return _Outcomes(found.true, found.false, known.missing)
        if kind is Ne:
            return _Outcomes(found.true | known.missing, found.false, self._nowhere)
        return _Outcomes(found.true, found.false | known.missing, self._nowhere)

    def _is_monotone(self, expr: Expr) -> bool:
        """Whether an expression over one column never falls where the column rises."""
        match expr:
            case Column():
                return True
            case Year(operand=Column(id=id)):
                return self.schema[id].arrow.tz is None
        return False

    def _in_order(self, test: Expr, known: Bounds) -> _Outcomes:
        """A test that, going up the column's values, changes its answer at most once: the ends say it all."""
        answers = _compared(test, known, self.schema) or self._answers(test, known)
        if answers is None:
            return _Outcomes(known.valued, known.valued, self._nowhere)
        (at_low, at_high), unknown = answers, ~known.known
        true, false = (at_low | at_high | unknown), (~at_low | ~at_high | unknown)
        return _Outcomes(true & known.valued, false & known.valued, self._nowhere)

    def _answers(self, test: Expr, known: Bounds) -> tuple[Mask, Mask] | None:
        """What the kernel of a test says of both bounds; None where it fails on them, as it will on the rows."""
        (id,) = columns_read(test)
        try:
            compiled = registry.compile(test, self.schema)
            values = pl.DataFrame({id: pl.concat([known.low, known.high])})
            answers = values.select(compiled.expr.fill_null(False).alias(id)).get_column(id).to_numpy()
        except (pl.exceptions.PolarsError, OverflowError):
            return None
        return answers[: self.blocks], answers[self.blocks :]

    def _membership(self, predicate: IsIn, known: Bounds) -> _Outcomes:
        found = self._any_between(predicate, known)
        true, false = found & known.valued, ~(found & known.constant) & known.valued
        if predicate.has_missing:
            return _Outcomes(true | known.missing, false, self._nowhere)
        return _Outcomes(true, false | known.missing, self._nowhere)

    def _any_between(self, predicate: IsIn, known: Bounds) -> Mask:
        """Whether one of the values may lie between the bounds."""
        dtype = known.low.dtype
        listed: list[Any] = list(predicate.values)
        if not listed:
            return self._nowhere
        if type(dtype) in _PLAIN and known.known.all() and all(type(value) is _PLAIN[type(dtype)] for value in listed):
            ends, ordered = zip(known.low.to_list(), known.high.to_list(), strict=True), sorted(listed)
            return np.array([bisect_right(ordered, high) > bisect_left(ordered, low) for low, high in ends], dtype=bool)
        # As in the kernel: integers meet fractions as floats.
        if dtype.is_integer() and any(isinstance(value, float) for value in listed):
            dtype = pl.Float64()
        try:
            values = pl.Series(listed, dtype=None if dtype.is_integer() else dtype, strict=False).drop_nulls().sort()
            low, high = (side.cast(values.dtype, strict=False) for side in (known.low, known.high))
            if values.dtype.is_numeric() != dtype.is_numeric():
                return ~self._nowhere
            first, past = values.search_sorted(low, "left"), values.search_sorted(high, "right")
        except (pl.exceptions.PolarsError, TypeError, OverflowError):
            return ~self._nowhere
        unknown = (low.is_null() | high.is_null()).to_numpy()
        found: Mask = (past > first).to_numpy() | unknown
        return found


def _compared(test: Expr, known: Bounds, schema: Schema) -> tuple[Mask, Mask] | None:
    """What a comparison of a column with a constant of its own type says of both bounds; None for other tests.

    A kernel would say the same, but to start one takes as long as to read a block.
    """
    match test:
        case Lt() | Le() | Gt() | Ge() | Eq() if isinstance(test.left, Column) and isinstance(test.right, Literal):
            dtype, constant = schema[test.left.id], test.right
        case _:
            return None
    if dtype.arrow != constant.dtype.arrow or not known.known.all():
        return None
    compare, value = _OPERATORS[type(test)], constant.value
    if dtype.is_string and isinstance(value, str):
        low, high = ([compare(bound, value) for bound in side.to_list()] for side in (known.low, known.high))
        return np.array(low, dtype=bool), np.array(high, dtype=bool)
    if dtype.is_datetime and dtype.arrow.tz is None and isinstance(value, pd.Timestamp):
        value = value.as_unit(dtype.arrow.unit).asm8
    elif not (dtype.arrow in (pa.int64(), pa.float64()) and type(value) in (int, float)):
        return None
    return compare(known.low.to_numpy(), value), compare(known.high.to_numpy(), value)


def _as_series(values: list[object], dtype: DType) -> pl.Series:
    """Bounds in the column's type; all unknown where the type has none that compare, or they are of another."""
    unknown = pl.Series([None] * len(values), dtype=polars_type(dtype.arrow))
    ordered = dtype.is_numeric or dtype.is_string or dtype.is_binary or dtype.is_date or dtype.is_datetime
    if not ordered:
        return unknown
    if dtype.is_float:
        # Old writers put NaN among the bounds, which then bound nothing.
        values = [None if isinstance(value, float) and np.isnan(value) else value for value in values]
    try:
        found = pl.from_arrow(pa.array(values, type=dtype.arrow))
    except (pa.ArrowException, OverflowError):
        return unknown
    assert isinstance(found, pl.Series)
    return found
