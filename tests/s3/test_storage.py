"""The store of an S3 bucket does what every store promises."""

from __future__ import annotations

import os
import pickle
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError

import pytest

from bigframe.errors import InputChanged, StorageError
from engine.storage import credentials
from engine.storage.meter import METER, Usage
from engine.storage.places import open_store
from engine.storage.store import Conflict, Store
from tests.s3.bucket import Bucket
from tests.s3.fault_proxy import FaultProxy

ODD_KEYS = ["a=1/b=x y/part 0.parquet", "plus+sign", "per%20cent", "日本語/ü.csv", "tilde~(1)&'!*,;@"]
LARGE = 20 << 20
"""Bytes; more than goes up in one PUT."""


def opened(bucket: Bucket) -> Store:
    credentials.register(bucket.url, bucket.storage_options)
    return open_store(f"{bucket.url}/any")[0]


@pytest.fixture
def store(bucket: Bucket) -> Store:
    return opened(bucket)


# ---------------------------------------------------------------- opening


def test_a_url_is_cut_into_store_and_key(bucket: Bucket, store: Store) -> None:
    same, key = open_store(f"{bucket.url}/folder/a.parquet")
    assert same is store
    assert key == "folder/a.parquet"
    assert store.url(key) == f"{bucket.url}/folder/a.parquet"


def test_the_environment_is_enough(bucket_in_environment: Bucket) -> None:
    store, key = open_store(f"{bucket_in_environment.url}/x")
    store.write(key, b"content")
    assert bucket_in_environment.get("x") == b"content"


@pytest.mark.parametrize(
    ("key", "secret", "endpoint"),
    [
        ("key", "secret", "endpoint_url"),
        ("aws_access_key_id", "aws_secret_access_key", "aws_endpoint_url"),
        ("access_key_id", "secret_access_key", "endpoint"),
    ],
)
def test_options_are_known_by_the_names_of_three_libraries(
    guarded: Bucket, key: str, secret: str, endpoint: str
) -> None:
    server = guarded.server
    credentials.register(guarded.url, {key: server.key, secret: server.secret, endpoint: server.endpoint})
    store, name = open_store(f"{guarded.url}/x")
    store.write(name, b"content")
    assert bytes(store.read(name)) == b"content"


def test_nested_options_of_s3fs(guarded: Bucket) -> None:
    server = guarded.server
    nested = {"endpoint_url": server.endpoint, "region_name": "us-east-1"}
    credentials.register(guarded.url, {"key": server.key, "secret": server.secret, "client_kwargs": nested})
    store, name = open_store(f"{guarded.url}/x")
    store.write(name, b"content")
    assert guarded.get("x") == b"content"


def test_an_unknown_option_is_named(bucket: Bucket) -> None:
    with pytest.raises(ValueError, match="'acces_key', which s3:// does not know") as error:
        credentials.register(bucket.url, {**bucket.storage_options, "acces_key": "a-typo-with-a-secret"})
    assert "a-typo-with-a-secret" not in str(error.value)


def test_an_endpoint_without_a_scheme_is_named() -> None:
    credentials.register("s3://endpoint-without-scheme", {"key": "k", "secret": "s", "endpoint_url": "127.0.0.1:9"})
    with pytest.raises(ValueError, match=r"s3://endpoint-without-scheme: the endpoint '127\.0\.0\.1:9' begins with"):
        open_store("s3://endpoint-without-scheme/x")


def test_a_bucket_that_does_not_exist_is_said_not_to(bucket: Bucket) -> None:
    credentials.register("s3://no-such-bucket-here", bucket.storage_options)
    store, _ = open_store("s3://no-such-bucket-here/x")
    with pytest.raises(FileNotFoundError, match=r"s3://no-such-bucket-here/x: the bucket does not exist \(NoSuchB"):
        store.list_files("x")


def test_new_options_make_a_new_store(guarded: Bucket) -> None:
    guarded.put("x", b"content")
    wrong = opened(guarded.signed_by("nobody", "nothing"))
    with pytest.raises(StorageError):
        wrong.read("x")
    assert bytes(opened(guarded).read("x")) == b"content"


