"""Conversion between dtypes."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops.base import Expr
from bigframe.schema import DType


def _named_by_text(dtype: DType) -> bool:
    """Whether categories are known by the text that pandas converts their values to."""
    if dtype.is_carried:
        return False
    values = dtype.pandas.categories.dtype
    return isinstance(values, pd.IntervalDtype) or getattr(values, "kind", "O") in "iufb"


class Cast(Expr):
    """``astype``: values that do not convert are an error.

    ``as_float`` says that integers, or categories of them, print with a decimal point when they become strings, as
    pandas prints integers that share their column with a missing value.
    """

    takes_periods: ClassVar[bool] = True
    operand: Expr
    to: DType
    as_float: bool = False

    def result(self, *operands: DType) -> DType:
        if self.to.is_carried:
            return self.to
        if operands[0].is_not_its_values and not (self.to.is_string and _named_by_text(operands[0])):
            raise Unsupported(f"astype of {operands[0]}", "their kernel knows the names of their categories")
        return self.to


class Resolution(Expr):
    """How fine a time is: 0 whole days, 1 seconds, 2 milliseconds, 3 microseconds, 4 nanoseconds."""

    operand: Expr

    def result(self, *operands: DType) -> DType:
        return DType(pa.int8())


class TextOfTime(Expr):
    """``astype(str)`` of times, all to the resolution that the finest of them needs."""

    operand: Expr
    resolution: Expr
    to: DType

    def result(self, *operands: DType) -> DType:
        return self.to


class Fit(Expr):
    """A scalar in the dtype of the column beside it, as NumPy's weak scalars; an integer out of its range is an error."""

    operand: Expr
    to: DType

    def result(self, *operands: DType) -> DType:
        return self.to


class Widen(Expr):
    """The same values in the dtype that columns of several dtypes have in common where they meet; missing stays missing."""

    takes_periods: ClassVar[bool] = True
    operand: Expr
    to: DType

    def result(self, *operands: DType) -> DType:
        return self.to


class ToDatetime(Expr):
    """Parse strings as datetimes, in a time zone if they are moments; ``errors`` is ``raise`` or ``coerce``."""

    operand: Expr
    format: str | None
    errors: str
    unit: str
    zone: str | None = None

    def result(self, *operands: DType) -> DType:
        return DType(pa.timestamp(self.unit, self.zone))


class FromEpoch(Expr):
    """Datetimes from integers that count units since 1970; ``errors`` is ``raise`` or ``coerce``."""

    operand: Expr
    unit: str
    errors: str
    zone: str | None = None

    def result(self, *operands: DType) -> DType:
        return DType(pa.timestamp("ns" if self.unit == "ns" else "us", self.zone))


class IsWhole(Expr):
    """Whether a string reads as an integer; missing where it does not."""

    operand: Expr

    def result(self, *operands: DType) -> DType:
        return DType(pa.bool_(), unless_missing=("",))


class ToNumeric(Expr):
    """Parse strings as numbers; ``errors`` is ``raise`` or ``coerce``."""

    operand: Expr
    to: DType
    errors: str

    def result(self, *operands: DType) -> DType:
        return self.to
