"""Sessions that every conformance test runs in: as a user opens one, three partitionings in process, and a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import bigframe
from tests.sampling import keep_sample

SAMPLE = {"default": 12, "one": 4, "three": 6, "one-empty": 12, "dask": 24}
SESSIONS: dict[str, dict[str, Any]] = {
    "default": {},
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
    """Run one case in ``SAMPLE[session]``; ``make conform`` runs all of them in every session."""
    keep_sample(config, items, _one_in)


def _one_in(item: pytest.Item) -> int:
    call = getattr(item, "callspec", None)
    if "conformance" not in item.nodeid or call is None or "session" not in call.params:
        return 1
    return SAMPLE[call.params["session"]]
