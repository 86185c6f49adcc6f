"""Statistics of the rows around each row of its group, and of its bins of time."""

from __future__ import annotations

from typing import Any

from bigframe.api.ewm import ExponentialMovingWindow
from bigframe.api.resampling import Resampler
from bigframe.api.rolling import Expanding, Rolling
from bigframe.api.window_rows import Rows
from bigframe.semantics.grouping import Groups


class GroupWindows:
    """What looks around within groups."""

    _groups: Groups
    _columns: tuple[tuple[Any, str], ...]
    _as_series: bool

    def rolling(
        self,
        window: Any,
        min_periods: int | None = None,
        center: bool = False,
        win_type: str | None = None,
        on: Any = None,
        closed: str | None = None,
        method: str = "single",
    ) -> Rolling:
        """The rows of the group up to each one, or around it, for statistics of them. See pandas; tier: *native*."""
        how = {"window": window, "min_periods": min_periods, "center": center, "win_type": win_type, "on": on}
        return Rolling(self._each_row(), {**how, "closed": closed, "method": method})

    def expanding(self, min_periods: int = 1, method: str = "single") -> Expanding:
        """All rows of the group up to each one, for statistics of them. See pandas; tier: *native*."""
        return Expanding(self._each_row(), {"min_periods": min_periods, "method": method})

    def ewm(
        self,
        com: float | None = None,
        span: float | None = None,
        halflife: Any = None,
        alpha: float | None = None,
        min_periods: int | None = 0,
        adjust: bool = True,
        ignore_na: bool = False,
        times: Any = None,
        method: str = "single",
    ) -> ExponentialMovingWindow:
        """All rows of the group up to each one, the older the lighter. See pandas; tier: *native*."""
        how = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
        others = {"adjust": adjust, "ignore_na": ignore_na, "times": times, "method": method}
        return ExponentialMovingWindow(self._each_row(), {**how, **others})

    def resample(
        self,
        rule: Any,
        closed: str | None = None,
        label: str | None = None,
        convention: str | None = None,
        on: Any = None,
        origin: Any = "start_day",
        offset: Any = None,
        group_keys: bool = False,
    ) -> Resampler:
        """The rows of the group in bins of time, for reductions of them. See pandas; tier: *gathered*.

        ``groupby([key, pd.Grouper(freq=...)])`` has kernels: its bins are those that have rows.
        """
        how = {"rule": rule, "closed": closed, "label": label, "convention": convention, "on": on}
        return Resampler(self._each_row(), {**how, "origin": origin, "offset": offset, "group_keys": group_keys})

    def _each_row(self) -> Rows:
        return Rows(self._groups.frame, self._columns, self._as_series, self._groups)
