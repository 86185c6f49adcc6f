"""Usage: what tasks of one process took adds up to what the process took."""

from __future__ import annotations

import time

import pytest

from engine.exec.usage import used
from engine.storage.meter import METER


def burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_happens_while_two_tasks_run_is_shared() -> None:
    METER.add(requests=1000)
    with used() as first:
        METER.add(requests=4, fetched=100)
        with used() as second:
            METER.add(requests=6, retries=2, sent=10)
        METER.add(requests=1)
    assert (first.requests, second.requests) == (8, 3)
    assert (first.retries, second.retries) == (1, 1)
    assert (first.bytes_fetched, second.bytes_fetched) == (100, 0)
    assert first.to_json()["bytes_sent"] == second.to_json()["bytes_sent"] == 5


def test_processor_time_is_that_of_the_process() -> None:
    before = time.process_time()
    with used() as first, used() as second:
        burn(0.05)
    spent = time.process_time() - before
    assert 0.05 <= first.cpu_seconds + second.cpu_seconds <= spent + 0.01
    assert first.cpu_seconds == pytest.approx(second.cpu_seconds, abs=0.01)


def test_the_peak_is_of_the_task_and_not_of_earlier_ones() -> None:
    size = 200 << 20
    with used() as large:
        block = bytearray(size)
        block[::4096] = b"x" * len(block[::4096])
        del block
    with used() as small:
        pass
    assert large.peak_memory >= size
    assert small.peak_memory < large.peak_memory - size // 2


def test_a_task_that_fails_leaves_the_account() -> None:
    with pytest.raises(RuntimeError), used():
        raise RuntimeError
    with used() as usage:
        METER.add(requests=2)
    assert usage.requests == 2
