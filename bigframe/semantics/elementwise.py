"""Expressions over several frames: which rows an operand has, and how it comes to stand beside a column."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ids import derive, stem
from bigframe.ops.base import Column, Expr
from bigframe.ops.missing import Coalesce
from bigframe.plan.join import Join
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from bigframe.semantics.frame import Frame, absorb, same_rows
from bigframe.semantics.grouping import same_groups


class NotAligned(Exception):
    """Two frames have different rows, and pandas' alignment of their indexes depends on the data."""


def beside(left: Frame, right: Frame) -> tuple[Frame, Frame]:
    """Both frames over the same rows.

    Raises
    ------
    NotAligned
        If that takes pandas' own alignment: whether it joins or pairs rows depends on whether the indexes are equal.
    """
    if same_rows(left, right):
        both = absorb(left, right)
        return both, replace(both, labels=right.labels, ids=right.ids)
    grouped = same_groups(left, right)
    if grouped is not None:
        return grouped
    if left.index is None and right.index is None:
        return by_position(left, right)
    raise NotAligned


def by_position(left: Frame, right: Frame) -> tuple[Frame, Frame]:
    """Frames with default indexes side by side; the shorter one is filled with missing values."""
    left_rows, left_at = numbered(left, "left")
    right_rows, right_at = numbered(right, "right")
    joined = Join(left_rows.plan(left_at), right_rows.plan(right_at), (left_at,), (right_at,), "outer", ordered=False)
    at = derive("row", joined.digest)
    outputs = tuple(dict.fromkeys((*left_rows.ids, *right_rows.ids, at)))
    both = Project(joined, ((at, Coalesce(Column(left_at), Column(right_at))),), outputs)
    ordered = Sort(both, ((at, False, True),))
    return left_rows.rebased(ordered), right_rows.rebased(ordered)


def paste(left: Frame, right: Frame) -> tuple[Frame, Frame]:
    """The right frame's columns by position beside the left one's rows; missing past the right one's end."""
    rows, left_at = left.positions()
    right_rows, right_at = numbered(right, "right")
    both = Join(rows.plan(left_at), right_rows.plan(right_at), (left_at,), (right_at,), "left")
    joined = rows.rebased(both, freq=rows.freq)
    return joined, replace(joined, labels=right_rows.labels, ids=right_rows.ids)


def numbered(frame: Frame, side: str) -> tuple[Frame, str]:
    """A frame with its row positions as a column, all its ids renamed for one side of a join."""
    frame, at = frame.positions()
    renamed, ids = rename(frame, side, at)
    return renamed, ids[at]


def rename(frame: Frame, side: str, *extra: str) -> tuple[Frame, dict[str, str]]:
    """The frame with a new id for each column and index level, and what each is called now."""
    old = tuple(dict.fromkeys((*frame.index_ids, *frame.ids, *extra)))
    plan = frame.plan(*extra)
    ids = {id: derive(stem(id), id, side, plan.digest) for id in old}
    definitions: tuple[tuple[str, Expr], ...] = tuple((new, Column(id)) for id, new in ids.items())
    renamed = Project(plan, definitions, tuple(ids.values()))
    index = None if frame.index is None else tuple((name, ids[id]) for name, id in frame.index)
    return frame.rebased(renamed, ids=tuple(ids[id] for id in frame.ids), index=index, freq=frame.freq), ids
