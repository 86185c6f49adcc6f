"""All 22 TPC-H queries at scale 0.1, with bigframe on both executors, against DuckDB's answers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bigframe
from benchmarks.tpch.answers import ORDER_BY, assert_same, duckdb_answer
from benchmarks.tpch.data import load
from benchmarks.tpch.queries import QUERIES

SCALE = 0.1
SESSIONS: dict[str, dict[str, Any]] = {
    "in-process": {},
    "three-partitions": {"partitions": 3},
    "dask": {"address": "local", "workers": 2, "partitions": 3},
}


@pytest.fixture(scope="module", params=[*list(SESSIONS)[:2], pytest.param("dask", marks=pytest.mark.dask)])
def session(request: pytest.FixtureRequest) -> Iterator[bigframe.Session]:
    with bigframe.connect(**SESSIONS[request.param]) as opened:
        yield opened


@pytest.fixture(scope="module")
def expected(tpch_folder: Callable[[float], Path]) -> Callable[[int], Any]:
    answers: dict[int, Any] = {}

    def answer(number: int) -> Any:
        if number not in answers:
            answers[number] = duckdb_answer(number, tpch_folder(SCALE))
        return answers[number]

    return answer


@pytest.mark.parametrize("number", list(QUERIES))
def test_equals_duckdb(
    session: bigframe.Session, tpch_folder: Callable[[float], Path], expected: Callable[[int], Any], number: int
) -> None:
    before = session.jobs
    tables = load(bigframe, tpch_folder(SCALE))
    with warnings.catch_warnings():
        warnings.simplefilter("error", bigframe.PerformanceWarning)
        query = QUERIES[number](tables)
    assert session.jobs == before, "recording a query must not run a job"
    assert_same(query.to_pandas(), expected(number), ordered=ORDER_BY[number])
    assert session.jobs == before + 1, "a query is one job, lazy scalars included"
