"""Holes filled on a straight line between the values around them."""

from __future__ import annotations

from bigframe.errors import Unsupported
from bigframe.ops import windows
from bigframe.ops.arithmetic import Add, Mul, Sub, TrueDiv
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.conditional import Where
from bigframe.ops.missing import Coalesce, NotNull
from bigframe.schema import FLOAT64, Family
from bigframe.semantics.frame import Frame

_NOTHING = Literal(float("nan"), FLOAT64)


def interpolated(frame: Frame, id: str, direction: str) -> tuple[Frame, str]:
    """The frame with a column whose holes are filled, by position; the frame and the new column's id.

    Before the first value holes stay with ``direction="forward"``, after the last one with ``"backward"``.

    Raises
    ------
    Unsupported
        If the column holds other than NumPy's numbers.
    """
    dtype = frame.dtype(id)
    if dtype.is_integer and dtype.never_missing:
        return frame, id
    if dtype != FLOAT64 or dtype.family is not Family.NUMPY:
        raise Unsupported(f"interpolation of {dtype}", "it has no columnar kernel")
    frame, position = frame.positions()
    frame, at = frame.define(Add(Column(position), Literal(0.0, FLOAT64)))
    frame, known = frame.define(Where(NotNull(Column(id)), Column(at), _NOTHING))
    neighbours = []
    for fill in (windows.FillForward, windows.FillBackward):
        for column in (id, known):
            frame, filled = frame.define(fill(Column(column)))
            neighbours.append(Column(filled))
    before, before_at, after, after_at = neighbours
    slope = TrueDiv(Sub(after, before), Sub(after_at, before_at))
    result: Expr = Column(id)
    # From the right where an infinity leaves nothing from the left, as NumPy does.
    from_left, from_right = (
        Add(value, Mul(slope, Sub(Column(at), place))) for value, place in ((before, before_at), (after, after_at))
    )
    ends = {"forward": (before,), "backward": (after,), "both": (before, after)}[direction]
    inside = Where(NotNull(Add(before_at, after_at)), Coalesce(from_left, from_right), _NOTHING)
    for value in (inside, *ends):
        result = Coalesce(result, value)
    return frame.define(result)
