"""Levels of the columns' labels that become levels of the index, against pandas, without gathering."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

pytestmark = [
    pytest.mark.filterwarnings("error::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]
TWO = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "y"), ("c", "x")], names=["u", None])
THREE = pd.MultiIndex.from_product([["a", "b"], ["x", "y"], [2, 1]], names=["u", "v", "w"])
TABLES = {
    "floats": pd.DataFrame(np.arange(8.0).reshape(2, 4), columns=TWO, index=["p", "q"]),
    "integers": pd.DataFrame(np.arange(8).reshape(2, 4), columns=TWO),
    "holes": pd.DataFrame([[1, np.nan, np.nan, 3], [np.nan, 2, np.nan, 4]], columns=TWO),
    "three levels": pd.DataFrame(np.arange(16).reshape(2, 8), columns=THREE),
    "rows of two levels": pd.DataFrame(
        np.arange(8).reshape(2, 4), columns=TWO, index=pd.MultiIndex.from_tuples([(2, "a"), (1, "b")], names=["i", "j"])
    ),
}


@pytest.mark.parametrize("level", [-1, 0, [0, 1], [1, 0], "u"], ids=str)
@pytest.mark.parametrize("table", TABLES)
def test_levels(table: str, level: Any) -> None:
    same(lambda m, d: d.stack(level), TABLES[table])
    if not isinstance(level, list) and table != "three levels":  # of which pandas warns
        same(lambda m, d: d.stack(level, future_stack=False), TABLES[table])
        same(lambda m, d: d.stack(level, future_stack=False, dropna=False), TABLES[table])
        same(lambda m, d: d.stack(level, future_stack=False, sort=False), TABLES[table])


def test_errors() -> None:
    same_error(lambda m, d: d.stack(5), TABLES["floats"])
    same_error(lambda m, d: d.stack("nobody"), TABLES["floats"])
    same_error(lambda m, d: d.stack(), pd.DataFrame([[1, 2]], columns=["x", "x"]))
