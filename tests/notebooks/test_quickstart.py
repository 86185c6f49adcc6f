"""The quickstart notebook runs from its first cell to its last, and shows what its text says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("notebook")
    return NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}
    ).execute()


def shown(notebook: Any, source: str) -> str:
    """What the cell whose source contains a text shows."""
    (cell,) = (cell for cell in notebook.cells if cell.cell_type == "code" and source in cell.source)
    parts = [
        output.get("text") or output["data"]["text/plain"]
        for output in cell.outputs
        if output["output_type"] != "error"
    ]
    return "\n".join(parts)


def test_every_cell_runs_and_is_silent_about_nothing(executed: Any) -> None:
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    errors = [output for cell in cells for output in cell.outputs if output.get("name") == "stderr"]
    assert errors == []


def test_every_document_is_in_one_output(executed: Any) -> None:
    reasons = shown(executed, "value_counts").splitlines()
    judged = sum(int(line.split()[-1]) for line in reasons if re.search(r"\s\d+$", line))
    counts = dict(re.findall(r"'(\w+)': (\d+)", shown(executed, "pd.compute")))
    assert set(counts) == {"kept", "dropped", "audit"}
    assert sum(map(int, counts.values())) == judged
    assert judged > 40


def test_search_finds_an_archive(executed: Any) -> None:
    assert re.search(r"\b(zip|tar|libarchive)\.py", shown(executed, "nlargest").splitlines()[1])


def test_torch_gets_vectors(executed: Any) -> None:
    assert "torch.Size([16, 384])" in shown(executed, "to_torch")


def test_the_stored_notebook_has_no_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
