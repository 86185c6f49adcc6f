"""Windows: one value per row from the rows around it, in the order of the rows, or of those with equal keys."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.ops.kinds import Kind
from bigframe.schema import DType, Family


class Window(Expr):
    """An operator over the rows before or after; with ``keys``, over those of the same group.

    Rows with a missing key belong to no group, and have no value.
    """

    kind = Kind.WINDOW
    is_cheap = False
    name: ClassVar[str]
    operand: Expr
    keys: tuple[Expr, ...] = ()

    def result(self, *operands: DType) -> DType:
        operand, *keys = operands
        dtype = self.of(operand)
        if operand.otherwise is not None or dtype.if_fits is not None:
            raise Unsupported(f"{self.name} of {operand}", "its dtype depends on the data", ".astype first")
        return dtype if all(key.never_missing for key in keys) else dtype.or_missing()

    def of(self, operand: DType) -> DType:
        """The dtype over operands of a dtype, where no key is missing.

        Raises
        ------
        Unsupported
            If pandas computes on Python objects there, or refuses.
        """
        raise NotImplementedError

    def _refuse(self, operand: DType) -> Unsupported:
        return Unsupported(f"{self.name} of {operand}", "it has no columnar kernel", ".astype first")


class Shift(Window):
    """The value ``periods`` rows before (after, if negative); missing past the ends."""

    name = "shift"
    periods: int = 1

    def of(self, operand: DType) -> DType:
        if operand.is_bool and operand.family is Family.NUMPY:
            raise self._refuse(operand)
        return rules.optional_float(operand)


class Diff(Window):
    """The value less the one ``periods`` rows before (after, if negative)."""

    name = "diff"
    periods: int = 1

    def of(self, operand: DType) -> DType:
        if operand.is_datetime or operand.is_timedelta:
            return DType(pa.duration(operand.arrow.unit), operand.family)
        whole = operand.is_integer and operand.family is Family.NUMPY
        narrow = whole and not {operand.arrow, operand.if_fits or operand.arrow} <= {pa.int64(), pa.int32()}
        if narrow or not (operand.is_integer or operand.is_float):
            raise self._refuse(operand)
        return rules.optional_float(operand)


class _Running(Window):
    """What has come up to and with each row; a missing value has none, and is skipped by those after it."""


class CumSum(_Running):
    name = "cumsum"

    def of(self, operand: DType) -> DType:
        return operand if operand.is_timedelta and operand.family is Family.NUMPY else _accumulated(self, operand)


class CumProd(_Running):
    name = "cumprod"

    def of(self, operand: DType) -> DType:
        return _accumulated(self, operand)


class CumMin(_Running):
    name = "cummin"

    def of(self, operand: DType) -> DType:
        return _ordered(self, operand)


class CumMax(_Running):
    name = "cummax"

    def of(self, operand: DType) -> DType:
        return _ordered(self, operand)


class FillForward(Window):
    """The last value that is there."""

    name = "ffill"

    def of(self, operand: DType) -> DType:
        return operand


class FillBackward(Window):
    """The next value that is there."""

    name = "bfill"

    def of(self, operand: DType) -> DType:
        return operand


def _accumulated(op: Window, operand: DType) -> DType:
    """Sums and products: as wide as integers go, except in groups and in Arrow's columns."""
    if operand.is_float:
        return operand
    is_object = operand.is_bool and (operand.unless_missing or operand.family is Family.ARROW)
    if is_object or not (operand.is_integer or operand.is_bool):
        raise op._refuse(operand)
    if operand.family is Family.ARROW or op.keys and operand.is_integer:
        return operand
    wide = pa.uint64() if pa.types.is_unsigned_integer(operand.arrow) else pa.int64()
    return DType(wide, operand.family).unsettled_by(*operand.unless_missing)


def _ordered(op: Window, operand: DType) -> DType:
    is_time = operand.is_datetime or operand.is_timedelta
    is_bool = operand.is_bool and not operand.unless_missing and operand.family is not Family.ARROW
    if operand.is_integer or operand.is_float or is_time or is_bool:
        return operand
    raise op._refuse(operand)

