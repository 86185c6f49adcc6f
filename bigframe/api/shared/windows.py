"""Methods over the rows around each row: kernels where they honour the call, else pandas on all the data."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from bigframe.api.binding import windowed
from bigframe.ops import windows
from bigframe.semantics.windows import differences, shifted

_OTHERWISE = "its kernel does not honour these parameters or dtypes"


class WindowColumns:
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    shift = windowed(shifted, _OTHERWISE)
    diff = windowed(differences, _OTHERWISE)
    cumsum = windowed(windows.CumSum, _OTHERWISE)
    cumprod = windowed(windows.CumProd, _OTHERWISE)
    cummin = windowed(windows.CumMin, _OTHERWISE)
    cummax = windowed(windows.CumMax, _OTHERWISE)
    ffill = windowed(windows.FillForward, _OTHERWISE)
    bfill = windowed(windows.FillBackward, _OTHERWISE)

    def pct_change(self: Any, periods: Any = 1, fill_method: None = None, freq: Any = None, **kwargs: Any) -> Any:
        """Each value less the one some rows before, as a share of that. See pandas; tier: *native*, else *gathered*."""
        others = {"fill_method": fill_method, "freq": freq, **kwargs}
        plain = all(value is None for value in others.values()) and type(periods) is int
        numbers = all((one.is_integer or one.is_float) and one.otherwise is None for one in self._frame.dtypes)
        if plain and numbers:
            return self / self.shift(periods) - 1
        return self._gather("pct_change", (periods,), others, f"{self.display}.pct_change: {_OTHERWISE}")
