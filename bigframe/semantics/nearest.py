"""The row of another table whose key comes nearest: both in one order, in which each row looks back or ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops.arithmetic import Sub
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.checks import InOrder
from bigframe.ops.comparison import Le, Lt, Ne
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import Coalesce, IsNull, NotNull
from bigframe.ops.windows import CumSum, FillForward, Shift
from bigframe.plan.concat import Concat
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from bigframe.schema import INT64, DType, Family
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal

_PLACE = DType(pa.int64(), Family.NULLABLE)
_NOWHERE = Literal(None, _PLACE)


@dataclass(frozen=True)
class Nearest:
    """Which rows are near.

    Parameters
    ----------
    direction
        ``"backward"``: the last row whose key is not greater; ``"forward"``: the first whose key is not less;
        ``"nearest"``: the one of both that is less far.
    exact
        Whether an equal key counts.
    within
        How far a key may be; None for any distance.
    limit
        How many rows, going away from it, a row may be nearest to without an equal key; None for any number.
    ahead_of_ties
        Which of two equally far rows is nearest: the later one, else the earlier one.
    """

    direction: str = "backward"
    exact: bool = True
    within: Any = None
    limit: int | None = None
    ahead_of_ties: bool = False


@dataclass(frozen=True)
class Side:
    """A table, the column of its keys, and those that must be equal for rows to match."""

    frame: Frame
    on: str
    by: tuple[str, ...] = ()


def beside_nearest(left: Side, right: Side, near: Nearest) -> tuple[Frame, dict[str, str], str]:
    """The left rows with the columns of the nearest right row of each; missing where there is none.

    Returns
    -------
    tuple
        The frame, what each right column is called in it, and the column of the place that was found.

    Raises
    ------
    Unsupported
        If keys of that dtype have no order, or no distance from each other.
    """
    dtype = left.frame.dtype(left.on)
    if not (dtype.is_integer or dtype.is_float or dtype.is_datetime or dtype.is_timedelta) or dtype.is_carried:
        raise Unsupported(f"the nearest of {dtype}", "their order has no kernel")
    rows, at = left.frame.positions()
    others, place = right.frame.positions()
    others, ids = rename(others, f"near {rows.base.digest}", place, right.on, *right.by)
    mine, theirs = Side(rows, left.on, left.by), Side(others, ids[right.on], tuple(ids[by] for by in right.by))
    if near.direction == "nearest":
        base, found = _nearer(mine, at, theirs, ids[place], near)
    else:
        matches, row, found, _ = _matches(mine, at, theirs, ids[place], near)
        base = Join(rows.plan(at, left.on), matches, (at,), (row,), "left")
    other = others.plan(ids[place])
    joined = Join(base, other, (found,), (ids[place],), "left")
    known = {old: new for old, new in ids.items() if new in joined.schema}
    return rows.rebased(joined, freq=rows.freq), known, found


def _nearer(left: Side, at: str, right: Side, place: str, near: Nearest) -> tuple[Plan, str]:
    """The left rows with the place of the less far of the rows before and after; the table and the column."""
    before, row_before, found_before, far_before = _matches(left, at, right, place, near, "backward")
    after, row_after, found_after, far_after = _matches(left, at, right, place, near, "forward")
    both = Join(left.frame.plan(at, left.on), before, (at,), (row_before,), "left")
    both = Join(both, after, (at,), (row_after,), "left")
    less = (Lt if near.ahead_of_ties else Le)(Column(far_before), Column(far_after))
    back = Or(IsNull(Column(found_after)), And(NotNull(Column(found_before)), less))
    found = derive("nearest", both.digest)
    chosen = Where(back, Column(found_before), Column(found_after))
    kept = tuple(left.frame.plan(at, left.on).schema)
    return Project(both, ((found, chosen),), (*kept, found)), found


def _matches(
    left: Side, at: str, right: Side, place: str, near: Nearest, direction: str | None = None
) -> tuple[Plan, str, str, str]:
    """For each left row the place of the right one: the table, and its columns of rows, of places, and of distances."""
    ahead = (direction or near.direction) == "forward"
    first_is_left = not near.exact
    own = (left.frame.base.digest, right.frame.base.digest, left.on, right.on, str(ahead), repr(near))
    key, row, found, side = (derive(name, *own) for name in ("key", "row", "found", "side"))
    by = tuple(derive("by", str(number), *own) for number in range(len(left.by)))
    dtypes = [left.frame.dtype(left.on), *(left.frame.dtype(id) for id in left.by), _PLACE, _PLACE, INT64]

    def part(one: Side, row_of: Expr, place_of: Expr, rank: int, number: str) -> Plan:
        values = (Column(one.on), *map(Column, one.by), row_of, place_of, Literal(rank, INT64))
        names = (key, *by, row, found, side)
        return Project(one.frame.plan(number, one.on, *one.by), tuple(zip(names, values, strict=True)), names)

    ours = part(left, Column(at), _NOWHERE, 1 - first_is_left, at)
    theirs = part(right, _NOWHERE, Column(place), int(first_is_left), place)
    order = ((key, ahead, True), (side, False, True), *(((found, True, True),) if ahead else ()))
    mixed = Sort(Concat((theirs, ours), tuple(dtypes)), order)
    rows, groups = _with_groups(Frame(mixed, (), ()), by)
    rows, place_near = rows.define(FillForward(Column(found), groups))
    rows, key_of_right = rows.define(Where(NotNull(Column(found)), Column(key), Literal(None, dtypes[0])))
    rows, key_near = rows.define(FillForward(Column(key_of_right), groups))
    ends = (Column(key_near), Column(key)) if ahead else (Column(key), Column(key_near))
    rows, distance = rows.define(Sub(*ends))
    result: Expr = Column(place_near)
    if near.within is not None:
        close = Le(Column(distance), _limit(near.within, rows.dtype(distance)))
        result = Where(close, result, _NOWHERE)
    if near.limit is not None:
        inexact = And(NotNull(Column(row)), Ne(Column(key), Column(key_near)))
        rows, one = rows.define(Where(inexact, Literal(1, INT64), Literal(0, INT64)))
        rows, so_far = rows.define(CumSum(Column(one), (Column(place_near),)))
        result = Where(Le(Column(so_far), Literal(near.limit, INT64)), result, _NOWHERE)
    rows, result_id = rows.define(result)
    named = tuple(
        (derive(name, "of left", *own), Column(id))
        for name, id in (("row", row), ("found", result_id), ("far", distance))
    )
    names = tuple(name for name, _ in named)
    kept = Filter(rows.plan(row, result_id, distance), NotNull(Column(row)))
    row, found, far = names
    return Project(kept, named, names), row, found, far


def _with_groups(rows: Frame, by: Sequence[str]) -> tuple[Frame, tuple[Expr, ...]]:
    """Keys of groups of which a missing value is one."""
    keys: list[str] = []
    for id in by:
        dtype = rows.dtype(id)
        if dtype.never_missing:
            keys.append(id)
            continue
        rows, absent = rows.define(IsNull(Column(id)))
        rows, present = rows.define(Coalesce(Column(id), _some(dtype)))
        keys += [absent, present]
    return rows, tuple(map(Column, keys))


def _some(dtype: DType) -> Literal:
    """Any value of a dtype."""
    if dtype.is_string and dtype.categories is None:
        return literal("", dtype)
    if dtype.is_bool:
        return literal(False, dtype)
    if dtype.is_integer or dtype.is_float:
        return literal(0, dtype)
    if dtype.is_datetime:
        return literal(pd.Timestamp(0, tz=dtype.arrow.tz).as_unit(dtype.arrow.unit), dtype)
    if dtype.is_timedelta:
        return literal(pd.Timedelta(0).as_unit(dtype.arrow.unit), dtype)
    raise Unsupported(f"the nearest within groups of {dtype}", "its missing values have no kernel")


def _limit(within: Any, distance: DType) -> Literal:
    if distance.is_timedelta:
        return literal(pd.Timedelta(within).as_unit(distance.arrow.unit), distance)
    return literal(within, distance)


def in_order(
    frame: Frame, id: str, unordered: str, missing: str | None = None, repeated: str | None = None
) -> tuple[Frame, str]:
    """A column of keys whose order is checked when it is read; the frame and the checked column."""
    frame, previous = frame.define(Shift(Column(id)))
    return frame.define(InOrder(Column(id), Column(previous), unordered, missing, repeated))
