"""Ranges of a column of a database: where they are cut, and which rows are in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from bigframe.errors import Unsupported

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

Cut: TypeAlias = int | float | date


def cuts(low: Any, high: Any, parts: int) -> list[Cut]:
    """Return where values between two bounds are cut into ranges of equal width: at most ``parts - 1``, ascending.

    Raises
    ------
    Unsupported
        Where the values are neither numbers nor times.
    """
    if low is None:
        return []
    found = [_at(low, high, number, parts) for number in range(1, parts)]
    return [after for before, after in pairwise([low, *found]) if before < after]


def _at(low: Any, high: Any, number: int, parts: int) -> Cut:
    cut: Cut
    match low:
        case int():
            cut = low + (high - low + 1) * number // parts
            return cut
        case float() | Decimal():
            return float(low) + (float(high) - float(low)) * number / parts
        case datetime():
            cut = low + (high - low) * number / parts
            return cut
        case date():
            return low + timedelta(((high - low).days + 1) * number // parts)
    raise Unsupported(
        f"partition_on= a column of {type(low).__name__}", "ranges are of numbers or times", "another column"
    )


def bucket(key: ColumnElement[Any], found: Sequence[Cut]) -> ColumnElement[int]:
    """Return the number of the range that a row is in; a missing value is in the last."""
    import sqlalchemy as sa

    if not found:
        return sa.literal(0)
    return sa.case(*((key < cut, number) for number, cut in enumerate(found)), else_=len(found))


def in_ranges(key: ColumnElement[Any], found: Sequence[Cut], first: int, stop: int) -> ColumnElement[bool]:
    """Return whether a row is in one of the ranges from `first` to before `stop`; as `bucket` has it."""
    import sqlalchemy as sa

    is_last = stop > len(found)
    if first == 0:
        return sa.true() if is_last else key < found[stop - 1]
    if is_last:
        return sa.or_(key >= found[first - 1], key.is_(None))
    return sa.and_(key >= found[first - 1], key < found[stop - 1])


def to_json(found: Sequence[Cut]) -> list[Any]:
    """Return cuts as JSON data."""
    return [[type(cut).__name__, cut if isinstance(cut, int | float) else cut.isoformat()] for cut in found]


def from_json(data: Sequence[Any]) -> list[Cut]:
    """Return the cuts that `to_json` described."""
    made = {"datetime": datetime.fromisoformat, "date": date.fromisoformat}
    return [made[kind](value) if kind in made else value for kind, value in data]
