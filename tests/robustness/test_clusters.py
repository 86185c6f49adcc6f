"""Clusters that are not there, or not ours; extras that are not installed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bigframe as pd
from bigframe.errors import MissingExtra
from engine.exec.local_cluster import LocalProcesses


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return str(tmp_path / "storage")


@pytest.fixture
def old_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A cluster whose processes find another version of Polars installed."""
    metadata = tmp_path / "polars-0.0.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: polars\nVersion: 0.0.1\n")
    with monkeypatch.context() as elsewhere:
        elsewhere.syspath_prepend(tmp_path)
        processes = LocalProcesses(1, None)
    yield processes.address
    processes.close()


def works() -> bool:
    with pd.connect():
        return bool(pd.DataFrame({"a": [1]}).a.sum().item() == 1)


@pytest.mark.dask
def test_a_dead_address_names_itself(storage: str) -> None:
    with pytest.raises(ConnectionError, match=r"tcp://127\.0\.0\.1:9"):
        pd.connect("tcp://127.0.0.1:9", storage=storage)
    assert not Path(storage).exists()
    assert works()


@pytest.mark.parametrize("address", ["somewhere", "ftp://127.0.0.1:9"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises((ValueError, ConnectionError), match=address):
        pd.connect(address)
    assert works()


@pytest.mark.dask
def test_a_worker_of_another_version_is_refused(old_cluster: str, storage: str) -> None:
    with pytest.raises(ConnectionError, match=r"has polars 0\.0\.1, this process has") as caught:
        pd.connect(old_cluster, storage=storage)
    assert f"cannot join {old_cluster}" in str(caught.value)
    assert "worker tcp://127.0.0.1:" in str(caught.value)
    assert works()


def test_a_missing_extra_names_the_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "bigframe.train.dataset", raising=False)
    with pd.connect():
        frame = pd.DataFrame({"a": [1, 2]})
        with pytest.raises(MissingExtra, match=r"pip install 'bigframe\[torch\]'"):
            next(iter(frame.to_torch(["a"], batch_size=1)))
