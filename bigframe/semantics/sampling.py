"""Random rows: an order by the hash of each row's position, of which a sample is the beginning."""

from __future__ import annotations

from typing import Any

from bigframe.ops.arithmetic import Mul, Round, RowHash
from bigframe.ops.base import Column, Literal, Scalar
from bigframe.ops.comparison import Lt
from bigframe.ops.reductions import Size
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.slice import Slice
from bigframe.schema import FLOAT64, INT64
from bigframe.semantics import selecting
from bigframe.semantics.frame import Frame


def sample(frame: Frame, n: Any, frac: float | None, seed: int) -> Frame:
    """``n`` rows, or a share of them, without repeats; the rows and their order depend on the seed alone.

    Raises
    ------
    ValueError
        If the number is negative, no integer, or given twice; when the result is looked at, if there are fewer rows.
    """
    rows, at = _checked(frame, n, frac).with_explicit_index().positions()
    rows, key = rows.define(RowHash(Column(at), seed))
    ordered = selecting.sort(rows, [(key, False)])
    if frac is None:
        return ordered.rebased(Slice(ordered.plan(), 0, 1 if n is None else int(n), exact=True))
    total = Aggregate(frame.base, (), (("rows", Size()),))
    wanted = Round(Mul(Scalar(total, "rows", INT64), Literal(float(frac), FLOAT64)), 0)
    ordered, rank = ordered.positions()
    return selecting.keep_rows(ordered, Lt(Column(rank), wanted))


def _checked(frame: Frame, n: Any, frac: float | None) -> Frame:
    if n is not None and frac is not None:
        raise ValueError("Please enter a value for `frac` OR `n`, not both")
    if n is not None and n % 1 != 0:
        raise ValueError("Only integers accepted as `n` values")
    if n is not None and n < 0 or frac is not None and frac < 0:
        name = "n" if n is not None else "frac"
        raise ValueError(f"A negative number of rows requested. Please provide `{name}` >= 0.")
    if frac is not None and frac > 1:
        raise ValueError("Replace has to be set to `True` when upsampling the population `frac` > 1.")
    return frame
