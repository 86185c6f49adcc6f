"""One cluster of two workers for all tests here, which can import `exec_tasks` from this folder."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.exec.cancel import CancelToken
from engine.exec.child import ChildRunner
from engine.exec.cluster import connect
from engine.exec.dask_runner import DaskRunner
from engine.exec.inprocess import InProcessRunner
from engine.exec.runner import Runner, Task, TaskResult

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def cluster() -> Iterator[DaskRunner]:
    runner = connect("local", workers=2)
    yield runner
    runner.close()


@pytest.fixture(scope="session")
def child() -> Iterator[ChildRunner]:
    runner = ChildRunner()
    yield runner
    runner.close()


@pytest.fixture(params=["in-process", "child", pytest.param("dask", marks=pytest.mark.dask)])
def runner(request: pytest.FixtureRequest) -> Runner:
    if request.param == "in-process":
        return InProcessRunner()
    found: Runner = request.getfixturevalue("child" if request.param == "child" else "cluster")
    return found


Run = Callable[..., list[TaskResult]]


@pytest.fixture
def run() -> Run:
    """Run a function of `exec_tasks` over specs, as tasks t0, t1, … ."""

    def run(
        runner: Runner,
        function: str,
        specs: list[dict],
        token: CancelToken | None = None,
        on_result: Callable[[TaskResult], None] = lambda result: None,
    ) -> list[TaskResult]:
        tasks = [Task(f"t{number}", spec) for number, spec in enumerate(specs)]
        return runner.run(f"exec_tasks:{function}", tasks, on_result=on_result, cancel=token or CancelToken())

    return run
