"""Windows: one value per row from the rows around it, in the order of the rows, or of those with equal keys."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.ops.kinds import Kind
from bigframe.schema import FLOAT64, DType, Family


class Window(Expr):
    """An operator over the rows before or after; with ``keys``, over those of the same group.

    Rows with a missing key belong to no group, and have no value.
    """

    kind = Kind.WINDOW
    is_cheap = False
    takes_periods = True
    name: ClassVar[str]
    operand: Expr
    keys: tuple[Expr, ...] = ()

    def result(self, *operands: DType) -> DType:
        operand, keys = operands[0], operands[1 : 1 + len(self.keys)]
        dtype = self.of(operand)
        unsettled = operand.if_fits is not None and (dtype.if_fits is not None or bool(self.keys))
        if operand.otherwise is not None or unsettled:
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
    """The value ``periods`` rows before (after, if negative); past the ends ``fill``, which is missing if it is None."""

    name = "shift"
    periods: int = 1
    fill: Expr | None = None

    def of(self, operand: DType) -> DType:
        if self.fill is not None:
            return operand
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
    """The last value that is there; in groups, if it is at most ``limit`` rows before."""

    name = "ffill"
    limit: int | None = None

    def of(self, operand: DType) -> DType:
        return operand


class FillBackward(Window):
    """The next value that is there; in groups, if it is at most ``limit`` rows after."""

    name = "bfill"
    limit: int | None = None

    def of(self, operand: DType) -> DType:
        return operand


class Rolling(Window):
    """A statistic of the ``window`` rows up to each one, around it, or from it on (``forward``).

    Of fewer values than ``min_periods`` it is missing. ``options`` are those of the statistic, as pandas' rolling method
    of that name takes them.
    """

    name = "rolling"
    statistic: str = "sum"
    window: int = 1
    min_periods: int = 1
    center: bool = False
    closed: str | None = None
    forward: bool = False
    options: tuple[tuple[str, Any], ...] = ()

    def of(self, operand: DType) -> DType:
        if operand.is_numeric or operand.is_bool:
            return FLOAT64
        raise self._refuse(operand)

    @property
    def reach(self) -> tuple[int, int]:
        """How many rows before the row itself, and after it, belong to its window."""
        ahead = self.window - 1 if self.forward else (self.window - 1) // 2 if self.center else 0
        back = self.window - 1 - ahead
        back += self.closed in ("left", "both")
        ahead -= self.closed in ("left", "neither")
        return max(back, 0), max(ahead, 0)


class RollingPair(Rolling):
    """A statistic of pairs of values: the operand is a struct of a ``left`` and a ``right`` one."""

    statistic: str = "corr"

    def of(self, operand: DType) -> DType:
        for field in operand.arrow:
            if not DType(field.type).is_numeric:
                raise self._refuse(DType(field.type))
        return FLOAT64


class RollingApply(Rolling):
    """A user function of each window: the operand is a struct of a ``value`` and the row's ``label``.

    ``own`` says for which rows it is called, all if it is None; ``raw`` whether it gets an array instead of a Series.
    """

    tier = "partitionwise"
    function: str = ""
    called: str = ""
    raw: bool = False
    own: Expr | None = None

    def of(self, operand: DType) -> DType:
        return FLOAT64


class TimedRolling(Window):
    """A statistic of the values at times up to ``span`` nanoseconds before each row's, or around it.

    The operand is a struct of a ``value`` and a ``time``; ``times`` names the latter in pandas' errors.
    """

    name = "rolling"
    statistic: str = "sum"
    span: int = 1
    min_periods: int = 1
    center: bool = False
    closed: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    times: str = "index"

    def of(self, operand: DType) -> DType:
        value = DType(operand.arrow.field("value").type)
        if value.is_numeric:
            return FLOAT64
        raise self._refuse(value)


class Ewm(Window):
    """A statistic of all rows up to each one, which weigh the less the longer ago they are, as pandas' ``ewm`` has it."""

    name = "ewm"
    statistic: str = "mean"
    com: float = 1.0
    adjust: bool = True
    ignore_na: bool = False
    options: tuple[tuple[str, Any], ...] = ()

    def of(self, operand: DType) -> DType:
        if operand.is_numeric:
            return FLOAT64
        raise self._refuse(operand)

    @property
    def reach(self) -> int:
        """How many rows before have a weight that a float64 can tell from none."""
        kept = self.com / (1 + self.com)
        return max(1, math.ceil(math.log(1e-20) / math.log(kept))) if kept else 1


class EwmPair(Ewm):
    """A statistic of pairs of values: the operand is a struct of a ``left`` and a ``right`` one, which are floats."""

    statistic: str = "cov"

    def of(self, operand: DType) -> DType:
        return FLOAT64


class Rank(Window):
    """The place of each value among all in order; ties share one as ``method`` says.

    Missing values have none (``na_option="keep"``), or one before (``"top"``) or after (``"bottom"``) all others.
    """

    name = "rank"
    method: str = "average"
    ascending: bool = True
    na_option: str = "keep"
    pct: bool = False

    def of(self, operand: DType) -> DType:
        is_time = operand.is_time
        is_plain = operand.is_integer or operand.is_float or operand.is_bool and operand.never_missing
        is_text = operand.is_string and operand.categories is None
        if operand.family is Family.NUMPY and (is_plain or is_time or is_text):
            return FLOAT64
        if operand.is_python_text and not self.keys:
            return FLOAT64
        if operand.family is Family.NUMPY or self.keys or not (operand.is_numeric or is_text):
            raise self._refuse(operand)
        whole = self.method != "average" and not self.pct and not (is_text and operand.family is Family.NULLABLE)
        return DType(pa.uint64() if whole else pa.float64(), operand.family)


def _accumulated(op: Window, operand: DType) -> DType:
    """Sums and products: as wide as integers go, except in Arrow's columns, and in groups where all results fit."""
    if operand.is_float:
        return operand
    is_object = operand.is_bool and (operand.unless_missing or operand.family is Family.ARROW)
    if is_object or not (operand.is_integer or operand.is_bool):
        raise op._refuse(operand)
    if operand.family is Family.ARROW and not op.keys:
        return operand
    wide = pa.uint64() if pa.types.is_unsigned_integer(operand.arrow) else pa.int64()
    fits = operand.arrow if op.keys and operand.is_integer and operand.arrow != wide else None
    return DType(wide, operand.family, if_fits=fits).unsettled_by(*operand.unless_missing)


def _ordered(op: Window, operand: DType) -> DType:
    is_time = operand.is_time
    is_bool = operand.is_bool and not operand.unless_missing and operand.family is not Family.ARROW
    if operand.is_integer or operand.is_float or is_time or is_bool:
        return operand
    raise op._refuse(operand)
