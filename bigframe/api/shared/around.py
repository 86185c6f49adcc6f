"""Statistics of the rows up to each one, which frames, columns and groups of them have alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bigframe.api.windows.ewm import ExponentialMovingWindow
    from bigframe.api.windows.rolling import Expanding
    from bigframe.api.windows.rows import Rows


class RowsAround:
    """Owner of rows; ``_each_row`` tells which these are, and the groups that no statistic leaves."""

    def _each_row(self) -> Rows:
        raise NotImplementedError

    def expanding(self, min_periods: int = 1, method: str = "single") -> Expanding:
        """All rows up to each one, in groups all of its group, for statistics of them. Tier: *native*."""
        from bigframe.api.windows.rolling import Expanding

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
        """The same rows, the older the lighter. Tier: *native*.

        ``times`` and a ``halflife`` of time gather the data.
        """
        from bigframe.api.windows.ewm import ExponentialMovingWindow

        how = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
        others = {"adjust": adjust, "ignore_na": ignore_na, "times": times, "method": method}
        return ExponentialMovingWindow(self._each_row(), {**how, **others})
