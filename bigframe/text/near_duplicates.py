"""Near-duplicates of a frame: dropped, listed with the reason, or marked by group."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops.base import Column
from bigframe.ops.casting import Cast
from bigframe.ops.comparison import Ne
from bigframe.ops.missing import Coalesce
from bigframe.plan.distinct import Distinct
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from bigframe.schema import INT64, DType
from bigframe.semantics.frame import Frame
from bigframe.text import graph
from bigframe.text.graph import Documents
from bigframe.text.matching import Matching


@dataclass(frozen=True)
class Survivor:
    """Which document of a group stays: the ``first``, the ``last``, or by ``max`` that where ``by`` is greatest.

    Of several greatest the first stays, and a missing value loses.

    Raises
    ------
    ValueError
        If the policy is unknown, or ``by`` is missing or superfluous.
    """

    keep: str = "first"
    by: Hashable | None = None

    def __post_init__(self) -> None:
        if self.keep not in ("first", "last", "max"):
            raise ValueError(f"keep must be 'first', 'last' or 'max', got {self.keep!r}")
        if self.keep == "max" and self.by is None:
            raise ValueError("keep='max' needs by=, the column whose greatest value stays")
        if self.keep != "max" and self.by is not None:
            raise ValueError(f"by={self.by!r} decides nothing with keep={self.keep!r}; pass keep='max'")


@dataclass(frozen=True)
class _Removed:
    """The documents that go: their position, the position of the one kept instead, and their group."""

    plan: Plan
    member: str
    kept: str
    group: str


def drop(frame: Frame, subset: Hashable, survivor: Survivor, matching: Matching) -> Frame:
    """The frame without the documents that a near-duplicate stands for; order, index and columns stay as they are.

    Parameters
    ----------
    frame
        Any rows.
    subset
        Label of the text column.
    survivor
        Which document of a group stays.
    matching
        When documents are duplicates.

    Raises
    ------
    KeyError
        If there is no such column.
    TypeError
        If it holds no text, or the survivor's column has no order.
    """
    rows, documents = _documents(frame, subset)
    removed = _removed(rows, documents, survivor, matching)
    kept = Join(documents.plan, removed.plan, (documents.at,), (removed.member,), "anti")
    return rows.rebased(kept)


def audit(frame: Frame, subset: Hashable, survivor: Survivor, matching: Matching) -> Frame:
    """What :func:`drop` removes with the same arguments, a row for each document in row order.

    Returns
    -------
    Frame
        ``id`` and ``kept_id``: index labels of the removed document and of the one that stays for it; ``group``: row
        position of the group's first document, int64; ``similarity`` of the two documents, float64.

    Raises
    ------
    KeyError, TypeError
        As :func:`drop`.
    Unsupported
        If the frame's index has several levels.
    """
    rows, documents = _documents(frame, subset)
    if len(rows.index_ids) != 1:
        what = "near_duplicates of a frame with several index levels"
        raise Unsupported(what, "an id is one column", ".reset_index()")
    removed = _removed(rows, documents, survivor, matching)
    (label,), text = rows.index_ids, documents.text
    ends = (removed.member, removed.kept)
    both, its, kept = graph.beside(removed.plan, ends, documents, text, label)
    jaccard = graph.similarity(its[text], kept[text], matching)
    score = derive("similarity", both.digest, jaccard.digest)
    columns = (its[label], kept[label], removed.group, score)
    scored = Project(both, ((score, jaccard),), tuple(dict.fromkeys((removed.member, *columns))))
    return Frame(Sort(scored, ((removed.member, False, True),)), ("id", "kept_id", "group", "similarity"), columns)


def mark(frame: Frame, subset: Hashable, label: Hashable, matching: Matching) -> Frame:
    """The frame with one more column, the group of each document: the row position of the group's first document.

    A document without duplicates is a group of its own. Rows, order and index stay as they are.

    Raises
    ------
    KeyError, TypeError
        As :func:`drop`.
    ValueError
        If the frame has a column of that label.
    """
    if frame.find(label):
        raise ValueError(f"cannot insert {label}, already exists")
    rows, documents = _documents(frame, subset)
    found = graph.groups(documents, matching)
    joined = Join(documents.plan, found, (documents.at,), (found.node,), "left")
    alone = Coalesce(Column(found.root), Column(documents.at))
    marked, group = rows.rebased(joined, index=frame.index).define(Cast(alone, INT64), "group")
    return marked.select((*frame.labels, label), (*frame.ids, group))


def _documents(frame: Frame, subset: Hashable) -> tuple[Frame, Documents]:
    """The frame with its index in columns, and its rows as documents numbered by position."""
    text = frame.one(subset)
    dtype = frame.dtype(text)
    if not dtype.is_string:
        raise TypeError(f"near-duplicates are found among texts, but column {subset!r} has dtype {dtype}")
    rows, at = frame.positions()
    if rows.index is None:
        rows = rows.with_index(((None, at),))
    return rows, Documents(rows.plan(at), at, text)


def _removed(rows: Frame, documents: Documents, survivor: Survivor, matching: Matching) -> _Removed:
    found = graph.groups(documents, matching)
    member, group = found.node, found.root
    candidates: Plan = found
    order = [(member, survivor.keep == "last", True)]
    if survivor.by is not None:
        by = rows.one(survivor.by)
        _require_order(survivor.by, rows.dtype(by))
        at, value = (derive(what, found.digest, by) for what in ("member", "by"))
        values = Project(documents.plan, ((at, Column(documents.at)), (value, Column(by))), (at, value))
        candidates = Join(found, values, (member,), (at,), "inner", ordered=False)
        order.insert(0, (value, True, True))
    best = Distinct(Sort(candidates, tuple(order)), (group,), "first")
    kept, its_group = (derive(what, best.digest) for what in ("kept", "group"))
    survivors = Project(best, ((kept, Column(member)), (its_group, Column(group))), (kept, its_group))
    everyone = Join(found, survivors, (group,), (its_group,), "inner", ordered=False)
    others = Filter(everyone, Ne(Column(member), Column(kept)))
    return _Removed(Project(others, (), (member, kept, group)), member, kept, group)


def _require_order(label: Hashable, dtype: DType) -> None:
    kinds = (dtype.is_numeric, dtype.is_string, dtype.is_datetime, dtype.is_timedelta, dtype.is_date)
    if not any(kinds) or dtype.categories is not None:
        raise TypeError(f"keep='max' needs values that have an order, but column {label!r} has dtype {dtype}")
