"""Sizes, places of values, correlations with another table and products of matrices, in the engine, against pandas."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.columns import NULLABLE, NUMBERS, TEXTS, TIMES
from tests.conformance.compare import same, same_error
from tests.conformance.stakes.orders import orders


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """A test fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


@pytest.mark.parametrize(
    "table", [NUMBERS, TEXTS, TIMES, NULLABLE, orders()], ids=["numbers", "texts", "times", "nullable", "all"]
)
def test_bytes(table: pd.DataFrame) -> None:
    same(lambda m, d: d.memory_usage(), table)
    same(lambda m, d: d.memory_usage(index=False, deep=True), table)
    same(lambda m, d: d.iloc[:, 0].memory_usage(), table)
    same(lambda m, d: d.iloc[:, 0].nbytes, table)
    same(lambda m, d: d.index.memory_usage(), table)


@pytest.mark.parametrize("options", [{}, {"verbose": False}, {"memory_usage": False}, {"show_counts": False}], ids=str)
def test_info(options: dict[str, Any]) -> None:
    def text(owner: Any) -> str:
        buffer = io.StringIO()
        owner.info(buf=buffer, **options)
        return buffer.getvalue()

    same(lambda m, d: text(d), orders())
    same(lambda m, d: text(d), TEXTS)
    same(lambda m, d: text(d.set_index("t")[["n"]]), orders())
    same(lambda m, d: text(d.head(0)[["s"]]), TEXTS)
    same(lambda m, d: text(d[[]]), TEXTS)
    same(lambda m, d: text(d), pd.DataFrame(np.ones((2, 150))))
    same(lambda m, d: text(d.s), orders())
    same_error(lambda m, d: d.s.info(max_cols=3), orders())


def test_the_order_of_values() -> None:
    for name in ("i", "y", "t"):
        same(lambda m, d, name=name: d[name].argsort(), orders())
    same(lambda m, d: d.set_index("i").x.argsort(kind="stable"), orders())
    same(lambda m, d: d.s.argsort(kind="stable"), TEXTS)
    same(lambda m, d: d.set_index("i").index.argsort(), orders())
    same(lambda m, d: d.x.head(0).argsort(), orders())
    same_error(lambda m, d: d.y.argsort(kind="none"), orders())


@pytest.mark.parametrize("sort", [False, True])
def test_numbers_of_values(sort: bool) -> None:
    def both(m: Any, column: Any) -> Any:
        codes, values = column.factorize(sort=sort)
        return codes, values

    for name in ("k", "s", "n", "x", "t", "b"):
        for part in (0, 1):
            same(lambda m, d, name=name, part=part: both(m, d[name])[part], orders())
    same(lambda m, d: d.set_index("k").index.factorize(sort=sort)[1], orders())
    same(lambda m, d: d.set_index("k").s.factorize(sort=sort)[0], orders())


def test_where_a_value_would_stand() -> None:
    for side in ("left", "right"):
        same(lambda m, d, side=side: d.n.sort_values().searchsorted(2, side=side), orders())
        same(lambda m, d, side=side: d.y.sort_values().searchsorted(-0.3, side=side), orders())
        same(lambda m, d, side=side: d.t.sort_values().searchsorted(pd.Timestamp("2024-04-01"), side=side), orders())


def test_places_of_extreme_labels() -> None:
    same(lambda m, d: d.set_index("i").index.argmax(), orders())
    same(lambda m, d: d.set_index("y").index.argmin(), orders())


def test_modes_of_columns() -> None:
    same(lambda m, d: d[["k", "n", "b"]].mode(), orders())
    same(lambda m, d: d[["s", "x"]].mode(dropna=False), orders())
    same(lambda m, d: d.mode(numeric_only=True), orders())
    same(lambda m, d: d[["n"]].head(0).mode(), orders())


def test_correlations_with_others() -> None:
    def other(d: Any) -> Any:
        return d[["n", "y"]].rename(columns={"n": "y", "y": "n"})[["n", "y"]]

    same(lambda m, d: d[["n", "x", "y"]].corrwith(d.y).round(9), orders())
    same(lambda m, d: d[["n", "y"]].corrwith(other(d)).round(9), orders())
    same(lambda m, d: d.corrwith(d.x, numeric_only=True).round(9), orders())
    same(lambda m, d: d.set_index("i")[["n", "y"]].corrwith(d.x).round(9), orders())
    same(lambda m, d: round(float(d.x.autocorr()), 9), orders())
    same(lambda m, d: round(float(d.y.autocorr(3)), 9), orders())


