"""``read_sql`` in ranges of a column against pandas, over a real database."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

import bigframe
from bigframe.api.reading.databases import _address
from bigframe.errors import InputChanged, SourceError, Unsupported
from engine.io import sql, sql_connection, sql_ranges
from engine.io.source import open_dataset
from engine.storage import credentials
from tests.conformance.compare import assert_same

ROWS = 300
COLUMNS = [
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("n", sa.Integer),
    sa.Column("h", sa.Integer),
    sa.Column("late", sa.Integer),
    sa.Column("x", sa.Float),
    sa.Column("money", sa.Numeric(8, 2)),
    sa.Column("s", sa.String),
    sa.Column("a name", sa.String),
    sa.Column("b", sa.Boolean),
    sa.Column("t", sa.DateTime),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("none", sa.Integer),
]


def rows() -> pd.DataFrame:
    random = np.random.default_rng(5)
    ids = random.permutation(np.arange(-100, 2 * ROWS - 100, 2))
    return pd.DataFrame(
        {
            "id": ids,
            "n": random.integers(-9, 9, ROWS),
            "h": pd.array(np.where(ids % 7 == 0, None, ids * 3), "Int64"),
            "late": pd.array([None] * (ROWS - 50) + list(range(50)), "Int64"),
            "x": np.where(ids % 5 == 0, np.nan, random.normal(size=ROWS)),
            "money": random.integers(0, 9999, ROWS) / 100,
            "s": [None if i % 9 == 0 else f"{i % 4}:x%" for i in ids],
            "a name": [f"é{i}" for i in ids],
            "b": ids % 3 == 0,
            "t": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.permutation(ROWS), "h"),
            "raw": [bytes([i % 250]) for i in range(ROWS)],
            "none": [None] * ROWS,
        }
    )


@pytest.fixture(autouse=True)
def few_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types come from the first values, which are fewer than the rows."""
    monkeypatch.setattr(sql, "_SAMPLE_ROWS", 40)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{filled(tmp_path_factory.mktemp('database') / 'rows.db')}"


def filled(path: Path) -> Path:
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    table = sa.Table("rows", sa.MetaData(), *(column._copy() for column in COLUMNS))
    table.metadata.create_all(engine)
    data = rows()
    rows().to_sql("rows", engine, if_exists="append", index=False, dtype={c.name: c.type for c in COLUMNS})
    assert len(data) == ROWS
    return path


