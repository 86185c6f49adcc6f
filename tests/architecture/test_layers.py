"""The layers of the two packages: the contracts in pyproject.toml, and what an import really loads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_LOADED = ["dask", "distributed", "engine", "numba", "onnxruntime", "polars", "tokenizers", "torch"]


def test_the_import_contracts_hold() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("module", ["bigframe", "bigframe.plan", "bigframe.ops"])
def test_import_loads_no_engine(module: str) -> None:
    program = f"import json, sys, {module}; print(json.dumps([name for name in {NOT_LOADED} if name in sys.modules]))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == []
