"""A folder of many small Parquet files on an S3 server: planning it cold and warm, and reading it.

On moto, whose one Python process is then what is measured, or on Ceph's gateway:
``python -m tests.s3.ceph python -m benchmarks.many_files``.
"""

from __future__ import annotations

import argparse
import io
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import bigframe as pd
from tests.s3.bucket import Bucket, Server
from tests.s3.moto_server import MotoServer


def main() -> None:
    """Run and print the figures; ``--files N`` for another number of files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    count = parser.parse_args().files
    named = os.environ.get("BIGFRAME_TEST_S3")
    moto = None if named else MotoServer()
    try:
        bucket = Bucket.create(moto.server if moto else Server.at(named or ""))
        _fill(bucket, count)
        _show("bare GETs of as many footers", _seconds(lambda: _bare_gets(bucket)), count)
        _plan_and_read(bucket, "many", "of another program", count)
        _show("write with bigframe", _seconds(lambda: _write(bucket, count)), count)
        _plan_and_read(bucket, "own", "of our own", count)
        bucket.remove()
    finally:
        if moto:
            moto.stop()


def _plan_and_read(bucket: Bucket, folder: str, whose: str, count: int) -> None:
    with pd.connect() as session:
        frame = None

        def plan() -> None:
            nonlocal frame
            frame = pd.read_parquet(f"{bucket.url}/{folder}", storage_options=bucket.storage_options)
            session.explain(frame.groupby("k").v.sum()._frame.plan())

        _show(f"plan a folder {whose}, cold", _seconds(plan), count)
        _show("  warm", _seconds(plan), count)
        _show("  read and sum", _seconds(lambda: frame.groupby("k").v.sum().to_pandas()), count)


def _write(bucket: Bucket, count: int) -> None:
    frame = pd.DataFrame({"k": np.arange(count) % 9, "file": np.arange(count), "v": np.ones(count)})
    options = bucket.storage_options
    frame.to_parquet(f"{bucket.url}/own", partition_cols=["file"], index=False, storage_options=options)


def _fill(bucket: Bucket, count: int) -> None:
    random = np.random.default_rng(0)
    buffer = io.BytesIO()
    pq.write_table(pa.table({"k": random.integers(0, 9, 100), "v": random.random(100)}), buffer)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: bucket.put(f"many/part-{i:05d}.parquet", buffer.getvalue()), range(count)))


def _bare_gets(bucket: Bucket) -> None:
    import obstore

    from engine.storage.places import open_store

    pd.Session().use(bucket.url, bucket.storage_options)
    store, _ = open_store(bucket.url)
    keys = [info.key for info in store.list_files("many")]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: obstore.get(store._store, key).bytes(), keys))


def _seconds(function: object) -> float:
    started = time.perf_counter()
    function()  # type: ignore[operator]
    return time.perf_counter() - started


def _show(what: str, seconds: float, count: int) -> None:
    print(f"{what:40s} {seconds:8.2f} s   {count / seconds:8,.0f} files/s", flush=True)


if __name__ == "__main__":
    main()
