"""Faults in a 24-partition join and group-by on a cluster: the right rows or a clear error, and nothing is left."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pandas
import pytest

from bigframe.errors import Cancelled, InputChanged
from engine.exec import faults
from engine.exec.errors import ExchangeFull
from tests.faults.conftest import PARTITIONS, Cluster, Tables

pytestmark = [pytest.mark.dask, pytest.mark.slow]


def check(tables: Tables) -> None:
    pandas.testing.assert_frame_equal(tables.job().to_pandas(), tables.expected())


def test_without_a_fault_every_task_runs_once(cluster: Cluster, tables: Tables) -> None:
    check(tables)
    exchanges = [run for run in cluster.stages() if run.stage.output.kind == "hash" and run.stage.tasks == PARTITIONS]
    assert len(exchanges) == 3
    assert cluster.again() == 0
    assert sum(run.reran for run in cluster.stages()) == 0


@pytest.mark.parametrize("point", ["exchange.write", "reduce.before_write"])
def test_a_killed_worker_loses_only_its_tasks(cluster: Cluster, tables: Tables, point: str) -> None:
    with cluster.faults(f"{point}:kill@5"):
        check(tables)
    assert list(cluster.happened()) == [f"{point}-kill-5-0"]
    # A worker holds one running and one waiting task.
    assert 1 <= cluster.again() <= 2
    assert sum(run.reran for run in cluster.stages()) == 0


def test_all_workers_are_killed(cluster: Cluster, tables: Tables) -> None:
    pids = cluster.workers()

    def kill_all(_: int) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    with cluster.faults("map.before_write:sleep=0.3@5"), cluster.once_happened(kill_all):
        check(tables)
    assert 1 <= cluster.again() <= 4
    assert not pids & cluster.workers()


def test_a_stopped_worker_returns(cluster: Cluster, tables: Tables) -> None:
    def stop(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        threading.Event().wait(5)
        os.kill(pid, signal.SIGCONT)

    workers = cluster.workers()
    with cluster.faults("map.before_write:sleep=0.3@5"), cluster.once_happened(stop):
        check(tables)
    assert cluster.again() == 0
    assert cluster.workers() == workers


def test_a_worker_that_was_stopped_leaves_nothing_of_a_cancelled_job(cluster: Cluster, tables: Tables) -> None:
    stopped: list[int] = []

    def stop(pid: int) -> None:
        stopped.append(pid)
        os.kill(pid, signal.SIGSTOP)
        cluster.session.cancel()

    cluster.workers()
    with cluster.faults("exchange.write:sleep=2@5"), cluster.once_happened(stop), pytest.raises(Cancelled):
        tables.job().to_pandas()
    assert cluster.left() == []
    assert stopped[0] not in cluster.workers()


@pytest.mark.parametrize("kind", ["flip", "truncate"])
def test_a_damaged_exchange_file_is_made_again(cluster: Cluster, tables: Tables, kind: str) -> None:
    with cluster.faults(f"exchange.written:{kind}@3;seed=1"):
        check(tables)
    assert list(cluster.happened()) == [f"exchange.written-{kind}-3-0"]
    assert cluster.stages()[0].reran == 1
    assert sum(run.reran for run in cluster.stages()) == 1
    assert cluster.again() == 0


def test_damage_in_several_files_costs_their_tasks(cluster: Cluster, tables: Tables) -> None:
    with cluster.faults("exchange.written:flip@3x3;exchange.written:truncate@7;seed=3"):
        check(tables)
    assert len(cluster.happened()) == 4
    assert sum(run.reran for run in cluster.stages()) == 4


def test_no_space_in_the_exchange_folder(cluster: Cluster, tables: Tables) -> None:
    with cluster.faults("exchange.write:enospc@5"), pytest.raises(ExchangeFull, match="no space left for") as caught:
        tables.job().to_pandas()
    assert caught.value.code == "NO_SPACE"
    assert list(cluster.happened()) == ["exchange.write-enospc-5-0"]
    assert cluster.left() == []
    check(tables)


def test_an_input_is_replaced_during_the_job(cluster: Cluster, tmp_path: Path) -> None:
    copy = Tables(tmp_path / "tables")

    def replace(_: int) -> None:
        new = tmp_path / "new.parquet"
        copy.left.iloc[:7].to_parquet(new)
        new.replace(copy.folder / "left" / "20.parquet")

    # Task 20 begins only when the first ones are done.
    with (
        cluster.faults("task.start:sleep=0.5@0"),
        cluster.once_happened(replace),
        pytest.raises(
            InputChanged, match=r"left/20\.parquet: the file was replaced after the job was planned"
        ) as caught,
    ):
        copy.job().to_pandas()
    assert caught.value.code == "INPUT_CHANGED"
    assert cluster.left() == []


def test_a_worker_dies_when_its_part_is_written(cluster: Cluster, tables: Tables, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with cluster.faults("sink.written:kill@0"):
        tables.job().to_parquet(str(target))
    assert list(cluster.happened()) == ["sink.written-kill-0-0"]
    assert 1 <= cluster.again() <= 2
    pandas.testing.assert_frame_equal(pandas.read_parquet(target), tables.expected())
    assert [path.name for path in tmp_path.iterdir()] == ["marks", "out"]


def test_a_worker_dies_at_the_commit(cluster: Cluster, tables: Tables, tmp_path: Path) -> None:
    target, workers = tmp_path / "out", cluster.workers()
    with (
        faults.injected(f"commit:sleep=0.5;marks={cluster.marks}"),
        cluster.once_happened(lambda _: os.kill(min(workers), signal.SIGKILL)),
    ):
        tables.job().to_parquet(str(target))
    assert cluster.again() == 0
    pandas.testing.assert_frame_equal(pandas.read_parquet(target), tables.expected())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["marks", "out"]
    assert min(workers) not in cluster.workers()
