"""The notebooks of everyday pandas show the same under bigframe as under pandas, with one line changed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pytest

import bigframe
from tests.notebooks.cells import IMPORT, assert_shows_the_same, code_cells, run

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.py") if IMPORT in path.read_text(encoding="utf-8"))
matplotlib.use("Agg")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = importlib.util.spec_from_file_location("make_data", FOLDER / "make_data.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("data")
    module.write_all(folder)
    return folder


@pytest.fixture
def session(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(data)
    with bigframe.connect(partitions=3) as opened:
        yield opened
    plt.close("all")


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_cell_shows_what_pandas_shows(session: Any, name: str) -> None:
    notebook = FOLDER / f"{name}.py"
    for actual, expected in zip_longest(run(notebook, "bigframe"), run(notebook, "pandas")):
        try:
            assert_shows_the_same(actual, expected)
        except Exception as error:
            error.add_note(f"in the cell\n{expected.source}")
            raise


def test_there_is_enough_of_everyday_use() -> None:
    assert len(NOTEBOOKS) == 3
    assert sum(len(code_cells(FOLDER / f"{name}.py")) for name in NOTEBOOKS) >= 150
