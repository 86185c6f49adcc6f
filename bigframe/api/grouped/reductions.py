"""The reductions of groups by name."""

from __future__ import annotations

from typing import ClassVar

from pandas.core.groupby import DataFrameGroupBy

from bigframe.api.grouped.bindings import reduced
from bigframe.ops import reductions


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
