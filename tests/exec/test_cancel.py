"""A set token stops running work; Ctrl-C sets it and leaves a usable process."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest

from bigframe.errors import Cancelled
from engine.exec.cancel import CancelToken, cancellable, run_interruptible

ROOT = Path(__file__).parents[2]


def test_the_first_reason_counts() -> None:
    token = CancelToken()
    token.check()
    assert not token.cancelled
    token.cancel("first")
    token.cancel("second")
    with pytest.raises(Cancelled, match=r"^first$"):
        token.check()
    assert token.wait(600)


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_a_set_token_stops_a_query(engine: str) -> None:
    token = CancelToken()
    query = cancellable(pl.LazyFrame({"a": [1, 2, 3]}), token).group_by("a").len()
    assert query.collect(engine=engine).height == 3
    token.cancel("enough")
    with pytest.raises(Cancelled, match="enough"):
        query.collect(engine=engine)


def test_a_query_stops_between_batches() -> None:
    token = CancelToken()
    seen = []

    def third_cancels(batch: pl.DataFrame) -> pl.DataFrame:
        seen.append(batch.height)
        if len(seen) == 3:
            token.cancel("third batch")
        return batch

    scan = cancellable(pl.LazyFrame({"a": range(5_000_000)}), token).map_batches(third_cancels, streamable=True)
    parts = pl.concat([scan] * 50)
    with pytest.raises(Cancelled, match="third batch"):
        parts.select(pl.col("a").sum()).collect(engine="streaming")
    assert 3 <= len(seen) < 50


def test_filters_and_projections_still_reach_the_scan(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2], "b": [3, 4]}).write_parquet(tmp_path / "x.parquet")
    query = cancellable(pl.scan_parquet(tmp_path / "x.parquet"), CancelToken()).filter(pl.col("a") > 1).select("a")
    scan = query.explain(engine="streaming").split("Parquet SCAN", 1)[1]
    assert "PROJECT 1/2 COLUMNS" in scan
    assert 'SELECTION: col("a") > 1' in scan
    assert query.collect()["a"].to_list() == [2]


def test_run_interruptible_returns_and_raises_what_the_function_does() -> None:
    threads = []

    def fail() -> None:
        threads.append(threading.current_thread())
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        run_interruptible(fail, CancelToken())
    assert threads != [threading.main_thread()]


def test_a_call_that_looks_at_its_token_is_waited_for() -> None:
    token, ended = CancelToken(), []

    def until_cancelled() -> None:
        token.wait(600)
        ended.append("looked")
        token.check()

    threading.Timer(0.1, token.cancel, ["enough"]).start()
    with pytest.raises(Cancelled, match="enough"):
        run_interruptible(until_cancelled, token)
    assert ended == ["looked"]


def test_a_call_that_does_not_look_is_left_alone_and_tidied_after() -> None:
    token, release, tidied = CancelToken(), threading.Event(), []
    threading.Timer(0.1, token.cancel, ["enough"]).start()
    with pytest.raises(Cancelled, match="enough"):
        run_interruptible(lambda: release.wait(600), token)
    token.when_idle(lambda: tidied.append(release.is_set()))
    assert tidied == [False]
    release.set()
    while len(tidied) < 2:
        CancelToken().wait(0.01)
    assert tidied == [False, True]


JOB = """
import sys
sys.path.insert(0, {tests!r})
import polars as pl
from engine.exec.cancel import CancelToken
from engine.exec.runner import Task
{make}
if {main!r} == "__main__":
    token = CancelToken()
    finished = []
    tasks = [Task(f"t{{number}}", {{"folder": {folder!r}, "wait": number > 1}}) for number in range(4)]
    try:
        runner.run("exec_tasks:{function}", tasks, on_result=lambda result: finished.append(result.key), cancel=token)
    except KeyboardInterrupt:
        print("interrupted", token.cancelled, token.reason, flush=True)
    for _ in range(3):
        print(pl.LazyFrame({{"a": [1, 2]}}).select(pl.col("a").sum()).collect(engine="streaming").item())
    again = runner.run("exec_tasks:double", [Task("d", {{"x": 21}})], on_result=print, cancel=CancelToken())
    print(again[0].value["doubled"])
    runner.close()
    import psutil
    names = [child.cmdline() for child in psutil.Process().children(recursive=True)]
    print("children", names)
"""

IN_PROCESS = "from engine.exec.inprocess import InProcessRunner\nrunner = InProcessRunner()"
DASK = "from engine.exec.cluster import connect\nrunner = connect('local', workers=2)"


@pytest.mark.parametrize("function", ["wait_for_cancel", "query_for_ever"])
@pytest.mark.parametrize("make", [IN_PROCESS, pytest.param(DASK, marks=pytest.mark.dask)], ids=["in-process", "dask"])
def test_ctrl_c_stops_a_job_and_the_process_lives(tmp_path: Path, make: str, function: str) -> None:
    traces = tmp_path / "traces"
    traces.mkdir()
    # A script without a __main__ guard, as people write them: workers must not run it again.
    script = tmp_path / "job.py"
    script.write_text(
        JOB.format(tests=str(Path(__file__).parent), make=make, main="__main__", folder=str(traces), function=function)
    )
    job = subprocess.Popen(
        [sys.executable, str(script)],
        env={"PYTHONPATH": str(ROOT), "PATH": "", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while job.poll() is None and not list(traces.glob("*.started")):
            CancelToken().wait(0.01)
        job.send_signal(signal.SIGINT)
        output, errors = job.communicate(timeout=60)
    finally:
        job.kill()
    lines = output.splitlines()
    assert lines[0] == "interrupted True Ctrl-C", errors
    assert lines[1:4] == ["3", "3", "3"]
    assert lines[-2:] == ["42", "children []"]
    assert job.returncode == 0
    assert errors == ""
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"job.py", "traces"}] == []
