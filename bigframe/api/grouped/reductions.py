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

    sum = reduced(lambda x, min_count=0: reductions.Sum(x, True, min_count), whole=True)
    prod = reduced(lambda x, min_count=0: reductions.Prod(x, True, min_count), whole=True)
    mean = reduced(reductions.Mean, whole=True)
    median = reduced(reductions.Median, whole=True)
    min = reduced(reductions.Min, whole=True)
    max = reduced(reductions.Max, whole=True)
    var = reduced(lambda x, ddof=1: reductions.Var(x, ddof), whole=True)
    std = reduced(lambda x, ddof=1: reductions.Std(x, ddof), whole=True)
    sem = reduced(lambda x, ddof=1: reductions.Sem(x, ddof), whole=True)
    skew = reduced(reductions.Skew, whole=True)
    kurt = reduced(reductions.Kurt, whole=True)
    first = reduced(reductions.First)
    last = reduced(reductions.Last)
    any = reduced(lambda x, skipna=True: reductions.Any_(x, True, bool(skipna)))
    all = reduced(lambda x, skipna=True: reductions.All(x, True, bool(skipna)))
    count = reduced(lambda x: reductions.Count(x, grouped=True))
    nunique = reduced(reductions.NUnique)
