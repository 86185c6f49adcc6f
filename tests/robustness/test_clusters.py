"""Clusters that are not there, or not ours; extras that are not installed."""

import subprocess
import sys
from pathlib import Path

import pytest

import bigframe as pd
from bigframe.errors import MissingExtra

ROOT = Path(__file__).parents[2]


@pytest.mark.dask
def test_a_dead_address_names_itself(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError, match=r"tcp://127\.0\.0\.1:9"):
        pd.connect("tcp://127.0.0.1:9", storage=str(tmp_path / "storage"))
    assert not (tmp_path / "storage").exists()
    assert pd.DataFrame({"a": [1]}).a.sum().item() == 1


@pytest.mark.parametrize("address", ["somewhere", "ftp://127.0.0.1:9"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises((ValueError, ConnectionError), match=address):
        pd.connect(address)


@pytest.mark.dask
def test_a_worker_of_another_version_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "old.py"
    script.write_text(
        "import sys, polars\n"
        "polars.__version__ = '0.0.1'\n"
        "from engine.exec.local_cluster import LocalProcesses\n"
        "if __name__ == '__main__':\n"
        "    print('unused')\n"
    )
    code = (
        "import importlib.metadata as m; real = m.version\n"
        "m.version = lambda name: '0.0.1' if name == 'polars' else real(name)\n"
        "import polars; polars.__version__ = '0.0.1'\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_extra_names_the_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pd.connect():
        frame = pd.DataFrame({"a": [1, 2]})
        with pytest.raises(MissingExtra, match=r"pip install 'bigframe\[torch\]'"):
            next(iter(frame.to_torch(["a"], batch_size=1)))
