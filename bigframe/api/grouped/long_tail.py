"""What pandas does for groups on all the data, in one process, with a warning that says how much that is."""

from __future__ import annotations

from typing import ClassVar

from pandas.core.groupby import DataFrameGroupBy, SeriesGroupBy

from bigframe.api.binding.tiers import gathered

_WHOLE = "it needs all values of a group at once"
_DRAWS = "it draws every row"


class GatheredOfBoth:
    """What groups of rows and groups of values have in common."""

    pandas: ClassVar[type] = DataFrameGroupBy
    display: ClassVar[str] = "DataFrameGroupBy"

    plot = gathered(_DRAWS)
    sample = gathered("pandas draws the rows")
    take = gathered("it takes rows by their positions in each group")


class GatheredGroups(GatheredOfBoth):
    """What only groups of rows have."""

    corrwith = gathered(_WHOLE)


class GatheredValueGroups(GatheredOfBoth):
    """What only groups of one column's values have."""

    pandas: ClassVar[type] = SeriesGroupBy
    display: ClassVar[str] = "SeriesGroupBy"

    corr = gathered(_WHOLE)
    cov = gathered(_WHOLE)
    is_monotonic_decreasing = gathered(_WHOLE)
    is_monotonic_increasing = gathered(_WHOLE)
    unique = gathered("it makes an array of every group")
