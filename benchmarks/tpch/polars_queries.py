"""The 22 TPC-H queries by number as lazy Polars: a peer to measure against, written as its users would.

Each is the text of the SQL in Polars' own idiom (semi and anti joins, filtered aggregates), joined in an order that a
user picks who knows which tables are small, because Polars does not order joins itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from benchmarks.tpch.polars_q01_to_q11 import q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11
from benchmarks.tpch.polars_q12_to_q22 import q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.tpch.data import Tables

QUERIES: dict[int, Callable[[Tables], pl.LazyFrame]] = dict(
    enumerate(
        (q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22), start=1
    )
)


def read_parquet(folder: str) -> pl.LazyFrame:
    """Open one table, so that `benchmarks.tpch.data.load` takes this module for its `pd`.

    Parameters
    ----------
    folder
        A folder of Parquet files.

    Returns
    -------
    polars.LazyFrame
        All columns; nothing is read yet.

    Examples
    --------
    >>> from benchmarks.tpch import polars_queries
    >>> from benchmarks.tpch.data import generate, load
    >>> tables = load(polars_queries, generate("tpch-0.01", 0.01))  # doctest: +SKIP
    >>> polars_queries.QUERIES[4](tables).collect().shape  # doctest: +SKIP
    (5, 2)
    """
    return pl.scan_parquet(f"{folder}/*.parquet")
