"""Importing bigframe brings neither an execution library nor torch with it."""

import json
import subprocess
import sys

HEAVY = ("dask", "distributed", "polars", "torch", "numba", "onnxruntime", "engine")


def test_import_loads_no_engine() -> None:
    code = "import sys, json, bigframe; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert "pandas" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_recording_loads_no_dask_nor_torch() -> None:
    code = (
        "import sys, json, bigframe as pd; df = pd.DataFrame({'a': [1, 2]}); df[df.a > 1].to_pandas();"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert "polars" in loaded
    assert [name for name in ("dask", "distributed", "torch", "numba") if name in loaded] == []
