"""``ewm``: statistics in which rows weigh the less the longer ago they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pandas.core.window import ExponentialMovingWindow as PandasEwm

from bigframe.api.binding.tiers import missing
from bigframe.api.windows.bindings import statistic, statistic_of_pairs
from bigframe.api.windows.rolling import Windowed
from bigframe.semantics.rolling import EwmWindows, Options, Windows


class ExponentialMovingWindow(Windowed):
    """All rows up to each row, the older the lighter. Made by :meth:`DataFrame.ewm`."""

    pandas: ClassVar[Any] = PandasEwm
    display = "ExponentialMovingWindow"
    _maker = "ewm"
    defaults: ClassVar[Mapping[str, Options]] = dict.fromkeys(("std", "var"), (("bias", False),))

    mean = statistic()
    sum = statistic()
    std = statistic()
    var = statistic()
    corr = statistic_of_pairs()
    cov = statistic_of_pairs()
    online = missing("it updates a state in place, which a plan does not have", ".ewm over all rows")

    def _understood(self) -> Windows | None:
        how = self._how
        if how["times"] is not None:
            return None
        pd.Series(dtype="float64").ewm(**how)  # pandas says what is wrong with it
        if how["method"] != "single":
            return None
        return EwmWindows(_center(how), int(how["min_periods"] or 0), bool(how["adjust"]), bool(how["ignore_na"]))


def _center(how: Mapping[str, Any]) -> float:
    """The centre of mass, however the decay was given."""
    if how["com"] is not None:
        return float(how["com"])
    if how["span"] is not None:
        return (float(how["span"]) - 1) / 2
    if how["halflife"] is not None:
        return 1 / (1 - math.exp(math.log(0.5) / float(how["halflife"]))) - 1
    return (1 - float(how["alpha"])) / float(how["alpha"])
