"""The job store: a job is accepted once, has one owner at a time, and ends once; nothing else can change it."""

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bigframe.errors import Cancelled, NameTaken, StoreUnavailable, UnknownJob
from engine.service import tables
from engine.service.jobs import Lease, StageProgress, State, Submission
from engine.service.jobstore import JobStore, LeaseLost
from engine.service.owners import known_dead, owner_name
from engine.service.records import Demand
from tests.service.postgres import programs, running

PLAN = {"nodes": [{"op": "Scan"}], "outputs": [0]}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def submission(number: int = 0, *, name: str | None = None, digest: str = "d", **values: Any) -> Submission:
    return Submission(f"{number:032x}", PLAN, digest=digest, outputs=1, name=name, **values)


def nobody(_: str) -> bool:
    return False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed")
    with running(folder) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.db'}"
    url: str = request.getfixturevalue("postgres")
    engine = tables.open_database(url)
    tables.metadata.drop_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[JobStore]:
    opened = JobStore(url, clock=clock)
    yield opened
    opened.close()


def claimed(store: JobStore, number: int = 0, **values: Any) -> Lease:
    store.submit(submission(number, **values))
    lease = store.claim("host/1", 15)
    assert lease is not None
    assert lease.job == f"{number:032x}"
    return lease


# -- accepting


def test_a_job_is_kept_as_it_was_submitted(store: JobStore) -> None:
    job, new = store.submit(
        submission(7, name="clean", max_bytes=10**12, labels={"team": "a"}, client={"version": "1"})
    )
    assert new
    assert (job.id, job.name, job.state, job.seq, job.created) == (f"{7:032x}", "clean", State.QUEUED, 1, 1000.0)
    assert (job.max_bytes, job.labels, job.client) == (10**12, {"team": "a"}, {"version": "1"})
    assert store.get("clean") == store.get(job.id) == job
    assert store.plan(job.id) == PLAN


def test_a_store_of_another_release_is_refused_when_it_is_opened(url: str, store: JobStore) -> None:
    JobStore(url).close()
    engine = tables.open_database(url)
    with engine.begin() as db:
        db.execute(tables.versions.update().values(version=tables.VERSION + 1))
    engine.dispose()
    with pytest.raises(StoreUnavailable, match=r"tables of version 2, this release makes version 1"):
        JobStore(url)


def test_a_store_from_before_versions_is_refused(url: str, store: JobStore) -> None:
    engine = tables.open_database(url)
    with engine.begin() as db:
        db.execute(tables.versions.delete())
    engine.dispose()
    with pytest.raises(StoreUnavailable, match="tables of version 0"):
        JobStore(url)


def test_the_same_id_or_name_with_the_same_plan_is_the_same_job(store: JobStore) -> None:
    first, _ = store.submit(submission(1, name="clean"))
    assert store.submit(submission(1, name="clean")) == (first, False)
    assert store.submit(submission(2, name="clean")) == (first, False)
    assert [job.id for job in store.newest()] == [first.id]


@pytest.mark.parametrize(("number", "name"), [(1, "clean"), (1, None), (2, "clean")])
def test_the_same_id_or_name_with_another_plan_is_refused(store: JobStore, number: int, name: str | None) -> None:
    store.submit(submission(1, name="clean"))
    with pytest.raises(NameTaken) as refused:
        store.submit(submission(number, name=name, digest="other"))
    assert refused.value.code == "NAME_TAKEN"
    assert len(store.newest()) == 1


def test_fifty_submits_of_one_name_at_once_are_one_job(store: JobStore) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda n: store.submit(submission(n, name="clean")), range(50)))
    assert [new for _, new in answers].count(True) == 1
    assert len({job.id for job, _ in answers}) == 1
    assert len(store.newest()) == 1


def test_fifty_submits_of_one_name_and_two_plans_leave_one_plan(store: JobStore) -> None:
    def submit(number: int) -> str:
        try:
            return store.submit(submission(number, name="clean", digest=f"plan {number % 2}"))[0].id
        except NameTaken:
            return "refused"

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(submit, range(50)))
    assert answers.count("refused") == 25
    assert len(set(answers)) == 2


