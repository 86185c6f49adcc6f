"""``sample``: which rows is ours to choose, how many and how they look is pandas'."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame({"x": range(40), "s": [f"row {i}" for i in range(40)]}, index=np.arange(40)[::-1])
FIRST_OF_SEED_7 = [32, 35, 30, 3, 1]


def drawn(**options: Any) -> pd.DataFrame:
    result: pd.DataFrame = bigframe.from_pandas(ROWS).sample(**options).to_pandas()
    return result


def test_the_same_rows_for_every_partitioning() -> None:
    assert drawn(n=5, random_state=7).x.tolist() == FIRST_OF_SEED_7


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({}, 1),
        ({"n": 0}, 0),
        ({"n": 12}, 12),
        ({"n": 40}, 40),
        ({"frac": 0.25}, 10),
        ({"frac": 0.0}, 0),
        ({"frac": 1.0}, 40),
        ({"frac": 0.0125}, 0),
        ({"frac": 0.0375}, 2),
    ],
)
def test_number_of_rows(options: dict[str, Any], rows: int) -> None:
    sampled = drawn(random_state=3, **options)
    assert len(sampled) == rows == len(ROWS.sample(random_state=3, **options))
    assert sampled.index.is_unique
    pd.testing.assert_frame_equal(sampled, ROWS.loc[sampled.index])


def test_seeds_differ() -> None:
    assert drawn(n=10, random_state=1).x.tolist() != drawn(n=10, random_state=2).x.tolist()
    assert drawn(n=10, random_state=1).x.tolist() == drawn(n=10, random_state=1).x.tolist()


def test_a_larger_sample_begins_with_the_smaller_one() -> None:
    assert drawn(n=20, random_state=7).x.tolist()[:5] == FIRST_OF_SEED_7


def test_of_a_filtered_frame_and_of_a_column() -> None:
    lazy = bigframe.from_pandas(ROWS)
    assert set(lazy[lazy.x > 30].sample(4, random_state=1).to_pandas().x) <= set(range(31, 40))
    column = lazy.s.sample(3, random_state=1).to_pandas()
    pd.testing.assert_series_equal(column, ROWS.s.loc[column.index])


def test_new_index() -> None:
    assert drawn(n=4, random_state=1, ignore_index=True).index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "options", [{"n": 41}, {"n": 1, "frac": 0.5}, {"frac": 1.5}, {"n": -1}, {"frac": -0.5}, {"n": 1.5}], ids=str
)
def test_errors(options: dict[str, Any]) -> None:
    same_error(lambda m, d: d.sample(**options), ROWS)


@pytest.mark.parametrize("options", [{"n": 3, "replace": True}, {"n": 3, "weights": "x"}, {"n": 1, "axis": 1}], ids=str)
def test_other_draws_gather_the_data(options: dict[str, Any]) -> None:
    with pytest.warns(PerformanceWarning):
        same(lambda m, d: d.sample(random_state=3, **options), ROWS)
