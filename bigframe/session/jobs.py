"""Jobs of a service: found by name from any process, watched, awaited, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Self

import pandas as pd

from bigframe.session.options import options
from bigframe.session.outputs import Output, results
from bigframe.session.remote import ENDED, JobState, RemoteEngine
from bigframe.session.session import current

SHOW_SECONDS = 2.0
"""How long showing a job may wait for news; then the last are shown."""
BAR_WIDTH = 20
MEASURED = [
    "tasks", "done", "reran", "reused", "rows", "bytes_scanned", "bytes_fetched", "bytes_exchanged", "cpu_seconds",
    "peak_memory", "seconds",
]  # fmt: skip


class Job:
    """A job on a service, which goes on without this process.

    Made by :func:`bigframe.submit`, :func:`bigframe.job` and :func:`bigframe.jobs`.

    Attributes
    ----------
    id : str
    name : str or None
    """

    def __init__(self, service: RemoteEngine, state: JobState, outputs: Sequence[Output] | None = None) -> None:
        self._service = service
        self._state = state
        self._outputs = outputs
        self.id: str = state["id"]
        self.name: str | None = state["name"]

    # -- how it is doing

    @property
    def status(self) -> str:
        """``QUEUED``, ``RUNNING``, ``COMMITTING``, ``SUCCEEDED``, ``FAILED`` or ``CANCELLED``, as of now."""
        return str(self._refreshed()["state"])

    @property
    def progress(self) -> float:
        """How much of the job is done, from 0 to 1, as of now."""
        return float(self._refreshed()["progress"]["fraction"])

    def details(self) -> JobState:
        """All that the service says of it now: its times, its stages, its error."""
        return dict(self._refreshed())

    @property
    def metrics(self) -> pd.DataFrame:
        """What it used: a row for each stage, and ``total``.

        Returns
        -------
        pandas.DataFrame
            Tasks, and how many of them are done, ran again, and were finished before; rows; bytes scanned, fetched and
            exchanged; CPU seconds; peak memory (bytes); seconds. What is not known is missing.
        """
        found = self._service.metrics(self.id)
        stages = [{"stage": stage["title"], **stage} for stage in found["stages"]]
        table = pd.DataFrame([*stages, {"stage": "total", **found["job"]}], columns=["stage", *MEASURED])
        return table.set_index("stage")

    def logs(self) -> str:
        """What its driver said: a line each, with the time in UTC."""
        return "\n".join(f"{clock(line['time'])} {line['text']}" for line in self._service.logs(self.id))

    def explain(self, *, analyze: bool = True) -> None:
        """Print its plan and its stages, and with ``analyze`` what happened so far."""
        print(self._service.explanation(self.id, analyze=analyze))

    # -- its end

    def wait(self, timeout: float | None = None) -> Self:
        """Block until it has ended, however it ends; Ctrl-C stops the waiting, not the job.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.

        Raises
        ------
        TimeoutError
            If it has not ended by then; it goes on.
        """
        if self._state["state"] not in ENDED:
            self._state = self._service.watch(self.id, progress=options.progress, timeout=timeout)
        return self

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the job and fetch what it computed.

        Returns
        -------
        pandas object, scalar, or tuple of them
            What :func:`bigframe.compute` returns for what was submitted; of one argument, the object itself.

        Raises
        ------
        TimeoutError
            As of :meth:`wait`.
        Cancelled
            If it was cancelled.
        Exception
            What the job failed with; it names the line that asked for what failed.
        """
        tables = self._service.tables(self.wait(timeout)._state)
        if self._outputs is None:
            self._outputs = [Output.from_json(wire) for wire in self._service.outputs(self.id)]
        values = results(self._outputs, tables, {})
        return values[0] if len(values) == 1 else tuple(values)

    def urls(self, output: int = 0) -> list[str]:
        """Short-lived URLs of a result on the storage, for programs that have neither a token nor a storage key.

        Parameters
        ----------
        output
            Number of the argument that was submitted, from 0.

        Returns
        -------
        list of str
            Its parts in row order, each an Arrow IPC file. Whoever has a URL can read the part until it expires.

        Raises
        ------
        LookupError
            If the service's storage signs no URLs, as folders do not.
        """
        return self._service.urls(self.id, output)

    def cancel(self) -> None:
        """Stop it; nothing that it wrote becomes visible. A job that has ended stays as it is."""
        self._state = self._service.cancel_job(self.id)

    # -- showing it

    def __repr__(self) -> str:
        state = self._last_known()
        return f"Job({state['name'] or state['id']!r}, {state['state']}, {bar(state)})"

    def _repr_html_(self) -> str:
        state = self._last_known()
        fraction = state["progress"]["fraction"]
        rows = "".join(
            f"<tr><td>{escape(str(stage['title']))}</td><td>{_meter(stage['done'] / max(1, stage['tasks']))}</td>"
            f"<td>{stage['done']:,} of {stage['tasks']:,}</td><td>{stage['rows']:,} rows</td></tr>"
            for stage in state["progress"]["stages"]
        )
        failed = f"<p>{escape(error_line(state))}</p>" if state["error"] else ""
        title = f"<b>{escape(state['name'] or state['id'])}</b> {escape(state['state'])} {_meter(fraction)}"
        return f"<div>{title} {fraction:.0%}<table>{rows}</table>{failed}</div>"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return job, (self.id,)

    def _refreshed(self, seconds: float | None = None) -> JobState:
        if self._state["state"] not in ENDED:
            self._state = self._service.state(self.id, seconds=seconds)
        return self._state

    def _last_known(self) -> JobState:
        """The job as of now or, where the service does not answer soon, as of before: showing it never fails."""
        try:
            return self._refreshed(SHOW_SECONDS)
        except ConnectionError:
            return self._state


