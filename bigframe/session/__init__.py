"""Sessions: the only door from the client to the engine."""

from bigframe.session.jobs import Job, job, jobs
from bigframe.session.session import Session, connect, current, using

__all__ = ["Job", "Session", "connect", "current", "job", "jobs", "using"]
