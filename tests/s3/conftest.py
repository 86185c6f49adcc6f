"""An S3 server for all tests here: moto, or the one that BIGFRAME_TEST_S3 names, with a fault proxy in front of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.s3.bucket import Bucket, Server
from tests.s3.fault_proxy import FaultProxy
from tests.s3.moto_server import MotoServer

# Taken out: workers would inherit a secret that the tests look for.
SERVER = os.environ.pop("BIGFRAME_TEST_S3", None)
"""``http://key:secret@host:port`` of a server that checks signatures, from `tests.s3.ceph`; None for moto."""


@pytest.fixture(scope="session")
def moto() -> Iterator[MotoServer | None]:
    """None where the tests run against another server."""
    if SERVER is not None:
        yield None
        return
    server = MotoServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_server(moto: MotoServer | None) -> Server:
    if moto is not None:
        return moto.server
    assert SERVER is not None
    return Server.at(SERVER)


@pytest.fixture(scope="session")
def running_proxy(s3_server: Server) -> Iterator[FaultProxy]:
    proxy = FaultProxy(s3_server.endpoint)
    yield proxy
    proxy.stop()


@pytest.fixture(autouse=True)
def no_ambient_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine's user has set up for AWS plays no part."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    # Arrow's own client would send trailing checksums in chunks, which Ceph refuses for want of a length.
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")


@pytest.fixture
def bucket(s3_server: Server, no_ambient_credentials: None) -> Iterator[Bucket]:
    """An empty bucket, named by `bucket.url` and opened with `bucket.storage_options`."""
    made = Bucket.create(s3_server)
    yield made
    made.remove()


@pytest.fixture
def bucket_in_environment(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket whose server and key are in the standard variables of AWS, so that its URL is enough."""
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return bucket


@pytest.fixture
def proxy(running_proxy: FaultProxy) -> Iterator[FaultProxy]:
    """The fault proxy, calm and with an empty record."""
    running_proxy.set()
    running_proxy.forget()
    yield running_proxy
    running_proxy.set()


@pytest.fixture
def proxied(bucket: Bucket, proxy: FaultProxy) -> Bucket:
    """An empty bucket spoken to through the fault proxy; its own `put`, `get` and `sizes` are not."""
    return bucket.through(proxy.endpoint)


@pytest.fixture
def guarded(bucket: Bucket, moto: MotoServer | None) -> Iterator[Bucket]:
    """An empty bucket on a server that refuses calls which are not signed by a key that it knows."""
    if moto is None:
        yield bucket
        return
    with moto.signatures_checked() as server:
        yield Bucket(bucket.name, server, server)
