"""A job over an S3 server that misbehaves: seconds beside those of the calm server, every answer checked."""

from __future__ import annotations

import argparse
import threading
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas

import bigframe as pd
from tests.s3.bucket import Bucket
from tests.s3.fault_proxy import FaultProxy
from tests.s3.moto_server import MotoServer

FAULTS = {
    "calm": {},
    "503 for 30 %": {"slow_down": 0.3},
    "reset for 20 %": {"reset": 0.2},
    "body cut for 30 %": {"cut": 0.3},
    "a byte flipped in 5 %": {"flip": 0.05},
    "all at once": {"slow_down": 0.3, "reset": 0.2, "cut": 0.3, "flip": 0.05},
}
FILES, ROWS = 16, 100_000
OUTAGE = 30.0


def main() -> None:
    """Run every fault in turn, ``--repeats`` times with other seeds, then an outage of half a minute."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    server = MotoServer()
    proxy = FaultProxy(server.server.endpoint)
    try:
        bucket = Bucket.create(server.server)
        expected = _fill(bucket)
        through = bucket.through(proxy.endpoint)
        with pd.connect(storage=f"{bucket.url}/scratch", partitions=4) as session:
            session.use(bucket.url, through.storage_options)
            calm = 0.0
            for name, faults in FAULTS.items():
                seconds = []
                for seed in range(repeats):
                    with proxy.faults(seed=seed, **faults):
                        seconds.append(_run(bucket, expected))
                calm = calm or median(seconds)
                shown = "  ".join(f"{one:6.1f}" for one in seconds)
                print(f"{name:24s} {shown} s   median {median(seconds) / calm:4.1f} x calm", flush=True)
            proxy.set(off=True)
            back = threading.Timer(OUTAGE, proxy.set)
            back.start()
            print(f"away for {OUTAGE:.0f} s            {_run(bucket, expected):6.1f} s")
    finally:
        proxy.stop()
        server.stop()


def _fill(bucket: Bucket) -> float:
    random = np.random.default_rng(0)
    total = 0.0
    with TemporaryDirectory() as folder:
        for number in range(FILES):
            part = pandas.DataFrame({"k": random.integers(0, 1 << 40, ROWS), "v": random.random(ROWS)})
            part["s"] = part["k"].astype(str)
            part.to_parquet(Path(folder, "part.parquet"))
            bucket.put(f"in/{number:02d}.parquet", Path(folder, "part.parquet").read_bytes())
            total += float(part["v"].sum())
    return total


def _run(bucket: Bucket, expected: float) -> float:
    started = time.perf_counter()
    frame = pd.read_parquet(f"{bucket.url}/in").sort_values("k")
    frame.to_parquet(f"{bucket.url}/out", mode="overwrite")
    written = pd.read_parquet(f"{bucket.url}/out").to_pandas()
    seconds = time.perf_counter() - started
    assert len(written) == FILES * ROWS
    assert written["k"].is_monotonic_increasing
    assert abs(written["v"].sum() - expected) < 1e-6 * expected
    return seconds


if __name__ == "__main__":
    main()
