"""Bins of time: the one that a time lies in, and those between two of them."""

from __future__ import annotations

from bigframe.ops.base import Expr
from bigframe.schema import DType, list_of


class TimeBin(Expr):
    """The start of the bin of ``step`` nanoseconds that a time lies in; one bin starts ``shift`` after a time zero.

    ``of_day`` says that this is the midnight before ``zero``; ``closed`` which end of a bin belongs to it.
    """

    operand: Expr
    zero: Expr
    step: int
    shift: int = 0
    of_day: bool = False
    closed: str = "left"

    def result(self, *operands: DType) -> DType:
        return operands[0]


class CalendarBin(Expr):
    """The day that names the week, month, quarter or year of a time: the first or last, as the pandas ``rule`` says."""

    operand: Expr
    rule: str

    def result(self, *operands: DType) -> DType:
        return operands[0]


class RuleBin(Expr):
    """The label of the bin that a time lies in, of those that pandas makes of the first and the last time.

    Parameters
    ----------
    rule, closed, label, start
        As pandas' resample has them; ``start`` is its ``origin``, in ISO 8601 if it is a time.
    shift
        The ``offset`` in nanoseconds, if there is one.
    """

    operand: Expr
    first: Expr
    last: Expr
    rule: str
    closed: str
    label: str
    start: str
    shift: int | None = None

    def result(self, *operands: DType) -> DType:
        return operands[0]


class RuleBins(Expr):
    """The labels of all bins that :class:`RuleBin` knows; none if there is no time."""

    first: Expr
    last: Expr
    rule: str
    closed: str
    label: str
    start: str
    shift: int | None = None

    def result(self, *operands: DType) -> DType:
        return list_of(operands[0])


class TimesUntil(Expr):
    """The times that pandas' ``date_range`` has by a rule from the first to the last; none if there is no time."""

    first: Expr
    last: Expr
    rule: str

    def result(self, *operands: DType) -> DType:
        return list_of(operands[0])


class BinsUntil(Expr):
    """A bin and those after it that come before another; without another one, the bin alone.

    Parameters
    ----------
    step
        Nanoseconds of a bin; None for bins of the calendar.
    rule
        The pandas rule of bins of the calendar.
    """

    operand: Expr
    following: Expr
    step: int | None = None
    rule: str = ""

    def result(self, *operands: DType) -> DType:
        return list_of(operands[0])
