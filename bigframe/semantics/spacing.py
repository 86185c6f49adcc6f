"""``freq``: how far apart labels lie that are times, as pandas' indexes know it of themselves."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.tseries.frequencies import to_offset


def freq_of(index: pd.Index) -> str | None:
    """What tells how far apart the labels of an index lie; None if it has no ``freq``, or one without an alias."""
    freq = getattr(index, "freq", None)
    if freq is None or not isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        return None
    return freq_alias(freq)


def freq_alias(freq: Any) -> str | None:
    """The alias that stands for an offset; None if there is none."""
    try:
        return freq.freqstr if to_offset(freq.freqstr) == freq else None
    except ValueError:
        return None


def of_a_length(freq: str | None) -> str | None:
    """The ``freq`` if it is of one length on any clock: hours, but not days."""
    return freq if freq is not None and isinstance(to_offset(freq), pd.offsets.Tick) else None


def every_nth(freq: str | None, step: int) -> str | None:
    """How far apart every so many of the labels lie."""
    return None if freq is None else (to_offset(freq) * step).freqstr


def freq_after(freq: str | None, step: Any, *, has_zone: bool) -> str | None:
    """The ``freq`` of times that were all moved; a step that is not of one length leaves none but its own."""
    own, step = to_offset(freq) if freq is not None else None, to_offset(step)
    even = (pd.offsets.Tick, pd.offsets.Day)
    stays = isinstance(own, pd.offsets.Tick if has_zone else even) and isinstance(step, even)
    return freq if own == step or stays else None


def spaced(index: pd.Index, freq: str | None) -> pd.Index:
    """The index with a ``freq``, which pandas finds by looking at its labels; without where some between them are gone."""
    if freq is None or not isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        return index
    try:
        return type(index)(index, freq=freq)
    except ValueError:
        return index
