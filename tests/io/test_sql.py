"""What a database is asked for: columns, conditions, limits, and how many times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sqlalchemy as sa

import bigframe
from bigframe.ops.base import Column, Literal
from bigframe.ops.comparison import Gt
from bigframe.ops.logical import And
from bigframe.ops.missing import Present
from bigframe.schema import FLOAT64, INT64
from engine.io import sql_values
from engine.io.source import Dataset, open_dataset, scan
from engine.io.sql_conditions import decided, kinds

ROWS = 5000


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'rows.db'}"
    ids = np.arange(ROWS)
    rows = pd.DataFrame({"id": ids, "x": ids / 7, "s": ids.astype(str), "n": ids % 10})
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        rows.to_sql("rows", connection, index=False)
    return url


@pytest.fixture
def dataset(url: str) -> Dataset:
    return open_dataset("sql", url, {"sql": "rows", "partition_on": "id", "partition_num": 4})


@contextmanager
def listening() -> Iterator[list[tuple[str, Any]]]:
    """The statements that give rows, as text and parameters."""
    asked: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "ORDER BY" in statement:
            asked.append((" ".join(statement.split()), parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)


IS_LARGE = Gt(Column("x"), Literal(700.0, FLOAT64))

ASKED: dict[str, tuple[Callable[[Any], Any], str, tuple[Any, ...]]] = {
    "everything": (
        lambda d: d,
        "SELECT rows.id, rows.x, rows.s, rows.n FROM rows WHERE 1 = 1 ORDER BY rows.id",
        (),
    ),
    "columns": (lambda d: d[["n", "id"]], "SELECT rows.id, rows.n FROM rows WHERE 1 = 1 ORDER BY rows.id", ()),
    "first rows": (
        lambda d: d[["n"]].head(3),
        "SELECT rows.n FROM rows WHERE 1 = 1 ORDER BY rows.id LIMIT ? OFFSET ?",
        (3, 0),
    ),
    "rows without their positions": (
        lambda d: d[d.x > 700].set_index("id").n,
        "SELECT rows.id, rows.x, rows.n FROM rows WHERE rows.x > ? ORDER BY rows.id",
        (700,),
    ),
    "rows with their positions": (
        lambda d: d[d.s.isin(["12", "13"])][["n"]],
        (
            "SELECT numbered.s, numbered.n, numbered.position FROM (SELECT rows.s AS s, rows.n AS n, "
            "row_number() OVER (ORDER BY rows.id) + ? AS position FROM rows WHERE 1 = 1) AS numbered "
            "WHERE numbered.s IN (?, ?) ORDER BY numbered.position"
        ),
        (-1, "12", "13"),
    ),
    "the part that it decides": (
        lambda d: d[(d.n != 3) & (d.s > "4") & (d.x > d.id)].set_index("id").n,
        "SELECT rows.id, rows.x, rows.s, rows.n FROM rows WHERE rows.n != ? OR rows.n IS NULL ORDER BY rows.id",
        (3,),
    ),
    "nothing of an alternative": (
        lambda d: d[(d.n != 3) | (d.s > "4")].set_index("id").n,
        "SELECT rows.id, rows.s, rows.n FROM rows WHERE 1 = 1 ORDER BY rows.id",
        (),
    ),
    "text that is no statement": (
        lambda d: d[d.s == "'; drop table rows --"].set_index("id").n,
        "SELECT rows.id, rows.s, rows.n FROM rows WHERE rows.s = ? ORDER BY rows.id",
        ("'; drop table rows --",),
    ),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_a_database_is_asked(case: str, url: str) -> None:
    step, statement, parameters = ASKED[case]
    frame = bigframe.read_sql("rows", url, partition_on="id")
    with listening() as asked:
        actual = step(frame).to_pandas()
    ((text, given),) = asked
    assert (re.sub(r'"row~\w+"', "position", text), given) == (statement, parameters)
    pd.testing.assert_frame_equal(pd.DataFrame(actual), pd.DataFrame(step(pd.read_sql_table("rows", url))))


def test_each_split_is_one_query(dataset: Dataset) -> None:
    splits = dataset.splits(1)
    with listening() as asked:
        rows = scan(dataset.spec, splits, ["id"], row_index="position", where=IS_LARGE).collect()
    assert [parameters for _, parameters in asked] == [
        (-1, 1250, 700.0),
        (1249, 1250, 2500, 700.0),
        (2499, 2500, 3750, 700.0),
        (3749, 3750, 700.0),
    ]
    assert rows["id"].to_list() == rows["position"].to_list() == list(range(4901, ROWS))


def test_a_limit_counts_rows_before_they_are_filtered(dataset: Dataset) -> None:
    rows = scan(dataset.spec, dataset.splits(1 << 30), ["id"], where=IS_LARGE).head(4950).collect()
    assert rows.height == 4950


def test_a_predicate_that_may_fail_sees_every_row(dataset: Dataset) -> None:
    known = dataset.spec.details["kinds"]
    assert known == {"id": "integer", "x": "float", "s": "text", "n": "integer"}
    assert decided(IS_LARGE, known) == IS_LARGE
    assert decided(And(Gt(Present(Column("n")), Literal(2, INT64)), IS_LARGE), known) is None


def test_of_other_databases_nothing_is_known() -> None:
    class Other:
        dialect = sa.create_mock_engine("mssql+pyodbc://", lambda *_: None).dialect

    assert kinds(Other(), sa.table("rows", sa.column("x")), pl.DataFrame({"x": [1.0]}).to_arrow().schema) == {}


def test_frames_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> None:
    monkeypatch.setattr(sql_values, "_FRAME_BYTES", 1 << 14)
    types = {"n": dataset.schema.field("n").type}
    frames = list(sql_values.frames(types, ([(number,)] * 512 for number in range(8))))
    assert [frame.height for frame in frames] == [2048, 2048]