def test_an_earlier_result_answers_the_same_plan_at_once(store: JobStore) -> None:
    lease = claimed(store, 1, reuse_key="k")
    assert store.submit(submission(2, reuse_key="k"))[0].state is State.QUEUED
    store.committing(lease)
    store.finish(lease, State.SUCCEEDED, rows=5)
    job, new = store.submit(submission(3, reuse_key="k"))
    assert (new, job.state, job.reused, job.result_of, job.rows) == (True, State.SUCCEEDED, True, f"{1:032x}", 5)
    again, _ = store.submit(submission(4, reuse_key="k"))
    assert again.result_of == f"{1:032x}"
    assert store.submit(submission(5, reuse_key="other"))[0].state is State.QUEUED
    assert store.submit(submission(6, reuse_key=None))[0].state is State.QUEUED


def test_unknown_jobs_are_named(store: JobStore) -> None:
    for look in (store.get, store.plan, store.cancel):
        with pytest.raises(UnknownJob, match="'absent'"):
            look("absent")


def test_jobs_are_listed_newest_first(store: JobStore) -> None:
    for number in range(5):
        store.submit(submission(number))
    store.claim("host/1", 15)
    assert [int(job.id, 16) for job in store.newest(limit=3)] == [4, 3, 2]
    assert [int(job.id, 16) for job in store.newest(state=State.RUNNING)] == [0]


# -- leases and tokens


def test_jobs_are_claimed_first_come_first_served(store: JobStore) -> None:
    for number in (3, 1, 2):
        store.submit(submission(number))
    leases = [store.claim("host/1", 15) for _ in range(4)]
    assert [lease and (int(lease.job, 16), lease.token) for lease in leases] == [(3, 1), (1, 1), (2, 1), None]


def test_a_job_is_claimed_by_one_of_many(store: JobStore) -> None:
    for number in range(10):
        store.submit(submission(number))
    with ThreadPoolExecutor(20) as pool:
        leases = [lease for lease in pool.map(lambda n: store.claim(f"host/{n}", 15), range(20)) if lease]
    assert sorted(int(lease.job, 16) for lease in leases) == list(range(10))


def test_a_lease_that_runs_out_returns_the_job(store: JobStore, clock: Clock) -> None:
    lease = claimed(store)
    clock.now += 14
    assert store.requeue_lost(nobody, max_attempts=3) == []
    store.renew(lease, 15)
    clock.now += 14
    assert store.requeue_lost(nobody, max_attempts=3) == []
    clock.now += 2
    assert store.requeue_lost(nobody, max_attempts=3) == [lease.job]
    job = store.get(lease.job)
    assert (job.state, job.attempts, job.started) == (State.QUEUED, 1, 1000.0)
    second = store.claim("host/2", 15)
    assert second == Lease(lease.job, 2)


def test_the_job_of_an_owner_known_to_be_dead_returns_at_once(store: JobStore) -> None:
    lease = claimed(store)
    assert store.requeue_lost(lambda owner: owner == "host/1", max_attempts=3) == [lease.job]


def test_an_old_token_changes_nothing(store: JobStore, clock: Clock) -> None:
    old = claimed(store)
    store.set_stages(old, [StageProgress("s", "Scan", tasks=4, done=1)])
    clock.now += 16
    store.requeue_lost(nobody, max_attempts=3)
    writes = {
        "renew": lambda: store.renew(old, 15),
        "look": lambda: store.asked_to_cancel(old),
        "stages": lambda: store.set_stages(old, []),
        "commit": lambda: store.committing(old),
        "succeed": lambda: store.finish(old, State.SUCCEEDED, rows=1),
        "fail": lambda: store.finish(old, State.FAILED, error={"message": "x"}),
        "release": lambda: store.release(old, "x", max_attempts=3),
        "give back": lambda: store.give_back(old),
    }
    for owner in (None, "host/2"):
        if owner is not None:
            assert store.claim(owner, 15) == Lease(old.job, 2)
        before = store.get(old.job)
        for name, write in writes.items():
            with pytest.raises(LeaseLost):
                write()
            assert store.get(old.job) == before, name


