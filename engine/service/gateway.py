"""The HTTP interface, version 1: plans come in, jobs are watched, results go out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from bigframe.errors import UnknownJob
from engine.job import Engine
from engine.service.account import account
from engine.service.admission import PYTHON, Admission, Admitted
from engine.service.assets import PageFiles
from engine.service.bodies import Limits, read_json
from engine.service.jobs import State, Submission
from engine.service.jobstore import JobStore
from engine.service.picture import SKETCH, picture
from engine.service.refusals import Refused, answer
from engine.service.requests import DescribeRequest, ExplainRequest, JobRequest, PlanRequest, checked
from engine.service.results import Result, open_result
from engine.service.reuse import reuse_key
from engine.service.settings import Settings
from engine.service.streams import MEDIA_TYPE, ipc_stream
from engine.service.uploads import receive
from engine.service.watch import Watch
from engine.storage.places import open_store
from engine.storage.urls import join

__all__ = ["create_app"]

PROTOCOL = 1
LONGEST_WAIT = 25.0
"""Seconds of a long poll: proxies commonly cut answers that say nothing for 30."""
URL_SECONDS = 900
"""For how long a signed URL reads a part of a result."""
ROWS = "Bigframe-Rows"
"""Header of a result: its number of rows, by which a client tells that all of them arrived."""
_ADMITTED, _PLANNED = 2, 4
"""Plans that are checked, and looked at, at once: a check takes a core and the memory of the nodes, a look also waits."""

T = TypeVar("T")
BlobName = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}\.arrow$")]
PayloadName = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$")]


class CodedRoute(APIRoute):
    """A route whose every error is answered as coded JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def coded(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001 - whatever a request raises is told to who made it
                return _failed(error)

        return coded


def create_app(
    settings: Settings,
    store: JobStore,
    *,
    wake: Callable[[], None] = lambda: None,
    stopping: Callable[[], bool] = lambda: False,
) -> FastAPI:
    """The service as an ASGI application.

    Parameters
    ----------
    settings
        Of the server.
    store
        Where jobs are.
    wake
        Called when a job is new, so that nobody has to look for it.
    stopping
        Whether the server is about to end: long polls return at once.
    """
    app = FastAPI(title="bigframe", version=version("bigframe"), openapi_url=None)
    gateway = _Gateway(settings, store, wake, stopping)
    app.include_router(gateway.public())
    app.include_router(gateway.private())
    app.add_exception_handler(HTTPException, _unrouted)
    app.mount("/", PageFiles())
    return app


class _Gateway:
    """The handlers of all routes. Those that are no coroutines run in threads, for they ask the job store."""

    def __init__(
        self, settings: Settings, store: JobStore, wake: Callable[[], None], stopping: Callable[[], bool]
    ) -> None:
        self.settings = settings
        self.store = store
        self.wake = wake
        self.watch = Watch(store, stopping)
        self.admission = Admission(settings)
        self.limits = Limits(body=settings.body_limit, nodes=settings.node_limit)
        self.planner = Engine(storage=settings.storage, memory_limit=settings.memory_limit, slots=settings.max_workers)
        self.planner.distributed = True  # it plans what drivers run on the cluster
        self.admitting = CapacityLimiter(_ADMITTED)
        self.planning = CapacityLimiter(_PLANNED)

    def public(self) -> APIRouter:
        router = APIRouter(prefix="/v1", route_class=CodedRoute)
        router.add_api_route("/health", self.health, methods=["GET"])
        return router

    def private(self) -> APIRouter:
        router = APIRouter(prefix="/v1", route_class=CodedRoute, dependencies=[Depends(self.authorize)])
        for method, path, handler in (
            ("GET", "/server", self.server),
            ("POST", "/describe", self.describe),
            ("POST", "/estimate", self.estimate),
            ("POST", "/explain", self.explain),
            ("HEAD", "/blobs/{name}", self.has_blob),
            ("PUT", "/blobs/{name}", self.put_blob),
            ("HEAD", "/payloads/{name}", self.has_payload),
            ("PUT", "/payloads/{name}", self.put_payload),
            ("POST", "/jobs", self.submit),
            ("GET", "/jobs", self.jobs),
            ("GET", "/jobs/{job}", self.job),
            ("POST", "/jobs/{job}/cancel", self.cancel),
            ("GET", "/jobs/{job}/outputs", self.outputs),
            ("GET", "/jobs/{job}/logs", self.logs),
            ("GET", "/jobs/{job}/metrics", self.metrics),
            ("GET", "/jobs/{job}/explain", self.job_explain),
            ("GET", "/jobs/{job}/plan", self.picture),
            ("GET", "/jobs/{job}/results/{number}", self.result),
            ("GET", "/jobs/{job}/results/{number}/urls", self.urls),
        ):
            router.add_api_route(path, handler, methods=[method], response_model=None)
        return router

    async def authorize(self, request: Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self.settings.lets_in(token.strip()):
            what = "the token is not known here" if token else "a token is needed"
            message = f"{what}: pass one that the server was started with as token=, or in BIGFRAME_TOKEN"
            raise Refused(401, "UNAUTHORIZED", message, "PermissionError")

    # -- the server

    def health(self) -> dict[str, Any]:
        self.store.seqs(())
        return {"status": "ok"}

    async def server(self) -> dict[str, Any]:
        limits = {"body": self.limits.body, "nodes": self.limits.nodes, "upload": self.settings.upload_limit}
        return {
            "version": version("bigframe"),
            "protocol": PROTOCOL,
            "python": PYTHON,
            "trust_udfs": self.settings.trust_udfs,
            "limits": limits,
        }

    # -- looking without running

    async def describe(self, request: Request) -> dict[str, Any]:
        asked = checked(DescribeRequest, await self._body(request))

        def look() -> dict[str, Any]:
            self.admission.check_source(asked.format, asked.paths, asked.settings)
            return self.planner.describe(asked.format, asked.paths, asked.settings).to_json()

        return await self._planned(look)

    async def estimate(self, request: Request) -> dict[str, Any]:
        asked = checked(PlanRequest, await self._body(request))
        plans = (await self._admitted(asked)).plans
        estimates = await self._planned(lambda: self.planner.estimate(plans))
        return {"estimates": [estimate.to_json() for estimate in estimates]}

    async def explain(self, request: Request) -> dict[str, Any]:
        asked = checked(ExplainRequest, await self._body(request))
        plans = (await self._admitted(asked)).plans
        return {"text": await self._planned(lambda: self.planner.explain(plans, verbose=asked.verbose))}

    async def _body(self, request: Request) -> Any:
        return await read_json(request.stream(), self.limits, self.admitting)

    async def _admitted(self, asked: PlanRequest, python: str | None = None) -> Admitted:
        return await to_thread.run_sync(self.admission.admit, asked.plan, python, limiter=self.admitting)

    async def _planned(self, look: Callable[[], T]) -> T:
        return await to_thread.run_sync(look, limiter=self.planning)

    # -- uploads

    def has_blob(self, name: BlobName) -> Response:
        return self._has("blobs", name)

    async def put_blob(self, name: BlobName, request: Request) -> Response:
        return await self._put("blobs", name, request, None)

    def has_payload(self, name: PayloadName) -> Response:
        return self._has("payloads", name)

    async def put_payload(self, name: PayloadName, request: Request) -> Response:
        self.admission.check_trust()
        return await self._put("payloads", name, request, name)

    def _has(self, folder: str, name: str) -> Response:
        store, key = open_store(join(self.settings.storage, folder, name))
        return Response(status_code=404 if store.stat(key) is None else 200)

    async def _put(self, folder: str, name: str, request: Request, digest: str | None) -> Response:
        url = join(self.settings.storage, folder, name)
        new = await receive(request.stream(), url, self.settings.upload_limit, digest)
        return Response(status_code=201 if new else 200)

    # -- jobs

    async def submit(self, request: Request) -> Response:
        asked = checked(JobRequest, await self._body(request))
        admitted = await self._admitted(asked, asked.client.python)
        submission = Submission(
            id=asked.id,
            plan=admitted.document,
            digest=admitted.digest,
            outputs=len(admitted.plans),
            name=asked.name,
            max_bytes=asked.max_bytes,
            reuse_key=reuse_key(admitted.plans) if asked.cache else None,
            labels=asked.labels,
            client={**asked.client.model_dump(), "outputs": asked.outputs},
        )
        job, new = await to_thread.run_sync(self.store.submit, submission)
        if new:
            self.wake()
        return JSONResponse(job.to_json(), 201 if new else 200)

    def jobs(self, limit: Annotated[int, Query(ge=1, le=1000)] = 100, state: State | None = None) -> dict[str, Any]:
        return {"jobs": [job.to_json() for job in self.store.newest(limit, state)]}

    async def job(
        self,
        job: str,
        wait: Annotated[float, Query(ge=0)] = 0,
        seen: int = -1,
    ) -> dict[str, Any]:
        found = await to_thread.run_sync(self.store.get, job)
        if wait and found.seq <= seen and not found.state.terminal:
            await self.watch.changed(found.id, seen, min(wait, LONGEST_WAIT))
            found = await to_thread.run_sync(self.store.get, found.id)
        return found.to_json()

    def cancel(self, job: str) -> dict[str, Any]:
        found = self.store.cancel(job)
        self.wake()
        return found.to_json()

    def outputs(self, job: str) -> dict[str, Any]:
        return {"outputs": self.store.get(job).client.get("outputs", [])}

    def logs(self, job: str, after: int = 0, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000) -> dict[str, Any]:
        lines = self.store.logs(self.store.get(job).id, after, limit)
        return {"lines": [{"seq": line.seq, "time": line.time, "text": line.text} for line in lines]}

    def metrics(self, job: str) -> dict[str, Any]:
        found = self.store.get(job)
        stages = [{**stage.to_json(), **stage.metrics} for stage in found.stages]
        for stage in stages:
            stage.pop(SKETCH, None)
        return {"job": found.metrics, "stages": stages}

    async def job_explain(self, job: str, *, analyze: bool = True) -> dict[str, Any]:
        def look() -> dict[str, Any]:
            found = self.store.get(job)
            plans = self.admission.rebuilt(self.store.plan(found.id))
            return {"text": account(found, plans, analyze=analyze)}

        return await self._planned(look)

    def picture(self, job: str) -> dict[str, Any]:
        return picture(self.store.get(job).stages)

    # -- results

    def result(self, job: str, number: int) -> Response:
        found = self._result(job, number)
        headers = {ROWS: str(found.rows)}
        return StreamingResponse(ipc_stream(found.schema, found.batches()), media_type=MEDIA_TYPE, headers=headers)

    def urls(self, job: str, number: int) -> dict[str, Any]:
        expires = time.time() + URL_SECONDS
        urls = self._result(job, number).urls(URL_SECONDS)
        if urls is None:
            message = "this server's storage does not sign URLs; fetch the result itself"
            raise Refused(404, "NO_URLS", message, "LookupError")
        return {"urls": urls, "expires": expires}

    def _result(self, job: str, number: int) -> Result:
        found = self.store.get(job)
        if found.state is not State.SUCCEEDED:
            message = f"job {job} is {found.state.value}, and has results once it is SUCCEEDED"
            raise Refused(409, "NO_RESULT", message, "RuntimeError")
        if not 0 <= number < found.outputs:
            raise UnknownJob(f"job {job} has outputs 0 to {found.outputs - 1}, not {number}")
        return open_result(self.settings.storage, found.result_of, number)


def _failed(error: Exception) -> Response:
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        error = Refused(400, "BAD_REQUEST", f"{where}: {first['msg']}", "ValueError")
    elif isinstance(error, HTTPException):
        error = Refused(error.status_code, "BAD_REQUEST", str(error.detail), "ValueError")
    status, body = answer(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    # In ASCII: a message may quote text that no encoding has.
    return Response(json.dumps(body), status, headers, "application/json")


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    message = f"{request.method} {request.url.path}: {error.detail}"
    return _failed(Refused(error.status_code, code, message, "LookupError"))
