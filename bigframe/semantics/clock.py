"""Rows by the time of day in their label."""

from __future__ import annotations

import datetime

from bigframe.errors import Unsupported
from bigframe.ops.arithmetic import Add, Mul
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast
from bigframe.ops.comparison import Ge, Gt, Le, Lt
from bigframe.ops.datetimes import Hour, Microsecond, Minute, Second
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import Coalesce
from bigframe.schema import FLOAT64, ONLY_CARRIED
from bigframe.semantics.frame import Frame
from bigframe.semantics.selecting import keep_rows
from bigframe.semantics.values import literal


def between_times(frame: Frame, start: datetime.time, end: datetime.time, inclusive: str = "both") -> Frame:
    """The rows whose label lies between two times of day; if the first is the later one, those around midnight.

    Raises
    ------
    TypeError
        If the index is not one level of datetimes.
    ValueError
        If ``inclusive`` is none of pandas' four words.
    Unsupported
        If its values are only carried.
    """
    frame = frame.with_explicit_index()
    if len(frame.index_ids) == 1 and frame.dtype(frame.index_ids[0]).is_carried:
        raise Unsupported(f"the clock of {frame.dtype(frame.index_ids[0])}", ONLY_CARRIED)
    if len(frame.index_ids) != 1 or not frame.dtype(frame.index_ids[0]).is_datetime:
        raise TypeError("Index must be DatetimeIndex")
    if inclusive not in ("both", "neither", "left", "right"):
        raise ValueError("Inclusive has to be either 'both', 'neither', 'left' or 'right'")
    label = Column(frame.index_ids[0])
    clock: Expr = Cast(Hour(label), FLOAT64)
    for part, size in ((Minute, 60), (Second, 60), (Microsecond, 1_000_000)):
        clock = Add(Mul(clock, literal(size, FLOAT64)), Cast(part(label), FLOAT64))
    clock = Coalesce(clock, literal(-1.0))  # to pandas a missing label comes before midnight
    after = Ge if inclusive in ("both", "left") else Gt
    before = Le if inclusive in ("both", "right") else Lt
    combine = And if start <= end else Or
    return keep_rows(frame, combine(after(clock, _microseconds(start)), before(clock, _microseconds(end))))


def _microseconds(time: datetime.time) -> Expr:
    return literal(((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.microsecond, FLOAT64)
