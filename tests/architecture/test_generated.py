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


def test_support_reads_the_tables() -> None:
    assert bigframe.support("DataFrame.merge").tier == "native"
    assert bigframe.support("Series.str.wrap").tier == "partitionwise"
    assert bigframe.support("DataFrame.transpose") == coverage.Support(
        "DataFrame.transpose", "gathered", "the columns of the result depend on all the data"
    )
    assert bigframe.support("Series.dt.asfreq").tier == "missing"
    with pytest.raises(KeyError, match="no public name"):
        bigframe.support("DataFrame.frobnicate")
