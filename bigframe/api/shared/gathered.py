"""pandas' long tail: methods that run in pandas on the whole data, in one process, with a warning that says how much that is."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from bigframe.api.binding import gathered
from bigframe.schema import ONLY_CARRIED

_NEIGHBOURS = "a row's value depends on the rows before it, and partitions do not exchange rows for it yet"
_COLUMNS = "the columns of the result depend on all the data"
_LABELS = "it looks up or moves index labels, which are data"
_PAIRS = "every pair of columns is compared over all rows"
_TEXT = "it formats the whole table"
_WHOLE = "it needs all values of a column at once"


class GatheredColumns:
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    replace = gathered("its rules mix types and patterns")
    truncate = gathered(_LABELS)
    asfreq = gathered(_LABELS)
    asof = gathered(_LABELS)
    combine = gathered("its function sees whole columns")
    compare = gathered(_LABELS)
    to_hdf = gathered("one process writes the file")
    to_period = gathered("columns hold no periods, so that the result is pandas' own")
    to_sql = gathered("one process speaks to the database")
    to_timestamp = gathered(_LABELS)

    @property
    def sparse(self: Any) -> Any:
        """pandas' accessor of sparse columns. Tier: *gathered*.

        Raises
        ------
        AttributeError
            If a column is not sparse.
        """
        if not all(dtype.is_carried and isinstance(dtype.pandas, pd.SparseDtype) for dtype in self._frame.dtypes):
            raise AttributeError("Can only use the '.sparse' accessor with Sparse data.")
        return self._gather("sparse", (), {}, f"{self.display}.sparse: {ONLY_CARRIED}")


class GatheredFrame(GatheredColumns):
    """What only DataFrame has."""

    to_feather = gathered("one process writes the file")
    to_iceberg = gathered("one process speaks to the catalog")
    to_orc = gathered("one process writes the file")
    to_stata = gathered("one process writes the file")
    boxplot = gathered("it draws every row")
    hist = gathered("it draws every row")


class GatheredSeries(GatheredColumns):
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"
