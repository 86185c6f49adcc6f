"""Margins of pivot tables and cross tabulations, and their shares, against pandas and without gathering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

SALES = pd.DataFrame(
    {
        "shop": ["n", "s", "n", "n", "s", None, "n", "w"],
        "kind": ["a", "b", "b", "a", "a", "a", None, "b"],
        "year": [2020, 2020, 2021, 2021, 2021, 2020, 2020, 2020],
        "sold": [1, 2, 3, 4, 5, 6, 7, 8],
        "price": [0.5, np.nan, 2.5, 3.0, 1.0, 4.0, 9.0, np.nan],
        "paid": [1.0, 2, 3, 4, 5, 6, 7, 8],
        "day": pd.date_range("2024-01-01", periods=8),
    }
)


def _table(*args: Any, **kwargs: Any) -> Callable[[Any, Any], Any]:
    return lambda _, d: d.pivot_table(*args, **kwargs, margins=True)


TABLES: dict[str, Callable[[Any, Any], Any]] = {
    "mean": _table("sold", "shop", "kind"),
    "sum": _table("sold", "shop", "kind", aggfunc="sum"),
    "sum filled": _table("sold", "shop", "kind", aggfunc="sum", fill_value=0),
    "another name": _table("sold", "shop", "kind", aggfunc="sum", margins_name="every"),
    "NumPy's sum": _table("sold", "shop", "kind", aggfunc=np.sum),
    "sum of holes": _table("price", "shop", "kind", aggfunc="sum"),
    "mean of holes filled": _table("price", "shop", "kind", fill_value=0),
    "a list of one value": _table(["sold"], "shop", "kind", fill_value=0),
    "integers and floats": _table(["sold", "paid"], "year", "kind", aggfunc="sum"),
    "integers beside holes": _table(["sold", "price"], "shop", "kind", aggfunc="sum", fill_value=0),
    "largest": _table(["sold", "price"], "shop", "kind", aggfunc="max"),
    "labels of integers": _table("sold", "shop", "year", aggfunc="sum"),
    "rows of integers": _table("sold", "year", "kind", aggfunc="nunique"),
    "rows of times": _table("sold", "day", "kind", aggfunc="sum"),
    "rows of floats": _table("sold", "price", "kind", aggfunc="min"),
    "labels of times": _table("sold", "shop", "day", aggfunc="sum"),
    "several keys of rows": _table("sold", ["shop", "year"], "kind", aggfunc="sum"),
    "several keys across": _table("sold", "shop", ["kind", "year"], aggfunc="sum"),
    "several keys and values": _table(["sold", "paid"], "shop", ["kind", "year"], aggfunc="sum", fill_value=0),
    "rows only": _table("sold", "shop", aggfunc="sum"),
    "rows only of several": _table(["sold", "price"], ["shop", "year"], aggfunc="mean"),
    "rows only by functions": _table(["sold", "paid"], "shop", aggfunc=["sum", "mean"]),
    "functions": _table("sold", "shop", "kind", aggfunc=["sum", "mean"]),
    "functions of several": _table(["sold", "paid"], "shop", "kind", aggfunc=["sum", "count"]),
    "a function each": _table(["sold", "price"], "shop", "kind", aggfunc={"sold": "sum", "price": "mean"}),
    "all values": lambda m, d: d[["shop", "kind", "sold", "price"]].pivot_table(
        index="shop", columns="kind", margins=True
    ),
    "of a filter": lambda m, d: d[d.sold > 2].pivot_table("sold", "shop", "kind", aggfunc="sum", margins=True),
    "then its last column": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum", margins=True)["All"],
    "then reset": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum", margins=True).reset_index(),
    "counts": lambda m, d: m.crosstab(d.shop, d.kind, margins=True),
    "counts by integers": lambda m, d: m.crosstab(d.year, [d.kind, d.shop], margins=True, margins_name="T"),
    "counts by bools": lambda m, d: m.crosstab(d.sold > 3, d.year > 2020, margins=True),
    "sums": lambda m, d: m.crosstab(d.shop, d.kind, values=d.sold, aggfunc="sum", margins=True),
    "means": lambda m, d: m.crosstab(d.shop, d.kind, values=d.price, aggfunc="mean"),
    "a column without values, filled": lambda m, d: d.assign(price=d.price.where(d.kind != "b")).pivot_table(
        ["sold", "price"], "shop", "kind", fill_value=0
    ),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", TABLES)
def test_margins(case: str) -> None:
    same(TABLES[case], SALES)


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("margins", [False, True])
@pytest.mark.parametrize("normalize", [True, "all", "index", "columns", 0, 1])
@pytest.mark.parametrize("keys", ["shop kind", "year kind", "shop year"])
def test_shares(keys: str, normalize: Any, margins: bool) -> None:
    row, across = keys.split()
    same(lambda m, d: m.crosstab(d[row], d[across], normalize=normalize, margins=margins), SALES)


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_shares_of_columns_below_several_keys() -> None:
    same(lambda m, d: m.crosstab(d.shop, [d.kind, d.year], normalize="columns"), SALES)


GATHERED: dict[str, Callable[[Any, Any], Any]] = {
    "deviations": _table("sold", "shop", "kind", aggfunc="std"),
    "of no rows": lambda m, d: d[d.sold > 99].pivot_table("sold", "shop", "kind", aggfunc="sum", margins=True),
    "columns only": _table("sold", columns="kind", aggfunc="min"),
    "functions that leave out rows": _table(["sold", "price"], "shop", "kind", aggfunc=["sum", "mean"], fill_value=0),
    "functions without margins": lambda m, d: d.assign(price=d.price.where(d.kind != "b")).pivot_table(
        "price", "shop", "kind", aggfunc=["sum", "mean"], fill_value=0
    ),
}


@pytest.mark.parametrize("case", GATHERED)
def test_margins_that_need_the_rows(case: str) -> None:
    with pytest.warns(bigframe.PerformanceWarning):
        same(GATHERED[case], SALES)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "a row of that name": _table("sold", "shop", "kind", aggfunc="sum", margins_name="n"),
    "a column of that name": _table("sold", "shop", "kind", aggfunc="sum", margins_name="a"),
    "a name that is no text": _table("sold", "shop", "kind", aggfunc="sum", margins_name=1),
    "shares of what": lambda m, d: m.crosstab(d.shop, d.kind, normalize="rows"),
    "shares of another axis": lambda m, d: m.crosstab(d.shop, d.kind, normalize=7),
    "shares with margins of what": lambda m, d: m.crosstab(d.shop, d.kind, normalize="all", margins=42),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], SALES)


def test_margins_take_one_job() -> None:
    session = bigframe.current_session()
    before = session.jobs
    bigframe.from_pandas(SALES).pivot_table("sold", "shop", "kind", margins=True)
    assert session.jobs == before + 1
