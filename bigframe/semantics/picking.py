"""Rows picked by position or by the values of a column, in the order in which they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bigframe.ops.arithmetic import Mod, Sub
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import Eq, Ge, IsIn, Lt
from bigframe.ops.logical import And
from bigframe.plan.join import Join
from bigframe.schema import INT64
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame
from bigframe.semantics.selecting import keep_rows, sort
from bigframe.semantics.spacing import every_nth
from bigframe.semantics.values import literal


def in_order_of(frame: Frame, keys: Sequence[str], wanted: Frame) -> Frame:
    """The rows whose values in some columns are wanted, in the order in which they are wanted, as often as they are."""
    rows, ids = rename(frame.with_explicit_index(), "picked", *keys)
    there = tuple(ids[key] for key in keys)
    left = wanted.with_index(None).plan()
    return rows.rebased(Join(left, rows.plan(*there), wanted.ids, there, "inner"))


def taken(frame: Frame, wanted: Frame) -> Frame:
    """The rows at some positions, in their order; ``wanted`` has one column of integers that are not negative."""
    rows, at = frame.with_explicit_index().positions()
    return in_order_of(rows, (at,), wanted).replace(freq=frame.freq)


def every(frame: Frame, start: int, stop: int, step: int) -> Frame:
    """The rows of a slice with a step; a negative one goes backwards. No bound counts from the end."""
    rows, at = frame.with_explicit_index().positions()
    picked = keep_rows(rows, in_range(Column(at), range(start, stop, step)))
    found = picked if step > 0 else sort(picked, [(at, True)])
    return found.replace(freq=every_nth(frame.freq, step))


def at_each(at: Expr, positions: Iterable[int]) -> Expr:
    """Whether a row's position is one of some."""
    return IsIn(at, tuple(dict.fromkeys(int(position) for position in positions)), False)


def positive(positions: Iterable[int], total: int) -> list[int]:
    """Positions counted from the first row.

    Raises
    ------
    IndexError
        If one is past either end.
    """
    positions = list(positions)
    if any(not -total <= position < total for position in positions):
        raise IndexError("indices are out-of-bounds")
    return [int(position) % total for position in positions]


def in_range(at: Expr, positions: range) -> Expr:
    """Whether a row's position is in a range, which may go backwards."""
    if not len(positions):
        return Lt(at, literal(0, INT64))
    up = positions if positions.step > 0 else positions[::-1]
    test: Expr = And(Ge(at, literal(up.start, INT64)), Lt(at, literal(up.stop, INT64)))
    if up.step == 1:
        return test
    return And(test, Eq(Mod(Sub(at, literal(up.start, INT64)), literal(up.step, INT64)), literal(0, INT64)))
