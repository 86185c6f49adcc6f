"""pandas' long tail: methods that run in pandas on the whole data, in one process, with a warning that says how much that is."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from bigframe.api.accessors.carried import CarriedAccessor
from bigframe.api.accessors.periods import labels_to_period
from bigframe.api.binding.tiers import composed, gathered
from bigframe.api.windows.frequencies import asfreq

_LABELS = "it looks up or moves index labels, which are data"


class GatheredColumns:
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    replace = gathered("its rules mix types and patterns")
    asfreq = composed(asfreq)
    asof = gathered(_LABELS)
    combine = gathered("its function sees whole columns")
    compare = gathered(_LABELS)
    to_hdf = gathered("one process writes the file")
    to_period = composed(labels_to_period)
    to_timestamp = gathered(_LABELS)

    @property
    def sparse(self) -> CarriedAccessor:
        """What only sparse columns have. Tier: *gathered*."""
        return CarriedAccessor(self, "sparse")  # type: ignore[arg-type]


class GatheredFrame(GatheredColumns):
    """What only DataFrame has."""

    to_iceberg = gathered("one process speaks to the catalog")
    to_stata = gathered("one process writes the file")


class GatheredSeries(GatheredColumns):
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"
