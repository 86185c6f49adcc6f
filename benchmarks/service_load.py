"""Many small jobs of many clients on one service: their answers, how long they take, and the service's memory."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np
import pandas
import psutil

import bigframe
from tests.service.running import Server, start

ROWS, FILES = 2_000, 3
COUNTRIES = ("at", "be", "ch", "de", "fr", "it", "nl", "pl")
PATIENCE = 300.0
"""Seconds without an answer after which the service is taken to hang."""


@dataclass(frozen=True)
class Sample:
    """One job as its client saw it.

    Attributes
    ----------
    kind
        Of the job, a key of `JOBS`.
    accepted
        Seconds of the call that submitted it, until the service had it.
    seconds
        From recording the first call to a checked answer's arrival.
    error
        What went wrong; empty if the answer is pandas' answer.
    """

    kind: str
    accepted: float
    seconds: float
    error: str


def make_tables(folder: Path) -> None:
    """Write ``events``, a folder of files, and ``countries.parquet``."""
    random = np.random.default_rng(0)
    (folder / "events").mkdir(parents=True)
    for number in range(FILES):
        events = pandas.DataFrame(
            {
                "id": np.arange(ROWS) + number * ROWS,
                "country": random.choice(COUNTRIES, ROWS),
                "amount": random.integers(0, 1_000, ROWS),
            }
        )
        events.to_parquet(folder / "events" / f"part-{number}.parquet", index=False)
    countries = pandas.DataFrame({"country": COUNTRIES[:-1], "euro": [True, True, False, True, True, True, True]})
    countries.to_parquet(folder / "countries.parquet", index=False)


def _look(pd: Any, folder: Path, n: int) -> Any:
    events = pd.read_parquet(str(folder / "events"))
    return events[events["amount"] > n].head(20)


def _group(pd: Any, folder: Path, n: int) -> Any:
    events = pd.read_parquet(str(folder / "events"))
    return events[events["id"] > n].groupby("country").agg(total=("amount", "sum"), rows=("id", "size"))


def _join(pd: Any, folder: Path, n: int) -> Any:
    events, countries = pd.read_parquet(str(folder / "events")), pd.read_parquet(str(folder / "countries.parquet"))
    joined = events[events["amount"] < 500 + n].merge(countries, on="country", how="left")
    return joined.groupby(["country", "euro"], dropna=False)["amount"].max().reset_index()


def _top(pd: Any, folder: Path, n: int) -> Any:
    events = pd.read_parquet(str(folder / "events"))
    return events.sort_values(["amount", "id"], ascending=[False, True]).head(5 + n)


def _in_memory(pd: Any, folder: Path, n: int) -> Any:
    random = np.random.default_rng(n)
    mine = pd.DataFrame({"country": random.choice(COUNTRIES, 300), "value": random.integers(0, 9, 300)})
    return mine.merge(pd.read_parquet(str(folder / "countries.parquet")), on="country").groupby("euro")["value"].sum()


def _write(pd: Any, folder: Path, n: int) -> Any:
    events = pd.read_parquet(str(folder / "events"))
    return events[events["amount"] == n].reset_index(drop=True)


JOBS: dict[str, Callable[[Any, Path, int], Any]] = {
    "look": _look,
    "group": _group,
    "join": _join,
    "top": _top,
    "in memory": _in_memory,
    "write": _write,
}
"""Each is recorded by bigframe and computed by pandas; its number makes it unlike those before."""

NAMED = 7
"""Of so many jobs that are no writes one is submitted by name and found again by it."""


def run_load(server: Server, folder: Path, jobs: int, clients: int) -> Iterator[Sample]:
    """Run jobs from client processes at once; a sample for each, as they end.

    Parameters
    ----------
    server
        The service.
    folder
        With the tables of :func:`make_tables`, below the server's data folder; what jobs write is put there as well.
    jobs
        How many in all.
    clients
        Processes that each have one job at a time.

    Raises
    ------
    TimeoutError
        If nothing ends for some minutes.
    """
    spawn = multiprocessing.get_context("spawn")
    said, ready = spawn.Queue(), spawn.Barrier(clients)
    arguments = (server.url, server.token, folder, said, ready)
    processes = [
        spawn.Process(target=_client, args=(range(number, jobs, clients), *arguments)) for number in range(clients)
    ]
    try:
        for process in processes:
            process.start()
        for number in range(jobs):
            try:
                yield said.get(timeout=PATIENCE)
            except Empty:
                raise TimeoutError(f"{number} of {jobs} jobs ended, and no other for {PATIENCE:g} s") from None
        for process in processes:
            process.join(PATIENCE)
    finally:
        for process in processes:
            process.kill()


def _client(numbers: range, url: str, token: str, folder: Path, said: Any, ready: Any) -> None:
    accepted = 0.0
    with bigframe.connect(url, token=token) as session:
        service = session.service("a load")
        submit = service.submit

        def timed(*arguments: Any, **settings: Any) -> Any:
            nonlocal accepted
            started = time.perf_counter()
            try:
                return submit(*arguments, **settings)
            finally:
                accepted = time.perf_counter() - started

        service.submit = timed  # type: ignore[method-assign]
        ready.wait()
        for number in numbers:
            kind = list(JOBS)[number % len(JOBS)]
            error = ""
            started = time.perf_counter()
            try:
                found = _answer(kind, folder, number)
                seconds = time.perf_counter() - started
                _check(found, JOBS[kind](pandas, folder, number))
            except Exception as failure:  # noqa: BLE001 - any failure of a job is a figure of this benchmark
                seconds = time.perf_counter() - started
                error = f"{type(failure).__name__}: {failure}"
            said.put(Sample(kind, accepted, seconds, error))


def _answer(kind: str, folder: Path, number: int) -> Any:
    lazy = JOBS[kind](bigframe, folder, number)
    if kind == "write":
        written = folder / f"written-{number}"
        lazy.to_parquet(str(written), index=False)
        return pandas.read_parquet(written)
    if number % NAMED == 0:
        bigframe.submit(lazy, name=f"job-{number}")
        return bigframe.job(f"job-{number}").result()
    return lazy.to_pandas()


def _check(found: Any, expected: Any) -> None:
    if isinstance(expected, pandas.Series):
        pandas.testing.assert_series_equal(found, expected)
    else:
        pandas.testing.assert_frame_equal(found, expected)


def memory(server: Server) -> dict[str, float]:
    """Resident MB of the service's processes by part, and of all."""
    parts: Counter[str] = Counter()
    for process in [root := psutil.Process(server.process.pid), *root.children(recursive=True)]:
        try:
            command, resident = " ".join(process.cmdline()), process.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            continue
        part = "server" if process == root else "drivers" if "engine.service.driver" in command else "cluster"
        parts[part] += resident
    return {**parts, "all": parts.total()}


