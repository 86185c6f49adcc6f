"""Writers that race for one target: on local disks here, and on S3 in its own folder."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

import polars as pl
import pytest

from engine.io.files import expand
from engine.io.manifests import job_of
from engine.io.sink import Sink
from tests.io.commit_cases import listing, read, write

WRITERS, ROUNDS = 3, 20


def contend(url: str, mode: str, number: int, start: float) -> int | None:
    """Write ``number * 10`` and ``number * 10 + 1`` as two parts, and commit at a moment; None for a loser."""
    sink = Sink(url, mode=mode)
    try:
        sink, parts = write(sink, *(pl.DataFrame({"id": [number * 10 + row]}) for row in range(2)))
        time.sleep(max(0.0, start - time.time()))
        sink.commit(parts)
        return number
    except FileExistsError:
        return None
    finally:
        sink.abort()


@contextmanager
def watched(url: str) -> Iterator[list[list[str]]]:
    """Look at a target all the while; what each look saw."""
    looks: list[list[str]] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            try:
                looks.append([file.path for file in expand(url)])
            except OSError:
                # It is not there yet.
                time.sleep(0.001)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield looks
    finally:
        stop.set()
        thread.join()


class RaceCases:
    """Subclasses have a fixture ``place``: the URL of an empty folder."""

    @pytest.fixture(scope="class", params=["threads", "processes"])
    @classmethod
    def contenders(cls, request: pytest.FixtureRequest) -> Iterator[Executor]:
        if request.param == "threads":
            executor: Executor = ThreadPoolExecutor(WRITERS)
        else:
            executor = ProcessPoolExecutor(WRITERS, multiprocessing.get_context("spawn"))
        with executor:
            yield executor

    def race(self, contenders: Executor, url: str, mode: str) -> list[int]:
        """Who won."""
        start = time.time() + 0.05
        with watched(url) as looks:
            racing = [contenders.submit(contend, url, mode, number, start) for number in range(1, WRITERS + 1)]
            won = [job.result() for job in racing]
        for look in looks:
            whole = Counter(map(job_of, look))
            assert url.endswith(".parquet") or set(whole.values()) == {2}, "half of an output was seen"
            assert mode == "append" or len(whole) == 1
        return [number for number in won if number is not None]

    @pytest.mark.parametrize("name", ["out", "x.parquet"])
    def test_one_writer_wins(self, place: str, contenders: Executor, name: str) -> None:
        for number in range(ROUNDS):
            url = f"{place}/{number}/{name}"
            (winner,) = self.race(contenders, url, "error")
            assert read(url) == [winner * 10, winner * 10 + 1]
            assert len(listing(f"{place}/{number}")) == (3 if name == "out" else 1)

    def test_all_are_appended(self, place: str, contenders: Executor) -> None:
        for number in range(ROUNDS):
            url = f"{place}/{number}/out"
            assert self.race(contenders, url, "append") == [1, 2, 3]
            assert sorted(read(url)) == [10, 11, 20, 21, 30, 31]
            assert len(listing(f"{place}/{number}")) == 2 * WRITERS + 1

    @pytest.mark.parametrize("name", ["out", "x.parquet"])
    def test_the_last_one_stays(self, place: str, contenders: Executor, name: str) -> None:
        url = f"{place}/{name}"
        for _ in range(ROUNDS):
            assert self.race(contenders, url, "overwrite") == [1, 2, 3]
            assert read(url) in ([10, 11], [20, 21], [30, 31])
            assert len(listing(place)) == (3 if name == "out" else 1)
