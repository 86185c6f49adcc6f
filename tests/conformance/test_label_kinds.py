"""The kinds of Index: what lazy labels are an instance of, and pandas' own constructors."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

KINDS = (
    "CategoricalIndex",
    "DatetimeIndex",
    "Index",
    "IntervalIndex",
    "MultiIndex",
    "PeriodIndex",
    "RangeIndex",
    "TimedeltaIndex",
)
LABELS: dict[str, Any] = {
    "a range": pd.RangeIndex(3),
    "numbers": pd.Index([3, 1, 1]),
    "texts": pd.Index(["b", None, "a"]),
    "times": pd.DatetimeIndex(["2024-01-31", None, "2020-02-29"]),
    "times of a zone": pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin"),
    "spans": pd.to_timedelta(["1 day", "-3h", None]),
    "categories": pd.CategoricalIndex(["b", "a", "b"]),
    "periods": pd.period_range("2024-01", periods=3, freq="M"),
    "intervals": pd.interval_range(0, 3),
    "several levels": pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a")]),
}


def kinds(m: Any, labels: Any) -> list[bool]:
    return [isinstance(labels, getattr(m, name)) for name in KINDS]


@pytest.mark.parametrize("case", LABELS)
def test_labels_are_of_the_kind_that_pandas_has(case: str) -> None:
    frame = pd.DataFrame({"x": range(3)}, index=LABELS[case])
    same(lambda m, d: kinds(m, d.index), frame)
    same(lambda m, d: kinds(m, d.x.index), frame)
    same(lambda m, d: kinds(m, d.index.copy()), frame)
    same(lambda m, d: kinds(m, d.columns), frame)
    same(lambda m, d: kinds(m, d.x), frame)
    same(lambda m, d: kinds(m, LABELS[case]), frame)


def test_computed_labels_are_of_another_kind() -> None:
    frame = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=3), "x": [3, 1, 2]})
    same(lambda m, d: kinds(m, d.set_index("t").index), frame)
    same(lambda m, d: kinds(m, d.set_index("x").index), frame)
    same(lambda m, d: kinds(m, d.set_index("t").index.year), frame)
    same(lambda m, d: kinds(m, d.set_index("t").reset_index().index), frame)
    same(lambda m, d: kinds(m, m.Index(d.t)), frame)


def test_asking_runs_no_job() -> None:
    with bigframe.connect() as session:
        frame = bigframe.DataFrame({"t": pd.date_range("2024-01-01", periods=3)}).set_index("t")
        assert isinstance(frame.index, bigframe.DatetimeIndex)
        assert not isinstance(frame.index, (bigframe.RangeIndex, bigframe.MultiIndex))
        assert session.jobs == 0


def test_they_make_what_pandas_makes() -> None:
    same(lambda m: m.DatetimeIndex(["2024-01-01", None], name="t"))
    same(lambda m: m.RangeIndex(2, 8, 3))
    same(lambda m: m.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["x", "y"]))
    same(lambda m: m.IntervalIndex.from_breaks([0, 1, 2]))
    same(lambda m: m.PeriodIndex(["2024-01"], freq="M"))
    same_error(lambda m: m.DatetimeIndex(["no time"]))
    same_error(lambda m: m.DatetimeIndex.nonsense)
    assert type(bigframe.DatetimeIndex([])) is pd.DatetimeIndex
    assert type(bigframe.MultiIndex.from_tuples([(1, 2)])) is pd.MultiIndex


def test_lazy_values_are_looked_at() -> None:
    frame = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=3), "x": [3, 1, 2]})
    same(lambda m, d: m.MultiIndex.from_frame(d), frame)
    same(lambda m, d: m.MultiIndex.from_arrays([d.x, d.t], names=["x", "t"]), frame)
    same(lambda m, d: m.DatetimeIndex(d.t), frame)
    same(lambda m, d: m.CategoricalIndex(d.x, categories=[1, 2, 3]), frame)


def test_they_are_classes() -> None:
    for name in KINDS:
        kind: Any = getattr(bigframe, name)
        assert [issubclass(kind, getattr(bigframe, other)) for other in KINDS] == [
            issubclass(getattr(pd, name), getattr(pd, other)) for other in KINDS
        ]
        assert issubclass(getattr(pd, name), kind)
        assert pickle.loads(pickle.dumps(kind)) is kind
    assert not issubclass(bigframe.Series, bigframe.DatetimeIndex)
    assert not isinstance(np.arange(3), bigframe.Index)
