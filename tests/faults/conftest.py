"""A cluster of two workers, 24 input files a table, and the job of the matrix with the rows that it must give."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas
import psutil
import pytest

import bigframe as pd
from engine.driver import StageRun
from engine.exec.dask_runner import DaskRunner
from tests.faults.switch import Switch

PARTITIONS = 24
ROWS = 12_000
RESTART_SECONDS = 60


@dataclass
class Tables:
    """Two tables in a folder each, and what the job makes of them."""

    folder: Path
    left: pandas.DataFrame = field(init=False)
    right: pandas.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        numbers = np.arange(ROWS)
        self.left = pandas.DataFrame({"key": numbers * 7919 % 5000, "group": numbers % 31, "amount": numbers % 1009})
        self.right = pandas.DataFrame({"key": np.arange(0, 5000, 2), "weight": np.arange(2500) * 3 % 997})
        for name, table in (("left", self.left), ("right", self.right)):
            (self.folder / name).mkdir(parents=True)
            for number in range(PARTITIONS):
                table.iloc[number::PARTITIONS].to_parquet(self.folder / name / f"{number:02d}.parquet")

    def job(self) -> pd.DataFrame:
        """A join that keeps both sides' rows, so that neither is sent to every task, and a group-by by another column."""
        left, right = (pd.read_parquet(str(self.folder / name)) for name in ("left", "right"))
        joined = left.merge(right, on="key", how="outer")
        return joined.groupby("group").agg(rows=("key", "count"), amount=("amount", "sum"), weight=("weight", "median"))

    def expected(self) -> pandas.DataFrame:
        joined = self.left.merge(self.right, on="key", how="outer")
        return joined.groupby("group").agg(rows=("key", "count"), amount=("amount", "sum"), weight=("weight", "median"))


class Cluster:
    """A session on two workers, which faults may hit."""

    def __init__(self, session: pd.Session, marks: Path) -> None:
        self.session = session
        self.marks = marks
        self.seen: set[int] = set()
        assert isinstance(session.engine.runner, DaskRunner)
        self.runner = session.engine.runner

    def workers(self) -> set[int]:
        """Processes of the workers, once both are there."""
        pause = threading.Event()
        pids: set[int] = set()
        deadline = time.monotonic() + RESTART_SECONDS
        # The scheduler may not know yet that a worker has died.
        while len(pids) != 2 or not all(map(psutil.pid_exists, pids)):
            assert time.monotonic() < deadline, f"of the two workers only {pids} came back"
            pause.wait(0.05)
            pids = set(self.runner.client.run(_pid, on_error="ignore").values())
        self.seen |= pids
        return pids

    @contextmanager
    def faults(self, text: str) -> Iterator[None]:
        """Switch faults on in every worker."""
        self.workers()
        self.runner.client.register_plugin(Switch(f"{text};marks={self.marks}"))
        try:
            yield
        finally:
            self.workers()
            self.runner.client.unregister_worker_plugin(Switch.name)

    def happened(self) -> dict[str, int]:
        """The faults that happened, and in which processes."""
        return {path.name: int(path.read_text()) for path in sorted(self.marks.iterdir())}

    @contextmanager
    def once_happened(self, act: Callable[[int], None]) -> Iterator[None]:
        """Beside a job: act on the process in which the first fault happens."""

        def wait() -> None:
            pause = threading.Event()
            while not any(path.stat().st_size for path in self.marks.iterdir()):
                pause.wait(0.01)
            act(next(iter(self.happened().values())))

        actor = threading.Thread(target=wait)
        actor.start()
        yield
        actor.join()

    def stages(self) -> list[StageRun]:
        """The stages of the last job."""
        assert self.session.engine.last is not None
        return list(self.session.engine.last.stages.values())

    def again(self) -> int:
        """Tasks of the last job that were handed out again because their worker was lost."""
        return sum(result.attempts - 1 for run in self.stages() for result in run.results.values())

    def left(self) -> list[str]:
        """Files below the session's storage."""
        return [str(path) for path in Path(self.session.storage).rglob("*") if path.is_file()]


def _pid() -> int:
    return psutil.Process().pid


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.Session]:
    before = set(psutil.Process().children(recursive=True))
    storage = tmp_path_factory.mktemp("storage")
    with pd.connect("local", workers=2, partitions=PARTITIONS, storage=str(storage)) as session:
        _ = session.engine
        yield session
        processes = set(psutil.Process().children(recursive=True)) - before
    assert len(processes) >= 3
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


@pytest.fixture
def cluster(started: pd.Session, tmp_path: Path) -> Iterator[Cluster]:
    """The cluster; after a test it has two workers, none from before that a fault has killed, and no file."""
    marks = tmp_path / "marks"
    marks.mkdir()
    found = Cluster(started, marks)
    yield found
    workers = found.workers()
    assert len(workers) == 2
    assert not any(psutil.pid_exists(pid) for pid in found.seen - workers)
    assert found.left() == []


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return Tables(tmp_path_factory.mktemp("tables"))
