"""Missing values: tests and fills."""

from __future__ import annotations

from typing import ClassVar

from bigframe.ops import rules
from bigframe.ops.base import Expr
from bigframe.schema import BOOL, FLOAT64, DType
from bigframe.tree import walk


class IsNull(Expr):
    looks_inside: ClassVar[bool] = False
    operand: Expr

    def result(self, *operands: DType) -> DType:
        return BOOL


class NotNull(Expr):
    looks_inside: ClassVar[bool] = False
    operand: Expr

    def result(self, *operands: DType) -> DType:
        return BOOL


class Coalesce(Expr):
    """The first operand where it is there, else the second (``fillna``, and the key of an outer join)."""

    looks_inside: ClassVar[bool] = False
    operand: Expr
    other: Expr

    def result(self, *operands: DType) -> DType:
        operand, other = operands
        if operand.unless_missing and not operand.is_bool and other.is_float and not other.unless_missing:
            return DType(FLOAT64.arrow, unless_missing=operand.unless_missing, otherwise=operand.settled().arrow)
        return rules.promote(operand, other)


class Present(Expr):
    """The operand, in which a missing value is an error: pandas' mask of Python objects."""

    operand: Expr

    def result(self, *operands: DType) -> DType:
        return operands[0].settled()


class Found(Expr):
    """A value where ``place`` is not missing; else pandas' error for the extreme of nothing, which ``name`` looks for.

    ``rows`` is how many there are; ``of_group`` says that it is so many in each group, where none is a row of no group.
    Without ``skipna`` the place is missing where a value is.
    """

    takes_periods: ClassVar[bool] = True
    operand: Expr
    place: Expr
    rows: Expr
    name: str
    of_group: bool = False
    skipna: bool = True

    def result(self, *operands: DType) -> DType:
        return operands[0] if self.of_group else operands[0].settled()


def sees_every_row(predicate: Expr) -> bool:
    """Whether a predicate may fail on a row that it does not keep, so that every row must reach it."""
    return any(
        isinstance(node, Present) or (isinstance(node, Expr) and node.tier != "native") for node in walk(predicate)
    )
