"""Reductions across the columns of each row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bigframe.errors import Unsupported
from bigframe.ops.arithmetic import Add, TrueDiv
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Gt, Lt
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import Coalesce, IsNull, NotNull
from bigframe.schema import BOOL, FLOAT64, INT64, DType
from bigframe.semantics.frame import Frame

_SIGNED = ("int8", "int16", "int32", "int64")
Pair = Callable[[Expr, Expr], Expr]


def across(frame: Frame, name: str, *, skipna: bool = True) -> Frame:
    """A column of what a reduction makes of each row.

    Raises
    ------
    Unsupported
        If there is no column, or pandas reduces rows of these dtypes by rules of their own.
    """
    if not frame.ids:
        raise Unsupported(f"{name}(axis=1) of no columns", "its result has no dtype")
    if name == "count":
        frame, id = _count(frame)
    elif name in ("any", "all"):
        _require(name, frame, all(dtype == BOOL for dtype in frame.dtypes))
        frame, id = _folded(frame, frame.ids, Or if name == "any" else And)
    elif name in ("min", "max"):
        dtype = _common(name, frame)
        _require(name, frame, skipna or all(one.never_missing for one in frame.dtypes))
        frame, id = _folded(frame, _in(frame, dtype), partial(_chosen, better=Lt if name == "min" else Gt))
    elif name in ("sum", "mean"):
        frame, id = _sum(frame, FLOAT64 if name == "mean" or FLOAT64 in frame.dtypes else INT64, name, skipna=skipna)
        if name == "mean":
            total = id
            frame, count = _count(frame) if skipna else (frame, None)
            divisor = Column(count) if count else Literal(len(frame.ids), INT64)
            frame, id = frame.define(TrueDiv(Column(total), divisor))
    else:
        raise Unsupported(f"{name}(axis=1)", "it has no kernel across columns")
    return frame.select((None,), (id,)).replace(label_names=())


def _sum(frame: Frame, dtype: DType, name: str, *, skipna: bool) -> tuple[Frame, str]:
    _common(name, frame)
    zero = Literal(0.0 if dtype.is_float else 0, dtype)
    exprs = []
    for id in frame.ids:
        own = frame.dtype(id)
        value: Expr = Column(id) if own == dtype else Widen(Column(id), dtype)
        exprs.append(value if own.never_missing or not skipna else Coalesce(value, zero))
    return _folded(frame, exprs, Add)


def _count(frame: Frame) -> tuple[Frame, str]:
    one, zero = Literal(1, INT64), Literal(0, INT64)
    return _folded(frame, [Where(NotNull(Column(id)), one, zero) for id in frame.ids], Add)


def _chosen(best: Expr, other: Expr, better: type[Lt | Gt]) -> Expr:
    return Where(Or(IsNull(best), better(other, best)), other, best)


def _in(frame: Frame, dtype: DType) -> list[Expr]:
    return [Column(id) if frame.dtype(id) == dtype else Widen(Column(id), dtype) for id in frame.ids]


def _folded(frame: Frame, operands: tuple[str, ...] | list[Expr], pair: Pair) -> tuple[Frame, str]:
    """The operands put together from the left, each step a column of its own: two would read it twice."""
    first, *others = (Column(one) if isinstance(one, str) else one for one in operands)
    frame, id = frame.define(first) if not isinstance(first, Column) else (frame, first.id)
    for other in others:
        frame, right = frame.define(other) if not isinstance(other, Column) else (frame, other.id)
        frame, id = frame.define(pair(Column(id), Column(right)))
    return frame, id


def _common(name: str, frame: Frame) -> DType:
    """The dtype of signed integers of one width, or of those of 64 bits among floats of 64 bits."""
    first = frame.dtypes[0]
    integers = all(one == first for one in frame.dtypes) and str(first.arrow) in _SIGNED and first.never_missing
    wide = all(one in (FLOAT64, INT64) for one in frame.dtypes)
    _require(name, frame, integers or wide)
    return first if integers else FLOAT64


def _require(name: str, frame: Frame, holds: bool) -> None:
    if not holds:
        raise Unsupported(f"{name}(axis=1) of {', '.join(map(str, dict.fromkeys(frame.dtypes)))}", "it has no kernel")
