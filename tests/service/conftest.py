"""Servers that end with the tests that asked for them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.service.running import Server, start


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that does not trust functions."""
    running = start(tmp_path_factory.mktemp("service"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with other settings; a second one has the folder of the first, as after a restart."""
    with ExitStack() as running:

        def begin(**settings: Any) -> Server:
            server = start(tmp_path, **settings)
            running.callback(lambda: server.process.poll() is None and server.stop())
            return server

        yield begin
