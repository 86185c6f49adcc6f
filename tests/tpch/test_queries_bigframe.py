"""All 22 TPC-H queries at scale 0.1, wherever bigframe runs and its files are, against DuckDB's answers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import bigframe
from benchmarks.tpch.answers import ORDER_BY, assert_same, duckdb_answer
from benchmarks.tpch.data import load
from benchmarks.tpch.queries import QUERIES
from tests.service.running import start
from tests.tpch.conftest import SCALE

ENGINES: dict[str, dict[str, Any]] = {
    "in-process": {},
    "three-partitions": {"partitions": 3},
    "dask": {"address": "local", "workers": 2, "partitions": 3},
}


@dataclass(frozen=True)
class Home:
    """Where the tables are, and where exchange files and results go."""

    tables: str
    storage: str


@pytest.fixture(scope="module", params=["disk", "s3"])
def home(
    request: pytest.FixtureRequest, tpch_folder: Callable[[float], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    if request.param == "disk":
        yield Home(str(tpch_folder(SCALE)), str(tmp_path_factory.mktemp("scratch")))
        return
    bucket = request.getfixturevalue("tpch_bucket")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in bucket.environment.items():
            environment.setenv(name, value)
        yield Home(f"{bucket.url}/tables", f"{bucket.url}/scratch")


@pytest.fixture(
    scope="module", params=[*list(ENGINES)[:2], *(pytest.param(n, marks=pytest.mark.dask) for n in ("dask", "service"))]
)
def session(
    request: pytest.FixtureRequest, home: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[bigframe.Session]:
    if request.param != "service":
        with bigframe.connect(storage=home.storage, **ENGINES[request.param]) as opened:
            yield opened
        return
    folder = tmp_path_factory.mktemp("service")
    database = f"sqlite:///{folder / 'jobs.db'}"
    storage = f"{home.storage}/service"
    server = start(folder, storage=storage, database=database, roots=[home.tables], max_workers=2)
    with bigframe.connect(server.url, token=server.token) as opened:
        yield opened
    assert server.stop() == 0


@pytest.fixture(scope="module")
def expected(tpch_folder: Callable[[float], Path]) -> Callable[[int], Any]:
    return cache(lambda number: duckdb_answer(number, tpch_folder(SCALE)))


@pytest.mark.parametrize("number", list(QUERIES))
def test_equals_duckdb(session: bigframe.Session, home: Home, expected: Callable[[int], Any], number: int) -> None:
    before = session.jobs
    tables = load(bigframe, home.tables)
    with warnings.catch_warnings():
        warnings.simplefilter("error", bigframe.PerformanceWarning)
        query = QUERIES[number](tables)
    assert session.jobs == before, "recording a query must not run a job"
    assert_same(query.to_pandas(), expected(number), ordered=ORDER_BY[number])
    assert session.jobs == before + 1, "a query is one job, lazy scalars included"