@contextlib.contextmanager
def changing(url: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        yield connection
        connection.commit()


def table(url: str, **options: Any) -> pd.DataFrame:
    return pd.read_sql_table("rows", url, **options).sort_values("id", ignore_index=True)


@pytest.mark.parametrize("number", [1, 2, 7, 1000])
def test_tables(url: str, number: int) -> None:
    actual = bigframe.read_sql_table("rows", url, partition_on="id", partition_num=number)
    assert [str(dtype) for dtype in actual.dtypes] == [str(dtype) for dtype in table(url).dtypes]
    assert_same(actual.to_pandas(), table(url))
    assert actual.estimate().sources[0].row_groups_total == min(number, 2 * ROWS - 1)


STEPS: dict[str, Callable[[Any], Any]] = {
    "filter": lambda d: d[d.x > 0],
    "filter on integers with missing values": lambda d: d[d.h > 100][["h", "id"]],
    "filter on times": lambda d: d[d.t > "2024-01-05"],
    "filter on booleans": lambda d: d[~d.b][["s"]],
    "columns": lambda d: d[["a name", "raw", "late"]],
    "head": lambda d: d.head(77),
    "sum": lambda d: d.h.sum(),
    "mean": lambda d: d.money.mean(),
    "group": lambda d: d.groupby("s").n.sum(),
    "sort": lambda d: d.sort_values("t"),
    "merge": lambda d: d[["id", "s"]].merge(d[["id", "n"]].head(99), on="id"),
    "length": len,
    "length of a filter": lambda d: len(d[d.n > 1]),
}


@pytest.mark.parametrize("step", STEPS)
def test_steps_over_a_table(step: str, url: str) -> None:
    actual = STEPS[step](bigframe.read_sql("rows", url, partition_on="id", partition_num=6))
    actual = actual.to_pandas() if hasattr(actual, "to_pandas") else actual
    actual = actual.item() if isinstance(actual, bigframe.LazyScalar) else actual
    assert_same(actual, STEPS[step](table(url)))


QUERIES = [
    "select * from rows",
    "select id, s || ':y%' as s, '12:30' as clock, n * 1.5 as n from rows where b and s like '%:x%' ;",
    "with few as (select * from rows limit 200) select id, max(n) as n from few group by id",
]


@pytest.mark.parametrize("query", QUERIES)
def test_queries(query: str, url: str) -> None:
    expected = pd.read_sql_query(query, url).sort_values("id", ignore_index=True)
    for read in (bigframe.read_sql, bigframe.read_sql_query):
        assert_same(read(query, url, partition_on="id", partition_num=4).to_pandas(), expected)


@pytest.mark.parametrize("key", ["x", "t", "money", "h"])
def test_ranges_of_every_kind_of_number_and_of_times(key: str, url: str) -> None:
    actual = bigframe.read_sql_table("rows", url, partition_on=key, partition_num=5)
    assert actual.estimate().sources[0].row_groups_total == 5
    kept = actual.to_pandas()
    assert_same(kept.sort_values("id", ignore_index=True), table(url))
    # A row without a value is in the last range, where sqlite sorts it first.
    assert kept[key].dropna().is_monotonic_increasing
    assert kept[key].isna().sum() == table(url)[key].isna().sum()


def test_index_dtype_columns_and_backends(url: str) -> None:
    options: dict[str, Any] = {"partition_on": "id", "partition_num": 3}
    assert_same(
        bigframe.read_sql_table("rows", url, index_col=["id", "s"], columns=["n", "b"], **options).to_pandas(),
        pd.read_sql_table("rows", url, index_col=["id", "s"], columns=["n", "b"]).sort_index(level=0),
    )
    query = "select id, n, s from rows"
    assert_same(
        bigframe.read_sql_query(query, url, index_col="id", dtype={"n": "float32"}, **options).to_pandas(),
        pd.read_sql_query(query, url, index_col="id", dtype={"n": "float32"}).sort_index(),
    )
    for backend in ("pyarrow", "numpy_nullable"):
        expected = table(url, dtype_backend=backend, columns=["id", "h", "s", "b", "x"])
        actual = bigframe.read_sql_table(
            "rows", url, columns=["id", "h", "s", "b", "x"], dtype_backend=backend, **options
        )
        assert_same(actual.to_pandas(), expected)


def test_the_survey_is_announced_and_answers_for_the_rows(
    url: str, caplog: pytest.LogCaptureFixture, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bigframe.announcing._said", set())
    with caplog.at_level("WARNING", "bigframe"):
        frame = bigframe.read_sql("rows", url, partition_on="id", partition_num=3)
    assert "asking the database for the bounds of 'id', and for the rows of 3 ranges" in caplog.text
    jobs = session.jobs
    assert (len(frame), session.jobs) == (ROWS, jobs)


def test_only_columns_that_are_used_are_asked_for(url: str) -> None:
    dataset = open_dataset("sql", url, {"sql": "rows", "partition_on": "id", "partition_num": 3})
    asked: list[str] = []

    def listen(*call: Any) -> None:
        asked.append(call[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        assert dataset.scan(columns=["n"]).collect().height == ROWS
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    selected = [one for one in asked if "FROM rows" in one]
    assert len(selected) == 1
    assert selected[0].startswith("SELECT rows.n \nFROM rows")


def test_an_engine_gives_its_url(url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    assert_same(bigframe.read_sql("rows", engine, partition_on="id").to_pandas(), table(url))


def test_a_table_without_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{filled(tmp_path / 'rows.db')}"
    with changing(url) as connection:
        connection.execute("delete from rows")
    expected = pd.read_sql_query("select id, s from rows", url)
    assert_same(bigframe.read_sql("select id, s from rows", url, partition_on="id").to_pandas(), expected)


def test_rows_that_come_or_go_are_noticed(tmp_path: Path) -> None:
    url = f"sqlite:///{filled(tmp_path / 'rows.db')}"
    frame = bigframe.read_sql("rows", url, partition_on="id", partition_num=4)
    with changing(url) as connection:
        connection.execute("delete from rows where id = 0")
    with pytest.raises(InputChanged, match=r"rows\.db.* rows where there were .* read them again"):
        frame.to_pandas()
    assert len(bigframe.read_sql("rows", url, partition_on="id", partition_num=4)) == ROWS - 1


STRANGE = {"text among numbers": "'a lot'", "a float among integers": "1.5"}


@pytest.mark.parametrize("case", STRANGE)
def test_values_of_another_type_are_an_error(case: str, tmp_path: Path) -> None:
    url = f"sqlite:///{filled(tmp_path / 'rows.db')}"
    with changing(url) as connection:
        connection.execute(f"update rows set n = {STRANGE[case]} where rowid = (select max(rowid) from rows)")
    frame = bigframe.read_sql("select id, n from rows", url, partition_on="id", partition_num=3)
    with pytest.raises(SourceError, match=r"column 'n', int64 in its first values, has others.*cast it in the query"):
        frame.to_pandas()


def test_what_cannot_be_read_in_ranges(url: str) -> None:
    with pytest.raises(Unsupported, match="partition_on= a column of str"):
        bigframe.read_sql("rows", url, partition_on="s")
    with pytest.raises(ValueError, match="partition_on='nowhere' is no column"):
        bigframe.read_sql("rows", url, partition_on="nowhere")
    with pytest.raises(ValueError, match="at least 1"):
        bigframe.read_sql("rows", url, partition_on="id", partition_num=0)
    with pytest.raises(Unsupported, match="params"):
        bigframe.read_sql("select * from rows where n > ?", url, params=(1,), partition_on="id")
    with pytest.raises(Unsupported, match="names two columns alike"):
        bigframe.read_sql("select id, id from rows", url, partition_on="id")
    with pytest.raises(Unsupported, match="in memory"):
        bigframe.read_sql("rows", "sqlite://", partition_on="id")
    with sa.create_engine(url).connect() as connection, pytest.raises(Unsupported, match="open connection"):
        bigframe.read_sql("rows", connection, partition_on="id")
    with pytest.raises(ValueError, match="Table nowhere not found"):
        bigframe.read_sql_table("nowhere", url, partition_on="id")
    with pytest.raises(pd.errors.DatabaseError, match="no such table"):
        bigframe.read_sql("select * from nowhere", url, partition_on="id")


def test_days_are_whole_seconds(url: str) -> None:
    days = _with_days(url)
    assert_same(bigframe.read_sql_table("days", days, partition_on="id").to_pandas(), pd.read_sql_table("days", days))


def _with_days(url: str) -> str:
    with changing(url) as connection:
        connection.execute("create table if not exists days (id integer, day date)")
        connection.execute("insert into days values (1, '2024-01-01')")
    return url


def test_without_a_column_pandas_reads(url: str) -> None:
    with pytest.warns(bigframe.PerformanceWarning, match="read_sql_table: pandas reads this source"):
        assert_same(bigframe.read_sql_table("rows", url).to_pandas(), pd.read_sql_table("rows", url))


def test_passwords_stay_out_of_plans() -> None:
    address = _address("read_sql", "postgresql+psycopg://me:s3cret@db.test:5432/sales?application_name=x")
    assert address == "postgresql+psycopg://me@db.test:5432/sales?application_name=x"
    assert credentials.options_for("postgresql+psycopg://me@db.test:5432")["password"] == "s3cret"
    engine = sql_connection._engine(address, 1)
    assert (engine.url.password, "s3cret" in repr(engine)) == ("s3cret", False)
    with pytest.raises(Unsupported, match="parameter 'sslpassword'"):
        _address("read_sql", "postgresql+psycopg://me@db.test/sales?sslpassword=x")


def test_ranges_travel_to_workers_as_json(url: str) -> None:
    dataset = open_dataset("sql", url, {"sql": "rows", "partition_on": "t", "partition_num": 3})
    assert [block.rows for block in dataset.blocks] == [100, 100, 100]
    spec = type(dataset.spec).from_json(dataset.spec.to_json())
    assert sql_ranges.from_json(spec.details["cuts"]) == [
        pd.Timestamp("2024-01-01") + pd.Timedelta(ROWS - 1, "h") * number / 3 for number in (1, 2)
    ]


WRITTEN: dict[str, Any] = {
    "rows": lambda: rows().drop(columns="none"),
    "named index": lambda: rows()[["id", "n", "s"]].set_index("id"),
    "levels": lambda: rows()[["id", "n", "s"]].set_index(["id", "n"]),
    "no rows": lambda: rows()[["id", "s", "t"]].iloc[:0],
    "dtypes": lambda: pd.DataFrame(
        {"c": pd.Categorical(["a", None]), "n": pd.array([1, None], "Int64"), "b": pd.array([True, None], "boolean")}
    ),
    "a column": lambda: rows().x,
}


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("case", WRITTEN)
def test_tables_are_written_as_pandas_writes_them(
    case: str, index: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bigframe.api.shared.database_writers._ROWS", 100)
    found = []
    data = WRITTEN[case]()
    for number, one in enumerate((data, bigframe.from_pandas(data))):
        engine = sa.create_engine(f"sqlite:///{tmp_path / str(number)}", poolclass=sa.NullPool)
        with bigframe.option_context("fallback", "raise"):
            counts = [one.to_sql("t", str(engine.url), index=index)]
            counts += [one.to_sql("t", engine, index=index, if_exists=how) for how in ("append", "replace", "append")]
        with engine.connect() as connection:
            made = connection.execute(sa.text("select sql from sqlite_master order by name")).fetchall()
        found.append((counts, made, pd.read_sql_query("select * from t", engine)))
    (counts, made, written), (our_counts, our_made, our_written) = found
    assert (our_counts, our_made) == (counts, made)
    assert_same(our_written, written)


def test_writing_what_was_joined(url: str, tmp_path: Path) -> None:
    """Integers that a join leaves holes in are floats in the whole table, also where a batch has no hole."""
    target = f"sqlite:///{tmp_path / 'x.db'}"
    frame = bigframe.read_sql("rows", url, partition_on="id", partition_num=3)[["id", "n"]]
    few = frame.head(10).rename(columns={"n": "m"})
    frame.merge(few, on="id", how="left").to_sql("joined", target, index=False)
    expected = table(url)[["id", "n"]].merge(table(url)[["id", "n"]].head(10).rename(columns={"n": "m"}), "left", "id")
    assert_same(pd.read_sql_table("joined", target), expected)
    types = {
        column["name"]: str(column["type"]) for column in sa.inspect(sa.create_engine(target)).get_columns("joined")
    }
    assert types == {"id": "BIGINT", "n": "BIGINT", "m": "FLOAT"}


def test_writing_fails_before_the_job_or_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Any
) -> None:
    monkeypatch.setattr("bigframe.api.shared.database_writers._ROWS", 100)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    lazy = bigframe.from_pandas(rows()[["id", "s"]])
    lazy.to_sql("t", url, index=False)
    jobs = session.jobs
    with pytest.raises(ValueError, match="Table 't' already exists"):
        lazy.to_sql("t", url)
    with pytest.raises(ValueError, match="'often' is not valid for if_exists"):
        lazy.to_sql("t", url, if_exists="often")
    assert session.jobs == jobs
    with changing(url) as connection:
        connection.execute("create unique index one on t (id)")
        connection.execute("delete from t where id < 400")
    twice = bigframe.concat([lazy[lazy.id < 400], lazy[lazy.id > 400], lazy[lazy.id == 450]])
    with pytest.raises(pd.errors.DatabaseError, match="UNIQUE"):
        twice.to_sql("t", url, index=False, if_exists="append")
    assert len(pd.read_sql("t", url)) == (rows().id >= 400).sum()
    assert not [path for path in Path(session.storage).rglob("*.parquet") if "passing" in str(path)]


def test_an_open_connection_is_pandas_own(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        with pytest.warns(bigframe.PerformanceWarning, match="to_sql"):
            assert bigframe.from_pandas(rows()[["id"]]).to_sql("t", connection, index=False) == ROWS
        assert len(pd.read_sql("select * from t", connection)) == ROWS
