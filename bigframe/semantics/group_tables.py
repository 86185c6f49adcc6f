"""Several rows for each group: quantiles, correlations of columns; and what describes a group in one row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations_with_replacement

from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.arithmetic import Sub
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.conditional import Where
from bigframe.ops.groups import PerGroup
from bigframe.ops.missing import NotNull
from bigframe.schema import FLOAT64, Family
from bigframe.semantics.casting import cast
from bigframe.semantics.describing import as_described, names_in_order, shown, statistics_of
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate, window_keys
from bigframe.semantics.pairing import finished, of_pairs
from bigframe.semantics.summarizing import rows_of

Columns = Sequence[tuple[Hashable, str]]


def quantiles(groups: Groups, columns: Columns, shares: Sequence[float], interpolation: str) -> Frame:
    """A row per group and share, with a column per column."""
    _require_index(groups, columns)
    cells = [
        (label, reductions.Quantile(Column(id), share, interpolation, grouped=True))
        for share in shares
        for label, id in columns
    ]
    found = aggregate(groups, cells)
    width = len(columns)
    rows = [(share, found.ids[number * width : (number + 1) * width]) for number, share in enumerate(shares)]
    return rows_of(found, rows, [label for label, _ in columns])


def described(groups: Groups, columns: Columns, shares: Sequence[float], *, nested: bool) -> Frame:
    """A row per group with the statistics of each column, under its label and theirs if they are nested.

    Raises
    ------
    Unsupported
        If a column is of categories.
    """
    frame, asked = groups.frame, []
    for label, id in columns:
        frame, value, to = as_described(frame, id)
        makes = statistics_of(frame.dtype(value), shares)
        cells = {name: make(Column(value)) for name, make in makes.items()}
        if len(cells) == 1:
            frame, occurring = _occurrences(groups.of(frame), value)
            cells.update(occurring)
        asked.append((label, cells, to))
    exprs = [(name, expr) for _, cells, _ in asked for name, expr in cells.items()]
    _require_index(groups, exprs)
    found = aggregate(groups.of(frame), exprs)
    names, made = names_in_order([cells for _, cells, _ in asked]), iter(found.ids)
    labels: list[Hashable] = []
    ids = []
    for label, cells, to in asked:
        found, values = shown(found, {name: next(made) for name in cells}, to)
        found, hole = found.define(Literal(None, to))
        labels += [(label, name) if nested else name for name in names]
        ids += [values.get(name, hole) for name in names]
    return found.select(labels, ids)


def _occurrences(groups: Groups, id: str) -> tuple[Frame, dict[str, Expr]]:
    """How many values each group has, which of them is the most frequent, the first one of ties, and how often."""
    if groups.frame.dtype(id).categories is not None:
        raise Unsupported("description of categories in groups", "of ties the first category is the most frequent")
    frame, keys = window_keys(groups)
    frame, count = frame.define(PerGroup(reductions.Count(Column(id)), (*keys, Column(id))))
    frame, often = frame.define(Where(NotNull(Column(id)), Column(count), Literal(None, FLOAT64)))
    top = reductions.FirstBy(Column(id), Column(often), largest=True)
    return frame, {"unique": reductions.NUnique(Column(id)), "top": top, "freq": reductions.Max(Column(often))}


def pairs(groups: Groups, columns: Columns, min_periods: int, ddof: int | None) -> Frame:
    """A row per group and column, and a column per column: their covariances, or correlations without ``ddof``."""
    _require_index(groups, columns)
    if not groups.observed:
        raise Unsupported("pairs of columns", "categories without rows have no rows here either")
    frame, values = _centred(groups, [id for _, id in columns])
    both = list(combinations_with_replacement(range(len(values)), 2))
    frame, sums = of_pairs(frame, [(values[i], values[j]) for i, j in both])
    found = aggregate(groups.of(frame), [(number, sum) for number, parts in enumerate(sums) for sum in parts])
    parts, cells = iter(found.ids), dict[tuple[int, int], str]()
    for (i, j), of_pair in zip(both, sums, strict=True):
        found, id = found.define(finished([next(parts) for _ in of_pair], min_periods, ddof))
        cells[i, j] = cells[j, i] = id
    width = range(len(values))
    rows = [(label, [cells[i, j] for j in width]) for i, (label, _) in enumerate(columns)]
    return rows_of(found, rows, [label for label, _ in columns])


def _centred(groups: Groups, ids: Sequence[str]) -> tuple[Frame, list[str]]:
    """Columns less their means in each group, of which sums of products lose nothing."""
    frame, values = groups.frame, []
    for id in ids:
        dtype = frame.dtype(id)
        if not dtype.is_numeric or dtype.family is not Family.NUMPY or dtype.otherwise is not None:
            raise Unsupported(f"pairs of columns of {dtype}", "their kernel is of NumPy's numbers")
        frame, value = frame.define(cast(frame, id, FLOAT64))
        values.append(value)
    frame, keys = window_keys(groups.of(frame))
    centred = []
    for value in values:
        frame, mean = frame.define(PerGroup(reductions.Mean(Column(value)), keys))
        less: Expr = Sub(Column(value), Column(mean))
        frame, id = frame.define(less)
        centred.append(id)
    return frame, centred


def _require_index(groups: Groups, columns: Sequence[object]) -> None:
    if not groups.as_index or not columns:
        raise Unsupported("several rows or labels for each group", "its keys are no index, or it has no columns")
