"""Reductions across the columns of each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops.across import OfRow
from bigframe.ops.arithmetic import Add, TrueDiv
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq, Gt, Lt
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import Coalesce, Found, IsNull, NotNull
from bigframe.schema import BOOL, FLOAT64, INT64, DType, Family
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal

_SIGNED = ("int8", "int16", "int32", "int64")
Pair = Callable[[Expr, Expr], Expr]


_REDUCTIONS = {
    "sum": "Sum", "prod": "Prod", "mean": "Mean", "min": "Min", "max": "Max", "median": "Median", "var": "Var",
    "std": "Std", "sem": "Sem", "skew": "Skew", "kurt": "Kurt", "any": "Any_", "all": "All", "nunique": "NUnique",
    "quantile": "Quantile",
}  # fmt: skip


def across(frame: Frame, name: str, *, skipna: bool = True, **options: Any) -> Frame:
    """A column of what a reduction makes of each row; ``options`` are those of its operator.

    Raises
    ------
    Unsupported
        If there is no column, or pandas reduces rows of these dtypes by rules of their own.
    """
    if not frame.ids:
        raise Unsupported(f"{name}(axis=1) of no columns", "its result has no dtype")
    try:
        if options:
            raise Unsupported(f"{name}(axis=1, {next(iter(options))}=)", "it is not made of pairs")
        frame, id = _by_pairs(frame, name, skipna=skipna)
    except Unsupported:
        frame, id = _of_rows(frame, name, skipna=skipna, options=options)
    return frame.select((None,), (id,)).replace(label_names=())


def extreme_label(frame: Frame, *, largest: bool) -> Frame:
    """A column of the label under which each row has its first extreme value.

    Raises
    ------
    Unsupported
        If labels are of several kinds, or pandas compares values of these dtypes by rules of its own.
    """
    kinds = {type(label) for label in frame.labels}
    if len(kinds) != 1 or not kinds <= {str, int, float}:
        raise Unsupported("the labels of extremes", "their labels have no common dtype")
    rows, best = _of_rows(frame, "max" if largest else "min", skipna=True, options={})
    chosen: Expr = literal(frame.labels[-1])
    for label, id in reversed(list(zip(frame.labels[:-1], frame.ids, strict=False))):
        is_best = Coalesce(Eq(Column(id), Column(best)), Literal(False, BOOL))
        chosen = Where(is_best, literal(label), chosen)
    rows, id = rows.define(Found(chosen, Column(best), Literal(1, INT64), "argmax" if largest else "argmin"))
    return rows.select((None,), (id,)).replace(label_names=())


def _of_rows(frame: Frame, name: str, *, skipna: bool, options: Mapping[str, Any]) -> tuple[Frame, str]:
    """By the reduction's own kernel, over the values of each row."""
    if name not in _REDUCTIONS:
        raise Unsupported(f"{name}(axis=1)", "it has no kernel across columns")
    first = frame.dtypes[0]
    alike = all(dtype == first for dtype in frame.dtypes)
    is_number = [(one.is_integer or one.is_float) and one.is_settled and one.otherwise is None for one in frame.dtypes]
    numbers = all(is_number) and all(one.family is Family.NUMPY for one in frame.dtypes)
    times = alike and first.family is Family.NUMPY and (first.is_datetime or first.is_timedelta)
    bools = alike and first == BOOL and name != "quantile"
    nullable = alike and is_number[0] and first.family is Family.NULLABLE
    nullable = nullable and not (name == "quantile" and first.arrow == pa.float32())
    others = name in ("min", "max") and times or name == "nunique" and alike and (first.is_string or times)
    items: tuple[Expr, ...] = tuple(Column(id) for id in frame.ids)
    if name in ("any", "all") and not skipna:
        _require(name, frame, numbers)
        one = Literal(1, INT64)
        # NaN is true to pandas.
        items = tuple(
            x if t.never_missing else Where(NotNull(x), x, one) for x, t in zip(items, frame.dtypes, strict=True)
        )
    _require(name, frame, numbers or bools or nullable or others)
    return frame.define(OfRow(items, _REDUCTIONS[name], tuple(sorted(options.items())), skipna))


def _by_pairs(frame: Frame, name: str, *, skipna: bool) -> tuple[Frame, str]:
    """By operators on pairs of columns, which are cheaper."""
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
    return frame, id


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
