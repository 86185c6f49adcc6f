"""Index: the labels of the rows, as a lazy column."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame
from bigframe.semantics.spacing import freq_of, spaced

_ALL = "it is asked of all labels together"


class Index(Series):
    """One level of row labels; expressions over it are columns of the same rows."""

    pandas = pd.Index  # type: ignore[assignment]
    display = "Index"

    def _wrap(self, frame: Frame) -> Any:
        return Series(frame)

    def to_pandas(self) -> Any:
        """Run the plan and return a pandas Index."""
        return self.of_labels(super().to_pandas())

    def of_labels(self, values: pd.Series) -> Any:
        """The pandas Index of values that were looked at."""
        return spaced(pd.Index(values, name=self.name), self._spacing)

    @property
    def _spacing(self) -> str | None:
        """How far apart the labels lie, as :class:`Frame` has it."""
        own = self._frame
        return vars(self).get("_shifted", own.freq if own.ids == own.index_ids else None)

    def _on_another_clock(self, labels: Series) -> Any:
        shifted = Index(labels._frame)
        vars(shifted)["_shifted"] = self._spacing
        return shifted

    def as_unit(self, unit: str, round_ok: bool = True) -> Any:
        """The same times in another unit. See pandas; tier: *native*."""
        return self._on_another_clock(self.dt.as_unit(unit, round_ok))

    def tz_convert(self, tz: Any) -> Any:
        """The same instants on another zone's clock. See pandas; tier: *native*."""
        return self._on_another_clock(self.dt.tz_convert(tz))

    def tz_localize(self, tz: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Any:
        """Wall-clock times in a zone, or back if ``tz`` is None. See pandas; tier: *native*."""
        found = self.dt.tz_localize(tz, ambiguous, nonexistent)
        return self._on_another_clock(found) if str(tz) in ("UTC", "utc") else Index(found._frame)

    @property
    def name(self) -> Hashable:
        return self._frame.labels[0]

    @name.setter
    def name(self, name: Hashable) -> None:
        if not isinstance(name, Hashable):
            raise TypeError("Index.name must be a hashable type")
        self._frame = self._frame.select((name,), self._frame.ids)

    @property
    def names(self) -> list[Any]:
        return [self.name]

    @names.setter
    def names(self, names: Any) -> None:
        if not pd.api.types.is_list_like(names):
            raise ValueError("Names must be a list-like")
        if len(names) != 1:
            raise ValueError(f"Length of new names must be 1, got {len(names)}")
        (self.name,) = names

    def __getitem__(self, key: Any) -> Any:
        """Labels by position or mask; one label is a job."""
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            found = Index(self._slice(slice(int(key), int(key) + 1 if key != -1 else None))._frame).to_pandas()
            if not len(found):
                raise IndexError(f"index {key} is out of bounds for axis 0 with size {len(self)}")
            return found[0]
        if isinstance(key, slice):
            return Index(self._slice(key)._frame)
        rows = Series(self._frame)
        return _labels(rows._filter(key) if isinstance(key, Series) else rows.iloc[key])

    def __getattr__(self, name: Any) -> Any:
        """What indexes of times have more than others: parts of their labels, and the labels on other clocks."""
        if name.startswith("_") or not hasattr(self._kind_of_times(), name):
            return super().__getattr__(name)
        if name in vars(type(self.dt)):
            found = getattr(self.dt, name)
            if not callable(found) or isinstance(found, Series):
                return _labels(found)
            return functools.wraps(found)(lambda *args, **kwargs: _labels(found(*args, **kwargs)))
        if callable(getattr(self._kind_of_times(), name)):
            return lambda *args, **kwargs: self._gather(name, args, kwargs, f"Index.{name}: {_ALL}")
        return self._gather(name, (), {}, f"Index.{name}: {_ALL}")

    def _kind_of_times(self) -> Any:
        dtype = self._dtype
        return pd.DatetimeIndex if dtype.is_datetime else pd.TimedeltaIndex if dtype.is_timedelta else None

    @property
    def freq(self) -> Any:
        """How far apart the labels lie. See pandas; a job, except where it is None, to see whether they do."""
        if self._kind_of_times() is None:
            raise AttributeError("'Index' object has no attribute 'freq'")
        return None if self._spacing is None else self.to_pandas().freq

    @freq.setter
    def freq(self, freq: Any) -> None:
        labels: Any = self.to_pandas() if freq is not None else pd.DatetimeIndex([])
        labels.freq = freq
        if freq is not None and freq_of(labels) is None:
            raise Unsupported(f"an index of freq {freq!r}", "it has no alias", ".to_pandas()")
        vars(self)["_shifted"] = freq_of(labels)

    @property
    def freqstr(self) -> str | None:
        """The alias of :attr:`freq`."""
        return None if self.freq is None else str(self.freq.freqstr)

    @property
    def is_unique(self) -> bool:
        return not bool(self.duplicated().any())

    def __repr__(self) -> str:
        return repr(self.to_pandas())


def _labels(found: Any) -> Any:
    return Index(found._frame) if isinstance(found, Series) else found


def index_of(frame: Frame) -> Any:
    """The index of a frame: lazy for one level, pandas' own MultiIndex (a job) for several."""
    if frame.index is not None and len(frame.index) != 1:
        from bigframe.api.run import collect

        return collect(frame.select((), ()))[0].index
    rows = frame.with_explicit_index()
    ((name, id),) = rows.index or ()
    return Index(rows.select((name,), (id,)))
