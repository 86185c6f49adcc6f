"""Jobs on real driver processes and a real cluster: they end once and rightly, whoever is killed meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe as pd
from bigframe.api.looking.run import job_of
from bigframe.plan import payloads, wire
from bigframe.plan.node import Plan
from engine.exec.local_cluster import LocalProcesses
from engine.service.jobs import Job, State, Submission
from engine.service.jobstore import JobStore
from engine.service.leftovers import Sweeper
from engine.service.owners import owner_name
from engine.service.results import open_result
from engine.service.reuse import plan_digest, reuse_key
from engine.service.settings import Settings
from engine.service.supervisor import Supervisor

pytestmark = [pytest.mark.dask, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
ROWS, GROUPS, TASKS = 8_000_000, 13, 4
PATIENCE = 60
CUT_OFF = {2_500_000, 3_500_000}
"""What the function is called with in the task that does not finish: it may get to the second before it stops."""
SERVER = """
import json, sys
from engine.service.jobstore import JobStore
from engine.service.settings import Settings
from engine.service.supervisor import Supervisor

settings = Settings.from_json(json.loads(sys.stdin.readline()))
supervisor = Supervisor(settings, JobStore(settings.database_url))
supervisor.start()
print("up", flush=True)
sys.stdin.read()
"""

DIES_BEFORE_IT_REPORTS = """
import os
from engine.service.driver import main
from engine.service.jobstore import JobStore

