"""TPC-H tables for the tests of this folder, generated once a session and scale."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from benchmarks.tpch.data import generate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def tpch_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Path]:
    """Return a function from a scale to the folder of its tables, most of them three files."""
    root = tmp_path_factory.mktemp("tpch")

    @cache
    def folder(scale: float) -> Path:
        return generate(root / f"scale-{scale}", scale, parts=3, row_group_rows=20_000)

    return folder
