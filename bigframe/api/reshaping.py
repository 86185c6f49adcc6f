"""pandas' top-level functions that reshape tables."""

from __future__ import annotations

import pandas as pd

from bigframe.api.fallbacks import gathering

_COLUMNS = "the columns of the result depend on all the data"
_NEAREST = "it matches the nearest key, for which there is no kernel"

crosstab = gathering(pd.crosstab, _COLUMNS)
cut = gathering(pd.cut, "its intervals depend on all the data")
from_dummies = gathering(pd.from_dummies, "it checks that each row has one value")
get_dummies = gathering(pd.get_dummies, _COLUMNS)
lreshape = gathering(pd.lreshape, "it has no columnar kernel")
melt = gathering(pd.melt, "it has no columnar kernel")
merge_asof = gathering(pd.merge_asof, _NEAREST)
merge_ordered = gathering(pd.merge_ordered, "it fills in the order of the keys")
pivot = gathering(pd.pivot, _COLUMNS)
pivot_table = gathering(pd.pivot_table, _COLUMNS)
qcut = gathering(pd.qcut, "its intervals depend on all the data")
wide_to_long = gathering(pd.wide_to_long, "which columns it melts depends on their labels")
