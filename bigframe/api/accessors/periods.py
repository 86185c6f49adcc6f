"""``Series.dt`` of columns of periods, and what makes them: pandas computes on the ordinals of each partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bigframe.api.accessors.carried import CarriedAccessor
from bigframe.api.binding.falling_back import or_gathered
from bigframe.errors import Unsupported
from bigframe.schema import ONLY_CARRIED, DType, from_pandas, period_of

if TYPE_CHECKING:
    from bigframe.api.series import Series

_OF_THE_DTYPE = frozenset({"freq"})


class PeriodMethods(CarriedAccessor):
    """Fields and methods of a column of periods; of each call pandas gives the dtype for a column without rows."""

    def _run(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if name in _OF_THE_DTYPE:
            return getattr(self._empty, name)
        attribute = getattr(self._empty, name)
        nothing = attribute(*args, **kwargs) if callable(attribute) else attribute
        result = from_pandas(nothing.dtype)
        plain = tuple(map(_named, args)), {key: _named(value) for key, value in kwargs.items()}
        return or_gathered(
            lambda: self._owner._apply_pandas(f"{self._name}.{name}", plain[0], plain[1], lambda _: result),
            lambda _: super(PeriodMethods, self)._run(name, args, kwargs),
        )


def to_period(owner: Any, freq: Any = None) -> Series:
    """Periods of times without a zone; pandas infers a frequency that is not given from all of them."""
    dtype: DType = owner._dtype
    if freq is None or dtype.arrow.tz is not None:
        raise Unsupported("Series.dt.to_period", "pandas looks at all times, or warns that the zone goes")
    periods = from_pandas(pd.Series([], dtype=dtype.settled().pandas).dt.to_period(freq).dtype)
    return owner._apply_pandas("dt.to_period", (periods.arrow.freq,), {}, lambda _: periods)  # type: ignore[no-any-return]


def labels_to_period(owner: Any, freq: Any = None, axis: Any = 0, copy: Any = None) -> Any:  # noqa: ARG001  (pandas ignores it as well)
    """The rows under the periods of their labels."""
    labels = owner.index
    if owner.pandas._get_axis_number(axis) != 0 or getattr(labels, "_dtype", None) is None:
        raise Unsupported(f"{owner.display}.to_period", "labels of columns, or of several levels, are for pandas")
    if labels._dtype.is_carried:
        raise Unsupported(f"{owner.display}.to_period of {labels._dtype}", ONLY_CARRIED)
    if not labels._dtype.is_datetime:
        raise TypeError(f"unsupported Type {type(labels._nothing.astype(labels._dtype.settled().pandas)).__name__}")
    return owner.set_axis(labels._as_labels(to_period(labels._column, freq)))


def _named(argument: Any) -> Any:
    """A frequency by its name among periods, for a plan to hold; another argument as it is."""
    return period_of(argument).arrow.freq if isinstance(argument, pd.offsets.BaseOffset) else argument
