"""Covariance and correlation of pairs of columns, from sums that every partition takes in one pass."""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from itertools import combinations_with_replacement

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.arithmetic import Mul, Sub
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.ops.comparison import Ge
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And
from bigframe.ops.missing import NotNull
from bigframe.ops.pairs import Correlation, Covariance
from bigframe.ops.windows import Rank
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import FLOAT64, DType, Family
from bigframe.semantics.casting import cast
from bigframe.semantics.frame import Frame
from bigframe.semantics.ranked_pairs import ranked_below_each_other
from bigframe.semantics.summarizing import rows_of

_NOTHING = Literal(float("nan"), FLOAT64)
_MOST_SORTED = 30  # in one job, where each sort is planned together with all the others
_MOST_RANKED = 400  # pairs, as of 27 columns
_SUMS = ("count", "left", "right", "product", "left_square", "right_square", "low", "high", "right_low", "right_high")


def pair_of(
    frame: Frame, left: str, right: str, min_periods: int, ddof: int | None, *, ranked: bool = False
) -> tuple[Frame, str]:
    """One row with the covariance of two columns, or their correlation without ``ddof``; and the column that has it."""
    row, (id,) = _of_each(frame, [(left, right)], min_periods, ddof, ranked=ranked)
    return row, id


def table_of_pairs(
    frame: Frame, min_periods: int, ddof: int | None, *, ranked: bool = False, complete: Container[str] = ()
) -> Frame:
    """A row and a column for each column of a frame: their covariances, or correlations without ``ddof``.

    ``ranked`` takes the places of values in order for the values, of the rows in which both columns have one; columns that
    are ``complete`` are ranked once.
    """
    pairs = list(combinations_with_replacement(range(len(frame.ids)), 2))
    sides = [(frame.ids[i], frame.ids[j]) for i, j in pairs]
    row, ids = _of_each(frame, sides, min_periods, ddof, ranked=ranked, complete=complete)
    found: dict[tuple[int, int], str] = {}
    for (i, j), id in zip(pairs, ids, strict=True):
        found[i, j] = found[j, i] = id
    width = range(len(frame.ids))
    cells = [(label, [found[i, j] for j in width]) for i, label in enumerate(frame.labels)]
    table = rows_of(row, cells, list(frame.labels), names=frame.label_names, kind=frame.label_type)
    return table.replace(label_names=frame.label_names, label_type=frame.label_type)


def row_of_pairs(frame: Frame, pairs: Sequence[tuple[Hashable, str, str]], min_periods: int) -> Frame:
    """A row for each labelled pair of columns of a frame: their correlation."""
    row, ids = _of_each(frame, [(left, right) for _, left, right in pairs], min_periods, None)
    return rows_of(row, [(label, [id]) for (label, _, _), id in zip(pairs, ids, strict=True)], [None])


def _of_each(
    frame: Frame,
    pairs: Sequence[tuple[str, str]],
    min_periods: int,
    ddof: int | None,
    *,
    ranked: bool = False,
    complete: Container[str] = (),
) -> tuple[Frame, list[str]]:
    """One row with the covariance of each pair of columns, or its correlation without ``ddof``."""
    if ranked:
        frame, pairs = _with_values_of_both(frame, pairs, complete)
        columns = list(dict.fromkeys(id for both in pairs for id in both))
        if len(columns) > _MOST_SORTED:
            return ranked_below_each_other(frame, pairs, _of_one_pair, lambda sums: finished(sums, min_periods, ddof))
        names = {}
        for id in columns:  # ranks need not be centred, since they are never far from their mean
            frame, names[id] = frame.define(Rank(Column(id)))
    else:
        frame, names = _centred(frame, list(dict.fromkeys(id for both in pairs for id in both)))
    row, sums = _sums(frame, [(names[left], names[right]) for left, right in pairs])
    found = []
    for parts in sums:
        row, id = row.define(finished(parts, min_periods, ddof))
        found.append(id)
    return row, found


def sum_unless_missing(frame: Frame, id: str) -> tuple[Frame, str]:
    """One row with the sum of a column, missing if a value is; and the column that has it."""
    parts = {
        derive(name, id, frame.base.digest): part
        for name, part in (
            ("sum", reductions.Sum(Column(id))),
            ("count", reductions.Count(Column(id))),
            ("size", reductions.Size()),
        )
    }
    plan = frame.select((), ()).with_index(None).plan(id)
    total, count, size = map(Column, parts)
    summed = Frame(Aggregate(plan, (), tuple(parts.items())), (), ())
    return summed.define(Where(Ge(count, size), total, _NOTHING))


