"""The job store: the one record of every job, in which only the holder of a job's lease can change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bigframe.errors import Cancelled, JobLost, NameTaken, StoreUnavailable, UnknownJob
from engine.control import Fenced
from engine.service import tables
from engine.service.failures import described
from engine.service.jobs import FOLLOWING, Job, Lease, StageProgress, State, Submission
from engine.service.records import Demand, LogLine, find, jobs_of
from engine.service.tables import events, jobs, logs, plans, stages

_ACTIVE = (State.RUNNING, State.COMMITTING)


class LeaseLost(Fenced):
    """The job has another owner, or none: whoever meets this must write nothing more, anywhere."""


class JobStore:
    """Jobs in a database; safe to use from many threads and processes.

    Every write is one transaction that is durable when the method returns. A holder of a lease writes under its token:
    once the job has another owner, or has been queued again, such a write raises :class:`LeaseLost` and changes
    nothing.

    Parameters
    ----------
    url
        SQLAlchemy URL: ``sqlite:///path`` or ``postgresql+psycopg://…``.
    create
        Make the tables that are missing.
    clock
        Seconds since the epoch. Servers that share a database should agree on the time better than a lease is long;
        if they do not, jobs change owners early, and tokens keep that safe.

    Raises
    ------
    StoreUnavailable
        From every method, where the database cannot be reached, read or written (a full disk, for instance).

    Examples
    --------
    >>> import tempfile
    >>> store = JobStore(f"sqlite:///{tempfile.mkdtemp()}/jobs.db")
    >>> job, new = store.submit(Submission("1f", {"nodes": []}, digest="d", outputs=1, name="clean"))
    >>> job.state.value, new
    ('QUEUED', True)
    >>> lease = store.claim("host/1", seconds=15)
    >>> store.committing(lease)
    >>> store.finish(lease, State.SUCCEEDED, rows=3)
    >>> store.get("clean").state.value
    'SUCCEEDED'
    >>> store.close()
    """

    def __init__(self, url: str, *, create: bool = True, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._engine = tables.open_database(url)
        if create:
            try:
                with _guarded():
                    tables.create_tables(self._engine)
            except StoreUnavailable:
                self.close()
                raise

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    # -- clients

    def submit(self, submission: Submission) -> tuple[Job, bool]:
        """Accept a job, once: the same id or name with the same plan is the job that is there already.

        A job whose ``reuse_key`` an earlier job succeeded with is accepted as succeeded, with that job's results.

        Returns
        -------
        tuple of Job and bool
            The job, and whether it is new.

        Raises
        ------
        NameTaken
            The id or name belongs to a job with another plan.
        """
        try:
            with self._writing() as db:
                self._insert(db, submission)
        except IntegrityError:
            return self._same(submission), False
        return self.get(submission.id), True

    def get(self, job: str) -> Job:
        """The job of an id or a name; an id comes first.

        Raises
        ------
        UnknownJob
            There is none.
        """
        with self._reading() as db:
            row = find(db, job)
            if row is None:
                raise UnknownJob(f"there is no job {job!r}")
            return jobs_of(db, [row])[0]

    def seqs(self, ids: Collection[str]) -> dict[str, int]:
        """The ``seq`` alone of jobs, by id, for those who wait for it to grow."""
        with self._reading() as db:
            found = db.execute(select(jobs.c.id, jobs.c.seq).where(jobs.c.id.in_(ids)))
            return {row.id: row.seq for row in found}

    def newest(self, limit: int = 100, state: State | None = None) -> list[Job]:
        """Jobs, the newest first."""
        query = select(jobs).order_by(jobs.c.number.desc()).limit(limit)
        if state is not None:
            query = query.where(jobs.c.state == state)
        with self._reading() as db:
            return jobs_of(db, db.execute(query).all())

    def plan(self, job: str) -> dict[str, Any]:
        """The wire document of a job, by id."""
        with self._reading() as db:
            document = db.execute(select(plans.c.document).where(plans.c.job == job)).scalar_one_or_none()
        if document is None:
            raise UnknownJob(f"there is no job {job!r}")
        found: dict[str, Any] = document
        return found

    def logs(self, job: str, after: int = 0, limit: int = 1000) -> list[LogLine]:
        """Lines of a job's log (by id), oldest first, from after a ``seq``."""
        columns = (logs.c.seq, logs.c.time, logs.c.text)
        query = select(*columns).where(logs.c.job == job, logs.c.seq > after).order_by(logs.c.seq).limit(limit)
        with self._reading() as db:
            return [LogLine(*row) for row in db.execute(query)]

    def events(self, job: str) -> list[Mapping[str, Any]]:
        """Every change of state of a job (by id), in order: seq, time, state, token and note."""
        query = select(events).where(events.c.job == job).order_by(events.c.seq)
        with self._reading() as db:
            return [row._asdict() for row in db.execute(query)]

    def cancel(self, job: str) -> Job:
        """Ask that a job stops: a queued one is cancelled now, a running one when its driver has noticed.

        A job that has ended, or whose outputs are being made visible, is left as it is.
        """
        found = self.get(job)
        with self._writing() as db:
            row = db.execute(select(jobs).where(jobs.c.id == found.id).with_for_update()).one()
            if row.state == State.QUEUED and not row.commit_begun:
                self._change(db, row, State.CANCELLED, "cancelled before it ran", cancelling=True)
            elif row.state == State.RUNNING and not row.commit_begun and not row.cancelling:
                db.execute(update(jobs).where(jobs.c.id == row.id).values(cancelling=True, seq=jobs.c.seq + 1))
        return self.get(found.id)

    # -- supervisors

    def claim(self, owner: str, seconds: float) -> Lease | None:
        """Take the oldest queued job for some seconds; None if none is queued."""
        oldest = select(jobs).where(jobs.c.state == State.QUEUED).order_by(jobs.c.number).limit(1)
        with self._writing() as db:
            row = db.execute(oldest.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            now = self._clock()
            values = {
                "owner": owner,
                "token": row.token + 1,
                "lease_expires": now + seconds,
                "attempts": row.attempts + 1,
                "leftovers": True,
                "started": now if row.started is None else row.started,
            }
            self._change(db, row, State.RUNNING, f"taken by {owner}", **values)
            return Lease(row.id, row.token + 1)

    def release(self, lease: Lease, reason: str, *, max_attempts: int, error: Mapping[str, Any] | None = None) -> None:
        """Queue a job again whose driver is gone; it fails when it has been begun too often.

        Raises
        ------
        LeaseLost
            It has another owner already.
        """
        with self._writing() as db:
            self._lose(db, self._held(db, lease), reason, max_attempts, error)

    def give_back(self, lease: Lease) -> None:
        """Queue a job again that the service stops for its own reasons: the attempt does not count."""
        with self._writing() as db:
            row = self._held(db, lease)
            self._change(db, row, State.QUEUED, "the service stops", **_NO_OWNER, attempts=row.attempts - 1)

    def requeue_lost(self, dead: Callable[[str], bool], *, max_attempts: int) -> list[str]:
        """Queue every job again whose lease has run out or whose owner is known to be dead; their ids."""
        active = select(jobs).where(jobs.c.state.in_(_ACTIVE)).order_by(jobs.c.number)
        with self._reading() as db:
            found = [row for row in db.execute(active) if row.lease_expires < self._clock() or dead(row.owner)]
        requeued = []
        for row in found:
            with self._writing() as db:
                now = db.execute(select(jobs).where(jobs.c.id == row.id).with_for_update()).one()
                # It may have been renewed, ended or claimed since it was read.
                if (now.state, now.token, now.lease_expires) == (row.state, row.token, row.lease_expires):
                    self._lose(db, now, f"{row.owner} is gone", max_attempts, None)
                    requeued.append(row.id)
        return requeued

    def leases(self) -> dict[Lease, bool]:
        """The leases under which jobs run now, and of each whether somebody asked to cancel its job."""
        query = select(jobs.c.id, jobs.c.token, jobs.c.cancelling).where(jobs.c.state.in_(_ACTIVE))
        with self._reading() as db:
            return {Lease(row.id, row.token): bool(row.cancelling) for row in db.execute(query)}

    def demand(self) -> Demand:
        """How much waits to be done."""
        counts = select(jobs.c.state, func.count()).where(jobs.c.state.in_((State.QUEUED, *_ACTIVE)))
        left = select(func.sum(stages.c.tasks - stages.c.done)).join(jobs, jobs.c.id == stages.c.job)
        with self._reading() as db:
            by_state = {row[0]: row[1] for row in db.execute(counts.group_by(jobs.c.state))}
            tasks = db.execute(left.where(jobs.c.state == State.RUNNING)).scalar() or 0
        return Demand(by_state.get(State.QUEUED, 0), sum(by_state.get(state, 0) for state in _ACTIVE), int(tasks))

    def left_over(self, seconds: float) -> list[str]:
        """Ids of the jobs that ended longer ago than so many seconds and may have left files behind."""
        ended = (jobs.c.leftovers, jobs.c.finished < self._clock() - seconds)
        with self._reading() as db:
            return list(db.execute(select(jobs.c.id).where(*ended)).scalars())

    def swept(self, job: str) -> None:
        """Note that an ended job's files are gone."""
        with self._writing() as db:
            db.execute(update(jobs).where(jobs.c.id == job).values(leftovers=False))

    # -- drivers

    def asked_to_cancel(self, lease: Lease) -> bool:
        """Whether the job should stop, for those who look often.

        Raises
        ------
        LeaseLost
            It has another owner, or none.
        """
        query = select(jobs.c.cancelling).where(jobs.c.id == lease.job, jobs.c.token == lease.token)
        with self._reading() as db:
            found = db.execute(query.where(jobs.c.state.in_(_ACTIVE))).scalar_one_or_none()
        if found is None:
            raise LeaseLost(f"job {lease.job} is no longer run under token {lease.token}")
        return bool(found)

    def renew(self, lease: Lease, seconds: float) -> None:
        """Keep a job for some more seconds from now."""
        with self._writing() as db:
            self._held(db, lease)
            expires = self._clock() + seconds
            db.execute(update(jobs).where(jobs.c.id == lease.job).values(lease_expires=expires))

    def set_stages(self, lease: Lease, progress: Sequence[StageProgress]) -> None:
        """Say how far all stages of a job are, in the order in which they run."""
        with self._writing() as db:
            self._held(db, lease)
            db.execute(delete(stages).where(stages.c.job == lease.job))
            if progress:
                rows = [{**vars(stage), "reads": list(stage.reads)} for stage in progress]
                numbered = [{"job": lease.job, "position": i, **row} for i, row in enumerate(rows)]
                db.execute(insert(stages), numbered)
            db.execute(update(jobs).where(jobs.c.id == lease.job).values(seq=jobs.c.seq + 1))

    def log(self, job: str, lines: Sequence[str]) -> None:
        """Add lines to a job's log; by any owner, so that one that failed can say why."""
        now = self._clock()
        with self._writing() as db:
            db.execute(insert(logs), [{"job": job, "time": now, "text": line} for line in lines])

    def committing(self, lease: Lease) -> None:
        """Begin to make a job's outputs visible: from here on it is not cancelled.

        Raises
        ------
        Cancelled
            Somebody asked to cancel it before.
        """
        with self._writing() as db:
            row = self._held(db, lease)
            if row.cancelling:
                raise Cancelled("cancelled on request")
            self._change(db, row, State.COMMITTING, "makes its outputs visible", commit_begun=True)

    def finish(
        self,
        lease: Lease,
        state: State,
        *,
        rows: int | None = None,
        error: Mapping[str, Any] | None = None,
        leftovers: bool = False,
    ) -> None:
        """End a job: succeeded with so many rows, failed with a coded error, or cancelled.

        ``leftovers`` says whether files of it are still there that nobody needs.
        """
        note = error["message"] if error else "done"
        kept = None if error is None else dict(error)
        with self._writing() as db:
            self._change(db, self._held(db, lease), state, note, rows=rows, error=kept, leftovers=leftovers)

    # -- inside a transaction

    def _insert(self, db: Connection, submission: Submission) -> None:
        now = self._clock()
        earlier = None
        if submission.reuse_key is not None:
            same = select(jobs).where(jobs.c.reuse_key == submission.reuse_key, jobs.c.state == State.SUCCEEDED)
            earlier = db.execute(same.order_by(jobs.c.number.desc()).limit(1)).one_or_none()
        values: dict[str, Any] = {
            "id": submission.id,
            "name": submission.name,
            "digest": submission.digest,
            "reuse_key": submission.reuse_key,
            "outputs": submission.outputs,
            "max_bytes": submission.max_bytes,
            "labels": dict(submission.labels),
            "client": dict(submission.client),
            "state": State.QUEUED,
            "created": now,
            "result_of": submission.id,
        }
        note = "accepted"
        if earlier is not None:
            note = f"answered by the result of {earlier.result_of}"
            values |= {"state": State.SUCCEEDED, "result_of": earlier.result_of, "rows": earlier.rows}
            values |= {"started": now, "finished": now}
        db.execute(insert(jobs), values)
        db.execute(insert(plans), {"job": submission.id, "document": dict(submission.plan)})
        event = {"job": submission.id, "seq": 1, "time": now, "state": values["state"], "token": 0, "note": note}
        db.execute(insert(events), event)

    def _same(self, submission: Submission) -> Job:
        """The job that has a submission's id or name already, if it is of the same plan."""
        with self._reading() as db:
            taken = or_(jobs.c.id == submission.id, jobs.c.name == submission.name)
            for row in db.execute(select(jobs).where(taken)).all():
                if row.digest != submission.digest:
                    which = f"name {row.name!r}" if row.id != submission.id else f"id {row.id}"
                    raise NameTaken(f"the {which} belongs to a job with another plan; choose another")
            return jobs_of(db, [row])[0]

    def _held(self, db: Connection, lease: Lease) -> Row[Any]:
        """The job of a lease that still holds, locked until the transaction ends."""
        row = db.execute(select(jobs).where(jobs.c.id == lease.job).with_for_update()).one_or_none()
        if row is None or row.token != lease.token or row.state not in _ACTIVE:
            raise LeaseLost(f"job {lease.job} is no longer run under token {lease.token}")
        return row

    def _lose(
        self, db: Connection, row: Row[Any], reason: str, max_attempts: int, error: Mapping[str, Any] | None
    ) -> None:
        if row.cancelling and row.state == State.RUNNING and not row.commit_begun:
            self._change(db, row, State.CANCELLED, f"cancelled on request; {reason}")
        elif row.attempts < max_attempts:
            self._change(db, row, State.QUEUED, reason, **_NO_OWNER)
        else:
            lost = JobLost(f"begun {row.attempts} times, each time its driver ended before it; the last time: {reason}")
            self._change(db, row, State.FAILED, reason, error=dict(error or described(lost)))

    def _change(self, db: Connection, row: Row[Any], state: State, note: str, **values: Any) -> None:
        if state not in FOLLOWING[State(row.state)]:
            raise ValueError(f"job {row.id} is {row.state}, which {state} cannot follow")
        now, seq = self._clock(), row.seq + 1
        values |= {"finished": now} if state.terminal else {}
        db.execute(update(jobs).where(jobs.c.id == row.id).values(state=state, seq=seq, **values))
        event = {"job": row.id, "seq": seq, "time": now, "state": state, "token": values.get("token", row.token)}
        db.execute(insert(events), {**event, "note": note})

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _guarded(), self._engine.begin() as db:
            yield db

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _guarded(), self._engine.connect().execution_options(writes=False) as db:
            yield db


_NO_OWNER: Mapping[str, Any] = {"owner": None, "lease_expires": None}


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeout, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StoreUnavailable(f"the job store does not answer: {cause}") from error
