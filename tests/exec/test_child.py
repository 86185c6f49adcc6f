"""The child process: what ends it is an error of its task, and it never outlives who started it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bigframe.errors import Cancelled
from engine.exec.cancel import CancelToken
from engine.exec.child import ChildRunner
from engine.exec.errors import TaskError, TaskOutOfMemory

MEGABYTES = 1 << 20


@pytest.fixture
def small() -> Iterator[ChildRunner]:
    runner = ChildRunner(memory_limit=400 * MEGABYTES)
    yield runner
    runner.close()


def test_it_is_another_process_and_stays_warm(child: ChildRunner, run) -> None:
    pids = {run(child, "where", [{}])[0].value["pid"] for _ in range(2)}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_a_task_above_the_limit_is_ended_and_named(small: ChildRunner, run) -> None:
    finished: list[str] = []
    specs = [{"megabytes": 1}, {"megabytes": 100_000}, {"megabytes": 1}]
    with pytest.raises(
        TaskOutOfMemory, match=r"task 't1' took 0\.\d\d GB of memory, above its limit of 0\.42"
    ) as caught:
        run(small, "take_memory", specs, on_result=lambda result: finished.append(result.key))
    assert finished == ["t0"]
    assert (caught.value.task, caught.value.limit) == ("t1", 400 * MEGABYTES)
    assert caught.value.code == "MEMORY_LIMIT"
    # It was ended before it had much more.
    assert 400 * MEGABYTES < caught.value.used < 800 * MEGABYTES


def test_after_a_death_tasks_get_a_new_process(small: ChildRunner, run) -> None:
    before = run(small, "take_memory", [{"megabytes": 1}])[0].value["pid"]
    with pytest.raises(TaskOutOfMemory):
        run(small, "take_memory", [{"megabytes": 100_000}])
    assert not psutil.pid_exists(before)
    assert run(small, "take_memory", [{"megabytes": 1}])[0].value["pid"] != before


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGABRT])
def test_who_is_killed_had_no_memory(child: ChildRunner, run, ending: signal.Signals) -> None:
    with pytest.raises(
        TaskOutOfMemory, match=r"task 't0' took 0\.\d\d GB of memory or more, and its process was ended"
    ):
        run(child, "die_by", [{"signal": ending}])


def test_a_crash_names_the_signal(child: ChildRunner, run) -> None:
    with pytest.raises(TaskError, match="task 't0' ended its process with signal SIGSEGV"):
        run(child, "die_by", [{"signal": signal.SIGSEGV}])
    assert run(child, "double", [{"x": 4}])[0].value["doubled"] == 8


def test_a_process_that_died_between_runs_is_replaced(child: ChildRunner, run) -> None:
    pid = run(child, "where", [{}])[0].value["pid"]
    os.kill(pid, signal.SIGKILL)
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert run(child, "where", [{}])[0].value["pid"] != pid


@pytest.mark.parametrize("function", ["sleep_deaf", "hold_gil"])
def test_what_does_not_stop_is_ended(child: ChildRunner, run, tmp_path: Path, function: str) -> None:
    token = CancelToken()
    before = run(child, "where", [{}])[0].value["pid"]

    def cancel_once_started() -> None:
        while not list(tmp_path.glob("*.started")):
            token.wait(0.01)
        token.cancel("enough")

    threading.Thread(target=cancel_once_started, daemon=True).start()
    with pytest.raises(Cancelled, match="enough"):
        run(child, function, [{"folder": str(tmp_path)}] * 2, token)
    assert not psutil.pid_exists(before)
    assert [path.name for path in tmp_path.glob("*.started")] == ["t0.started"]


def test_close_ends_the_process_and_may_be_repeated(run) -> None:
    runner = ChildRunner()
    pid = run(runner, "where", [{}])[0].value["pid"]
    runner.close()
    runner.close()
    assert not psutil.pid_exists(pid)


PARENT = """
import sys
sys.path.insert(0, {folder!r})
from engine.exec.cancel import CancelToken
from engine.exec.child import ChildRunner
from engine.exec.runner import Task
runner = ChildRunner()
task = Task("t0", {{"folder": {traces!r}}})
runner.run("exec_tasks:sleep_deaf", [task], on_result=print, cancel=CancelToken())
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_parent(tmp_path: Path, ending: signal.Signals) -> None:
    program = PARENT.format(folder=str(Path(__file__).parent), traces=str(tmp_path))
    parent = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    while not (tmp_path / "t0.started").exists():
        time.sleep(0.02)
    child = psutil.Process(int((tmp_path / "t0.started").read_text()))
    assert child.ppid() == parent.pid
    parent.send_signal(ending)
    parent.wait(10)
    child.wait(5)
    assert not child.is_running()
