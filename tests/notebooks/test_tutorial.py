"""Pages show what their lines print."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from matplotlib import pyplot

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "lines"), [("tutorials/first-pipeline.md", 18), ("how-to/plot-large-data.md", 11)])
def test_a_page_prints_what_it_shows(page: str, lines: int) -> None:
    pyplot.close("all")  # pandas draws onto the figure that is open.
    failed, tried = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert (failed, tried) == (0, lines)