# ---------------------------------------------------------------- looking


def test_stat(bucket: Bucket, store: Store) -> None:
    bucket.put("folder/x", b"content")
    info = store.stat("folder/x")
    assert info is not None
    assert (info.key, info.size) == ("folder/x", 7)
    assert info.version != ""
    assert store.stat("folder") is None
    assert store.stat("missing") is None


def test_the_version_changes_with_the_content_and_is_the_same_wherever_it_is_asked_for(store: Store) -> None:
    written = store.write("x", b"one")
    assert store.stat("x") == written
    assert store.list_files("") == [written]
    again = store.write("x", b"two")
    assert again.version != written.version
    assert store.stat("x") == again


def test_listing_is_deep_sorted_and_of_one_folder_only(bucket: Bucket, store: Store) -> None:
    for key in ("data/b", "data/a/2", "data/a/1", "data.txt", "database/c", "other"):
        bucket.put(key, b"content")
    assert [info.key for info in store.list_files("data")] == ["data/a/1", "data/a/2", "data/b"]
    assert [info.key for info in store.list_files("data/")] == ["data/a/1", "data/a/2", "data/b"]
    assert [info.key for info in store.list_files("")] == sorted(bucket.sizes())
    assert store.list_files("missing") == []


def test_listing_goes_on_after_the_first_page(bucket: Bucket, store: Store) -> None:
    keys = [f"data/{number:05}" for number in range(1100)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: store.write(key, key.encode()), keys))
    assert [(info.key, info.size) for info in store.list_files("data")] == [(key, 10) for key in keys]
    store.delete_folder("data")
    assert bucket.sizes() == {}


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys_are_kept_as_they_are_written(bucket: Bucket, store: Store, key: str) -> None:
    info = store.write(key, b"content")
    assert bucket.sizes() == {key: 7}
    assert store.stat(key) == info
    assert store.list_files("") == [info]
    assert bytes(store.read(key, info.version)) == b"content"
    assert open_store(store.url(key)) == (store, key)
    with store.open_writer(key) as file:
        file.write(b"again")
    assert bucket.get(key) == b"again"
    store.delete([key])
    assert bucket.sizes() == {}


# ---------------------------------------------------------------- reading


def test_ranges(bucket: Bucket, store: Store) -> None:
    content = os.urandom(1 << 20)
    bucket.put("x", content)
    ranges = [(0, 10), (500_000, 500_001), (7, 900_000), (1_000_000, 1 << 20), (20, 20)]
    assert [bytes(body) for body in store.read_ranges("x", ranges)] == [content[a:b] for a, b in ranges]
    assert store.read_ranges("x", []) == []


def test_a_range_is_shorter_where_the_file_ends(bucket: Bucket, store: Store) -> None:
    bucket.put("x", b"0123456789")
    assert [bytes(body) for body in store.read_ranges("x", [(8, 20)])] == [b"89"]


def test_a_range_behind_the_end_is_empty(bucket: Bucket, store: Store) -> None:
    bucket.put("x", b"0123456789")
    bucket.put("empty", b"")
    assert [bytes(body) for body in store.read_ranges("x", [(1_000_000, 1_000_010), (0, 2)])] == [b"", b"01"]
    assert [bytes(body) for body in store.read_ranges("empty", [(0, 8)])] == [b""]


def test_only_what_is_asked_for_is_fetched(proxied: Bucket, proxy: FaultProxy) -> None:
    proxied.put("x", bytes(4 << 20))
    store = opened(proxied)
    before = METER.read()
    store.read_ranges("x", [(0, 1000), (3 << 20, (3 << 20) + 1000)])
    assert METER.read() - before == Usage(requests=2, retries=0, fetched=2000, sent=0)
    assert proxy.traffic()["x"].sent == 2000


