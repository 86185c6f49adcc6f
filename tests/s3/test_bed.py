"""The bed itself: servers keep what they are given, the proxy injects what it is told and counts what passes."""

from __future__ import annotations

import os
from datetime import timedelta
from http.client import HTTPConnection, IncompleteRead
from urllib.parse import urlsplit

import obstore
import pytest
from obstore.exceptions import AlreadyExistsError, GenericError, PermissionDeniedError, PreconditionError
from obstore.store import S3Store

from tests.s3.bucket import Bucket
from tests.s3.fault_proxy import FaultProxy, Traffic

ODD_KEYS = ["plain", "a/b/c", "with space", "plus+sign", "per%20cent", "日本語/ü", "a=1/b=x y"]


def store(bucket: Bucket, retries: int = 0) -> S3Store:
    """A client that tries no more often than it is told to."""
    return S3Store(
        bucket.name,
        endpoint=bucket.server.endpoint,
        access_key_id=bucket.server.key,
        secret_access_key=bucket.server.secret,
        region=bucket.storage_options["region"],
        client_options={"allow_http": True},
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=20)},
    )


def read(client: S3Store, key: str) -> bytes:
    return bytes(obstore.get(client, key).bytes())


def plain_get(bucket: Bucket, key: str) -> tuple[int, bytes]:
    """One presigned GET without a library that might try again."""
    url = urlsplit(bucket.server.client().generate_presigned_url("get_object", {"Bucket": bucket.name, "Key": key}))
    assert url.hostname is not None
    connection = HTTPConnection(url.hostname, url.port, timeout=10)
    try:
        connection.request("GET", f"{url.path}?{url.query}")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# ---------------------------------------------------------------- servers


@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_key_is_kept_as_it_is_written(guarded: Bucket, key: str) -> None:
    obstore.put(store(guarded), key, b"content")
    assert guarded.get(key) == b"content"
    assert guarded.sizes() == {key: 7}


@pytest.mark.parametrize("key", ODD_KEYS)
def test_the_proxy_keeps_signatures_and_keys(guarded: Bucket, proxy: FaultProxy, key: str) -> None:
    client = store(guarded.through(proxy.endpoint))
    obstore.put(client, key, b"0123456789")
    assert read(client, key) == b"0123456789"
    assert bytes(obstore.get_range(client, key, start=2, end=5)) == b"234"
    assert [found["path"] for page in obstore.list(client) for found in page] == [key]


def test_a_wrong_key_is_refused(guarded: Bucket) -> None:
    guarded.put("x", b"content")
    with pytest.raises((PermissionDeniedError, GenericError), match="InvalidAccessKeyId"):
        read(store(guarded.signed_by("nobody", "nothing")), "x")
    with pytest.raises((PermissionDeniedError, GenericError), match="SignatureDoesNotMatch"):
        read(store(guarded.signed_by(guarded.server.key, "another-secret")), "x")


def test_conditional_writes(bucket: Bucket) -> None:
    client = store(bucket)
    first = obstore.put(client, "x", b"one", mode="create")
    with pytest.raises(AlreadyExistsError):
        obstore.put(client, "x", b"two", mode="create")
    # Bare, as Ceph compares it; the others take it with its quotes too.
    version = (first["e_tag"] or "").strip('"')
    obstore.put(client, "x", b"two", mode={"e_tag": version})
    with pytest.raises(PreconditionError):
        obstore.put(client, "x", b"three", mode={"e_tag": version})
    assert bucket.get("x") == b"two"


def test_a_pending_upload_is_seen_and_removed_with_the_bucket(bucket: Bucket) -> None:
    bucket.s3.create_multipart_upload(Bucket=bucket.name, Key="half")
    assert bucket.pending_uploads() == ["half"]
    assert bucket.sizes() == {}


def test_buckets_are_fresh(bucket: Bucket) -> None:
    assert bucket.sizes() == {}
    assert bucket.pending_uploads() == []


def test_environment(bucket_in_environment: Bucket) -> None:
    bucket_in_environment.put("x", b"content")
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    assert environment.items() >= bucket_in_environment.environment.items()
    assert read(S3Store(bucket_in_environment.name, client_options={"allow_http": True}), "x") == b"content"


# ---------------------------------------------------------------- faults


def test_calls_are_counted(proxied: Bucket, proxy: FaultProxy) -> None:
    client = store(proxied)
    obstore.put(client, "a/x", bytes(1000))
    obstore.head(client, "a/x")
    obstore.get_range(client, "a/x", start=100, end=300)
    read(client, "a/x")
    assert [(call.method, call.key, call.range, call.status, call.received, call.sent) for call in proxy.calls()] == [
        ("PUT", "a/x", "", 200, 1000, 0),
        ("HEAD", "a/x", "", 200, 0, 0),
        ("GET", "a/x", "bytes=100-299", 206, 0, 200),
        ("GET", "a/x", "", 200, 0, 1000),
    ]
    assert proxy.traffic() == {"a/x": Traffic(requests=4, received=1000, sent=1200)}
    proxy.forget()
    assert proxy.calls() == []


