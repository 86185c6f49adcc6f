"""What is generated from the code is fresh, and stubs name what the classes have."""

from __future__ import annotations

from pathlib import Path

import pytest

import bigframe
from bigframe import coverage, stubs

ROOT = Path(__file__).parents[2]


def test_coverage_page_is_fresh() -> None:
    assert (ROOT / "docs/reference/coverage.md").read_text() == coverage.page(), "run `make docs`"


@pytest.mark.parametrize("path", list(stubs.stubs()))
def test_stub_is_fresh(path: str) -> None:
    assert (ROOT / "bigframe" / path).read_text() == stubs.stubs()[path], "run `make docs`"


def test_every_name_is_bound_or_says_why_not() -> None:
    rows = [row for context in coverage.CONTEXTS for row in coverage.entries(context)]
    assert [row.name for row in rows if row.tier == "missing" and not row.note] == []


def test_support_reads_the_tables() -> None:
    assert bigframe.support("DataFrame.merge").tier == "native"
    assert bigframe.support("Series.str.wrap").tier == "partitionwise"
    assert bigframe.support("DataFrame.combine") == coverage.Support(
        "DataFrame.combine", "gathered", "its function sees whole columns"
    )
    assert bigframe.support("ExponentialMovingWindow.online").tier == "missing"
    with pytest.raises(KeyError, match="no public name"):
        bigframe.support("DataFrame.frobnicate")
