"""``value_counts`` against pandas: order of ties, shares, missing values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "k": ["b", "a", None, "b", "a", "c", "", "b", None, "a"],
        "n": [3, 1, 3, 2, 1, 1, 2, 3, 2, 1],
        "f": [0.5, np.nan, 0.5, -1.0, 2.0, np.nan, 0.0, 0.5, np.nan, 2.0],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2024-01-02", None, "2020-02-29"] + ["2021-01-01"] * 4),
        "b": [True, False, True, True, False, True, False, False, True, True],
    },
    index=[5, 3, 3, 9, 0, -1, 5, 7, 2, 2],
)
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "shares": {"normalize": True},
    "with missing": {"dropna": False},
    "shares with missing": {"normalize": True, "dropna": False},
    "ascending": {"ascending": True},
    "unsorted": {"sort": False},
}


@pytest.mark.parametrize("column", list(ROWS.columns))
@pytest.mark.parametrize("options", OPTIONS)
def test_of_a_column(options: str, column: str) -> None:
    same(lambda m, d: d[column].value_counts(**OPTIONS[options]), ROWS)


@pytest.mark.parametrize("options", OPTIONS)
def test_of_nothing(options: str) -> None:
    same(lambda m, d: d.k.value_counts(**OPTIONS[options]), ROWS.iloc[:0])


@pytest.mark.parametrize("options", OPTIONS)
def test_of_rows(options: str) -> None:
    same(lambda m, d: d[["n", "b"]].value_counts(**OPTIONS[options]), ROWS)
    same(lambda m, d: d.value_counts(["k", "n"], **OPTIONS[options]), ROWS)
    same(lambda m, d: d.value_counts("k", **OPTIONS[options]), ROWS)


CASES: dict[str, Callable[[Any, Any], Any]] = {
    "then head": lambda m, d: d.k.value_counts().head(2),
    "then a filter": lambda m, d: (lambda c: c[c > 1])(d.k.value_counts()),
    "then reset": lambda m, d: d.k.value_counts().reset_index(),
    "then sort": lambda m, d: d.k.value_counts().sort_index(),
    "then sum": lambda m, d: d.k.value_counts().sum(),
    "of a filter": lambda m, d: d[d.n > 1].k.value_counts(),
    "of a computed column": lambda m, d: (d.n % 2).value_counts(),
    "of strings in capitals": lambda m, d: d.k.str.upper().value_counts(),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], ROWS)


def test_errors() -> None:
    same_error(lambda m, d: d.value_counts("absent"), ROWS)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("dtype", ["Int64", "Float64", "string", "int64[pyarrow]"])
def test_counts_have_the_dtype_of_the_values_family(dtype: str, normalize: bool) -> None:
    values = pd.Series([1, 2, 1, None], dtype="Int64").astype(dtype)
    same(lambda m, s: s.value_counts(normalize=normalize), values)
