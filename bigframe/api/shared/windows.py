"""Methods over the rows around each row: kernels where they honour the call, else pandas on all the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
from pandas.api.extensions import no_default
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import Tick

from bigframe.api.binding.tiers import composed, native
from bigframe.api.shared.around import RowsAround
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops import windows
from bigframe.ops.base import Column, Expr
from bigframe.semantics.frame import absorb, same_rows
from bigframe.semantics.spacing import freq_after
from bigframe.semantics.values import filling
from bigframe.semantics.windows import differences, ranks, shifted
from bigframe.session import current

if TYPE_CHECKING:
    from bigframe.api.windows.resampling import Resampler
    from bigframe.api.windows.rolling import Rolling
    from bigframe.api.windows.rows import Rows

_OTHERWISE = "its kernel does not honour these parameters or dtypes"


def _forward(x: Expr) -> Expr:
    """Without a limit, which would count rows that other tasks hold."""
    return windows.FillForward(x)


def _backward(x: Expr) -> Expr:
    return windows.FillBackward(x)


def _shift(owner: Any, periods: Any, freq: Any, fill_value: Any, suffix: Any, axis: Any = 0) -> Any:
    if suffix is not None or axis not in (0, "index"):
        raise Unsupported("shift(suffix=, axis=1)", "it moves columns, or makes several")
    if freq is not None:
        return _with_later_labels(owner, periods, freq, fill_value)
    if fill_value is no_default:
        return owner._apply(lambda column: shifted(column, periods))
    if is_missing(fill_value):
        raise Unsupported(f"shift(fill_value={fill_value!r})", "which missing value it leaves depends on the dtype")
    frame, ids = owner._frame, []
    for id in frame.ids:
        frame, new = frame.define(shifted(Column(id), periods, fill=filling(fill_value, frame.dtype(id))))
        ids.append(new)
    return owner._wrap(frame.select(frame.labels, ids))


def _with_later_labels(owner: Any, periods: Any, freq: Any, fill_value: Any) -> Any:
    """The same rows under labels that are so many steps later."""
    from bigframe.api.series import Series

    frame = owner._frame
    if fill_value is not no_default or type(periods) is not int:
        raise Unsupported("shift(freq=, fill_value=)", "nothing is filled")
    # Where rows between may be gone, their labels have no step.
    if freq == "infer" and (frame.freq is None or current().known_rows(frame.base) is None):
        raise Unsupported("shift(freq='infer')", "the step is found in the labels")
    dtypes = [frame.dtype(id) for id in frame.index_ids]
    if len(dtypes) != 1 or not (dtypes[0].is_datetime or dtypes[0].is_timedelta):
        raise Unsupported("shift(freq=)", "labels that are no times are not moved so")
    freq = frame.freq if freq == "infer" else freq
    step = to_offset(freq) if isinstance(freq, str) else freq
    if dtypes[0].is_timedelta and not isinstance(step, Tick):
        raise Unsupported("shift(freq=)", "labels that are no times are not moved so")
    if periods == 0:
        return owner.copy()
    ((name, id),) = frame.index
    later = Series(frame.select((name,), (id,))) + step * periods
    if not same_rows(frame, later._frame):
        raise Unsupported("shift(freq=)", "only pandas adds such a step")
    has_zone = dtypes[0].is_datetime and dtypes[0].arrow.tz is not None
    moved = absorb(frame, later._frame).with_index(((name, later._frame.ids[0]),))
    return owner._wrap(moved.replace(freq=freq_after(frame.freq, step, has_zone=has_zone)))


class WindowColumns(RowsAround):
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    shift = composed(_shift)
    diff = native(differences)
    cumsum = native(windows.CumSum)
    cumprod = native(windows.CumProd)
    cummin = native(windows.CumMin)
    cummax = native(windows.CumMax)
    ffill = native(_forward)
    bfill = native(_backward)
    rank = native(ranks)

    def pct_change(self: Any, periods: Any = 1, fill_method: None = None, freq: Any = None, **kwargs: Any) -> Any:
        """Each value less the one some rows before, as a share of that. Tier: *native*, else *gathered*."""
        others = {"fill_method": fill_method, "freq": freq, **kwargs}
        plain = fill_method is None and not kwargs and type(periods) is int
        numbers = all((one.is_integer or one.is_float) and one.otherwise is None for one in self._frame.dtypes)
        if plain and numbers:
            changes = self / self.shift(periods, freq=freq) - 1
            return changes if freq is None else changes[~changes.index.duplicated()].reindex_like(self)
        return self._gather("pct_change", (periods,), others, f"{self.display}.pct_change: {_OTHERWISE}")

    def rolling(
        self: Any,
        window: Any,
        min_periods: int | None = None,
        center: bool = False,
        win_type: str | None = None,
        on: Any = None,
        closed: str | None = None,
        step: int | None = None,
        method: str = "single",
    ) -> Rolling:
        """The rows up to each one, or around it, for statistics of them. Tier: *native*.

        Windows of other than a number of rows (before, around or from each one on) or a span of time, and ``win_type``,
        gather the data.
        """
        from bigframe.api.windows.rolling import Rolling

        how = {"window": window, "min_periods": min_periods, "center": center, "win_type": win_type, "on": on}
        return Rolling(self._each_row(), {**how, "closed": closed, "step": step, "method": method})

    def resample(
        self: Any,
        rule: Any,
        closed: str | None = None,
        label: str | None = None,
        convention: str = "start",
        on: Any = None,
        level: Any = None,
        origin: Any = "start_day",
        offset: Any = None,
        group_keys: bool = False,
    ) -> Resampler:
        """The rows in bins of time, for reductions of them. Tier: *native*.

        Bins of durations and periods gather the data; so do interpolation and functions of whole bins.
        """
        from bigframe.api.windows.resampling import Resampler

        how = {"rule": rule, "closed": closed, "label": label, "convention": convention, "on": on, "level": level}
        others = {"origin": origin, "offset": offset, "group_keys": group_keys}
        return Resampler(self._each_row(), {**how, **others})

    def _each_row(self: Any) -> Rows:
        from bigframe.api.windows.rows import Rows

        return Rows.of(self)