def job(name_or_id: str) -> Job:
    """A job of the service that the session is connected to, whoever submitted it.

    Raises
    ------
    UnknownJob
        If there is none of that name or id.
    Unsupported
        If the session is not connected to a service.
    """
    service = current().service("job")
    return Job(service, service.state(name_or_id))


def jobs(state: str | None = None, limit: int = 20) -> pd.DataFrame:
    """The latest jobs of the service that the session is connected to, newest first.

    Parameters
    ----------
    state
        Only jobs in this state.
    limit
        At most so many.

    Returns
    -------
    pandas.DataFrame
        By id: name, state, progress (0 to 1), created (UTC), seconds, rows, bytes_scanned, error.
    """
    found = current().service("jobs").states(state=state, limit=limit)
    rows = [
        {
            "name": one["name"],
            "state": one["state"],
            "progress": one["progress"]["fraction"],
            "created": one["created"],
            **{name: one["metrics"].get(name) for name in ("seconds", "rows", "bytes_scanned")},
            "error": error_line(one),
        }
        for one in found
    ]
    columns = ["name", "state", "progress", "created", "seconds", "rows", "bytes_scanned", "error"]
    table = pd.DataFrame(rows, columns=columns, index=pd.Index([one["id"] for one in found], name="id", dtype="str"))
    return table.assign(created=pd.to_datetime(table["created"], unit="s", utc=True))


def bar(state: JobState) -> str:
    """A job's progress in text."""
    progress = state["progress"]
    full = round(progress["fraction"] * BAR_WIDTH)
    text = f"{'█' * full}{'░' * (BAR_WIDTH - full)} {progress['fraction']:.0%}"
    stages = progress["stages"]
    if stages and state["state"] == "RUNNING":
        text += f", stage {min(len(stages), sum(one['done'] >= one['tasks'] for one in stages) + 1)} of {len(stages)}"
    return text


def clock(seconds: float) -> str:
    """A moment, given in seconds since 1970, in UTC."""
    return f"{pd.Timestamp(seconds, unit='s'):%Y-%m-%d %H:%M:%S}"


def error_line(state: JobState) -> str:
    """What a job failed with, in a line; nothing for others."""
    error = state["error"]
    return f"{error['code']}: {str(error['message']).splitlines()[0]}" if error else ""


def _meter(fraction: float) -> str:
    return f'<progress value="{fraction:.3f}" max="1"></progress>'