def test_a_job_whose_drivers_die_is_begun_three_times(store: JobStore) -> None:
    store.submit(submission())
    for attempt in (1, 2, 3):
        lease = store.claim("host/1", 15)
        assert lease is not None
        assert lease.token == attempt
        store.release(lease, "killed by signal 9", max_attempts=3)
    job = store.get(lease.job)
    assert job.state is State.FAILED
    assert job.error is not None
    assert job.error["code"] == "JOB_LOST"
    assert "begun 3 times" in job.error["message"]
    assert "signal 9" in job.error["message"]
    assert store.claim("host/1", 15) is None


def test_a_job_that_the_service_gives_back_has_not_used_an_attempt(store: JobStore) -> None:
    for token in (1, 2, 3, 4):
        lease = claimed(store) if token == 1 else store.claim("host/1", 15)
        assert lease is not None
        assert lease.token == token
        store.give_back(lease)
    assert store.get(lease.job).attempts == 0


# -- states


def test_a_job_ends_once_and_its_events_tell_how(store: JobStore, clock: Clock) -> None:
    lease = claimed(store)
    clock.now += 1
    store.committing(lease)
    clock.now += 1
    store.finish(lease, State.SUCCEEDED, rows=12)
    job = store.get(lease.job)
    assert (job.state, job.rows, job.started, job.finished) == (State.SUCCEEDED, 12, 1000.0, 1002.0)
    assert job.metrics["seconds"] == 2.0
    for state in (State.FAILED, State.CANCELLED, State.SUCCEEDED):
        with pytest.raises(LeaseLost):
            store.finish(lease, state)
    assert store.cancel(job.id) == job
    events = store.events(job.id)
    assert [event["state"] for event in events] == ["QUEUED", "RUNNING", "COMMITTING", "SUCCEEDED"]
    assert [event["seq"] for event in events] == [1, 2, 3, 4]
    assert [event["token"] for event in events] == [0, 1, 1, 1]


def test_success_needs_a_commit(store: JobStore) -> None:
    lease = claimed(store)
    with pytest.raises(ValueError, match="is RUNNING, which SUCCEEDED cannot follow"):
        store.finish(lease, State.SUCCEEDED)
    assert store.get(lease.job).state is State.RUNNING


def test_a_queued_job_is_cancelled_at_once(store: JobStore) -> None:
    job, _ = store.submit(submission(name="clean"))
    assert store.cancel("clean").state is State.CANCELLED
    assert store.claim("host/1", 15) is None
    assert store.get(job.id).finished == 1000.0


def test_a_running_job_is_asked_to_stop_and_then_cannot_commit(store: JobStore) -> None:
    lease = claimed(store)
    assert not store.asked_to_cancel(lease)
    assert store.leases() == {lease: False}
    assert store.cancel(lease.job).cancelling
    assert store.leases() == {lease: True}
    assert store.asked_to_cancel(lease)
    with pytest.raises(Cancelled):
        store.committing(lease)
    store.finish(lease, State.CANCELLED)
    assert store.get(lease.job).state is State.CANCELLED
    assert store.leases() == {}


def test_a_job_to_be_cancelled_whose_driver_dies_is_cancelled(store: JobStore) -> None:
    lease = claimed(store)
    store.cancel(lease.job)
    store.release(lease, "killed", max_attempts=3)
    assert store.get(lease.job).state is State.CANCELLED


def test_a_job_that_has_begun_to_commit_is_not_cancelled(store: JobStore) -> None:
    lease = claimed(store)
    store.committing(lease)
    assert not store.cancel(lease.job).cancelling
    store.release(lease, "killed", max_attempts=3)
    assert store.cancel(lease.job).state is State.QUEUED
    again = store.claim("host/2", 15)
    assert again is not None
    assert not store.cancel(lease.job).cancelling
    store.committing(again)
    store.finish(again, State.SUCCEEDED, rows=1)
    assert store.get(lease.job).state is State.SUCCEEDED


def test_files_of_a_job_that_ended_without_its_driver_are_left_over(store: JobStore, clock: Clock) -> None:
    lost, failed, done = (claimed(store, number) for number in range(3))
    store.release(lost, "killed", max_attempts=1)
    store.finish(failed, State.FAILED, error={"message": "the storage is away"}, leftovers=True)
    store.committing(done)
    store.finish(done, State.SUCCEEDED)
    assert store.left_over(seconds=10) == []
    clock.now += 11
    assert sorted(store.left_over(seconds=10)) == [lost.job, failed.job]
    store.swept(lost.job)
    assert store.left_over(seconds=10) == [failed.job]


