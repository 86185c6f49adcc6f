"""The peers of the benchmark give DuckDB's answers, and the benchmark tells right answers from wrong ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

from benchmarks.tpch import dask_queries, measure, polars_queries, run
from benchmarks.tpch.answers import ORDER_BY, assert_same, duckdb_answer
from benchmarks.tpch.child import Child, Run
from benchmarks.tpch.data import load
from benchmarks.tpch.measure import Result
from benchmarks.tpch.report import Report, to_markdown

SCALE = 0.01


@pytest.mark.parametrize("number", list(polars_queries.QUERIES))
def test_polars_gives_the_answer_of_duckdb(number: int, tpch_folder: Callable[[float], Path]) -> None:
    folder = tpch_folder(SCALE)
    answer = polars_queries.QUERIES[number](load(polars_queries, folder)).collect(engine="streaming")
    assert_same(answer.to_pandas(), duckdb_answer(number, folder), ordered=ORDER_BY[number])


# Dask itself calls what pandas deprecates.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.parametrize("number", list(dask_queries.QUERIES))
def test_dask_gives_the_answer_of_duckdb(number: int, tpch_folder: Callable[[float], Path]) -> None:
    folder = tpch_folder(SCALE)
    answer = dask_queries.QUERIES[number](load(dask_queries, folder)).compute(scheduler="synchronous")
    assert_same(answer, duckdb_answer(number, folder), ordered=ORDER_BY[number])


def test_a_peer_has_all_queries() -> None:
    assert list(polars_queries.QUERIES) == list(dask_queries.QUERIES) == list(ORDER_BY)


@pytest.mark.slow
def test_the_command_writes_table_numbers_and_plot(tmp_path: Path) -> None:
    options = [
        "--scale",
        "0.01",
        "--peers",
        "bigframe",
        "polars",
        "--repeats",
        "2",
        "--queries",
        "12",
        "--note",
        "Busy.",
    ]
    run.main([*options, "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--name", "small"])
    written = {file.name: file.read_text() for file in (tmp_path / "out").iterdir()}
    assert set(written) == {"small.json", "small.md", "small-scale-0.01.svg"}
    results = json.loads(written["small.json"])["results"]
    assert [(result["system"], result["query"], result["failure"]) for result in results] == [
        ("duckdb", 12, None),
        ("bigframe", 12, None),
        ("polars", 12, None),
    ]
    assert all(len(result["seconds"]) == 2 and result["peak_bytes"] > 10_000_000 for result in results)
    assert [line.split(" | ")[0] for line in written["small.md"].splitlines() if line.startswith("| ")] == [
        "| ",
        "| ---",
        "| Q12",
        "| **sum**",
        "| peak memory, GB",
    ]
    assert "Busy." in written["small.md"]
    assert str(tmp_path) not in "".join(written.values())


def test_a_wrong_answer_is_a_failure_and_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"duckdb": [1, 2], "polars": [1, 3]}
    asked = []

    def answer(child: Child, number: int) -> Run:
        asked.append((child.system, number))
        return Run(0.5, 7, pandas.DataFrame({"n": answers[child.system]}))

    monkeypatch.setattr(Child, "run", answer)
    monkeypatch.setitem(ORDER_BY, 6, ())
    right, wrong = measure.measure("", 1, ["duckdb", "polars"], [6], repeats=2, timeout=1)
    assert right == Result(1, 6, "duckdb", (0.5, 0.5), 7)
    assert wrong.failure is not None
    assert wrong.failure.startswith("wrong answer: ")
    assert wrong.median is None
    assert asked == [("duckdb", 6), ("duckdb", 6), ("polars", 6), ("duckdb", 6)]


def test_a_query_that_takes_too_long_is_given_up_and_the_next_one_answered(
    tpch_folder: Callable[[float], Path],
) -> None:
    with Child("duckdb", str(tpch_folder(SCALE)), timeout=0) as child:
        late = child.run(1)
        child.timeout = 60
        answered = child.run(1)
    assert (late.answer, late.failure) == (None, "not done after 0 s")
    assert answered.failure is None
    assert answered.answer is not None
    assert len(answered.answer) == 4


def test_a_table_shows_failures_and_compares_sums_of_the_same_queries() -> None:
    results = (
        Result(1, 1, "duckdb", (1.0, 2.0, 9.0), 10**9),
        Result(1, 2, "duckdb", (4.0,), 2 * 10**9),
        Result(1, 1, "polars", (1.0,), 10**9),
        Result(1, 2, "polars", (0.1,), 3 * 10**9, "MemoryError: no"),
    )
    rows = [line for line in to_markdown(_report(results), "name").splitlines() if line.startswith(("| ", "- "))]
    assert rows[2:] == [
        "| Q1 | 2.000 | 1.000 | 0.50× |",
        "| Q2 | 4.000 | failed |  |",
        "| **sum** | **6.00** | **1.00** (1 of 2) | **0.50×** |",
        "| peak memory, GB | 2.00 | 3.00 |  |",
        "- polars, Q2: MemoryError: no",
    ]


def test_several_scales_have_a_curve(tmp_path: Path) -> None:
    results = tuple(
        Result(scale, 1, system, (seconds * scale,), 10**9)
        for scale in (1, 3)
        for system, seconds in (("duckdb", 1.0), ("polars", 2.0))
    )
    run.write(_report(results), tmp_path, "two")
    assert {file.name for file in tmp_path.iterdir()} == {
        "two.json",
        "two.md",
        "two-scale-1.svg",
        "two-scale-3.svg",
        "two-scaling.svg",
    }
    assert "![Sum of the queries by scale](two-scaling.svg)" in (tmp_path / "two.md").read_text()


def _report(results: tuple[Result, ...]) -> Report:
    values: dict[str, Any] = {"date": "2026-01-01", "command": "", "machine": "a machine", "load": 0.0, "note": ""}
    return Report(**values, versions={}, repeats=3, systems=("duckdb", "polars"), results=results)
