"""A table of a database as pandas reads it, against ``partition_on=``: all of it, some columns of some rows, and a sum.

On SQLite, in this process. Runs of both alternate, so that other work on the machine weighs on both alike.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pandas

import bigframe

LIMIT = 1.0


def main() -> None:
    """Print medians of seconds and of CPU, and their ratios; ``--rows N`` and ``--times N`` for other sizes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/rows.db"
        _write(f"{folder}/rows.db", chosen.rows)
        for source in ("rows", "select * from rows"):
            for name, job in JOBS.items():
                _compare(f"{name}, {source.split(maxsplit=1)[0]}", job, source, url, chosen.times)


JOBS: dict[str, Callable[[Any], Any]] = {
    "all": lambda rows: rows,
    "filter and columns": lambda rows: rows[(rows.x > 2) & (rows.kind == "red")][["id", "x", "name"]],
    "sum by kind": lambda rows: rows.groupby("kind").x.sum(),
}


def _compare(name: str, job: Callable[[Any], Any], source: str, url: str, times: int) -> None:
    readers: dict[str, Callable[[], Any]] = {
        "pandas": lambda: job(pandas.read_sql(source, url)),
        "bigframe": lambda: job(bigframe.read_sql(source, url, partition_on="id")).to_pandas(),
    }
    seconds: dict[str, list[tuple[float, float]]] = {kind: [] for kind in readers}
    for number in range(times + 1):
        for kind, taken in seconds.items():
            started, computed = time.perf_counter(), time.process_time()
            readers[kind]()
            if number:  # the first run warms the file cache
                taken.append((time.perf_counter() - started, time.process_time() - computed))
    (wall, cpu), (our_wall, our_cpu) = (tuple(map(median, zip(*taken, strict=True))) for taken in seconds.values())
    verdict = "within" if our_cpu <= LIMIT * cpu else "ABOVE"
    print(
        f"{name:26s} pandas {wall:6.2f} s, {cpu:6.2f} s of CPU   bigframe {our_wall:6.2f} s, {our_cpu:6.2f} s   "
        f"ratio {our_wall / wall:5.2f}, of CPU {our_cpu / cpu:5.2f}   {verdict} {LIMIT:.0f}x",
        flush=True,
    )


def _write(path: str, rows: int) -> None:
    random = np.random.default_rng(0)
    ids = np.arange(rows)
    columns: dict[str, Any] = {
        "id": ids,
        "a": random.integers(-1000, 1000, rows),
        "b": np.where(ids % 7 == 0, None, random.integers(0, 10**9, rows)),
        "x": random.normal(size=rows),
        "y": np.where(ids % 5 == 0, None, random.normal(size=rows)),
        "kind": random.choice(["red", "green", "blue", "a longer text of some words"], rows),
        "name": [None if number % 9 == 0 else f"name {number}" for number in ids],
        "at": (np.datetime64("2024-01-01", "s") + random.integers(0, 10**7, rows)).astype("datetime64[us]").astype(str),
        "n": random.integers(0, 50, rows),
    }
    types = ["integer primary key", "integer", "integer", "double", "double", "text", "text", "datetime", "integer"]
    declared = ", ".join(f"{name} {kind}" for name, kind in zip(columns, types, strict=True))
    with sqlite3.connect(path) as connection:
        connection.execute(f"create table rows ({declared})")
        cells = zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True)
        connection.executemany(f"insert into rows values ({', '.join('?' * len(columns))})", cells)
    connection.close()


if __name__ == "__main__":
    main()
