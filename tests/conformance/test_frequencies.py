"""The frequency of an index of times is kept where pandas keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import assert_same, same

EVERY_12_HOURS = pd.Series(np.arange(40.0), index=pd.date_range("2024-01-01", periods=40, freq="12h"), name="x")

STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "arithmetic": lambda m, s: s * 2,
    "head": lambda m, s: s.head(),
    "tail": lambda m, s: s.tail(3),
    "slice": lambda m, s: s.iloc[2:5],
    "filter to the end": lambda m, s: s[s > 4],
    "filter with gaps": lambda m, s: s[s % 3 == 0],
    "filter to nothing": lambda m, s: s[s > 99],
    "dropna": lambda m, s: s.diff().dropna(),
    "sorted": lambda m, s: (s % 7).sort_values(kind="stable"),
    "sorted backwards": lambda m, s: s.sort_values(ascending=False),
    "sorted by label": lambda m, s: s.sort_index(),
    "rolling": lambda m, s: s.rolling(3).mean(),
    "shift": lambda m, s: s.shift(),
    "frame": lambda m, s: s.to_frame("y").assign(z=s),
    "renamed": lambda m, s: s.rename_axis("t"),
    "side by side": lambda m, s: m.concat([s, s], axis=1, keys=["a", "b"]),
    "a column": lambda m, s: s.reset_index(),
    "days": lambda m, s: s.resample("D").mean(),
    "weeks": lambda m, s: s.resample("W").agg(["sum", "max"]).head(2),
    "months": lambda m, s: s.resample("MS").sum(),
    "bars": lambda m, s: s.resample("D").ohlc().pct_change(),
}


@pytest.mark.parametrize("step", STEPS)
def test_frequency(step: str) -> None:
    same(STEPS[step], EVERY_12_HOURS)


def test_a_sort_forgets_it_even_where_rows_were_in_order() -> None:
    """pandas, which sees that they were, keeps it (decision 8)."""
    found = bigframe.from_pandas(EVERY_12_HOURS).sort_values().to_pandas()
    assert found.index.freq is None
    assert_same(found, EVERY_12_HOURS.sort_values().set_axis(pd.DatetimeIndex(EVERY_12_HOURS.index, freq=None)))