JobStore.finish = lambda *_, **__: os._exit(9)
main()
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """64 MB of each column: two tasks, or one for each worker where rows pass a user's function."""
    path = str(tmp_path_factory.mktemp("data") / "in.parquet")
    values = np.random.default_rng(0).random(ROWS)
    table = pa.table({"n": np.arange(ROWS), "v": values})
    pq.write_table(table, path, row_group_size=ROWS // 8, compression="none", use_dictionary=False)
    return path


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    storage = tmp_path_factory.mktemp("storage")
    return Settings(storage=str(storage), max_jobs=2, max_workers=TASKS, trust_udfs=True, lease_seconds=4)


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[JobStore]:
    opened = JobStore(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def alone(settings: Settings, tmp_path: Path) -> Settings:
    """For a server whose processes are killed: a storage of its own."""
    return replace(settings, storage=str(tmp_path / "storage"))


@pytest.fixture(scope="module")
def supervisor(settings: Settings, store: JobStore) -> Iterator[Supervisor]:
    running = Supervisor(settings, store)
    running.start()
    yield running
    running.stop()


@contextmanager
def served(settings: Settings) -> Iterator[JobStore]:
    """A job store with a supervisor of a test's own."""
    store = JobStore(settings.database_url)
    supervisor = Supervisor(settings, store)
    supervisor.start()
    try:
        yield store
    finally:
        supervisor.stop()
        store.close()


def plans(*frames: Any) -> list[Plan]:
    return job_of([("frame", frame._frame) for frame in frames], known=())[0]


def submit(store: JobStore, settings: Settings, *roots: Plan, **values: Any) -> str:
    """Hand in plans as the gateway does: functions uploaded, the document without them."""
    document = wire.dumps(*roots)
    for digest in document["functions"]:
        path = Path(settings.storage) / "payloads" / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(payloads.get(digest))
    document["functions"] = dict.fromkeys(document["functions"])
    given = Submission(uuid.uuid4().hex, document, digest=plan_digest(roots), outputs=len(roots), **values)
    return store.submit(given)[0].id


def until(store: JobStore, job: str, condition: Callable[[Job], bool]) -> Job:
    """The job as soon as a condition holds; a job that has ended otherwise fails the test."""
    deadline = time.monotonic() + PATIENCE
    while not condition(found := store.get(job)):
        assert time.monotonic() < deadline, (found.state, found.stages)
        assert not found.state.terminal, (found.state, found.error, [line.text for line in store.logs(job)])
        time.sleep(0.02)
    return found


def ended(store: JobStore, job: str) -> Job:
    return until(store, job, lambda found: found.state.terminal)


def rows_of(settings: Settings, job: str, output: int = 0) -> pandas.DataFrame:
    result = open_result(settings.storage, job, output)
    table = pa.Table.from_batches(result.batches(), result.schema)
    assert table.num_rows == result.rows
    return table.to_pandas()


def owner_process(store: JobStore, job: str) -> int:
    """The driver process of a running job, by number."""
    note = [event["note"] for event in store.events(job) if event["state"] == "RUNNING"][-1]
    return int(note.rpartition("/")[2])


def held_up(calls: Path, hold: Path, at: int) -> Callable[[int], int]:
    """A function that notes its calls, and at one value waits while a file is there; made here, it pickles by value."""

    def noted(value: int) -> int:
        import time
        import uuid

        (calls / f"{value}-{uuid.uuid4().hex}").touch()
        while value == at and hold.exists():
            time.sleep(0.01)
        return value

    return noted


class HeldUp:
    """A job of two stages whose second scan task waits until it is let go, after the other three have finished."""

    def __init__(self, source: str, folder: Path) -> None:
        self.calls = folder / "calls"
        self.hold = folder / "hold"
        self.calls.mkdir()
        self.hold.touch()
        df = pd.read_parquet(source)
        few = df[df.n % 1_000_000 == 500_000]
        few = few.assign(m=few.n.map(held_up(self.calls, self.hold, 2_500_000)))
        # Without the question whether a value of m is missing, the function is called once for each.
        self.roots = plans(few.groupby("m").v.median())[:1]

    def let_go(self) -> None:
        self.hold.unlink()

    def called_again(self) -> set[int]:
        """The values with which the function was called more than once."""
        values = [int(path.name.partition("-")[0]) for path in self.calls.iterdir()]
        assert set(values) == {*range(500_000, ROWS, 1_000_000)}
        return {value for value in values if values.count(value) > 1}

    @staticmethod
    def three_are_done(job: Job) -> bool:
        return bool(job.stages) and job.stages[0].done == TASKS - 1

    @staticmethod
    def answer(source: str) -> list[float]:
        values = pq.read_table(source).column("v").to_numpy()
        return [float(values[n]) for n in range(500_000, ROWS, 1_000_000)]


@pytest.fixture
def held(source: str, tmp_path: Path) -> HeldUp:
    return HeldUp(source, tmp_path)


def started_server(settings: Settings) -> subprocess.Popen[str]:
    """A supervisor in a process of its own, which ends with its input."""
    command = [sys.executable, "-c", SERVER]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(settings.for_driver()) + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == "up\n"
    return process


def left_behind(settings: Settings) -> list[str]:
    return [str(path) for path in Path(settings.storage, "jobs").rglob("*") if path.is_file()]


def test_results_are_those_of_the_engine_in_process(
    source: str, settings: Settings, store: JobStore, supervisor: Supervisor
) -> None:
    df = pd.read_parquet(source)
    frame = df[df.v > 0.5].assign(g=lambda some: some.n % GROUPS).groupby("g").agg({"v": "sum", "n": "max"})
    roots = plans(frame, df.head(5))
    job = ended(store, submit(store, settings, *roots))
    assert (job.state, job.error, job.attempts, job.outputs) == (State.SUCCEEDED, None, 1, len(roots))
    expected = [table.to_pandas() for table in pd.session.current().run(*roots)]
    for number, table in enumerate(expected):
        pandas.testing.assert_frame_equal(rows_of(settings, job.id, number), table, rtol=1e-12)
    assert job.rows == sum(len(table) for table in expected)
    assert job.fraction == 1.0
    assert [stage.done for stage in job.stages] == [stage.tasks for stage in job.stages]
    assert max(stage.tasks for stage in job.stages) == 2
    assert left_behind(settings) == []


def test_a_write_lists_its_files_as_the_result(
    source: str, settings: Settings, store: JobStore, supervisor: Supervisor, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    df = pd.read_parquet(source)
    write = df[df.n < 1000].to_parquet(str(target), compute=False)
    job = ended(store, submit(store, settings, write._sink))
    assert (job.state, job.rows) == (State.SUCCEEDED, 1000)
    files = rows_of(settings, job.id)
    assert files.iloc[:, 1].sum() == 1000
    assert sorted(files.iloc[:, 0]) == sorted(str(path) for path in target.glob("*.parquet"))
    assert pandas.read_parquet(target).n.tolist() == list(range(1000))


def test_a_failure_is_kept_with_its_code_and_line(
    source: str, settings: Settings, store: JobStore, supervisor: Supervisor
) -> None:
    def refuse(value: int) -> int:
        raise LookupError(f"no {value}")

    df = pd.read_parquet(source).head(3)
    job = ended(store, submit(store, settings, *plans(df.n.map(refuse).to_frame())))
    assert job.state is State.FAILED
    assert job.error is not None
    assert (job.error["code"], job.error["type"]) == ("EXECUTION_FAILED", "ExecutionError")
    assert not job.error["retriable"]
    assert "LookupError" in job.error["message"]
    assert "no 0" in job.error["message"]
    assert Path(__file__).name in job.error["line"]
    assert any("LookupError" in line.text for line in store.logs(job.id))
    assert left_behind(settings) == []


def test_functions_are_refused_without_trust(source: str, alone: Settings) -> None:
    careful = replace(alone, trust_udfs=False)
    df = pd.read_parquet(source).head(3)
    with served(careful) as store:
        job = ended(store, submit(store, careful, *plans(df.n.map(lambda value: value + 1).to_frame())))
    assert job.error is not None
    assert (job.state, job.error["code"]) == (State.FAILED, "FUNCTIONS_REFUSED")


def test_more_jobs_than_drivers_all_end(
    source: str, settings: Settings, store: JobStore, supervisor: Supervisor
) -> None:
    df = pd.read_parquet(source)
    jobs = [submit(store, settings, *plans(df[df.n < number].n.to_frame().sum())) for number in range(1, 13)]
    for number, id in enumerate(jobs, start=1):
        assert ended(store, id).state is State.SUCCEEDED
        assert rows_of(settings, id).iloc[0, -1] == sum(range(number))


def test_a_second_job_of_the_same_plan_shows_the_first_ones_rows(
    source: str, settings: Settings, store: JobStore, supervisor: Supervisor
) -> None:
    roots = plans(pd.read_parquet(source).head(7))
    key = reuse_key(roots)
    assert key is not None
    first = ended(store, submit(store, settings, *roots, reuse_key=key))
    second = store.get(submit(store, settings, *roots, reuse_key=key))
    assert (second.state, second.reused, second.result_of, second.rows) == (State.SUCCEEDED, True, first.id, first.rows)
    assert rows_of(settings, second.result_of).iloc[:, 0].tolist() == list(range(7))


def test_a_job_goes_on_where_its_killed_driver_stopped(
    source: str, settings: Settings, store: JobStore, supervisor: Supervisor, held: HeldUp
) -> None:
    id = submit(store, settings, *held.roots)
    until(store, id, held.three_are_done)
    os.kill(owner_process(store, id), signal.SIGKILL)
    until(store, id, lambda job: job.attempts == 2)
    held.let_go()
    job = ended(store, id)
    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    assert [(stage.reused, stage.reran) for stage in job.stages] == [(3, 0), *[(0, 0)] * (len(job.stages) - 1)]
    assert rows_of(settings, id).iloc[:, -1].tolist() == held.answer(source)
    assert {2_500_000} <= held.called_again() <= CUT_OFF
    assert [event["state"] for event in store.events(id)] == [
        "QUEUED", "RUNNING", "QUEUED", "RUNNING", "COMMITTING", "SUCCEEDED",
    ]  # fmt: skip
    assert left_behind(settings) == []


def test_a_job_goes_on_after_its_whole_server_was_killed(source: str, alone: Settings, held: HeldUp) -> None:
    store = JobStore(alone.database_url)
    id = submit(store, alone, *held.roots)
    first = started_server(alone)
    until(store, id, held.three_are_done)
    children = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    first.wait()
    # The task that waits is in a worker, which ends with its cluster.
    _, left = psutil.wait_procs(children, timeout=60)
    assert left == []
    second = started_server(alone)
    until(store, id, lambda job: job.attempts == 2)
    held.let_go()
    job = ended(store, id)
    for process in (first, second):
        process.communicate()
    store.close()
    assert (job.state, job.stages[0].reused, job.stages[0].reran) == (State.SUCCEEDED, 3, 0)
    assert rows_of(alone, id).iloc[:, -1].tolist() == held.answer(source)
    assert {2_500_000} <= held.called_again() <= CUT_OFF


def test_a_frozen_driver_loses_its_job_and_never_commits(source: str, alone: Settings, held: HeldUp) -> None:
    server = started_server(alone)
    store = JobStore(alone.database_url)
    id = submit(store, alone, *held.roots)
    until(store, id, held.three_are_done)
    driver = psutil.Process(owner_process(store, id))
    for process in (frozen := [driver, psutil.Process(server.pid)]):
        process.suspend()
    with served(alone):
        until(store, id, lambda job: job.attempts == 2)
        held.let_go()
        job = ended(store, id)
        for process in frozen:
            process.resume()
        driver.wait(60)
    server.communicate()
    assert (job.state, job.attempts, job.stages[0].reused) == (State.SUCCEEDED, 2, 3)
    assert store.get(id) == job
    assert [event["token"] for event in store.events(id) if event["state"] in ("COMMITTING", "SUCCEEDED")] == [2, 2]
    assert rows_of(alone, id).iloc[:, -1].tolist() == held.answer(source)
    store.close()


def test_outputs_that_a_killed_driver_made_visible_are_not_written_again(
    source: str, alone: Settings, tmp_path: Path
) -> None:
    """A driver is killed after its commit and before the job store knows; the next one finds what was committed."""
    df = pd.read_parquet(source)
    few = df[df.n < 1000]
    few.to_parquet(str(tmp_path / "appended"))
    writes = [
        few.to_parquet(str(tmp_path / "new"), compute=False),
        few.to_parquet(str(tmp_path / "replaced"), mode="overwrite", compute=False),
        few.to_parquet(str(tmp_path / "appended"), mode="append", compute=False),
        few.to_parquet(str(tmp_path / "one.parquet"), compute=False),
    ]
    store = JobStore(alone.database_url)
    id = submit(store, alone, *(write._sink for write in writes), *plans(few)[:1])
    cluster = LocalProcesses(2, None)
    statuses = []
    for program in (DIES_BEFORE_IT_REPORTS, "from engine.service.driver import main; main()"):
        lease = store.claim(owner_name(os.getpid()), 60)
        assert lease is not None
        job = {"job": lease.job, "token": lease.token, "address": cluster.address}
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        print(json.dumps(alone.for_driver()), json.dumps(job), sep="\n", file=process.stdin, flush=True)
        # It is ready, and then it is done or gone.
        statuses.append([process.stdout.readline() != "", process.stdout.readline() != ""])
        process.communicate()
        if len(statuses) == 1:
            assert store.get(id).state is State.COMMITTING
            store.release(lease, "killed", max_attempts=3)
    cluster.close()
    assert statuses == [[True, False], [True, True]]
    job_now = store.get(id)
    assert (job_now.state, job_now.error, job_now.rows) == (State.SUCCEEDED, None, 5000)
    store.close()
    for name, times in (("new", 1), ("replaced", 1), ("appended", 2), ("one.parquet", 1)):
        assert pandas.read_parquet(tmp_path / name).n.tolist() == list(range(1000)) * times, name
    assert [rows_of(alone, id, number).iloc[:, 1].sum() for number in range(4)] == [1000] * 4
    assert rows_of(alone, id, 4).iloc[:, 0].tolist() == list(range(1000))
    assert left_behind(alone) == []


def test_files_of_a_lost_job_are_swept(source: str, alone: Settings, held: HeldUp) -> None:
    with served(replace(alone, max_attempts=1)) as store:
        id = submit(store, alone, *held.roots)
        until(store, id, held.three_are_done)
        os.kill(owner_process(store, id), signal.SIGKILL)
        job = ended(store, id)
        assert job.error is not None
        assert (job.state, job.error["code"]) == (State.FAILED, "JOB_LOST")
        assert left_behind(alone) != []
        Sweeper(alone.storage, store, patience=0).look()
        assert left_behind(alone) == []
        assert store.left_over(0) == []


def test_a_cancelled_job_stops_and_leaves_nothing(
    source: str, settings: Settings, store: JobStore, supervisor: Supervisor, held: HeldUp
) -> None:
    id = submit(store, settings, *held.roots)
    until(store, id, held.three_are_done)
    store.cancel(id)
    job = ended(store, id)
    assert (job.state, job.error) == (State.CANCELLED, None)
    assert left_behind(settings) == []
    following = ended(store, submit(store, settings, *plans(pd.read_parquet(source).head(2))))
    assert following.state is State.SUCCEEDED


def test_a_server_that_stops_gives_its_jobs_back(source: str, alone: Settings, held: HeldUp) -> None:
    with served(alone) as store:
        id = submit(store, alone, *held.roots)
        until(store, id, held.three_are_done)
    with served(alone) as store:
        until(store, id, lambda job: job.state is State.RUNNING)
        held.let_go()
        job = ended(store, id)
        assert [event["note"] for event in store.events(id)][2] == "the service stops"
    assert (job.state, job.attempts, job.stages[0].reused) == (State.SUCCEEDED, 1, 3)
    assert rows_of(alone, id).iloc[:, -1].tolist() == held.answer(source)
