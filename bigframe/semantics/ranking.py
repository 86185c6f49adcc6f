"""What is ordered within groups: how often values occur in each, and the largest values of each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions, windows
from bigframe.ops.arithmetic import Sub, TrueDiv
from bigframe.ops.base import Column, Expr, Scalar
from bigframe.ops.comparison import Le
from bigframe.ops.groups import PerGroup
from bigframe.ops.missing import NotNull
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.join import Join
from bigframe.semantics import selecting
from bigframe.semantics.elementwise import rename
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate, window_keys
from bigframe.semantics.values import literal


def value_counts(
    groups: Groups,
    columns: Sequence[tuple[Hashable, str]],
    *,
    normalize: bool,
    sort: bool,
    ascending: bool,
    dropna: bool,
) -> Frame:
    """One row per combination of values in each group, with how often it occurs: by group, most frequent first.

    Raises
    ------
    Unsupported
        If missing keys are a group, groups do not become an index, or values have categories.
    """
    if not groups.dropna or not columns or not groups.observed:
        raise Unsupported("value_counts of groups", "missing keys or unseen categories are groups")
    if any(groups.frame.dtype(id).categories is not None for _, id in columns):
        raise Unsupported("value_counts of categories in groups", "those that nobody saw are counted as well")
    frame = groups.frame.select(range(len(columns)), [id for _, id in columns])
    needed = list(dict.fromkeys((*groups.key_ids, *frame.ids))) if dropna else list(groups.key_ids)
    for id in needed:
        if not frame.dtype(id).never_missing:
            ids = tuple(dict.fromkeys((*frame.ids, *groups.key_ids)))
            frame = selecting.keep_rows(frame.select(range(len(ids)), ids), NotNull(Column(id)))
    label = "proportion" if normalize else "count"
    keys = (*groups.keys, *columns)
    counted = aggregate(Groups(frame, keys, sort=False, dropna=False), [(label, reductions.Size())])
    (count,) = counted.ids
    order = [(id, False) for id in groups.key_ids] if groups.sort else []
    if sort:
        order.append((count, not ascending))
        if not groups.sort:
            order.reverse()
    if order:
        counted = selecting.sort(counted, order)
    if not normalize:
        return counted
    by = tuple(Column(id) for id in groups.key_ids)
    counted, whole = counted.define(PerGroup(reductions.Sum(Column(count)), by))
    counted, share = counted.define(TrueDiv(Column(count), Column(whole)))
    return counted.select((label,), (share,))


def numbers(groups: Groups, *, ascending: bool) -> tuple[Frame, str]:
    """The rows with a column of the number of their group in the order of groups, and its id; none where a key is missing.

    Raises
    ------
    Unsupported
        If categories without rows are groups.
    """
    if not groups.observed:
        raise Unsupported("the number of a group", "categories without rows count")
    named, at = aggregate(replace(groups, as_index=True), []).positions()
    number: Expr = Column(at)
    if not ascending:
        plan = named.plan()
        size = derive("size", plan.digest)
        of_all = Aggregate(plan, (), ((size, reductions.Size()),))
        number = Sub(Sub(Scalar(of_all, size, of_all.schema[size]), literal(1)), number)
    named, place = named.define(number)
    numbered, ids = rename(named, "groups", place)
    rows, _ = groups.frame.positions()
    right = tuple(ids[id] for id in groups.key_ids)
    joined = Join(rows.plan(*groups.key_ids), numbered.plan(ids[place]), groups.key_ids, right, "left")
    return groups.frame.rebased(joined), ids[place]


def extremes(groups: Groups, name: Hashable, id: str, n: int, keep: str, *, descending: bool) -> Frame:
    """The largest or smallest values of each group, in order, of ties the first ones, under the keys and their own labels.

    As in pandas, missing values come after all others.

    Raises
    ------
    Unsupported
        If other than the first of ties are asked for, or the groups are not ordered by key.
    """
    dtype = groups.frame.dtype(id)
    if keep != "first" or not groups.sort or n < 0 or not (dtype.is_integer or dtype.is_float or dtype.is_datetime):
        raise Unsupported("the extremes of groups", "their order or ties have no kernel")
    frame = groups.frame.with_explicit_index()
    frame = frame.with_index((*groups.keys, *(frame.index or ()))).select((name,), (id,))
    for column in groups.key_ids if groups.dropna else ():
        if not frame.dtype(column).never_missing:
            frame = selecting.keep_rows(frame, NotNull(Column(column)))
    ordered = selecting.sort(frame, [*((key, False) for key in groups.key_ids), (id, descending)])
    rows, keys = window_keys(replace(groups, frame=ordered))
    rows, one = rows.define(literal(1), "one")
    rows, place = rows.define(windows.CumSum(Column(one), keys))
    return selecting.keep_rows(rows.select((name,), (id,)), Le(Column(place), literal(n)))
