"""A folder is listed once for each version of its manifest, and always where it has none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import bigframe as pd
from tests.s3.bucket import Bucket
from tests.s3.fault_proxy import FaultProxy


@pytest.fixture
def listed(proxied: Bucket, proxy: FaultProxy) -> Callable[[str], tuple[list[int], int]]:
    """The rows of a folder when it is opened now, and how often it was listed for that."""

    def look(folder: str) -> tuple[list[int], int]:
        proxy.forget()
        rows = pd.read_parquet(f"{proxied.url}/{folder}", storage_options=proxied.storage_options).n.tolist()
        return rows, sum("list-type" in call.query for call in proxy.calls())

    return look


def write(bucket: Bucket, folder: str, rows: list[int], mode: str = "error") -> None:
    frame = pd.DataFrame({"n": rows})
    frame.to_parquet(f"{bucket.url}/{folder}", mode=mode, index=False, storage_options=bucket.storage_options)


def test_a_folder_is_listed_again_when_its_manifest_has_changed(
    proxied: Bucket, listed: Callable[[str], tuple[list[int], int]]
) -> None:
    write(proxied, "out", [1, 2])
    assert listed("out") == ([1, 2], 1)
    assert listed("out") == ([1, 2], 0)
    write(proxied, "out", [3], "append")
    assert listed("out") == ([1, 2, 3], 1)
    assert listed("out") == ([1, 2, 3], 0)
    write(proxied, "out", [4], "overwrite")
    assert listed("out") == ([4], 1)


def test_a_folder_of_another_program_is_listed_each_time(
    proxied: Bucket, listed: Callable[[str], tuple[list[int], int]]
) -> None:
    write(proxied, "out", [1])
    data = proxied.get(next(key for key in proxied.sizes("out") if key.endswith(".parquet")))
    proxied.put("foreign/a.parquet", data)
    assert listed("foreign") == ([1], 1)
    proxied.put("foreign/b.parquet", data)
    assert listed("foreign") == ([1, 1], 1)


def test_a_file_that_is_gone_past_the_manifest_is_named(
    proxied: Bucket, listed: Callable[[str], tuple[list[int], int]]
) -> None:
    write(proxied, "out", [1, 2])
    assert listed("out") == ([1, 2], 1)
    (key,) = [key for key in proxied.sizes("out") if key.endswith(".parquet")]
    proxied.s3.delete_object(Bucket=proxied.name, Key=key)
    with pytest.raises(pd.errors.InputChanged, match=key.rpartition("/")[2]):
        listed("out")