@pytest.mark.parametrize(
    "weights",
    [
        pd.Series([1.5, -2], ["y", "n"]),
        pd.Series([3, -2], ["n", "y"]),
        np.array([[1.0, 2, 0], [0.5, 0, 1]]),
        [2, 3],
        pd.DataFrame({"p": [1, 2], "q": [0, 1]}, ["n", "y"]),
    ],
    ids=["series", "integers", "array", "list", "frame"],
)
def test_products_with_a_matrix(weights: Any) -> None:
    same(lambda m, d: d[["n", "y"]].dot(weights), orders())
    same(lambda m, d: d.set_index("i")[["n", "y"]] @ weights, orders())
    same(lambda m, d: d[["n", "i"]].rename(columns={"i": "y"}).dot(weights), orders())


def test_what_is_no_product() -> None:
    same_error(lambda m, d: d[["n", "y"]].dot(pd.Series([1.0, 2], ["n", "z"])), orders())
    same_error(lambda m, d: d[["n", "y"]].dot([1, 2, 3]), orders())


def test_turned_around() -> None:
    same(lambda m, d: d[["n", "y"]].describe().T, orders())
    same(lambda m, d: d.groupby("k")[["n", "y"]].sum().T, orders())
    same(lambda m, d: d[["k", "s"]].transpose(), orders())


def test_a_large_table_is_gathered_to_be_turned_around() -> None:
    with pytest.warns(PerformanceWarning, match="each becomes a column"):
        assert bigframe.DataFrame({"x": range(200)}).T.shape == (1, 200)


def test_differences_of_columns() -> None:
    same(lambda m, d: d.n.compare(d.n.where(d.b, 0)), orders())
    same(lambda m, d: d.n.compare(d.n.where(d.b, 0), keep_equal=True, result_names=("p", "q")), orders())
    same(lambda m, d: d.set_index("k").x.compare(d.set_index("k").x.where(d.set_index("k").b, 0)), orders())
    same(lambda m, d: d.s.compare(d.s.where(d.b, "z")), orders())
    same(lambda m, d: d.n.compare(d.n + 1), orders())
    same(lambda m, d: d.n.compare(d.n + 0), orders())
    same(lambda m, d: d.b.compare(d.n > 2), orders())
    nullable = orders().astype({"n": "Int64"})
    same(lambda m, d: d.n.where(d.b).compare(d.n.where(d.n > 2)), nullable)


def test_rows_like_those_of_another_table() -> None:
    same(lambda m, d: d.set_index("i")[["n", "x"]].reindex_like(d[["y", "n"]].head(9)), orders())
    same(lambda m, d: d.set_index("i").y.reindex_like(d.y.tail(9)), orders())


def test_rows_by_label() -> None:
    same(lambda m, d: d.n.filter(items=[7, 99, 3, 7]), orders())
    same(lambda m, d: d.set_index("i")[["k", "t"]].filter([5, 0], axis=0), orders())


def test_sums_of_products() -> None:
    same(lambda m, d: round(float(d.n.dot(d.y)), 9), orders())
    same(lambda m, d: float(d.x.dot(d.y)), orders())
    same(lambda m, d: d.n.dot(d.i), orders())


def test_times_of_day() -> None:
    same(lambda m, d: d.t.dt.timetz, orders())
    same_error(lambda m, d: d.t.dt.week, orders())
    same_error(lambda m, d: d.n.sparse, orders())


def test_columns_that_only_pandas_computes_with() -> None:
    warnings.simplefilter("ignore", PerformanceWarning)
    sparse = pd.DataFrame({"p": pd.arrays.SparseArray([0, 0, 1]), "q": pd.arrays.SparseArray([0, 2, 0])})
    same(lambda m, d: d.sparse.density, sparse)
    same(lambda m, d: d.p.sparse.npoints, sparse)
    months = pd.DataFrame({"m": pd.period_range("2020-01", periods=3, freq="M")})
    for name in ("week", "start_time", "end_time", "qyear", "weekofyear"):
        same(lambda m, d, name=name: getattr(d.m.dt, name), months)
