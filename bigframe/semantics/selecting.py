"""Selection of rows and columns: masks, slices, labels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from bigframe.errors import Unsupported
from bigframe.ids import derive, stem
from bigframe.ops.base import Column, Expr, Member, columns_read
from bigframe.ops.functions import Lookup
from bigframe.ops.logical import Not
from bigframe.ops.missing import Present
from bigframe.plan.distinct import Distinct
from bigframe.plan.explode import Explode
from bigframe.plan.filter import Filter
from bigframe.plan.project import Project
from bigframe.plan.slice import Slice
from bigframe.plan.sort import Sort
from bigframe.schema import INT64, ONLY_CARRIED
from bigframe.semantics.frame import Frame
from bigframe.semantics.spacing import every_nth


def keep_rows(frame: Frame, predicate: Expr) -> Frame:
    """The rows where a predicate over the frame's columns holds."""
    rows = frame.with_explicit_index()
    base = rows.plan(*sorted(columns_read(predicate)))
    return rows.rebased(Filter(base, predicate), freq=rows.freq)


def truth(frame: Frame, id: str) -> Expr:
    """A bool column as a mask; holes that make it one of Python objects are an error when the mask is applied."""
    dtype = frame.dtype(id)
    return Present(Column(id)) if dtype.unless_missing and not dtype.is_three_valued else Column(id)


def take_slice(frame: Frame, offset: int, length: int | None) -> Frame:
    """Rows by position; a default index stays one only if the slice starts at the first row."""
    rows = frame if offset == 0 else frame.with_explicit_index()
    return rows.rebased(Slice(rows.plan(), offset, length), freq=rows.freq)


def sort(
    frame: Frame, by: Sequence[tuple[str, bool]], *, na_position: str = "last", ignore_index: bool = False
) -> Frame:
    """Rows ordered by columns, stably; each key is (id, descending).

    Raises
    ------
    ValueError
        If ``na_position`` is neither ``"first"`` nor ``"last"``.
    """
    if na_position not in ("first", "last"):
        raise ValueError(f"invalid na_position: {na_position}")
    rows = frame.with_index(None) if ignore_index else frame.with_explicit_index()
    keys = []
    for id, descending in by:
        rows, id = sortable(rows, id)
        keys.append((id, descending, na_position == "last"))
    base = rows.plan(*(id for id, _, _ in keys))
    return rows.rebased(Sort(base, tuple(keys)), freq=_sorted_freq(rows, *by[0]) if by else rows.freq)


def _sorted_freq(frame: Frame, id: str, descending: bool) -> str | None:
    """How far apart the labels lie in their own order; in any other one nobody knows."""
    if frame.freq is None or id not in frame.index_ids:
        return None
    return frame.freq if descending == frame.freq.startswith("-") else every_nth(frame.freq, -1)


def sortable(frame: Frame, id: str) -> tuple[Frame, str]:
    """The column that orders rows as pandas orders them by another one: categories by their place, not their text."""
    categories = frame.dtype(id).categories
    if categories is None:
        return frame, id
    return frame.define(Lookup(Column(id), categories, tuple(range(len(categories))), INT64))


def extreme(frame: Frame, ids: Sequence[str], n: int, keep: str, *, descending: bool, of_rows: bool = True) -> Frame:
    """The rows with the largest or smallest values, in order, of ties the first ones.

    Raises
    ------
    TypeError
        If a column holds no numbers or times.
    Unsupported
        If other than the first of ties are asked for.
    """
    if keep not in ("first", "last", "all"):
        raise ValueError('keep must be either "first", "last" or "all"')
    method = "nlargest" if descending else "nsmallest"
    for id in ids:
        dtype = frame.dtype(id)
        if not (dtype.is_numeric or dtype.is_time):
            if not of_rows:
                raise TypeError(f"Cannot use method {method!r} with dtype {dtype.pandas}")
            label = frame.labels[frame.ids.index(id)]
            raise TypeError(f"Column {label!r} has dtype {dtype.pandas}, cannot use method {method!r} with this dtype")
    if keep != "first":
        raise Unsupported(f"{method}(keep={keep!r})", "only the first of ties is kept")
    return take_slice(sort(frame, [(id, descending) for id in ids]), 0, max(n, 0))


def distinct(frame: Frame, keys: Sequence[str], keep: str, *, ignore_index: bool = False) -> Frame:
    """One row per combination of keys."""
    rows = frame.with_index(None) if ignore_index else frame.with_explicit_index()
    return rows.rebased(Distinct(rows.plan(*keys), tuple(keys), keep), freq=rows.freq)


def explode(frame: Frame, labels: Sequence[Hashable], *, ignore_index: bool = False) -> Frame:
    """One row per list item; the exploded columns get new ids, since their values change."""
    if not labels:
        raise ValueError("column must be nonempty")
    if len(set(labels)) < len(labels):
        raise ValueError("column must be unique")
    rows = frame.with_index(None) if ignore_index else frame.with_explicit_index()
    fresh = {}
    for label in labels:
        old = rows.one(label)
        dtype = rows.dtype(old)
        if dtype.is_carried:
            raise Unsupported(f"explode of {dtype}", ONLY_CARRIED)
        if dtype.is_list:
            fresh[old] = derive(stem(old), "explode", old, rows.base.digest)
    if not fresh:
        return rows
    if len(fresh) < len(labels):
        raise Unsupported("explode of lists beside plain values", "no list may hold more than the one item beside it")
    plan = rows.plan()
    outputs = tuple(fresh.get(id, id) for id in plan.schema)
    renamed = Project(plan, tuple((new, Column(old)) for old, new in fresh.items()), outputs)
    ids = tuple(fresh.get(id, id) for id in rows.ids)
    return rows.rebased(Explode(renamed, tuple(fresh.values())), ids=ids)


def mark_duplicates(frame: Frame, keys: Sequence[str], keep: str) -> tuple[Frame, str]:
    """A bool column that says which rows :func:`distinct` would drop."""
    rows, at = frame.positions()
    kept = Project(Distinct(rows.plan(at, *keys), tuple(keys), keep), (), (at,))
    return rows.define(Not(Member(Column(at), kept, at)))


def kept(keep: Any) -> str:
    """Which of equal rows ``drop_duplicates(keep=)`` keeps.

    Raises
    ------
    ValueError
        If it is none of pandas' choices.
    """
    if not (keep is False or isinstance(keep, str) and keep in ("first", "last")):
        raise ValueError('keep must be either "first", "last" or False')
    return keep or "none"
