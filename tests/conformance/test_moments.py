"""Variance, skewness and their kin against pandas: of partitions that merge, of few values, of equal ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error
from tests.conformance.test_windows import rows

MOMENTS = ("var", "std", "sem", "skew", "kurt")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("column", ["int", "small", "float", "Int64", "arrow"])
def test_of_columns_and_groups(moment: str, column: str) -> None:
    same(lambda m, df: getattr(df[column], moment)(), rows(40))
    if column != "arrow":
        same(lambda m, df: getattr(df.groupby("key")[column], moment)(), rows(40))


@pytest.mark.parametrize("moment", MOMENTS)
def test_of_frames(moment: str) -> None:
    same(lambda m, df: getattr(df[["int", "float"]], moment)(), rows(40))
    same(lambda m, df: getattr(df[["key", "float"]], moment)(numeric_only=True), rows(40))
    same(lambda m, df: getattr(df[["key", "int", "float"]].groupby("key"), moment)(), rows(40))
    same(lambda m, df: df.groupby("key")["int"].agg(["sum", moment]), rows(40))
    same_error(lambda m, df: getattr(df["text"], moment)(), rows(40))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    "values",
    [
        [],
        [np.nan],
        [3.0],
        [3.0, np.nan, 4.0],
        [1.0, 2.0, 4.0],
        [0.1] * 11,
        [1e10 + 0.1] * 7,
        [1e9, 1e9 + 1, 1e9 + 5, 1e9 + 2, 1e9 + 2],
        [np.nan, 1.0, np.nan, np.nan, 7.0, 8.0, -4.0, 2.0],
    ],
)
def test_of_values(moment: str, values: list[float]) -> None:
    same(lambda m, s: getattr(s, moment)(), pd.Series(values, dtype="float64"))


def test_degrees_of_freedom() -> None:
    for moment in ("var", "std", "sem"):
        same(lambda m, df, name=moment: getattr(df["float"], name)(ddof=0), rows())
        same(lambda m, df, name=moment: getattr(df.groupby("key")["float"], name)(ddof=2), rows())


def test_many_values() -> None:
    data = pd.Series(np.random.default_rng(2).normal(1000, 3, 20_000))

    for moment in ("var", "std", "sem"):
        same(lambda m, s, name=moment: getattr(s, name)(), data)
    for moment in ("skew", "kurt"):
        same(lambda m, s, name=moment: round(float(getattr(s, name)()), 8), data)
