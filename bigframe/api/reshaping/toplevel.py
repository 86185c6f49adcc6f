"""pandas' top-level functions that reshape tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from bigframe.api.binding.calls import signature_of
from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import gathering
from bigframe.api.dataframe import DataFrame
from bigframe.api.reshaping.asof import merge_asof
from bigframe.api.reshaping.binning import cut, qcut
from bigframe.api.reshaping.crosstab import crosstab
from bigframe.api.reshaping.encoding import get_dummies
from bigframe.api.reshaping.pivoting import pivot_table
from bigframe.api.reshaping.widths import wide_to_long
from bigframe.semantics import reshaping

__all__ = [
    "crosstab",
    "cut",
    "from_dummies",
    "get_dummies",
    "lreshape",
    "melt",
    "merge_asof",
    "merge_ordered",
    "pivot",
    "pivot_table",
    "qcut",
    "wide_to_long",
]


from_dummies = gathering(pd.from_dummies, "it checks that each row has one value")
merge_ordered = gathering(pd.merge_ordered, "it fills in the order of the keys")


@documented_as(pd.melt)
@signature_of(pd.melt)
def melt(frame: DataFrame, **options: Any) -> DataFrame:
    """Columns become rows. Tier: *native*."""
    return frame.melt(**options)


@documented_as(pd.pivot)
@signature_of(pd.pivot)
def pivot(data: DataFrame, *, columns: Any, **options: Any) -> DataFrame:
    """A table with a column for each value of a key. Tier: *native*."""
    return data.pivot(columns=columns, **options)  # type: ignore[no-any-return]


@documented_as(pd.lreshape)
def lreshape(data: DataFrame, groups: Mapping[Hashable, Sequence[Hashable]], dropna: bool = True) -> DataFrame:
    """Several columns become one under each key, all at the same pace. Tier: *native*."""
    return DataFrame(reshaping.lengthened(data._frame, list(groups.items()), dropna=dropna))
