"""Calendar offsets: times moved by months, business days and the like, as pandas moves them."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

import pandas as pd

from bigframe.ops.base import Expr
from bigframe.schema import DType, from_pandas


class AddOffset(Expr):
    """Times moved by one of pandas' offsets, named by its class; only names and literals travel.

    Raises
    ------
    ValueError
        If pandas has no offset of that name.
    TypeError
        If the operand is no time, as pandas says it.
    """

    tier: ClassVar[str] = "partitionwise"
    is_cheap: ClassVar[bool] = False
    operand: Expr
    offset: str
    n: int
    normalize: bool
    keywords: tuple[tuple[str, Any], ...]

    def __post_init__(self) -> None:
        found = getattr(pd.offsets, self.offset, None)
        if not (isinstance(found, type) and issubclass(found, pd.offsets.BaseOffset)):
            raise ValueError(f"pandas has no offset {self.offset!r}")
        super().__post_init__()

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not operand.is_datetime:
            raise TypeError(f"{operand} is not moved by a {self.offset}")
        day = pd.Series([pd.Timestamp("2020-01-15")]).dt.tz_localize(operand.arrow.tz).astype(operand.pandas)
        return from_pandas((day + offset_of(self)).dtype)


def moved(operand: Expr, offset: pd.offsets.BaseOffset) -> AddOffset:
    """The operator that adds an offset.

    Raises
    ------
    TypeError
        If the offset is of a class of its own, or has keywords that a plan cannot hold.
    """
    kind = type(offset).__name__
    if getattr(pd.offsets, kind, None) is not type(offset):
        raise TypeError(f"a plan cannot hold a value of type {kind}")
    keywords = {name: _literal(value) for name, value in offset.kwds.items() if name != "calendar"}
    return AddOffset(
        operand, kind, offset.n, bool(getattr(offset, "normalize", False)), tuple(sorted(keywords.items()))
    )


def offset_of(op: AddOffset) -> pd.offsets.BaseOffset:
    """pandas' own object."""
    make: Any = getattr(pd.offsets, op.offset)
    offset: pd.offsets.BaseOffset = make(op.n, normalize=op.normalize, **dict(op.keywords))
    return offset


def _literal(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_literal(one) for one in value)
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    return value
