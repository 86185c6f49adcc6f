"""Selection of rows and columns: masks, slices, labels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from bigframe.ids import derive, stem
from bigframe.ops.base import Column, Expr, columns_read
from bigframe.ops.functions import Lookup
from bigframe.ops.missing import IsNull
from bigframe.plan.distinct import Distinct
from bigframe.plan.explode import Explode
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.project import Project
from bigframe.plan.slice import Slice
from bigframe.plan.sort import Sort
from bigframe.schema import INT64
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame


def keep_rows(frame: Frame, predicate: Expr) -> Frame:
    """The rows where a predicate over the frame's columns holds."""
    rows = frame.with_explicit_index()
    base = rows.plan(*sorted(columns_read(predicate)))
    return rows.rebased(Filter(base, predicate))


def take_slice(frame: Frame, offset: int, length: int | None) -> Frame:
    """Rows by position; a default index stays one only if the slice starts at the first row."""
    rows = frame if offset == 0 else frame.with_explicit_index()
    return rows.rebased(Slice(rows.plan(), offset, length))


def sort(frame: Frame, by: Sequence[tuple[str, bool]], *, missing_last: bool = True, ignore_index: bool = False) -> Frame:
    """Rows ordered by columns, stably; each key is (id, descending)."""
    rows = frame.with_index(None) if ignore_index else frame.with_explicit_index()
    keys = []
    for id, descending in by:
        categories = rows.dtype(id).categories
        if categories is not None:
            codes = tuple(range(len(categories)))
            rows, id = rows.define(Lookup(Column(id), categories, codes, INT64))
        keys.append((id, descending, missing_last))
    base = rows.plan(*(id for id, _, _ in keys))
    return rows.rebased(Sort(base, tuple(keys)))


def distinct(frame: Frame, keys: Sequence[str], keep: str, *, ignore_index: bool = False) -> Frame:
    """One row per combination of keys."""
    rows = frame.with_index(None) if ignore_index else frame.with_explicit_index()
    return rows.rebased(Distinct(rows.plan(*keys), tuple(keys), keep))


def explode(frame: Frame, labels: Sequence[Hashable], *, ignore_index: bool = False) -> Frame:
    """One row per list item; the exploded columns get new ids, since their values change."""
    rows = frame.with_index(None) if ignore_index else frame.with_explicit_index()
    fresh = {}
    for label in labels:
        old = rows.one(label)
        dtype = rows.dtype(old)
        if dtype.is_list:
            fresh[old] = derive(stem(old), "explode", old, rows.base.digest)
    if not fresh:
        return rows
    plan = rows.plan()
    outputs = tuple(fresh.get(id, id) for id in plan.schema)
    renamed = Project(plan, tuple((new, Column(old)) for old, new in fresh.items()), outputs)
    ids = tuple(fresh.get(id, id) for id in rows.ids)
    return rows.rebased(Explode(renamed, tuple(fresh.values())), ids=ids)


def mark_duplicates(frame: Frame, keys: Sequence[str], keep: str) -> tuple[Frame, str]:
    """A bool column that says which rows :func:`distinct` would drop."""
    rows, at = frame.positions()
    kept, ids = rename(rows.rebased(Distinct(rows.plan(at, *keys), tuple(keys), keep)), "kept", at)
    kept_at = ids[at]
    right = Project(kept.base, (), (kept_at,))
    joined = Join(rows.plan(at), right, (at,), (kept_at,), "left")
    return rows.rebased(joined).define(IsNull(Column(kept_at)))
