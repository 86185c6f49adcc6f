"""Commits and races on S3, and writes through a network that fails."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from engine.io.manifests import read_manifest, verify
from engine.io.sink import Sink
from engine.storage import credentials
from engine.storage.places import open_store
from tests.io.commit_cases import CommitCases, read, save
from tests.io.race_cases import RaceCases
from tests.s3.bucket import Bucket
from tests.s3.fault_proxy import FaultProxy


class TestS3(CommitCases, RaceCases):
    @pytest.fixture
    def place(self, bucket_in_environment: Bucket) -> str:
        return f"{bucket_in_environment.url}/some/folder"


@pytest.mark.parametrize("faults", [{"slow_down": 0.3}, {"reset": 0.3}, {"cut": 0.3}, {"flip": 0.2}])
def test_rows_are_written_once_whatever_the_network_does(
    proxied: Bucket, proxy: FaultProxy, faults: dict[str, Any]
) -> None:
    credentials.register(proxied.url, proxied.storage_options)
    url = f"{proxied.url}/out"
    rows = pl.DataFrame({"id": range(12)})
    with proxy.faults(seed=7, **faults):
        for number in range(6):
            save(Sink(url, mode="append"), rows[number * 2 : number * 2 + 1], rows[number * 2 + 1 : number * 2 + 2])
        save(Sink(f"{proxied.url}/x.parquet"), rows[:6], rows[6:])
        store, folder = open_store(url)
        manifest = read_manifest(store, folder)
        assert manifest is not None
        for file in manifest.files:
            verify(store, folder, file, content=True)
    assert proxy.injected().total() > 0
    assert read(url) == read(f"{proxied.url}/x.parquet") == list(range(12))
    assert len(proxied.sizes()) == 12 + 1 + 1
    assert proxied.pending_uploads() == []
