"""Duplicate rows against pandas: ``drop_duplicates``, ``duplicated`` and ``unique``."""

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
        "n": [3, 1, 3, 3, 1, 1, 2, 3, 2, 1],
        "f": [0.5, np.nan, 0.0, 0.5, np.nan, np.nan, -0.0, 0.5, np.nan, 2.0],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2024-01-02", None, "2020-02-29"] + ["2021-01-01"] * 4),
        "u": range(10),
    },
    index=[5, 3, 3, 9, 0, -1, 5, 7, 2, 2],
)
EMPTY = ROWS.iloc[:0]

CASES: dict[str, Callable[[Any, Any], Any]] = {
    **{
        f"{subset}, {keep}": (lambda m, d, subset=subset, keep=keep: d.drop_duplicates(subset, keep=keep))
        for subset in ("k", "f", "t", ["k", "n"], ["n", "f", "t"])
        for keep in ("first", "last", False)
    },
    **{
        f"marks of {subset}, {keep}": (lambda m, d, subset=subset, keep=keep: d.duplicated(subset, keep=keep))
        for subset in ("k", "f", ["k", "n"])
        for keep in ("first", "last", False)
    },
    "rows": lambda m, d: d.drop_duplicates(),
    "whole rows": lambda m, d: d[["k", "n"]].drop_duplicates(),
    "whole rows, last": lambda m, d: d[["k", "n"]].drop_duplicates(keep="last"),
    "whole rows, none": lambda m, d: d[["k", "n"]].drop_duplicates(keep=False),
    "new index": lambda m, d: d.drop_duplicates("k", ignore_index=True),
    "new index, last": lambda m, d: d.drop_duplicates("k", keep="last", ignore_index=True),
    "new index, none": lambda m, d: d.drop_duplicates("k", keep=False, ignore_index=True),
    "marks of rows": lambda m, d: d[["k", "n"]].duplicated(),
    "mask": lambda m, d: d[~d.duplicated("k")],
    "mask, none": lambda m, d: d[~d.duplicated(["k", "n"], keep=False)],
    "count": lambda m, d: d.duplicated("k").sum(),
    "series": lambda m, d: d.k.drop_duplicates(),
    "series, last": lambda m, d: d.f.drop_duplicates(keep="last"),
    "series, none": lambda m, d: d.n.drop_duplicates(keep=False),
    "marks of a series": lambda m, d: d.k.duplicated(),
    "marks of a series, none": lambda m, d: d.k.duplicated(keep=False),
    "after a sort": lambda m, d: d.sort_values("u", ascending=False).drop_duplicates("k"),
    "after a sort, last": lambda m, d: d.sort_values("u", ascending=False).drop_duplicates("k", keep="last"),
    "after a sort, none": lambda m, d: d.sort_values("u", ascending=False).drop_duplicates(["k", "n"], keep=False),
    "then a filter": lambda m, d: (lambda k: k[k.u > 2])(d.drop_duplicates("k")),
    "then a filter of keys": lambda m, d: (lambda k: k[k.k == "b"])(d.drop_duplicates("k")),
    "then a head": lambda m, d: d.drop_duplicates("k", keep=False).head(1),
    "then a sum": lambda m, d: d.drop_duplicates("k").u.sum(),
    "then keys only": lambda m, d: d.drop_duplicates("k")[["k"]].sort_values("k"),
    "then a merge": lambda m, d: d.merge(d.drop_duplicates("k", keep="last"), on="k"),
    "of a join": lambda m, d: d.merge(d, on="k").drop_duplicates("u_x"),
    "computed": lambda m, d: d.assign(r=d.u % 3).drop_duplicates("r"),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], ROWS)


@pytest.mark.parametrize("case", CASES)
def test_nothing(case: str) -> None:
    same(CASES[case], EMPTY)


@pytest.mark.parametrize("column", list(ROWS.columns))
def test_unique_values(column: str) -> None:
    import bigframe

    expected, actual = ROWS[column].unique(), bigframe.from_pandas(ROWS)[column].unique()
    assert pd.Series(actual).equals(pd.Series(expected))
    assert actual.dtype == expected.dtype


@pytest.mark.parametrize("keep", ["first", "last", False])
def test_many_rows(keep: Any) -> None:
    chosen = np.random.default_rng(7)
    rows = pd.DataFrame({"a": chosen.integers(0, 300, 1000), "b": np.arange(1000)})
    same(lambda m, d: d.drop_duplicates("a", keep=keep), rows)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such column": lambda m, d: d.drop_duplicates("absent"),
    "no such columns": lambda m, d: d.duplicated(["k", "absent"]),
    "no such choice": lambda m, d: d.drop_duplicates("k", keep="some"),
    "no such choice of marks": lambda m, d: d.duplicated("k", keep="some"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


@pytest.mark.parametrize("index", [pd.RangeIndex(0), pd.RangeIndex(3), pd.Index([1, 2, 2], name="k")])
def test_tables_without_columns(index: pd.Index) -> None:
    same(lambda m, d: d.duplicated(), pd.DataFrame(index=index))
    same(lambda m, d: d.drop_duplicates().index, pd.DataFrame(index=index))
    same(lambda m, d: d.drop_duplicates(keep=False, ignore_index=True).index, pd.DataFrame(index=index))
    same_error(lambda m, d: d.duplicated(subset=[]), ROWS)
    same_error(lambda m, d: d.drop_duplicates(subset=[]), ROWS)
