"""One key with two fifths of the rows, against even keys: a join with unique keys, and counts of distinct values.

On a Dask cluster that bigframe starts. Runs with even and with hot keys alternate, so that other work on the machine
weighs on both alike.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import bigframe as pd

KEYS = 5_000_000
SHOPS = 1000
HOT = 7
HOT_SHARE = 0.4
LIMIT = 2.0


def main() -> None:
    """Print medians and ratios; ``--rows N`` and ``--times N`` for other sizes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=8)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), chosen.rows)
        with pd.connect("local", workers=2, partitions=chosen.partitions, storage=f"{folder}/storage"):
            for name, job in JOBS.items():
                _compare(name, job, folder, chosen.times)


def joined(facts: Any, names: Any) -> Any:
    """A join against unique keys, too many to be sent to every task."""
    return facts.merge(names, on="key").groupby("group").value.sum()


def counted(facts: Any, _: Any) -> Any:
    """Distinct values of each shop."""
    return facts.groupby("shop").value.nunique()


JOBS: dict[str, Callable[[Any, Any], Any]] = {"join with unique keys": joined, "nunique by key": counted}


def _compare(name: str, job: Callable[[Any, Any], Any], folder: str, times: int) -> None:
    seconds: dict[str, list[float]] = {"even": [], "hot": []}
    for number in range(times + 1):
        for kind, taken in seconds.items():
            facts, names = (pd.read_parquet(f"{folder}/{table}.parquet") for table in (kind, "names"))
            started = time.perf_counter()
            job(facts, names).to_pandas()
            if number:  # the first run warms workers and file cache
                taken.append(time.perf_counter() - started)
    even, hot = (median(seconds[kind]) for kind in ("even", "hot"))
    verdict = "within" if hot <= LIMIT * even else "ABOVE"
    print(
        f"{name:24s} even {even:6.2f} s   hot {hot:6.2f} s   ratio {hot / even:5.2f}   {verdict} {LIMIT:.0f}x",
        flush=True,
    )


def _write(folder: Path, rows: int) -> None:
    random = np.random.default_rng(0)
    even, value, is_hot = (*random.integers(0, KEYS, (2, rows)), random.random(rows) < HOT_SHARE)
    for name, key in (("even", even), ("hot", np.where(is_hot, HOT, even))):
        facts = pa.table({"key": key, "shop": key % SHOPS, "value": value})
        pq.write_table(facts, folder / f"{name}.parquet", row_group_size=rows // 32)
    names = pa.table({"key": np.arange(KEYS), "group": np.arange(KEYS) % 100})
    pq.write_table(names, folder / "names.parquet", row_group_size=KEYS // 8)


if __name__ == "__main__":
    main()