def _with_values_of_both(
    frame: Frame, pairs: Sequence[tuple[str, str]], complete: Container[str]
) -> tuple[Frame, list[tuple[str, str]]]:
    """Pairs of columns as floats, each of which is missing where the other one is.

    Raises
    ------
    Unsupported
        If a column is of no numbers, or there are too many.
    """
    if len(pairs) > _MOST_RANKED:
        raise Unsupported("ranks of many pairs", "where values are missing, each pair of columns is ranked by itself")
    made = []
    for pair in pairs:
        sides = []
        for id, other in (pair, pair[::-1]):
            _require_numbers(frame.dtype(id))
            value: Expr = cast(frame, id, FLOAT64)
            if not frame.dtype(other).never_missing and other not in complete and other != id:
                value = Where(NotNull(Column(other)), value, _NOTHING)
            frame, side = frame.define(value)
            sides.append(side)
        made.append((sides[0], sides[1]))
    return frame, made


def _of_one_pair(frame: Frame, left: str, right: str) -> tuple[Frame, tuple[Expr, ...]]:
    """The sums of a pair; ranks need not be centred, since they are never far from their mean."""
    frame, [sums] = of_pairs(frame, [(left, right)])
    return frame, sums


def _require_numbers(dtype: DType) -> None:
    if not dtype.is_numeric or dtype.family is not Family.NUMPY or dtype.otherwise is not None:
        raise Unsupported(f"pairs of columns of {dtype}", "their kernel is of NumPy's numbers")


def _centred(frame: Frame, ids: Sequence[str]) -> tuple[Frame, dict[str, str]]:
    """Columns less their means, of which sums of products lose nothing; by the columns that they come from."""
    columns = {}
    for id in ids:
        dtype = frame.dtype(id)
        _require_numbers(dtype)
        frame, columns[id] = frame.define(cast(frame, id, FLOAT64))
    values = tuple(dict.fromkeys(columns.values()))
    narrow = frame.select((), ()).with_index(None).plan(*values)
    means = {value: derive("mean", value, frame.base.digest) for value in values}
    of_all = Aggregate(narrow, (), tuple((mean, reductions.Mean(Column(value))) for value, mean in means.items()))
    centred = {}
    for id, value in columns.items():
        mean = Scalar(of_all, means[value], of_all.schema[means[value]])
        frame, centred[id] = frame.define(Sub(Column(value), mean))
    return frame, centred


def _sums(frame: Frame, pairs: Sequence[tuple[str, str]]) -> tuple[Frame, list[list[str]]]:
    """One row with the sums of each pair."""
    frame, parts = of_pairs(frame, pairs)
    ids = [[derive(name, left, right, frame.base.digest) for name in _SUMS] for left, right in pairs]
    aggregates = {
        id: part for named, of_pair in zip(ids, parts, strict=True) for id, part in zip(named, of_pair, strict=True)
    }
    plan = (
        frame.select((), ()).with_index(None).plan(*sorted({id for part in aggregates.values() for id in part._reads}))
    )
    return Frame(Aggregate(plan, (), tuple(aggregates.items())), (), ()), ids


def of_pairs(frame: Frame, pairs: Sequence[tuple[str, str]]) -> tuple[Frame, list[tuple[Expr, ...]]]:
    """The sums of each pair of columns, over the rows in which both have a value."""
    sums = []
    for left, right in pairs:
        both = And(NotNull(Column(left)), NotNull(Column(right)))
        sides = []
        for id in (left, right):
            frame, side = frame.define(Where(both, Column(id), _NOTHING))
            sides.append(side)
        x, y = (Column(side) for side in sides)
        parts: tuple[Expr, ...] = (
            reductions.Count(x),
            *(reductions.Sum(value) for value in (x, y, Mul(x, y), Mul(x, x), Mul(y, y))),
            *(reductions.Min(x), reductions.Max(x), reductions.Min(y), reductions.Max(y)),
        )
        sums.append(parts)
    return frame, sums


def finished(parts: Sequence[str], min_periods: int, ddof: int | None) -> Expr:
    """The covariance of a pair, or its correlation without ``ddof``, of the columns that hold its sums."""
    n, left, right, product, left_square, right_square, low, high, right_low, right_high = map(Column, parts)
    if ddof is not None:
        return Covariance(n, left, right, product, min_periods, ddof)
    squares, bounds = (left_square, right_square), (low, high, right_low, right_high)
    return Correlation(n, left, right, product, *squares, *bounds, min_periods)
