"""The Dask runner survives lost workers, stops stuck tasks, and refuses clusters that it cannot trust."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from bigframe.errors import Cancelled
from engine.exec import cluster as cluster_module
from engine.exec import stalls
from engine.exec.cancel import CancelToken
from engine.exec.cluster import connect
from engine.exec.dask_runner import DaskRunner
from engine.exec.errors import TaskError, VersionMismatch, WorkersLost
from engine.exec.local_cluster import LocalProcesses, available_cores
from engine.exec.runner import TaskResult
from engine.storage.local import discard_temporaries

pytestmark = pytest.mark.dask


def wait_until(condition: Callable[[], object]) -> None:
    pause = CancelToken()
    while not condition():
        pause.wait(0.01)


def test_kill_9_of_a_worker_loses_only_its_tasks(cluster: DaskRunner, run, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    finished: list[TaskResult] = []
    killed: list[int] = []

    def kill_one_worker() -> None:
        wait_until(lambda: len(list(tmp_path.glob("t*.1"))) == 2)
        killed.append(int(next(tmp_path.glob("t*.1")).read_text()))
        os.kill(killed[0], signal.SIGKILL)
        (tmp_path / "hold").unlink()

    killer = threading.Thread(target=kill_one_worker, daemon=True)
    killer.start()
    maps = [{"folder": str(tmp_path), "start": 1000 * number, "partitions": 3} for number in range(12)]
    results = run(cluster, "write_map", maps, on_result=finished.append)
    killer.join()
    # At most one running and one waiting task were on the killed worker, and the running one is known to have started.
    again = [result.key for result in results if result.attempts > 1]
    assert 1 <= len(again) <= 2
    assert Counter(result.attempts for result in results) == {1: 12 - len(again), 2: len(again)}
    assert sorted(finished, key=lambda result: int(result.key[1:])) == results
    files = [dict(result.value) for result in results]
    sums = run(cluster, "sum_partition", [{"files": files, "partition": partition} for partition in range(3)])
    expected = [sum(number for number in range(12_000) if number % 3 == partition) for partition in range(3)]
    assert [result.value["sum"] for result in sums] == expected
    assert len(list((tmp_path / "exchange").iterdir())) == 12
    assert discard_temporaries(str(tmp_path)) == 0


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_task_may_lose_its_worker_twice(cluster: DaskRunner, run, deaths: int) -> None:
    results = run(cluster, "die_for", [{"deaths": 0}, {"deaths": deaths}, {"deaths": 0}])
    assert results[1].attempts == deaths + 1
    assert [result.value["attempt"] for result in results] == [result.attempts for result in results]


def test_a_task_that_kills_three_workers_fails_and_no_other_is_blamed(cluster: DaskRunner, run) -> None:
    finished: list[str] = []
    specs = [{"deaths": 9 if number == 3 else 0} for number in range(8)]
    with pytest.raises(WorkersLost, match="task 't3' was lost 3 times because its worker died") as caught:
        run(cluster, "die_for", specs, on_result=lambda result: finished.append(result.key))
    assert (caught.value.task, caught.value.attempts) == ("t3", 3)
    assert caught.value.worker.startswith("tcp://127.0.0.1:")
    # The task that was beside t3 twice waits to run alone as well, and the run ends before its turn.
    assert set(finished) <= {f"t{number}" for number in range(8) if number != 3}
    assert len(finished) >= 4
    assert run(cluster, "double", [{"x": 4}])[0].value["doubled"] == 8


@pytest.mark.parametrize("function", ["sleep_deaf", "hold_gil"])
def test_a_task_that_ignores_its_token_loses_its_process(
    cluster: DaskRunner, run, tmp_path: Path, function: str
) -> None:
    token = CancelToken()
    pids: list[int] = []

    def cancel_once_started() -> None:
        wait_until(lambda: list(tmp_path.glob("*.started")))
        pids.append(int(next(tmp_path.glob("*.started")).read_text()))
        token.cancel("enough")

    canceller = threading.Thread(target=cancel_once_started, daemon=True)
    canceller.start()
    with pytest.raises(Cancelled, match="enough"):
        run(cluster, function, [{"folder": str(tmp_path)}], token)
    canceller.join()
    wait_until(lambda: not psutil.pid_exists(pids[0]))
    wait_until(lambda: cluster.slots == 2)
    results = run(cluster, "where", [{}] * 6)
    assert pids[0] not in {result.value["pid"] for result in results}


def test_where_tasks_are_that_do_not_end(
    cluster: DaskRunner, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stalls, "PATIENCE", 0.2)
    caplog.set_level(logging.INFO, "engine.exec.stalls")
    token = CancelToken()

    def cancel_when_told() -> None:
        wait_until(lambda: "wait_for_cancel" in caplog.text)
        token.cancel("seen")

    threading.Thread(target=cancel_when_told, daemon=True).start()
    with pytest.raises(Cancelled, match="seen"):
        run(cluster, "wait_for_cancel", [{"folder": str(tmp_path), "wait": True}], token)
    assert "none of the 1 tasks in flight has ended for 0 s" in caplog.text
    assert 'exec_tasks.py", line' in caplog.text


def test_one_task_per_worker_and_a_share_of_the_cores(cluster: DaskRunner, run) -> None:
    # A worker that the test before had killed may be missed, and begin again, only now.
    wait_until(lambda: cluster.slots == 2 and len(cluster.client.run(os.getpid, on_error="ignore")) == 2)
    results = run(cluster, "where", [{}] * 8)
    assert cluster.slots == 2
    assert len({result.value["pid"] for result in results}) == 2
    assert {result.value["polars_threads"] for result in results} == {max(1, available_cores() // 2)}
    assert len({result.worker for result in results}) == 2


def test_a_killed_worker_may_take_long_to_come_back(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT", "10ms")
    with closing(connect("local", workers=1)) as runner:
        (before,) = run(runner, "where", [{}])
        os.kill(before.value["pid"], signal.SIGKILL)
        wait_until(lambda: not psutil.pid_exists(before.value["pid"]))
        (after,) = run(runner, "where", [{}])
    assert after.value["pid"] != before.value["pid"]


def test_the_traceback_of_the_worker_is_kept(cluster: DaskRunner, run, tmp_path: Path) -> None:
    with pytest.raises(KeyError) as caught:
        run(cluster, "fail", [{"folder": str(tmp_path), "column": "price"}])
    (note,) = caught.value.__notes__
    assert note.startswith("raised by task 't0' on tcp://127.0.0.1:")
    assert "in fail\n" in note
    assert note.endswith("KeyError: \"no column 'price'\"\n")


def test_an_error_that_cannot_be_pickled_keeps_its_text(cluster: DaskRunner, run) -> None:
    with pytest.raises(TaskError, match=r"^Unpicklable: this and that\n") as caught:
        run(cluster, "fail_unpicklable", [{}])
    assert "in fail_unpicklable\n" in caught.value.__notes__[0]


def test_a_task_that_exits_does_not_end_the_driver(cluster: DaskRunner, run) -> None:
    with pytest.raises(TaskError, match=r"^SystemExit: 3\n"):
        run(cluster, "exit_process", [{}])


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_CONNECT_PATIENCE", 0.5)
    with pytest.raises(ConnectionError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9:"):
        connect("tcp://127.0.0.1:9")


@pytest.mark.parametrize("address", ["localhost:8786", "http://x", ""])
def test_an_address_of_another_form(address: str) -> None:
    with pytest.raises(ValueError, match="a Dask address is 'local', 'tcp://host:port' or 'tls://host:port', not"):
        connect(address)


def test_arguments_for_local_only() -> None:
    with pytest.raises(ValueError, match="workers and memory_limit are for 'local'"):
        connect("tcp://127.0.0.1:9", workers=2)
    with pytest.raises(ValueError, match="at least one worker, not 0"):
        connect("local", workers=0)


def test_joining_a_running_cluster(cluster: DaskRunner, run) -> None:
    joined = connect(cluster.client.scheduler.address)
    assert run(joined, "double", [{"x": 4}])[0].value["doubled"] == 8
    joined.close()
    joined.close()
    assert run(cluster, "double", [{"x": 5}])[0].value["doubled"] == 10


def test_a_cluster_of_other_versions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = tmp_path / "polars-0.0.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: polars\nVersion: 0.0.1\n")
    with monkeypatch.context() as elsewhere:
        elsewhere.syspath_prepend(tmp_path)
        processes = LocalProcesses(1, None)
    try:
        with pytest.raises(VersionMismatch) as caught:
            connect(processes.address)
        here = __import__("polars").__version__
        assert f"cannot join {processes.address}: the scheduler has polars 0.0.1, this process has {here}; " in str(
            caught.value
        )
        assert "; worker tcp://127.0.0.1:" in str(caught.value)
        assert str(caught.value).count(f"has polars 0.0.1, this process has {here}") == 2
        assert isinstance(caught.value, ConnectionError)
    finally:
        processes.close()


FOREIGN = """
import sys, distributed
if __name__ == "__main__":
    cluster = distributed.LocalCluster(n_workers=1, dashboard_address="127.0.0.1:0", silence_logs=50)
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""


