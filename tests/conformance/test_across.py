"""Reductions across columns, and those that do not skip missing values, against pandas."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error

MIXED = pd.DataFrame({"a": [1, -2, 4, 0], "b": [1.5, np.nan, 2, np.inf], "c": [3, 4, 5, 6]}, index=[5, 6, 6, 1])
TABLES = {
    "mixed": MIXED,
    "integers": MIXED[["a", "c"]],
    "narrow": MIXED[["a", "c"]].astype("int8") * 20,
    "one": MIXED[["b"]],
    "holes": pd.DataFrame({"x": [np.nan, 1, np.nan], "y": [np.nan, np.nan, -3.5], "z": [np.nan, 0, 2]}),
    "bools": MIXED > 1,
    "nothing": MIXED[:0],
}
STATISTICS = ["std", "var", "sem", "skew", "kurt", "median", "prod", "nunique", "quantile", "idxmax", "idxmin"]
OF_ROWS = {
    **{name: TABLES[name] for name in ("mixed", "integers", "narrow", "bools")},
    "numbers": pd.DataFrame({"x": [np.nan, 1, 1], "y": [1.5, np.nan, -3.5], "z": [np.nan, 0, 2], "w": [1.0, 1, 1]}),
    "nullable": pd.DataFrame({"a": [0, 1, 2], "b": [0, 1, None], "c": [1, 1, 1], "d": [4, 3, 2]}, dtype="Int8"),
    "single": pd.DataFrame({"a": [0.5, 1, 2], "b": [0, 1, None], "c": [1, 1, 1], "d": [4, 3, 2]}, dtype="float32"),
    "widths": pd.DataFrame({"a": np.array([1, 2, 3], "int8"), "b": np.array([1, 5, 3], "int32"), "c": [1, 2, 9]}),
}
KERNELS = {"sum", "mean", "min", "max", "count"}
ALL = ["sum", "mean", "min", "max", "std", "var", "prod", "any", "all", "median", "count", "sem", "skew", "nunique"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ALL)
def test_across_columns(name: str, table: str) -> None:
    if name == "nunique" and table == "nothing":
        return  # pandas counts nothing in floats
    same(lambda m, d: getattr(d, name)(axis=1), TABLES[table])
    same(lambda m, d: getattr(d, name)(axis="columns"), TABLES[table])
    if name not in ("count", "nunique"):
        same(lambda m, d: getattr(d, name)(axis=1, skipna=False), TABLES[table])


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernels_across_columns(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        for table in ("mixed", "integers", "narrow", "one", "holes"):
            same(lambda m, d: getattr(d, name)(axis=1), TABLES[table])
        same(lambda m, d: getattr(d.assign(t="x"), name)(axis=1, numeric_only=True), MIXED)
        same(lambda m, d: getattr(d[d["a"] > 0], name)(axis=1) * 2, MIXED)


@pytest.mark.parametrize("table", OF_ROWS)
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_rows_gather_nothing(name: str, table: str) -> None:
    rows = OF_ROWS[table].replace(np.inf, 7.5)
    if name == "quantile" and table == "bools":
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("error", PerformanceWarning)
        same(lambda m, d: getattr(d, name)(axis=1), rows)
        if name in ("std", "var", "sem"):
            same(lambda m, d: getattr(d, name)(axis=1, ddof=0), rows)
        if name == "quantile":
            same(lambda m, d: d.quantile(0.3, axis=1, interpolation="lower"), rows)
        if name == "prod":
            same(lambda m, d: d.prod(axis=1, min_count=4), rows)
        if name not in ("nunique", "quantile", "idxmax", "idxmin"):
            same(lambda m, d: getattr(d, name)(axis=1, skipna=False), rows)


def test_extremes_of_rows_without_values() -> None:
    same_error(lambda m, d: d.idxmax(axis=1), TABLES["holes"])
    times = pd.DataFrame({"a": pd.to_datetime(["2020-01-01", None]), "b": pd.to_datetime(["2019-01-01", "2021-01-01"])})
    same(lambda m, d: d.max(axis=1), times)
    same(lambda m, d: d.idxmin(axis="columns"), times)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("table", ["mixed", "integers", "holes", "bools"])
@pytest.mark.parametrize("name", [one for one in ALL if one not in ("count", "nunique")])
def test_missing_values_that_are_not_skipped(name: str, table: str) -> None:
    same(lambda m, d: getattr(d, name)(skipna=False), TABLES[table])
    same(lambda m, d: getattr(d.iloc[:, 1], name)(skipna=False), TABLES[table])


@pytest.mark.filterwarnings("ignore")
def test_other_axes() -> None:
    same(lambda m, d: d.sum(axis=None), MIXED)
    same(lambda m, d: (d > 0).any(axis=None), MIXED)
    same(lambda m, d: d.max(1), MIXED)
    same(lambda m, d: d.mean(0), MIXED)
    same(lambda m, d: d.assign(q=d["a"] > 0).any(bool_only=True), MIXED)
    same(lambda m, d: d.sum(axis=1, min_count=3), MIXED)
    same(lambda m, d: np.sum(d["a"]), MIXED)
    same_error(lambda m, d: d["a"].sum(axis=1), MIXED)
    same_error(lambda m, d: d.sum(axis=2), MIXED)


def same_integers(make: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        same(make, TABLES["integers"])


def test_columns_without_holes_need_no_look() -> None:
    same_integers(lambda m, d: d.sum(skipna=False))
    same_integers(lambda m, d: d["a"].mean(skipna=False))
