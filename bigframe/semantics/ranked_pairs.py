"""Correlations of the ranks of many pairs of columns: all pairs below each other, ranked and summed in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.windows import Rank
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.unpivot import Unpivot
from bigframe.schema import FLOAT64, INT64
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal


def ranked_below_each_other(
    frame: Frame,
    pairs: Sequence[tuple[str, str]],
    sums_of: Callable[[Frame, str, str], tuple[Frame, Sequence[Expr]]],
    finish: Callable[[Sequence[str]], Expr],
) -> tuple[Frame, list[str]]:
    """One row with what ``finish`` makes of the sums of each pair of columns of floats, taken of their ranks."""
    base = frame.with_index(None).select((), ()).plan(*dict.fromkeys(id for pair in pairs for id in pair))
    pair, left, right = (derive(name, base.digest, *map("/".join, pairs)) for name in ("pair", "left", "right"))
    sources = tuple((side, tuple(ids)) for side, ids in zip((left, right), zip(*pairs, strict=True), strict=True))
    long = Frame(Unpivot(base, pair, tuple(range(len(pairs))), sources, (INT64, FLOAT64, FLOAT64)), (), ())
    long, left_rank = long.define(Rank(Column(left), (Column(pair),)))
    long, right_rank = long.define(Rank(Column(right), (Column(pair),)))
    long, parts = sums_of(long, left_rank, right_rank)
    ids = [derive("sum", str(number), pair) for number in range(len(parts))]
    read = dict.fromkeys(id for part in parts for id in part._reads)
    summed = Frame(Aggregate(long.plan(pair, *read), (pair,), tuple(zip(ids, parts, strict=True))), (), ())
    summed, found = summed.define(finish(ids))
    cells = {
        derive("cell", str(number), pair): reductions.First(
            Where(Eq(Column(pair), literal(number)), Column(found), Literal(None, FLOAT64))
        )
        for number in range(len(pairs))
    }
    return Frame(Aggregate(summed.plan(pair, found), (), tuple(cells.items())), (), ()), list(cells)
