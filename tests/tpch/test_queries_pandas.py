"""The 22 queries run by pandas itself against DuckDB: a check of the queries, not of bigframe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas
import pytest

from benchmarks.tpch.answers import ORDER_BY, assert_same, duckdb_answer
from benchmarks.tpch.data import TABLES, Tables, load
from benchmarks.tpch.queries import QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# At scale 0.01 nothing qualifies for query 17; this is also the scale at which bigframe itself is checked.
SCALE = 0.1


@pytest.fixture(scope="module")
def folder(tpch_folder: Callable[[float], Path]) -> Path:
    return tpch_folder(SCALE)


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return load(pandas, folder)


@pytest.mark.parametrize("number", QUERIES)
def test_pandas_gives_the_answer_of_duckdb(number: int, tables: Tables, folder: Path) -> None:
    expected = duckdb_answer(number, folder)
    assert (expected != 0).any(axis=None), "an empty answer or a sum of nothing would prove nothing"
    assert_same(QUERIES[number](tables), expected, ordered=ORDER_BY[number])


@pytest.mark.parametrize("number", QUERIES)
def test_a_query_leaves_its_tables_alone(number: int, tables: Tables) -> None:
    small = Tables(pandas, **{name: getattr(tables, name).head(500).copy() for name in TABLES})
    before = {name: getattr(small, name).copy(deep=True) for name in TABLES}
    QUERIES[number](small)
    for name in TABLES:
        pandas.testing.assert_frame_equal(getattr(small, name), before[name])


def test_there_are_22_queries_each_with_its_order() -> None:
    assert list(QUERIES) == list(ORDER_BY) == list(range(1, 23))
    assert [query.__name__ for query in QUERIES.values()] == [f"q{number}" for number in QUERIES]
