"""Pictures of frames and series: pandas' ``plot``, ``hist`` and ``boxplot``."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from bigframe.api.binding.tiers import composed
from bigframe.api.plots.boxplots import boxplot
from bigframe.api.plots.histograms import hist_of_frame, hist_of_series
from bigframe.api.plots.plotting import Plots


class FramePictures:
    """Of rows."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    boxplot = composed(boxplot)
    hist = composed(hist_of_frame)

    @property
    def plot(self) -> Plots:
        """Plots: of counts and quartiles that the engine finds, of samples, of all rows. Tier: *native*."""
        return Plots(self)  # type: ignore[arg-type]


class SeriesPictures:
    """Of one column."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    hist = composed(hist_of_series)

    @property
    def plot(self) -> Plots:
        """Plots: of counts and quartiles that the engine finds, of samples, of all rows. Tier: *native*."""
        return Plots(self)  # type: ignore[arg-type]