def test_a_cluster_without_bigframe_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "foreign.py"
    script.write_text(FOREIGN)
    for package in ("bigframe", "engine"):
        # Even where both are installed beside distributed, that cluster's processes find neither.
        (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{package}'\")\n")
    environment = {"PATH": "", "TMPDIR": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, script],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as foreign:
        assert foreign.stdout is not None
        address = foreign.stdout.readline().strip()
        with pytest.raises(VersionMismatch, match=f"cannot join {address}: .*worker tcp://") as caught:
            connect(address)
        assert "bigframe" in str(caught.value)
        assert "the scheduler " in str(caught.value)


def test_a_lost_scheduler_is_a_connection_error(run, tmp_path: Path) -> None:
    processes = LocalProcesses(1, None)
    runner = connect(processes.address)

    def stop_cluster() -> None:
        wait_until(lambda: list(tmp_path.glob("*.started")))
        processes.close()

    stopper = threading.Thread(target=stop_cluster, daemon=True)
    stopper.start()
    with pytest.raises(ConnectionError, match=f"lost the Dask scheduler at {processes.address}"):
        run(runner, "wait_for_cancel", [{"folder": str(tmp_path), "wait": True}])
    stopper.join()
    runner.close()


ENDING = """
import sys, os
sys.path.insert(0, {tests!r})
from engine.exec.cluster import connect
import psutil
runner = connect("local", workers=2)
print(" ".join(str(child.pid) for child in psutil.Process().children(recursive=True)), flush=True)
{end}
"""


@pytest.mark.parametrize(
    "end", ["runner.close()", "", "os.kill(os.getpid(), 9)"], ids=["close", "end of script", "kill -9"]
)
def test_the_cluster_ends_with_its_process(tmp_path: Path, end: str) -> None:
    script = ENDING.format(tests=str(Path(__file__).parent), end=end)
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    pids = [int(pid) for pid in result.stdout.split()]
    assert len(pids) >= 3, result.stderr
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids))
    wait_until(lambda: not list(tmp_path.iterdir()))
    assert result.stderr == ""
