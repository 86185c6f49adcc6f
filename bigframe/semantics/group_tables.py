"""Several rows for each group: quantiles, correlations of columns; and what describes a group in one row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations_with_replacement

from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.arithmetic import Sub
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Widen
from bigframe.ops.groups import PerGroup
from bigframe.schema import FLOAT64, Family
from bigframe.semantics.casting import cast
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate, window_keys
from bigframe.semantics.pairing import finished, of_pairs
from bigframe.semantics.summarizing import DESCRIBED, rows_of

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


def described(groups: Groups, columns: Columns, *, nested: bool) -> Frame:
    """A row per group with the statistics of each column of numbers, under its label and theirs if they are nested.

    Raises
    ------
    Unsupported
        If a column is of times or of other numbers than NumPy's wide ones, or none is of numbers.
    """
    frame, cells = groups.frame, []
    for label, id in columns:
        dtype = frame.dtype(id)
        if nested and (dtype.is_string or dtype.is_bool):
            continue
        wide = dtype.is_integer or dtype == FLOAT64
        if not wide or dtype.family is not Family.NUMPY or dtype.otherwise is not None or dtype.if_fits is not None:
            raise Unsupported(f"description of {dtype}", "pandas describes it by rules of its own")
        frame, value = frame.define(Widen(Column(id), FLOAT64))
        cells += [((label, name) if nested else name, make(Column(value))) for name, make in DESCRIBED.items()]
    _require_index(groups, cells)
    found = aggregate(groups.of(frame), cells)
    ids = []
    for id in found.ids:
        found, float_id = found.define(Widen(Column(id), FLOAT64)) if found.dtype(id) != FLOAT64 else (found, id)
        ids.append(float_id)
    return found.select(found.labels, ids)


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
