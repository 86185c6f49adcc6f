"""Statistics of the rows around each row of its group, and of its bins of time."""

from __future__ import annotations

from typing import Any

from bigframe.api.shared.around import RowsAround
from bigframe.api.windows.resampling import Resampler
from bigframe.api.windows.rolling import Rolling
from bigframe.api.windows.rows import Rows
from bigframe.semantics.grouping import Groups


class GroupWindows(RowsAround):
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
        """The rows of the group up to each one, or around it, for statistics of them. Tier: *native*."""
        if on is not None and all(label != on for label, _ in self._columns):
            raise ValueError(f"invalid on specified as {on}, must be a column (of DataFrame), an Index or None")
        how = {"window": window, "min_periods": min_periods, "center": center, "win_type": win_type, "on": on}
        return Rolling(self._each_row(), {**how, "closed": closed, "method": method})

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
        *,
        include_groups: bool = False,
        **kwargs: Any,
    ) -> Resampler:
        """The rows of the group in bins of time, for reductions of them. Tier: *native*.

        Bins of a zone, and of several or unusual months and weeks, gather the data.
        ``groupby([key, pd.Grouper(freq=...)])`` has kernels for them: its bins are those that have rows.
        """
        if include_groups:
            raise ValueError("include_groups=True is no longer allowed.")
        for name in kwargs:
            raise TypeError(f"Grouper.__init__() got an unexpected keyword argument '{name}'")
        how = {"rule": rule, "closed": closed, "label": label, "convention": convention, "on": on}
        return Resampler(self._each_row(), {**how, "origin": origin, "offset": offset, "group_keys": group_keys})

    def _each_row(self) -> Rows:
        return Rows(self._groups.frame, self._columns, self._as_series, self._groups)
