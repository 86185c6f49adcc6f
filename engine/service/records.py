"""Rows of the job store's tables as the objects that its callers get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.service.jobs import Job, StageProgress, State
from engine.service.tables import jobs, stages


@dataclass(frozen=True)
class LogLine:
    """A line of a job's log; ``seq`` grows, ``time`` is in seconds since the epoch."""

    seq: int
    time: float
    text: str


@dataclass(frozen=True)
class Demand:
    """What waits to be done: jobs queued, jobs running, and tasks of running jobs that have not finished."""

    queued: int
    running: int
    tasks: int


def find(db: Connection, job: str) -> Row[Any] | None:
    """The row of an id, else of a name."""
    by_id = db.execute(select(jobs).where(jobs.c.id == job)).one_or_none()
    return by_id or db.execute(select(jobs).where(jobs.c.name == job)).one_or_none()


def jobs_of(db: Connection, rows: Sequence[Row[Any]]) -> list[Job]:
    """Rows as jobs, with their stages."""
    query = select(stages).where(stages.c.job.in_([row.id for row in rows])).order_by(stages.c.job, stages.c.position)
    by_job: dict[str, list[StageProgress]] = {row.id: [] for row in rows}
    for stage in db.execute(query):
        fields = stage._asdict()
        job, _ = fields.pop("job"), fields.pop("position")
        by_job[job].append(StageProgress(**{**fields, "reads": tuple(fields["reads"])}))
    return [
        Job(
            id=row.id,
            name=row.name,
            state=State(row.state),
            seq=row.seq,
            created=row.created,
            started=row.started,
            finished=row.finished,
            outputs=row.outputs,
            attempts=row.attempts,
            reused=row.result_of != row.id,
            result_of=row.result_of,
            error=row.error,
            cancelling=row.cancelling,
            max_bytes=row.max_bytes,
            rows=row.rows,
            labels=row.labels,
            client=row.client,
            stages=tuple(by_job[row.id]),
        )
        for row in rows
    ]
