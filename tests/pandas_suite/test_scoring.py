"""How outcomes are counted, and what the page says of them."""

from __future__ import annotations

from tests.pandas_suite.outcomes import Outcome
from tests.pandas_suite.report import page
from tests.pandas_suite.scoring import causes, gathers, lost, score, scores

OUTCOMES = [
    Outcome("tests/frame/test_a.py::test_1", "passed"),
    Outcome("tests/frame/test_a.py::test_2", "passed", "gathered", gathers="Series.mode: it …"),
    Outcome("tests/frame/test_a.py::test_3", "failed", cause="values are different"),
    Outcome("tests/frame/test_a.py::test_4", "unsupported", cause="DataFrame.to_xarray"),
    Outcome("tests/series/test_b.py::test_5", "unsupported", cause="Series.to_xarray"),
    Outcome("tests/series/test_b.py::test_6", "unsupported", cause="DataFrame.to_xarray"),
    Outcome("tests/series/test_b.py::test_7", "not exercised"),
    Outcome("tests/series/test_b.py::test_8", "skipped"),
    Outcome("tests/series/test_b.py::test_9", "internals", cause="DataFrame._mgr"),
]


def test_what_does_not_exercise_bigframe_is_not_counted() -> None:
    one = score("all", OUTCOMES)
    assert (one.counted, one.score, one.native_score) == (6, 2 / 6, 1 / 6)


def test_directories_and_their_total() -> None:
    rows = [(one.name, one.passed, one.counted) for one in scores(OUTCOMES, ["frame", "series"], "core")]
    assert rows == [("frame", 2, 4), ("series", 0, 2), ("core", 2, 6)]


def test_the_largest_cause_comes_first() -> None:
    found = [(cause.tests, cause.text) for cause in causes(OUTCOMES, "unsupported")]
    assert found == [(2, "DataFrame.to_xarray"), (1, "Series.to_xarray")]


def test_what_gathers_counts_what_passes() -> None:
    found = [*OUTCOMES, Outcome("tests/frame/test_c.py::test_1", "failed", "gathered", gathers="another")]
    assert [(cause.tests, cause.text) for cause in gathers(found)] == [(1, "Series.mode: it …")]


def test_page() -> None:
    lines = page({1: OUTCOMES}, extent="All of them ran.").splitlines()
    assert "| frame | 50.0% | 25.0% | 2 | 1 | 1 | 1 | 0 | 0 | 0 |" in lines
    assert "| **core** | 33.3% | 16.7% | 2 | 1 | 1 | 3 | 1 | 1 | 1 |" in lines
    assert "| 2 | 2 | DataFrame.to_xarray | `frame/test_a.py::test_4` |" in lines
    assert "| 1 | 16.67% | 1 | Series.mode: it … | `frame/test_a.py::test_2` |" in lines


def test_page_says_what_more_partitions_lose() -> None:
    first, *others = OUTCOMES
    several = [Outcome(first.id, "failed", cause="another order"), *others]
    lines = page({1: OUTCOMES, 3: several}, extent="All of them ran.").splitlines()
    assert [(cause.tests, cause.text) for cause in lost(OUTCOMES, several)] == [(1, "another order")]
    assert "| frame | 25.0% | 0.0% | 1 | 1 | 2 | 1 | 0 | 0 | 0 |" in lines
    assert "## What passes over 1 partition and not over 3 partitions" in lines
    assert "| 1 | 1 | another order | `frame/test_a.py::test_1` |" in lines
