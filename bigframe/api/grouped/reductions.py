"""The reductions of groups by name."""

from __future__ import annotations

from typing import Any, ClassVar

from pandas.core.groupby import DataFrameGroupBy

from bigframe.api.grouped.bindings import reduced
from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Expr


def _quantile(x: Expr, q: Any = 0.5, interpolation: str = "linear") -> Expr:
    if not isinstance(q, (int, float)):
        raise Unsupported("quantile(list)", "it adds an index level")
    if not 0 <= q <= 1:
        raise ValueError(f"Each 'q' must be between 0 and 1. Got '{q}' instead")
    return reductions.Quantile(x, q, interpolation, grouped=True)


class GroupReductions:
    """One row per group."""

    pandas: ClassVar[type] = DataFrameGroupBy
    display: ClassVar[str] = "DataFrameGroupBy"

    sum = reduced(lambda x, min_count=0: reductions.Sum(x, True, min_count))
    prod = reduced(lambda x, min_count=0: reductions.Prod(x, True, min_count))
    mean = reduced(reductions.Mean)
    median = reduced(reductions.Median)
    min = reduced(reductions.Min)
    max = reduced(reductions.Max)
    var = reduced(lambda x, ddof=1: reductions.Var(x, ddof))
    std = reduced(lambda x, ddof=1: reductions.Std(x, ddof))
    sem = reduced(lambda x, ddof=1: reductions.Sem(x, ddof))
    skew = reduced(reductions.Skew)
    kurt = reduced(reductions.Kurt)
    first = reduced(reductions.First)
    last = reduced(reductions.Last)
    any = reduced(lambda x: reductions.Any_(x, grouped=True))
    all = reduced(lambda x: reductions.All(x, grouped=True))
    count = reduced(lambda x: reductions.Count(x, grouped=True))
    nunique = reduced(reductions.NUnique)
    quantile = reduced(_quantile)
