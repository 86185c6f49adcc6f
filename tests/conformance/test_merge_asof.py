"""``merge_asof`` against pandas: directions, exact matches, tolerances, groups, indexes, and keys without order."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error

_rng = np.random.default_rng(3)
LEFT = pd.DataFrame(
    {
        "t": np.sort(_rng.integers(0, 40, 25)),
        "g": pd.Series(_rng.choice(["a", "b", None], 25), dtype="str"),
        "h": _rng.integers(0, 2, 25),
        "x": np.arange(25),
    },
    index=range(100, 125),
)
RIGHT = pd.DataFrame(
    {
        "t": np.sort(_rng.integers(0, 40, 20)),
        "g": pd.Series(_rng.choice(["a", "b", None], 20), dtype="str"),
        "h": _rng.integers(0, 2, 20),
        "x": np.arange(20) * 0.5,
        "flag": _rng.random(20) < 0.5,
    }
)
DIRECTIONS = ["backward", "forward", "nearest"]


def at_times(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(t=pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["t"], unit="h"))


def native(how: dict[str, Any], left: pd.DataFrame = LEFT, right: pd.DataFrame = RIGHT) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        same(lambda m, a, b: m.merge_asof(a, b, **how), left, right)


@pytest.mark.parametrize("by", [None, "g", ["h", "g"]])
@pytest.mark.parametrize("tolerance", [None, 2])
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_directions(direction: str, exact: bool, tolerance: int | None, by: Any) -> None:
    native({"on": "t", "direction": direction, "allow_exact_matches": exact, "tolerance": tolerance, "by": by})


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_of_times(direction: str) -> None:
    how = {"on": "t", "direction": direction, "tolerance": pd.Timedelta("90min")}
    native(how, at_times(LEFT), at_times(RIGHT))


@pytest.mark.parametrize(
    "how",
    [
        {"left_index": True, "right_on": "t"},
        {"left_on": "u", "right_index": True},
        {"left_index": True, "right_index": True, "left_by": "h", "right_by": "i"},
        {"left_on": "u", "right_on": "t", "suffixes": ("", "_right")},
    ],
    ids=["left index", "right index", "indexes", "renamed"],
)
def test_keys(how: dict[str, Any]) -> None:
    left = LEFT.rename(columns={"t": "u"}).set_axis(np.arange(25) * 2, axis=0)
    right = RIGHT.rename(columns={"h": "i"}).set_axis(np.arange(20) * 3, axis=0)
    native(how, left, right)


@pytest.mark.parametrize(("left", "right"), [(LEFT.iloc[:0], RIGHT), (LEFT, RIGHT.iloc[:0])], ids=["left", "right"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_empty_sides(direction: str, left: pd.DataFrame, right: pd.DataFrame) -> None:
    native({"on": "t", "by": "h", "direction": direction}, left, right)


@pytest.mark.parametrize(
    "how",
    [
        {"on": "t", "direction": "sideways"},
        {"on": "g"},
        {"on": "t", "tolerance": -1},
        {"on": "t", "tolerance": pd.Timedelta(1)},
        {"left_on": "t", "right_on": "x"},
        {"on": ["t", "h"]},
        {"on": "t", "by": "h", "left_by": "h"},
    ],
)
def test_arguments_that_do_not_fit(how: dict[str, Any]) -> None:
    same_error(lambda m, a, b: m.merge_asof(a, b, **how), LEFT, RIGHT)


def test_keys_out_of_order() -> None:
    same_error(lambda m, a, b: m.merge_asof(a, b, on="t"), LEFT.iloc[::-1], RIGHT)
    same_error(lambda m, a, b: m.merge_asof(a, b, on="t"), LEFT, RIGHT.iloc[::-1])
    missing = RIGHT.assign(t=RIGHT["t"].astype("float64").where(RIGHT["x"] > 2))
    same_error(lambda m, a, b: m.merge_asof(a, b, on="t"), LEFT.astype({"t": "float64"}), missing)


def test_arrays_as_keys_gather() -> None:
    key = np.sort(_rng.integers(0, 40, len(LEFT)))
    with pytest.warns(PerformanceWarning, match="keys are named by label"):
        same(lambda m, a, b: m.merge_asof(a, b, left_on=key, right_on="t"), LEFT, RIGHT)