def test_neighbours_are_fetched_together(proxied: Bucket, proxy: FaultProxy) -> None:
    content = os.urandom(100_000)
    proxied.put("x", content)
    ranges = [(start, start + 100) for start in range(0, 100_000, 1000)]
    bodies = opened(proxied).read_ranges("x", ranges)
    assert [bytes(body) for body in bodies] == [content[a:b] for a, b in ranges]
    assert proxy.traffic()["x"].requests == 1


def test_a_missing_object_is_named(bucket: Bucket, store: Store) -> None:
    with pytest.raises(FileNotFoundError, match=f"{bucket.url}/missing"):
        store.read("missing")
    with pytest.raises(FileNotFoundError, match=f"{bucket.url}/missing"):
        store.read_ranges("missing", [(0, 1)])


def test_a_missing_bucket_is_named(bucket: Bucket) -> None:
    url = f"s3://{bucket.name}-missing"
    credentials.register(url, bucket.storage_options)
    store, _ = open_store(url)
    with pytest.raises(FileNotFoundError, match=url):
        store.read("x")
    with pytest.raises(FileNotFoundError, match=url):
        store.write("x", b"content")


def test_an_object_that_was_replaced_is_not_read(bucket: Bucket, store: Store) -> None:
    planned = store.write("x", b"one")
    bucket.put("x", b"two")
    for read in (lambda: store.read("x", planned.version), lambda: store.read_ranges("x", [(0, 1)], planned.version)):
        with pytest.raises(InputChanged, match=f"{bucket.url}/x") as error:
            read()
        assert error.value.code == "INPUT_CHANGED"


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("size", [0, 1, LARGE])
def test_write(bucket: Bucket, store: Store, size: int) -> None:
    content = os.urandom(size)
    info = store.write("x", content)
    assert (info.key, info.size) == ("x", size)
    assert bucket.get("x") == content
    assert bytes(store.read("x", info.version)) == content


def test_write_if_absent(bucket: Bucket, store: Store) -> None:
    store.write("x", b"one", if_absent=True)
    with pytest.raises(FileExistsError, match=f"{bucket.url}/x"):
        store.write("x", b"two", if_absent=True)
    assert bucket.get("x") == b"one"


def test_write_if_version(bucket: Bucket, store: Store) -> None:
    first = store.write("x", b"one")
    second = store.write("x", b"two", if_version=first.version)
    with pytest.raises(Conflict, match=f"{bucket.url}/x"):
        store.write("x", b"three", if_version=first.version)
    assert bucket.get("x") == b"two"
    listed = store.list_files("")[0]
    assert listed == second
    store.write("x", b"four", if_version=listed.version)
    assert bucket.get("x") == b"four"


def test_write_if_version_of_what_was_removed(bucket: Bucket, store: Store) -> None:
    first = store.write("x", b"one")
    store.delete(["x"])
    with pytest.raises(Conflict):
        store.write("x", b"two", if_version=first.version)
    assert bucket.sizes() == {}


def test_one_of_many_writers_wins(bucket: Bucket, store: Store) -> None:
    start = threading.Barrier(8)

    def write(number: int) -> bool:
        start.wait()
        try:
            store.write("x", f"{number}".encode(), if_absent=True)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = [number for number, wins in enumerate(threads.map(write, range(8))) if wins]
    assert len(won) == 1
    assert bucket.get("x") == f"{won[0]}".encode()


@pytest.mark.parametrize("size", [0, 1000, LARGE, 70 << 20])
def test_a_written_file_appears_when_it_is_closed(bucket: Bucket, store: Store, size: int) -> None:
    content = os.urandom(size)
    with store.open_writer("x") as file:
        for start in range(0, size, 1 << 20):
            file.write(content[start : start + (1 << 20)])
        assert bucket.sizes() == {}
    assert bucket.get("x") == content
    assert bucket.pending_uploads() == []


@pytest.mark.parametrize("size", [1000, LARGE])
def test_a_failed_block_leaves_what_was_there(bucket: Bucket, store: Store, size: int) -> None:
    bucket.put("x", b"before")

    def fail() -> None:
        with store.open_writer("x") as file:
            file.write(bytes(size))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert bucket.get("x") == b"before"
    assert bucket.pending_uploads() == []


