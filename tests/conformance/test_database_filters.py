"""Filters that a database decides, against pandas: over values on which databases and pandas do not agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

import bigframe
from tests.conformance.compare import assert_same
from tests.service.postgres import programs, running

TYPES = {
    "sqlite": "id integer primary key, n integer, big integer, x real, r real, money numeric(8, 2), s text, "
    "code text collate nocase, b boolean, t datetime",
    "postgresql": "id integer primary key, n integer, big bigint, x double precision, r real, money numeric(8, 2), "
    "s text, code character(3), b boolean, t timestamp",
}
ROWS = 60
NAN = float("nan")


def cells(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "n": None if number % 7 == 0 else number % 6,
        "big": 2**53 + number % 3,
        "x": (None, NAN, float("inf"), -0.5, 0.0, 0.5, 1.0, 2.0)[number % 8],
        "r": (0.1, 0.25, None, 0.3)[number % 4],
        "money": (0.125, 0.134, None, 5.0)[number % 4],
        "s": (None, "", "a", "A", "a ", "é", "b")[number % 7],
        "code": (None, "a", "A", "b")[number % 4],
        "b": number % 3 == 0,
        # SQLite keeps text, also without parts of seconds.
        "t": f"2024-01-{number % 28 + 1:02d} 00:00:00",
    }


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed")
    with running(folder) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    is_sqlite = request.param == "sqlite"
    path = tmp_path_factory.mktemp("database") / "cells.db"
    url: str = f"sqlite:///{path}" if is_sqlite else request.getfixturevalue("postgres")
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql(f"create table cells ({TYPES[request.param]})")
        names = ", ".join(f":{name}" for name in cells(0))
        connection.execute(sa.text(f"insert into cells values ({names})"), list(map(cells, range(ROWS))))
    return url


EVERY = ("sqlite", "postgresql")
LITE, SERVER, NONE = ("sqlite",), ("postgresql",), ()

FILTERS: dict[str, tuple[Callable[[Any], Any], tuple[str, ...], tuple[str, ...]]] = {
    "integers": (lambda d: d.n > 3, EVERY, EVERY),
    "integers against a fraction": (lambda d: d.n <= 2.5, EVERY, EVERY),
    "integers beyond a column's type": (lambda d: d.n < 3_000_000_000, EVERY, EVERY),
    "integers that differ": (lambda d: d.n != 3, EVERY, EVERY),
    "integers that floats round": (lambda d: d.big == 2**53 + 1, NONE, NONE),
    "integers in a list": (lambda d: d.n.isin([1, 2]), EVERY, EVERY),
    "integers in a list with a missing value": (lambda d: d.n.isin([1, None]), EVERY, EVERY),
    "integers in a long list": (lambda d: d.n.isin(range(3, 200)), NONE, NONE),
    "floats": (lambda d: d.x >= 0.5, EVERY, EVERY),
    "floats against an integer": (lambda d: d.x == 1, EVERY, EVERY),
    "floats that differ": (lambda d: d.x != 1, EVERY, EVERY),
    "floats against infinity": (lambda d: d.x < float("inf"), NONE, NONE),
    "floats that a server rounds": (lambda d: d.r <= 0.1, LITE, LITE),
    "decimals": (lambda d: d.money >= 0.13, EVERY, EVERY),
    "missing": (lambda d: d.x.isna(), EVERY, EVERY),
    "present": (lambda d: d.n.notna(), EVERY, EVERY),
    "text": (lambda d: d.s == "a", EVERY, NONE),
    "text that differs": (lambda d: d.s != "a", NONE, EVERY),
    "text beyond ASCII": (lambda d: d.s == "é", EVERY, NONE),
    "text in a list": (lambda d: d.s.isin(["a ", ""]), EVERY, NONE),
    "text by order": (lambda d: d.s > "a", NONE, NONE),
    "text of another type": (lambda d: d.code.isin(["a", "a  "]), LITE, NONE),
    "missing text": (lambda d: d.s.isna(), EVERY, EVERY),
    "a text with a zero": (lambda d: d.s == "a\0", NONE, NONE),
    "truth": (lambda d: d.b, EVERY, EVERY),
    "times": (lambda d: d.t >= "2024-01-15", SERVER, SERVER),
    "times within a microsecond": (lambda d: d.t < pd.Timestamp("2024-01-15 00:00:00.000000001"), NONE, NONE),
    "two columns": (lambda d: d.n < d.x, NONE, NONE),
    "constant first": (lambda d: 3 > d.n, EVERY, EVERY),  # noqa: SIM300 - which is what is tested
}


def expected(url: str) -> pd.DataFrame:
    return pd.read_sql_table("cells", url).sort_values("id", ignore_index=True)


def ranged(url: str) -> Any:
    return bigframe.read_sql("cells", url, partition_on="id", partition_num=4)


@pytest.mark.parametrize("is_negated", [False, True])
@pytest.mark.parametrize("case", FILTERS)
def test_what_a_database_decides(case: str, is_negated: bool, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    test, *deciding = FILTERS[case]

    def mask(rows: Any) -> Any:
        return ~test(rows) if is_negated else test(rows)

    kept, ours = expected(url)[mask(expected(url))], ranged(url)
    assert 0 < len(kept) < ROWS or case in ("integers beyond a column's type", "a text with a zero")
    filtered = ours[mask(ours)]
    assert_same(filtered.to_pandas(), kept)
    assert_same(filtered[["id", "s"]].set_index("id").to_pandas(), kept[["id", "s"]].set_index("id"))
    filtered.explain()
    by_database = url.partition(":")[0].partition("+")[0] in deciding[is_negated]
    assert ("the database decides" in capsys.readouterr().out) == by_database


COMBINED: dict[str, Callable[[Any, Any], Any]] = {
    "and": lambda one, other: one & other,
    "or": lambda one, other: one | other,
    "neither": lambda one, other: ~(one | other),
    "not both": lambda one, other: ~(one & other),
    "one and not the other": lambda one, other: one & ~(~one | other),
}


@pytest.mark.parametrize("case", FILTERS)
def test_filters_of_several_parts(case: str, url: str) -> None:
    test, rows, ours = FILTERS[case][0], expected(url), ranged(url)
    for combine in COMBINED.values():
        kept = rows[combine(test(rows), rows.x > 0) | combine(rows.s == "a", test(rows))]
        assert_same(ours[combine(test(ours), ours.x > 0) | combine(ours.s == "a", test(ours))].to_pandas(), kept)


STEPS: dict[str, Callable[[Any], Any]] = {
    "first rows": lambda d: d[d.n > 2].head(5),
    "last rows": lambda d: d[d.n > 2].tail(5),
    "rows of first rows": lambda d: d.head(20)[lambda rows: rows.n > 2],
    "sum": lambda d: d[d.n > 2].groupby("b").n.sum(),
    "merge": lambda d: d[d.n > 2].merge(d[d.s == "a"][["n", "x"]], on="n"),
    "no rows": lambda d: d[(d.n > 2) & (d.n < 0)],
}


@pytest.mark.parametrize("step", STEPS)
def test_steps_over_filters(step: str, url: str) -> None:
    assert_same(STEPS[step](ranged(url)).to_pandas(), STEPS[step](expected(url)))


@pytest.mark.parametrize("number", [1, 3, 50])
def test_queries(number: int, url: str) -> None:
    query = "select id, n + 1 as n, x, s from cells where id > 10"
    rows = pd.read_sql_query(query, url).sort_values("id", ignore_index=True)
    ours = bigframe.read_sql_query(query, url, partition_on="id", partition_num=number)
    for mask in (lambda d: d.n > 3, lambda d: ~(d.x > 0), lambda d: (d.s == "a") & d.n.notna()):
        assert_same(ours[mask(ours)].to_pandas(), rows[mask(rows)])


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_missing_truth(backend: Any, url: str) -> None:
    query = "select id, n, s from cells"
    rows = pd.read_sql_query(query, url, dtype_backend=backend).sort_values("id", ignore_index=True)
    ours = bigframe.read_sql_query(query, url, partition_on="id", dtype_backend=backend)
    for mask in (lambda d: ~(d.n > 2), lambda d: (d.n != 3) | d.s.isna(), lambda d: ~((d.n < 3) & d.s.notna())):
        assert_same(ours[mask(ours)].to_pandas(), rows[mask(rows)])


def test_rows_without_a_key_are_the_last(url: str) -> None:
    ours = bigframe.read_sql("cells", url, partition_on="n", partition_num=3)
    rows = ours.to_pandas()
    assert rows.n.isna().sum() == rows.n.isna().tail(9).sum() == 9
    assert_same(ours[ours.b].to_pandas(), rows[rows.b])


def test_rows_that_go_are_noticed_by_filters(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cells.db'}"
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("create table cells (id integer, n integer)")
        connection.exec_driver_sql("insert into cells values (1, 1), (2, 2), (3, 3)")
    frame = bigframe.read_sql("cells", url, partition_on="id", partition_num=1)
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("delete from cells where id = 1")
    with pytest.raises(bigframe.errors.InputChanged, match="2 rows where there were 3"):
        frame[frame.n > 2].to_pandas()
