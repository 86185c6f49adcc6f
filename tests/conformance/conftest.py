"""Sessions that every conformance test runs in: three partitionings in process, and a Dask cluster."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

import bigframe

DASK_SAMPLE = 8
SESSIONS: dict[str, dict[str, Any]] = {
    "one": {"partitions": 1},
    "three": {"partitions": 3},
    "one-empty": {"partitions": (0.4, 0.0, 0.6)},
}


@pytest.fixture(scope="session")
def dask_session() -> Iterator[bigframe.Session]:
    """One cluster of two workers for all tests of this process."""
    with bigframe.Session("local", workers=2, partitions=3) as session:
        yield session


@pytest.fixture(params=[*SESSIONS, pytest.param("dask", marks=pytest.mark.dask)], autouse=True)
def session(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The current session while a test runs."""
    if request.param == "dask":
        shared = request.getfixturevalue("dask_session")
        with bigframe.using(shared):
            yield shared
    else:
        with bigframe.connect(**SESSIONS[request.param]) as opened:
            yield opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run every case in process, and one in ``DASK_SAMPLE`` on Dask, chosen by name; ``make conform`` runs all of them.

    What differs between the executors is who runs tasks, which a sample shows; what differs between cases shows in
    process.
    """
    if os.environ.get("BIGFRAME_CONFORMANCE") == "all":
        return
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _is_left_out(item: pytest.Item) -> bool:
    on_dask = "conformance" in item.nodeid and item.get_closest_marker("dask") is not None
    return on_dask and zlib.crc32(item.nodeid.encode()) % DASK_SAMPLE != 0