def test_the_whole_file_is_written_wherever_the_writer_stopped(bucket: Bucket, store: Store) -> None:
    with store.open_writer("x") as file:
        file.write(b"0123456789")
        file.seek(2)
        file.write(b"__")
    assert bucket.get("x") == b"01__456789"


def test_delete(bucket: Bucket, store: Store) -> None:
    for key in ("a/1", "a/2", "b"):
        bucket.put(key, b"content")
    store.delete(["a/1", "missing"])
    store.delete([])
    assert set(bucket.sizes()) == {"a/2", "b"}
    store.delete_folder("a")
    store.delete_folder("missing")
    assert set(bucket.sizes()) == {"b"}


def test_a_folder_is_not_its_namesakes(bucket: Bucket, store: Store) -> None:
    for key in ("job/1", "job-2/1", "job.txt"):
        bucket.put(key, b"content")
    store.delete_folder("job")
    assert set(bucket.sizes()) == {"job-2/1", "job.txt"}


# ---------------------------------------------------------------- keys


def test_a_signed_url_reads_without_a_key(bucket: Bucket, store: Store) -> None:
    bucket.put("a/x y", b"content")
    url = store.sign("a/x y", 60)
    assert url is not None
    assert bucket.server.secret not in url
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"content"
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(url.partition("?")[0])


def test_a_wrong_key_is_said_to_be_wrong(guarded: Bucket) -> None:
    guarded.put("x", b"content")
    store = opened(guarded.signed_by(guarded.server.key, "another-secret"))
    for call in (
        lambda: store.read("x"),
        lambda: store.write("y", b"content"),
        lambda: store.list_files(""),
    ):
        with pytest.raises(StorageError, match=guarded.url) as error:
            call()
        assert error.value.code == "STORAGE_CREDENTIALS"
        assert "another-secret" not in str(error.value)


def test_a_session_token_of_the_environment_is_not_mixed_with_the_key_given(
    guarded: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-another-key")
    opened(guarded).write("x", b"content")
    assert guarded.get("x") == b"content"


def test_keys_that_nobody_gave_are_missed_at_once(bucket: Bucket) -> None:
    credentials.register(bucket.url, {"endpoint_url": bucket.server.endpoint})
    with pytest.raises(StorageError, match="no storage credentials were found") as error:
        open_store(bucket.url)
    assert error.value.code == "STORAGE_CREDENTIALS"


def test_what_is_public_is_read_without_keys(bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="x", Body=b"content", ACL="public-read")
    bucket.put("private", b"content")
    credentials.register(bucket.url, {"anon": True, "endpoint_url": bucket.server.endpoint})
    store, _ = open_store(bucket.url)
    assert bytes(store.read("x")) == b"content"
    with pytest.raises(StorageError) as error:
        store.read("private")
    assert error.value.code == "STORAGE_FORBIDDEN"


def test_a_wrong_key_is_no_missing_object(guarded: Bucket) -> None:
    guarded.put("x", b"content")
    with pytest.raises(StorageError):
        opened(guarded.signed_by("nobody", "nothing")).stat("x")


def test_a_store_shows_no_secret_and_does_not_travel(bucket: Bucket, store: Store) -> None:
    secret = bucket.server.secret
    assert secret not in repr(store)
    assert secret not in str(credentials.options_for(bucket.url))
    with pytest.raises(TypeError, match="secrets"):
        pickle.dumps(credentials.options_for(bucket.url))
    with pytest.raises(TypeError, match="secrets"):
        pickle.dumps(store)


def test_a_misspelt_option_is_named_also_where_the_bucket_is_known(bucket: Bucket) -> None:
    credentials.register(bucket.url, bucket.storage_options)
    with pytest.raises(ValueError, match="'endpoint_ulr', which s3:// does not know"):
        credentials.register(bucket.url, {"key": "a", "endpoint_ulr": "http://127.0.0.1:1"})