# -- progress, logs, demand


def test_progress_is_kept_in_order_and_grows_the_seq(store: JobStore) -> None:
    lease = claimed(store)
    stages = [
        StageProgress("b", "Scan", 4, done=4, rows=10, bytes=80, seconds=0.5, metrics={"cpu_seconds": 0.4}),
        StageProgress("a", "Sort", 2, done=1, reads=("b",), metrics={"cpu_seconds": 0.2, "peak_memory": 7}),
    ]
    before = store.seqs([lease.job])[lease.job]
    store.set_stages(lease, stages)
    job = store.get(lease.job)
    assert job.stages == tuple(stages)
    assert job.seq == before + 1
    assert job.fraction == 5 / 6
    assert job.metrics["cpu_seconds"] == pytest.approx(0.6)
    assert (job.metrics["peak_memory"], job.metrics["bytes_scanned"]) == (7, None)
    shown = job.to_json()["progress"]["stages"][1]
    assert (shown["key"], shown["tasks"], shown["done"]) == ("a", 2, 1)


def test_demand_counts_what_waits(store: JobStore) -> None:
    lease = claimed(store)
    store.set_stages(lease, [StageProgress("a", "Scan", 4, done=4), StageProgress("b", "Sort", 6, done=1)])
    store.submit(submission(1))
    assert store.demand() == Demand(queued=1, running=1, tasks=5)
    store.committing(lease)
    store.finish(lease, State.SUCCEEDED)
    assert store.demand() == Demand(queued=1, running=0, tasks=0)


def test_logs_are_read_on_from_where_one_was(store: JobStore) -> None:
    lease = claimed(store)
    store.log(lease.job, ["one", "two"])
    seen = store.logs(lease.job)
    assert [line.text for line in seen] == ["one", "two"]
    store.log(lease.job, ["three"])
    assert [line.text for line in store.logs(lease.job, after=seen[-1].seq)] == ["three"]


# -- durability


def test_another_process_sees_what_was_accepted(url: str, store: JobStore) -> None:
    store.submit(submission(1, name="clean"))
    other = JobStore(url, create=False)
    assert other.get("clean").state is State.QUEUED
    other.close()


def test_sqlite_syncs_every_commit(tmp_path: Path) -> None:
    store = JobStore(f"sqlite:///{tmp_path / 'sync.db'}")
    with store._reading() as db:
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()


def test_a_full_disk_accepts_nothing_and_loses_nothing(tmp_path: Path) -> None:
    store = JobStore(f"sqlite:///{tmp_path / 'full.db'}")
    lease = claimed(store, 0)
    # What SQLite answers where it may not grow its file is what it answers on a full disk.
    with store._reading() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    tried = (Submission(f"{n:032x}", {"nodes": ["x" * 10_000]}, digest="d", outputs=1) for n in range(1, 100))
    accepted = [lease.job]
    with pytest.raises(StoreUnavailable, match="full") as refused:
        accepted.extend(store.submit(submission)[0].id for submission in tried)
    assert refused.value.code == "STORE_UNAVAILABLE"
    assert [job.id for job in store.newest()] == accepted[::-1]
    assert all(store.plan(job) for job in accepted)
    assert store.get(lease.job).state is State.RUNNING
    store.close()


def test_a_database_that_cannot_be_written_or_reached_is_named(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    JobStore(f"sqlite:///{path}").close()
    read_only = JobStore(f"sqlite:///file:{path}?mode=ro&uri=true", create=False)
    with pytest.raises(StoreUnavailable, match="readonly"):
        read_only.submit(submission())
    read_only.close()
    assert not Path("file:").exists()
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        JobStore(f"sqlite:///{damaged}")
    with sqlite3.connect(path) as rows:
        assert rows.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_owners_of_this_machine_are_known_to_be_dead_or_not() -> None:
    assert not known_dead(owner_name(os.getpid()))
    assert known_dead(owner_name(2**22 + 1))
    assert not known_dead("another-machine/1")
