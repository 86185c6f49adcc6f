"""``astype`` to categories against pandas, without gathering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

pytestmark = [
    pytest.mark.filterwarnings("error::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]
ROWS = pd.DataFrame(
    {
        "text": ["b", "a", None, "b", ""],
        "integer": [3, 1, 2, 3, -1],
        "number": [1.5, np.nan, 2, 1.5, 0],
        "truth": [True, False, True, True, False],
        "time": pd.to_datetime(["2020-01-02", None, "2020-01-01", "2020-01-02", "1969-01-01"]),
        "length": pd.to_timedelta([1, 2, None, 1, 0], unit="h"),
    },
    index=[3, 3, 1, 0, 2],
)
CASES: dict[str, Callable[[Any, Any, str], Any]] = {
    "seen": lambda m, d, name: d[name].astype("category"),
    "in order": lambda m, d, name: d[name].astype(pd.CategoricalDtype(ordered=True)),
    "twice": lambda m, d, name: d[name].astype("category").astype(pd.CategoricalDtype(ordered=True)),
    "codes": lambda m, d, name: d[name].astype("category").cat.codes,
    "groups": lambda m, d, name: d.assign(c=d[name].astype("category")).groupby("c", observed=False).integer.sum(),
    "of a frame": lambda m, d, name: d.astype({name: "category"}),
    "of no rows": lambda m, d, name: d[d.integer > 9][name].astype("category"),
}
GIVEN: dict[str, Callable[[Any, Any], Any]] = {
    "more": lambda m, d: d.text.astype(pd.CategoricalDtype(["b", "z", "", "a"], ordered=True)),
    "fewer": lambda m, d: d.text.astype(pd.CategoricalDtype(["b"])),
    "integers": lambda m, d: d.integer.astype(pd.CategoricalDtype([3, 9])),
    "of categories": lambda m, d: d.integer.astype("category").astype(pd.CategoricalDtype([9, 3, 1])),
    "of a whole frame": lambda m, d: d[["text", "integer"]].astype("category"),
    "of labels": lambda m, d: d.set_index("text").index.astype("category"),
}


@pytest.mark.parametrize("name", ROWS.columns)
@pytest.mark.parametrize("case", CASES)
def test_categories_that_occur(case: str, name: str) -> None:
    same(lambda m, d: CASES[case](m, d, name), ROWS)


@pytest.mark.parametrize("case", GIVEN)
def test_categories_that_are_given(case: str) -> None:
    same(GIVEN[case], ROWS)


@pytest.mark.parametrize("categories", [["c", "a", "b"], [3, 1, 2]])
def test_ordered_categories_compare_and_reduce_by_their_places(categories: list[Any]) -> None:
    first, second, third = categories
    cells = [second, first, None, third, second, first]
    frame = pd.DataFrame(
        {
            "c": pd.Categorical(cells, categories=categories, ordered=True),
            "d": pd.Categorical(cells[::-1], categories=categories, ordered=True),
        }
    )
    for choose in (
        lambda m, df: df["c"] > second,
        lambda m, df: second >= df["c"],
        lambda m, df: df["c"] < df["d"],
        lambda m, df: df[df["c"].le(second)]["d"],
        lambda m, df: df["c"].min(),
        lambda m, df: df["c"].max(),
        lambda m, df: df["c"].head(0).max(),
    ):
        same(choose, frame)
    with pytest.raises(TypeError, match="Invalid comparison"):
        _ = bigframe.DataFrame(frame)["c"] > "no category"


BACK: dict[str, list[Any]] = {
    "integer": ["int64", "int8", "float32", "Int64", "str"],
    "number": ["float64", "float32", "Float64", "str"],
    "truth": ["bool", "int64"],
    "time": [ROWS.time.dtype],
    "length": [ROWS.length.dtype],
}


@pytest.mark.parametrize(("name", "dtype"), [(name, dtype) for name, dtypes in BACK.items() for dtype in dtypes])
def test_categories_become_what_they_stand_for(name: str, dtype: Any) -> None:
    same(lambda m, d: d.c.astype(dtype), ROWS.assign(c=ROWS[name].astype("category")))


def test_a_missing_category_is_no_integer() -> None:
    same_error(lambda m, d: d.c.astype("int64"), pd.DataFrame({"c": pd.Categorical([2, None, 1])}))
