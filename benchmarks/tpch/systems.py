"""The systems that are measured: each opens the tables once and then answers queries by number."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas

from benchmarks.tpch.answers import connect, sql
from benchmarks.tpch.data import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Answer: TypeAlias = Callable[[int], pandas.DataFrame]

# Of the cluster of everything that runs on Dask; single-threaded.
WORKERS = 2


@contextmanager
def duckdb(folder: str) -> Iterator[Answer]:
    """DuckDB over views of the files, with all cores."""
    with connect(folder) as database:
        database.sql("SET enable_progress_bar = false")
        yield lambda number: database.sql(sql(number)).df()


@contextmanager
def polars(folder: str) -> Iterator[Answer]:
    """Polars' streaming engine, with all cores."""
    from benchmarks.tpch import polars_queries

    tables = load(polars_queries, folder)
    yield lambda number: polars_queries.QUERIES[number](tables).collect(engine="streaming").to_pandas()


@contextmanager
def bigframe(folder: str) -> Iterator[Answer]:
    """Bigframe in one process, with all cores."""
    with _bigframe(folder) as answer:
        yield answer


@contextmanager
def bigframe_dask(folder: str) -> Iterator[Answer]:
    """Bigframe on the cluster."""
    with _cluster() as cluster, _bigframe(folder, cluster.scheduler_address) as answer:
        yield answer


@contextmanager
def bigframe_dask_alone(folder: str) -> Iterator[Answer]:
    """Bigframe on a cluster of one worker, for how it scales."""
    with _cluster(1) as cluster, _bigframe(folder, cluster.scheduler_address) as answer:
        yield answer


@contextmanager
def dask(folder: str) -> Iterator[Answer]:
    """dask.dataframe on the cluster."""
    from benchmarks.tpch import dask_queries

    with _cluster() as cluster, cluster.get_client():
        tables = load(dask_queries, folder)
        yield lambda number: dask_queries.QUERIES[number](tables).compute()


SYSTEMS: dict[str, Callable[[str], AbstractContextManager[Answer]]] = {
    "bigframe": bigframe,
    "duckdb": duckdb,
    "polars": polars,
    "bigframe-dask": bigframe_dask,
    "bigframe-dask-1": bigframe_dask_alone,
    "dask": dask,
}


@contextmanager
def _bigframe(folder: str, address: str | None = None) -> Iterator[Answer]:
    import bigframe as pd
    from benchmarks.tpch.queries import QUERIES

    def answer(number: int) -> pandas.DataFrame:
        result: pandas.DataFrame = QUERIES[number](tables).to_pandas()
        return result

    with (
        tempfile.TemporaryDirectory(prefix="tpch-") as storage,
        pd.connect(address, storage=storage) as session,
        pd.using(session),
    ):
        tables = load(pd, folder)
        yield answer


@contextmanager
def _cluster(workers: int = WORKERS) -> Iterator[Any]:
    from distributed import LocalCluster

    settings: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**settings) as cluster:  # type: ignore[no-untyped-call]
        yield cluster
