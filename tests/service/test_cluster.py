"""The private cluster: as many workers as tasks wait, none ended while it works, and a new cluster for a dead one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import distributed
import psutil
import pytest

from engine.service.cluster import PrivateCluster

pytestmark = [pytest.mark.dask, pytest.mark.slow]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cluster(clock: Clock) -> Iterator[PrivateCluster]:
    started = PrivateCluster(1, 3, None, clock)
    yield started
    started.close()


@pytest.fixture
def client(cluster: PrivateCluster) -> Iterator[Any]:
    # Most of distributed's methods carry no types.
    connect: Any = distributed.Client
    with connect(cluster.address, set_as_default=False) as connected:
        yield connected


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.02)


def test_it_grows_at_once_and_shrinks_after_a_while(cluster: PrivateCluster, client: Any, clock: Clock) -> None:
    for demand, workers in ((0, 1), (2, 2), (7, 3)):
        cluster.fit(demand)
        assert cluster.workers == workers
        until(lambda expected=workers: len(client.nthreads()) == expected)
    cluster.fit(1)
    clock.now = 29
    cluster.fit(1)
    assert cluster.workers == 3
    cluster.fit(3)
    clock.now = 40
    cluster.fit(1)
    assert cluster.workers == 3
    clock.now = 60
    cluster.fit(1)
    assert cluster.workers == 1
    until(lambda: len(client.nthreads()) == 1)


def test_a_worker_that_works_is_not_ended(cluster: PrivateCluster, client: Any, clock: Clock) -> None:
    cluster.fit(3)
    until(lambda: len(client.nthreads()) == 3)
    event = distributed.Event("go on", client=client)
    tasks = [client.submit(_wait, n, pure=False, workers=[worker]) for n, worker in enumerate(client.nthreads())][:2]
    until(lambda: sum(map(len, client.processing().values())) == 2)
    busy = {worker for worker, keys in client.processing().items() if keys}
    clock.now = 100
    cluster.fit(0)
    until(lambda: set(client.nthreads()) == busy)
    event.set()
    assert client.gather(tasks) == [0, 1]
    clock.now = 200
    cluster.fit(0)
    until(lambda: len(client.nthreads()) == 1)


def test_a_cluster_that_died_is_started_again(cluster: PrivateCluster) -> None:
    before = cluster.address
    host = psutil.Process(cluster._processes._process.pid)
    workers = host.children(recursive=True)
    os.kill(host.pid, signal.SIGKILL)
    until(lambda: not cluster._processes.alive)
    cluster.fit(1)
    assert cluster.address != before
    connect: Any = distributed.Client
    with connect(cluster.address, set_as_default=False) as client:
        assert client.submit(sum, [1, 2]).result() == 3
    psutil.wait_procs(workers, timeout=60)
    assert not any(worker.is_running() for worker in workers)


def _wait(number: int) -> int:
    distributed.Event("go on").wait()
    return number