@contextmanager
def _serving(folder: Path, **settings: Any) -> Iterator[Server]:
    server = start(folder, **settings)
    try:
        yield server
    finally:
        server.stop()


def main() -> None:
    """Run and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--every", type=int, default=50, help="jobs between two looks at memory")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _serving(Path(folder), max_jobs=4, max_workers=len(os.sched_getaffinity(0))) as server,
    ):
        print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        make_tables(server.data / "load")
        samples, first = [], 0.0
        for sample in run_load(server, server.data / "load", options.jobs, options.clients):
            samples.append(sample)
            first = first or time.perf_counter() - sample.seconds
            if len(samples) % options.every == 0:
                shown = ", ".join(f"{part} {size:,.0f}" for part, size in memory(server).items())
                print(f"after {len(samples):4d} jobs   {time.perf_counter() - first:6.1f} s   MB: {shown}", flush=True)
        _report(samples, time.perf_counter() - first)


def _report(samples: list[Sample], seconds: float) -> None:
    for kind in JOBS:
        ended = [sample.seconds for sample in samples if sample.kind == kind]
        print(f"  {kind:10s} {len(ended):4d} jobs   end to end p50 {_ms(ended, 50)}   p95 {_ms(ended, 95)}")
    accepted, ended = [sample.accepted for sample in samples], [sample.seconds for sample in samples]
    print(f"submit to accepted   p50 {_ms(accepted, 50)}   p95 {_ms(accepted, 95)}")
    print(f"end to end           p50 {_ms(ended, 50)}   p95 {_ms(ended, 95)}")
    failed = [sample for sample in samples if sample.error]
    print(f"{len(samples)} jobs, {len(failed)} failed, {len(samples) / seconds:.1f} jobs/s")
    for sample in failed[:10]:
        print(f"  {sample.kind}: {sample.error}")
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}")


def _ms(seconds: list[float], percent: int) -> str:
    return f"{np.percentile(seconds, percent) * 1000 if seconds else float('nan'):6.0f} ms"


if __name__ == "__main__":
    main()
