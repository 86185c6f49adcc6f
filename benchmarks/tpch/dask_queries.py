"""The 22 TPC-H queries by number for dask.dataframe: a peer to measure against.

dask.dataframe runs none of the pandas queries as it is: `groupby` takes no `as_index=`, frames have no `agg`, `isin`
takes no lazy column, and a sort in several directions followed by `head` computes at once. The variants keep the
filters and the merges of the pandas queries and change only those calls: `reset_index()` after an aggregation, a
left-semi merge for `isin`, the sum itself for `agg(["sum"])`, `top` for the first rows of a sort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dask.dataframe import read_parquet
from pandas import Timestamp

from benchmarks.tpch.dask_q01_to_q11 import q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11
from benchmarks.tpch.dask_q12_to_q22 import q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.tpch.data import Frame, Tables

__all__ = ["QUERIES", "Timestamp", "read_parquet", "top"]

QUERIES: dict[int, Callable[[Tables], Frame]] = dict(
    enumerate(
        (q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22), start=1
    )
)


def top(frame: Frame, rows: int, by: list[str], *, ascending: list[bool]) -> Frame:
    """Keep the first rows of a sort without sorting all: of each partition its own, then of those the first.

    Parameters
    ----------
    frame
        What to take them from.
    rows
        How many.
    by
        Columns to sort by.
    ascending
        One direction for each of them.

    Returns
    -------
    dask.dataframe.DataFrame
        One partition, sorted.

    Examples
    --------
    >>> import dask.dataframe, pandas
    >>> from benchmarks.tpch.dask_queries import top
    >>> frame = dask.dataframe.from_pandas(pandas.DataFrame({"a": [3, 1, 2]}), npartitions=2)
    >>> top(frame, 2, ["a"], ascending=[False]).compute()["a"].tolist()
    [3, 2]
    """

    def first(partition: Frame) -> Frame:
        return partition.sort_values(by, ascending=ascending).head(rows)

    return (
        frame.map_partitions(first, meta=frame._meta).repartition(npartitions=1).map_partitions(first, meta=frame._meta)
    )