def test_a_large_body_passes_whole(proxied: Bucket) -> None:
    content = os.urandom(24 << 20)
    obstore.put(store(proxied), "large", content, use_multipart=True, chunk_size=5 << 20)
    assert proxied.get("large") == content
    assert read(store(proxied), "large") == content


def test_slow_down(proxied: Bucket, proxy: FaultProxy) -> None:
    proxied.put("x", b"content")
    proxy.set(slow_down=1)
    assert plain_get(proxied, "x") == (503, SLOW_DOWN)
    assert [(call.status, call.fault) for call in proxy.calls()] == [(503, "SlowDown")]
    assert read(store(proxied.through(proxied.direct.endpoint)), "x") == b"content"


SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


def test_reset(proxied: Bucket, proxy: FaultProxy) -> None:
    proxied.put("x", b"content")
    proxy.set(reset=1)
    with pytest.raises(ConnectionResetError):
        plain_get(proxied, "x")
    assert [(call.status, call.sent, call.fault) for call in proxy.calls()] == [(0, 0, "reset")]


def test_a_reset_call_may_have_been_carried_out(proxied: Bucket, proxy: FaultProxy) -> None:
    client = store(proxied)
    keys = [f"{number}" for number in range(40)]
    with proxy.faults(reset=1):
        for key in keys:
            with pytest.raises(GenericError):
                obstore.put(client, key, b"content")
    assert 10 <= len(proxied.sizes()) <= 30


def test_cut(proxied: Bucket, proxy: FaultProxy) -> None:
    content = os.urandom(100_000)
    proxied.put("x", content)
    proxy.set(cut=1)
    with pytest.raises(IncompleteRead) as error:
        plain_get(proxied, "x")
    assert error.value.partial == content[:50_000]
    assert error.value.expected == 50_000
    assert [(call.sent, call.fault) for call in proxy.calls()] == [(50_000, "cut")]


def test_flip(proxied: Bucket, proxy: FaultProxy) -> None:
    content = os.urandom(10_000)
    proxied.put("data/x", content)
    proxied.put("other/x", content)
    proxy.set(flip=1, flip_keys="data/*")
    status, flipped = plain_get(proxied, "data/x")
    assert status == 200
    assert sum(a != b for a, b in zip(content, flipped, strict=True)) == 1
    assert plain_get(proxied, "other/x") == (200, content)
    assert [found["path"] for page in obstore.list(store(proxied)) for found in page] == ["data/x", "other/x"]
    assert [call.fault for call in proxy.calls()] == ["flip", "", ""]


def test_latency(proxied: Bucket, proxy: FaultProxy) -> None:
    proxied.put("x", b"content")
    proxy.set(latency=0.2)
    assert plain_get(proxied, "x") == (200, b"content")


def test_forbidden(proxied: Bucket, proxy: FaultProxy) -> None:
    for key in ("data/1", "data/2"):
        proxied.put(key, b"content")
    proxy.set(forbidden="*/2")
    assert read(store(proxied), "data/1") == b"content"
    with pytest.raises(PermissionDeniedError, match="data/2"):
        read(store(proxied), "data/2")


def test_expiry(proxied: Bucket, proxy: FaultProxy) -> None:
    proxied.put("x", b"content")
    proxy.set(expires_after=2)
    assert [plain_get(proxied, "x")[0] for _ in range(4)] == [200, 200, 400, 400]
    assert [call.fault for call in proxy.calls()] == ["", "", "ExpiredToken", "ExpiredToken"]


def test_off_and_on(proxied: Bucket, proxy: FaultProxy) -> None:
    proxied.put("x", b"content")
    client = store(proxied)
    assert read(client, "x") == b"content"
    for _ in range(3):
        with proxy.faults(off=True):
            with pytest.raises(ConnectionRefusedError):
                plain_get(proxied, "x")
            with pytest.raises(GenericError):
                read(client, "x")
        assert read(client, "x") == b"content"


def test_probabilities_hold_and_the_seed_repeats_them(proxied: Bucket, proxy: FaultProxy) -> None:
    keys = [f"{number}" for number in range(100)]
    for key in keys:
        proxied.put(key, b"content")

    def statuses(seed: int, order: list[str]) -> dict[str, int]:
        proxy.set(seed=seed, slow_down=0.3)
        return {key: plain_get(proxied, key)[0] for key in order}

    first = statuses(1, keys)
    assert 18 <= list(first.values()).count(503) <= 42
    assert statuses(1, keys[::-1]) == first
    assert statuses(2, keys) != first


def test_faults_together_are_survived_by_a_client_that_tries_again(proxied: Bucket, proxy: FaultProxy) -> None:
    content = os.urandom(1_000_000)
    proxy.set(slow_down=0.3, reset=0.2, cut=0.3, latency=0.01)
    client = store(proxied, retries=10)
    obstore.put(client, "x", content)
    ranges = obstore.get_ranges(client, "x", starts=list(range(0, 1_000_000, 100_000)), lengths=[100_000] * 10)
    assert b"".join(map(bytes, ranges)) == content
    assert proxy.injected().total() > 0
