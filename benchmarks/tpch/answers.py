"""The right answers to the 22 queries: the specification's SQL, run by DuckDB over the same Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
from pandas.api import types

from benchmarks.tpch.data import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

# Engines add doubles in different orders; a sum of millions of terms agrees to about 1e-12.
RTOL = 1e-9

ORDER_BY: dict[int, tuple[str, ...]] = {
    1: ("l_returnflag", "l_linestatus"),
    2: ("s_acctbal", "n_name", "s_name", "p_partkey"),
    3: ("revenue", "o_orderdate"),
    4: ("o_orderpriority",),
    5: ("revenue",),
    6: (),
    7: ("supp_nation", "cust_nation", "l_year"),
    8: ("o_year",),
    9: ("nation", "o_year"),
    10: ("revenue",),
    11: ("value",),
    12: ("l_shipmode",),
    13: ("custdist", "c_count"),
    14: (),
    15: ("s_suppkey",),
    16: ("supplier_cnt", "p_brand", "p_type", "p_size"),
    17: (),
    18: ("o_totalprice", "o_orderdate"),
    19: (),
    20: ("s_name",),
    21: ("numwait", "s_name"),
    22: ("cntrycode",),
}


def sql(number: int) -> str:
    """Return the SQL text of one query, with the specification's validation parameters.

    Parameters
    ----------
    number
        The query, 1 to 22.

    Returns
    -------
    str
        One SELECT statement over tables of the specification's names.

    Raises
    ------
    FileNotFoundError
        There is no such query.

    Examples
    --------
    >>> from benchmarks.tpch.answers import sql
    >>> sql(4).splitlines()[0]
    'select o_orderpriority, count(*) as order_count'
    """
    return Path(__file__).with_name("sql").joinpath(f"q{number:02}.sql").read_text()


def connect(folder: str | PathLike[str]) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB database whose views are the tables of `folder`.

    Parameters
    ----------
    folder
        A folder that `benchmarks.tpch.data.generate` returned.

    Returns
    -------
    duckdb.DuckDBPyConnection
        To be closed by the caller, for instance by a `with` block.

    Raises
    ------
    duckdb.IOException
        A table is missing.

    Examples
    --------
    >>> from benchmarks.tpch.answers import connect
    >>> with connect("tpch-0.01") as database:  # doctest: +SKIP
    ...     database.sql("select count(*) from nation").fetchone()
    (25,)
    """
    database = duckdb.connect()
    for table in TABLES:
        database.read_parquet(f"{Path(folder, table)}/*.parquet").create_view(table)
    return database


def duckdb_answer(number: int, folder: str | PathLike[str]) -> pd.DataFrame:
    """Compute the answer to one query with DuckDB.

    Parameters
    ----------
    number
        The query, 1 to 22.
    folder
        A folder that `benchmarks.tpch.data.generate` returned.

    Returns
    -------
    pandas.DataFrame
        The columns of the pandas query in their order, rows in the order of the query, a default index.

    Raises
    ------
    duckdb.IOException
        A table is missing.

    Examples
    --------
    >>> from benchmarks.tpch.answers import duckdb_answer
    >>> duckdb_answer(4, "tpch-0.01").columns.tolist()  # doctest: +SKIP
    ['o_orderpriority', 'order_count']
    """
    with connect(folder) as database:
        answer: pd.DataFrame = database.sql(sql(number)).df()
    return answer


def assert_same(result: pd.DataFrame, expected: pd.DataFrame, *, ordered: Sequence[str] = ()) -> None:
    """Fail unless two answers to a query are equal.

    Columns must agree in names, order and kind: whole numbers are compared as int64, other numbers as float64 to a
    relative difference of `RTOL`, times in microseconds, text as `str`; whether an engine returned int32 or int64 does
    not count, whether it returned 3 or 3.0 does. The index is not compared.

    Parameters
    ----------
    result, expected
        The answers.
    ordered
        The columns of the ORDER BY clause (`ORDER_BY[number]`), which must agree row by row. Rows that tie in all of
        them may come in any order; with no columns, so may all rows.

    Raises
    ------
    AssertionError
        The answers differ; the message names the column and shows both values.
    TypeError
        A column is neither number, time nor text.

    Examples
    --------
    >>> import pandas
    >>> from benchmarks.tpch.answers import assert_same
    >>> one = pandas.DataFrame({"rank": [1, 2, 2], "name": ["a", "b", "c"]})
    >>> assert_same(one.iloc[[0, 2, 1]], one, ordered=["rank"])
    """
    got, want = _normal_form(result), _normal_form(expected)
    assert list(got.columns) == list(want.columns), f"columns {list(got.columns)} instead of {list(want.columns)}"
    assert len(got) == len(want), f"{len(got)} rows instead of {len(want)}"
    keys = list(ordered)
    pd.testing.assert_frame_equal(got[keys], want[keys], rtol=RTOL, atol=0)
    ties = _tie_numbers(want[keys])
    pd.testing.assert_frame_equal(_arrange(got, ties), _arrange(want, ties), rtol=RTOL, atol=0)


def _normal_form(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index(drop=True).astype({name: _normal_dtype(frame[name]) for name in frame.columns})


def _normal_dtype(column: pd.Series) -> str:
    if types.is_integer_dtype(column):
        return "int64"
    if types.is_float_dtype(column):
        return "float64"
    if types.is_datetime64_dtype(column):
        return "datetime64[us]"
    if types.is_string_dtype(column):
        return "str"
    raise TypeError(f"column {column.name!r} of dtype {column.dtype} is neither number, time nor text")


def _tie_numbers(keys: pd.DataFrame) -> pd.Series:
    starts = pd.Series(False, index=keys.index)
    for name in keys.columns:
        key, previous = keys[name], keys[name].shift()
        if types.is_float_dtype(key):
            # Equal decimal sums may differ in the last bit of a double, and engines then order them either way.
            starts |= (key - previous).abs() > RTOL * key.abs()
        else:
            starts |= key != previous
    return starts.cumsum()


def _arrange(frame: pd.DataFrame, ties: pd.Series) -> pd.DataFrame:
    # Floats come last, so that noise in them does not decide between rows that other columns tell apart.
    columns = sorted(frame.columns, key=lambda name: types.is_float_dtype(frame[name]))
    return frame.assign(tie=ties).sort_values(["tie", *columns], ignore_index=True)
