"""Calls of user functions: opaque to the optimizer, shipped by the hash of their payload."""

from __future__ import annotations

from typing import Any, ClassVar

from bigframe.ops.base import Expr, Member
from bigframe.schema import DType


class Call(Expr):
    """Call a user function, value by value (``Series.map``), row by row (``apply(axis=1)``) or batch by batch.

    ``each`` is ``value``, ``row`` or ``batch``; ``labels`` are the names under which a row or batch sees its
    columns, which come after the index levels that name a row; ``holes`` gives for each argument the scalars that say
    whether its integers share a column with a missing value, and so are floats.
    """

    tier: ClassVar[str] = "partitionwise"
    is_cheap: ClassVar[bool] = False
    looks_inside: ClassVar[bool] = False
    arguments: tuple[Expr, ...]
    function: str
    name: str
    each: str
    dtype: DType
    labels: tuple[Any, ...] = ()
    skip_missing: bool = False
    options: tuple[tuple[str, Any], ...] = ()
    holes: tuple[tuple[Expr, ...], ...] = ()

    def result(self, *operands: DType) -> DType:
        return self.dtype


class Lookup(Expr):
    """``Series.map`` of a dictionary or a small series: the value at the key, missing where there is none."""

    takes_periods: ClassVar[bool] = True
    operand: Expr
    keys: tuple[Any, ...]
    values: tuple[Any, ...]
    dtype: DType

    def result(self, *operands: DType) -> DType:
        return self.dtype


class LookupIn(Member):
    """``Series.map`` of a lazy series: the value beside the key in another plan. The optimizer makes it a join."""

    value: str
    dtype: DType

    def result(self, *operands: DType) -> DType:
        return self.dtype
