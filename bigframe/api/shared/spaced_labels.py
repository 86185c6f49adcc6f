"""Row labels that know how far apart they lie: ``freq``, and what keeps it."""

from __future__ import annotations

from typing import Any, Self

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame
from bigframe.semantics.spacing import freq_of, of_a_length, spaced


class SpacedLabels:
    """An index that may be of times."""

    _frame: Frame

    @property
    def _spacing(self) -> str | None:
        """How far apart the labels lie, as :class:`Frame` has it."""
        own = self._frame
        return vars(self).get("_shifted", own.freq if own.ids == own.index_ids else None)

    def _spaced(self, labels: pd.Index) -> Any:
        """pandas' own labels, looked at, with their ``freq``."""
        return spaced(labels, self._spacing)

    @property
    def freq(self) -> Any:
        """How far apart the labels lie. A job, except where it is None, to see whether they do."""
        dtype = self._frame.dtype(self._frame.ids[0])
        if not (dtype.is_datetime or dtype.is_timedelta):
            raise AttributeError("'Index' object has no attribute 'freq'")
        return None if self._spacing is None else self.to_pandas().freq  # type: ignore[attr-defined]

    @freq.setter
    def freq(self, freq: Any) -> None:
        labels: Any = self.to_pandas() if freq is not None else pd.DatetimeIndex([])  # type: ignore[attr-defined]
        labels.freq = freq
        if freq is not None and freq_of(labels) is None:
            raise Unsupported(f"an index of freq {freq!r}", "it has no alias", ".to_pandas()")
        vars(self)["_shifted"] = freq_of(labels)

    @property
    def freqstr(self) -> str | None:
        """The alias of :attr:`freq`."""
        return None if self.freq is None else str(self.freq.freqstr)

    def as_unit(self, unit: str, round_ok: bool = True) -> Self:
        """The same times in another unit. Tier: *native*."""
        dt: Any = self._column.dt  # type: ignore[attr-defined]
        return self._shifted_to(dt.as_unit(unit) if round_ok else dt.as_unit(unit, False), self._spacing)

    def tz_convert(self, tz: Any) -> Self:
        """The same instants on another zone's clock. Tier: *native*."""
        return self._shifted_to(self._column.dt.tz_convert(tz), of_a_length(self._spacing))  # type: ignore[attr-defined]

    def tz_localize(self, tz: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Self:
        """Wall-clock times in a zone, or back if ``tz`` is None. Tier: *native*."""
        found = self._column.dt.tz_localize(tz, ambiguous, nonexistent)  # type: ignore[attr-defined]
        by_clock = of_a_length(self._spacing) is None and nonexistent in ("raise", "NaT")
        return self._shifted_to(found, self._spacing if by_clock or str(tz) in ("UTC", "utc") else None)

    def _shifted_to(self, labels: Any, freq: str | None) -> Self:
        shifted = type(self)(labels._frame)  # type: ignore[call-arg]
        vars(shifted)["_shifted"] = freq
        return shifted
