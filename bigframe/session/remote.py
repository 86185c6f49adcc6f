"""RemoteEngine: an engine behind a service, with the methods of the one in this process."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from bigframe.errors import Cancelled, UnknownJob, Unsupported
from bigframe.plan import payloads, wire
from bigframe.plan.node import Plan
from bigframe.session.faults import fault
from bigframe.session.http import Http, Incomplete, Token
from bigframe.sources import JobEstimate, SourceInfo

PROTOCOL = 1
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Functions travel between processes of the same minor version only."""
GREETING_SECONDS = 2.0
"""A service that restarts is worth waiting for during a job, but not where its address may be mistyped."""
POLL_SECONDS = 25.0
"""How long a service holds a poll of a job in which nothing happens."""
DOWNLOADS = 4
"""How many outputs of a job arrive at once."""
CANCEL_SECONDS = 2.0
"""How long Ctrl-C may take to tell the service."""
BLOB_ROWS = 1 << 18
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})

ROWS = "Bigframe-Rows"
"""Header of a result: its number of rows."""

JobState = dict[str, Any]
"""A job as the service describes it."""


class RemoteEngine:
    """Runs plans on a service.

    Parameters
    ----------
    url
        Where it listens, ``http://host:port``.
    token
        Default: the environment variable ``BIGFRAME_TOKEN``.

    Raises
    ------
    ConnectionError
        If no service answers, or it speaks another protocol.
    PermissionError
        If it does not know the token.
    """

    def __init__(self, url: str, token: Token | None = None) -> None:
        self.url = url
        self._http = Http(url, token)
        self._running: set[str] = set()
        self._last: str | None = None
        try:
            self._server = self._http.json("GET", "/v1/server", seconds=GREETING_SECONDS)
            self._check_protocol()
        except LookupError as error:
            self._http.close()
            raise ConnectionError(f"{url} is no address of a bigframe service: {error}") from None
        except BaseException:
            self._http.close()
            raise
        self._http.limits = self._server["limits"]

    def _check_protocol(self) -> None:
        spoken = self._server.get("protocol") if isinstance(self._server, dict) else None
        if spoken != PROTOCOL:
            theirs = self._server.get("version") if isinstance(self._server, dict) else None
            raise ConnectionError(
                f"{self.url} is bigframe {theirs} and speaks protocol {spoken}; this is bigframe "
                f"{version('bigframe')}, which speaks protocol {PROTOCOL}: install the same version"
            )

    @property
    def trusts_functions(self) -> bool:
        """Whether the service runs Python functions of its clients."""
        return bool(self._server["trust_udfs"])

    # -- what a session asks

    def run(self, plans: Sequence[Plan], *, progress: Any = "auto", max_bytes: int | None = None) -> list[pa.Table]:
        """Run plans as one job; a table for each, columns by id. Ctrl-C cancels it."""
        with self._cancelled_if_interrupted() as id:
            self._submit_and_remember(plans, id, max_bytes=max_bytes)
            tables = self.tables(self.watch(id, progress=progress))
            self._last = id
            return tables

    def describe(self, format: str, paths: Sequence[str], settings: Mapping[str, Any]) -> SourceInfo:
        """Columns, size and version of files that the service can reach."""
        asked = {"format": format, "paths": list(paths), "settings": dict(settings)}
        return SourceInfo.from_json(self._http.json("POST", "/v1/describe", asked))

    @property
    def last_metrics(self) -> dict[str, Any] | None:
        """What the last job of :meth:`run` took, in all and by stage; None before there was one."""
        return None if self._last is None else self.metrics(self._last)

    def estimate(self, plans: Sequence[Plan]) -> list[JobEstimate]:
        """For each plan what its result will be, and what the job for all of them will take."""
        answer = self._http.json("POST", "/v1/estimate", {"plan": self._uploaded(wire.dumps(*plans))})
        return [JobEstimate.from_json(one) for one in answer["estimates"]]

    def known_rows(self, plan: Plan) -> int | None:
        """How many rows a plan's result has, if that is known without running anything."""
        (estimate,) = self.estimate((plan,))
        return int(estimate.rows) if estimate.exact else None

    def explain(self, plans: Sequence[Plan], *, analyze: bool = False, verbose: bool = False) -> str:
        """The plans as text; with ``analyze`` they run first."""
        if not analyze:
            asked = {"plan": self._uploaded(wire.dumps(*plans)), "verbose": verbose}
            return str(self._http.json("POST", "/v1/explain", asked)["text"])
        with self._cancelled_if_interrupted() as id:
            self._submit_and_remember(plans, id, cache=False)
            self._raise_unless_succeeded(self.watch(id, progress=False))
        return self.explanation(id)

    def put_blob(self, path: str, table: pa.Table) -> None:
        """Upload in-memory data under the name of its content, unless the service has it."""
        target = f"/v1/blobs/{path.rpartition('/')[2]}"
        if self._http.has(target):
            return
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=BLOB_ROWS)
        self._http.put(target, sink.getvalue().to_pybytes())

    def cancel(self) -> None:
        """Cancel the jobs that :meth:`run` waits for, from another thread."""
        for id in tuple(self._running):
            self.cancel_job(id)

    def close(self) -> None:
        """Drop the connections; jobs go on."""
        self._http.close()

    # -- jobs

    def submit(
        self,
        document: Mapping[str, Any],
        *,
        id: str | None = None,
        name: str | None = None,
        max_bytes: int | None = None,
        cache: bool = True,
        labels: Mapping[str, str] | None = None,
        outputs: Sequence[Any] = (),
    ) -> JobState:
        """Start a job, or find the one of the same name and plan.

        Raises
        ------
        NameTaken
            If the name belongs to another plan.
        """
        # An id made here makes the call idempotent: a retry finds the job that the first try made.
        asked = {
            "id": id or uuid.uuid4().hex,
            "name": name,
            "plan": self._uploaded(document),
            "max_bytes": max_bytes,
            "cache": cache,
            "labels": dict(labels or {}),
            "outputs": list(outputs),
            "client": {"version": version("bigframe"), "python": PYTHON},
        }
        state: JobState = self._http.json("POST", "/v1/jobs", asked)
        return state

    def state(self, job: str, *, wait: float = 0, seen: int = -1, seconds: float | None = None) -> JobState:
        """A job by id or name; with ``wait``, once it has changed after ``seen`` or the seconds are over."""
        more = {} if seconds is None else {"seconds": seconds}
        state: JobState = self._http.json("GET", f"/v1/jobs/{_quoted(job)}", wait=wait, seen=seen, **more)
        return state

    def states(self, *, state: str | None, limit: int) -> list[JobState]:
        """The latest jobs, newest first."""
        found: list[JobState] = self._http.json("GET", "/v1/jobs", state=state, limit=limit)["jobs"]
        return found

    def watch(self, job: str, *, progress: Any, timeout: float | None = None) -> JobState:
        """Show a job's progress until it has ended.

        Raises
        ------
        TimeoutError
            If it has not after ``timeout`` seconds; it goes on.
        """
        from engine.exec.progress import Progress

        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        seen = -1
        with Progress(progress) as shown:
            while True:
                wait = max(0.0, min(POLL_SECONDS, deadline - time.monotonic()))
                state = self.state(job, wait=wait, seen=seen)
                for stage in state["progress"]["stages"]:
                    shown.show(*(stage[field] for field in ("key", "title", "tasks", "done", "rows", "bytes")))
                if state["state"] in ENDED:
                    return state
                if time.monotonic() >= deadline:
                    raise TimeoutError(
                        f"job {state['name'] or job!r} is {state['state']} after {timeout:g} s; it goes on"
                    )
                seen = state["seq"]

    def tables(self, state: JobState) -> list[pa.Table]:
        """The results of a job that has ended; a table for each output.

        Raises
        ------
        Exception
            What the job failed with.
        """
        self._raise_unless_succeeded(state)
        pool = ThreadPoolExecutor(DOWNLOADS, thread_name_prefix="bigframe-download")
        try:
            return list(pool.map(partial(self._table, state["id"]), range(state["outputs"])))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def outputs(self, job: str) -> list[Any]:
        """What the client that submitted a job said of its outputs."""
        found: list[Any] = self._http.json("GET", f"/v1/jobs/{_quoted(job)}/outputs")["outputs"]
        return found

    def cancel_job(self, job: str, seconds: float | None = None) -> JobState:
        """Have a job stopped; one that has ended stays as it is."""
        more = {} if seconds is None else {"seconds": seconds}
        state: JobState = self._http.json("POST", f"/v1/jobs/{_quoted(job)}/cancel", {}, **more)
        return state

    def logs(self, job: str) -> Iterator[dict[str, Any]]:
        """Lines (seq, time, text) that a job's driver wrote; the service gives some at a time."""
        after = -1
        while lines := self._http.json("GET", f"/v1/jobs/{_quoted(job)}/logs", after=after)["lines"]:
            yield from lines
            after = lines[-1]["seq"]

    def metrics(self, job: str) -> dict[str, Any]:
        """What a job used: in total, and by stage."""
        metrics: dict[str, Any] = self._http.json("GET", f"/v1/jobs/{_quoted(job)}/metrics")
        return metrics

    def urls(self, job: str, number: int) -> list[str]:
        """Short-lived URLs of the parts of a job's output, each an Arrow IPC file with columns by id."""
        urls: list[str] = self._http.json("GET", f"/v1/jobs/{_quoted(job)}/results/{number}/urls")["urls"]
        return urls

    def explanation(self, job: str, *, analyze: bool = True) -> str:
        """A job's plan and stages, and what happened."""
        asked = "true" if analyze else "false"
        return str(self._http.json("GET", f"/v1/jobs/{_quoted(job)}/explain", analyze=asked)["text"])

    # -- parts of the above

    @contextmanager
    def _cancelled_if_interrupted(self) -> Iterator[str]:
        id = uuid.uuid4().hex
        try:
            yield id
        except KeyboardInterrupt as interrupt:
            try:
                self.cancel_job(id, CANCEL_SECONDS)
            except (ConnectionError, UnknownJob) as error:
                interrupt.add_note(f"job {id} may go on: {error}")
            raise
        finally:
            self._running.discard(id)

    def _submit_and_remember(self, plans: Sequence[Plan], id: str, **settings: Any) -> None:
        self.submit(wire.dumps(*plans), id=id, **settings)
        self._running.add(id)

    def _uploaded(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document without the functions that it calls, which the service then has."""
        functions = document["functions"]
        if functions and self._server["python"] != PYTHON:
            raise Unsupported(
                f"calling your functions on a service of Python {self._server['python']}",
                f"this process runs Python {PYTHON}, and functions travel as bytecode",
                "the service's Python version here",
            )
        for digest in functions:
            target = f"/v1/payloads/{digest}"
            if not self._http.has(target):
                self._http.put(target, payloads.get(digest))
        return {**document, "functions": dict.fromkeys(functions)}

    def _raise_unless_succeeded(self, state: JobState) -> None:
        if state["error"]:
            raise fault(state["error"])
        if state["state"] != "SUCCEEDED":
            raise Cancelled(f"job {state['name'] or state['id']} was cancelled")

    def _table(self, job: str, number: int) -> pa.Table:
        def read(buffer: pa.Buffer, headers: Mapping[str, str]) -> pa.Table:
            rows = int(headers[ROWS])
            try:
                table = pa.ipc.open_stream(buffer).read_all()
            except (pa.ArrowException, OSError) as error:
                raise Incomplete(f"a broken output {number} of job {job}: {error}") from None
            # A stream without its last batches reads as a shorter table.
            if table.num_rows != rows:
                raise Incomplete(f"output {number} of job {job} with {table.num_rows:,} of its {rows:,} rows")
            return table

        return self._http.download(f"/v1/jobs/{job}/results/{number}", read)

    def __repr__(self) -> str:
        return f"RemoteEngine({self.url!r})"


def _quoted(name: str) -> str:
    return quote(name, safe="")
