"""The first tutorial shows what its lines print."""

from __future__ import annotations

import doctest
from pathlib import Path

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorials" / "first-pipeline.md"


def test_the_tutorial_prints_what_it_shows() -> None:
    failed, tried = doctest.testfile(str(TUTORIAL), module_relative=False, encoding="utf-8")
    assert (failed, tried) == (0, 18)
