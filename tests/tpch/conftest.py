"""TPC-H tables for the tests of this folder, generated once a session and scale, and put on S3 once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from benchmarks.tpch.data import generate
from tests.s3.bucket import Bucket
from tests.s3.moto_server import MotoServer
from tests.sampling import keep_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCALE = 0.1

SAMPLE = {
    "disk": {"in-process": 2, "three-partitions": 4, "dask": 7, "service": 8},
    "s3": {"in-process": 6, "three-partitions": 6, "dask": 9, "service": 8},
}


@pytest.fixture(scope="session")
def tpch_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Path]:
    """Return a function from a scale to the folder of its tables, most of them three files."""
    root = tmp_path_factory.mktemp("tpch")

    @cache
    def folder(scale: float) -> Path:
        return generate(root / f"scale-{scale}", scale, parts=3, row_group_rows=20_000)

    return folder


@pytest.fixture(scope="session")
def tpch_bucket(tpch_folder: Callable[[float], Path]) -> Iterator[Bucket]:
    """A bucket on moto with the tables below ``tables/``."""
    server = MotoServer()
    bucket = Bucket.create(server.server)
    folder = tpch_folder(SCALE)
    for file in folder.rglob("*.parquet"):
        bucket.put(f"tables/{file.relative_to(folder)}", file.read_bytes())
    yield bucket
    server.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run one query in ``SAMPLE``; ``make conform`` runs all of them everywhere."""
    keep_sample(config, items, _one_in)


def _one_in(item: pytest.Item) -> int:
    call = getattr(item, "callspec", None)
    if "tpch" not in item.nodeid or call is None or "home" not in call.params:
        return 1
    return SAMPLE[call.params["home"]][call.params["session"]]
