"""Hostile bodies on a real server: each is answered with its code, and none takes the server's memory."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bigframe.schema import INT64
from tests.service.plans import document, first, numbers
from tests.service.running import Server

pytestmark = pytest.mark.dask

MOST_GROWTH = 200 << 20
COLUMN = b'{"op":"Column","id":"a"},'
HEAD = b'{"id":"%s","plan":{"protocol":"bigframe.plan","version":1,"functions":{},"outputs":[0],"nodes":['


@contextmanager
def watched(server: Server) -> Iterator[list[int]]:
    """Samples of the server's memory while something happens, every few milliseconds."""
    samples, over = [server.memory()], threading.Event()

    def sample() -> None:
        while not over.wait(0.005):
            samples.append(server.memory())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def head() -> bytes:
    return HEAD % uuid.uuid4().hex.encode()


def chain(length: int, back: int = 1) -> bytes:
    """Slices, each of the one before, except the last, which refers to itself or a later one."""
    scan = {"op": "Scan", "format": "parquet", "paths": ["s3://bucket/a"], "options": [], "version": "v"}
    nodes = [json.dumps({**scan, "fields": [["a", "a", {"dtype": INT64.to_wire()}]]})]
    nodes += ['{"op":"Slice","input":{"node":%d},"offset":0,"length":1}' % n for n in range(length)]
    nodes.append('{"op":"Slice","input":{"node":%d},"offset":0,"length":1}' % (length + 1 + back))
    return head() + ",".join(nodes).encode() + b"]}}"


BODIES = {
    "a million nodes": lambda: (head() + COLUMN * 1_000_000, 413, "PLAN_TOO_LARGE"),
    "a million empty nodes": lambda: (head() + b"{}," * 1_000_000, 413, "PLAN_TOO_LARGE"),
    "ten million values in one node": lambda: (head() + b"[" + b"0," * 10_000_000, 413, "PLAN_TOO_LARGE"),
    "four million objects outside the plan": lambda: (b"[" + b'{"":0},' * 4_000_000, 413, "PLAN_TOO_LARGE"),
    "nested two million deep": lambda: (b"[" * 2_000_000, 413, "PLAN_TOO_LARGE"),
    "one text of 40 MB": lambda: (b'"' + b"x" * 40_000_000 + b'"', 413, "PLAN_TOO_LARGE"),
    "a text that is wide in memory": lambda: (
        b'"' + "\U0001f600".encode() + b"x" * 20_000_000 + b'"',
        400,
        "BAD_REQUEST",
    ),
    "many texts within the limits": lambda: (b"[" + b'"ab",' * 2_000_000 + b"0]", 400, "BAD_REQUEST"),
    "no JSON": lambda: (b"\x00\xff" * 1000, 400, "MALFORMED_JSON"),
    "cut": lambda: (head() + COLUMN * 50_000, 400, "MALFORMED_JSON"),
    "a cycle at the end": lambda: (chain(99_000, back=0), 400, "PLAN_MALFORMED"),
    "a reference to what comes later": lambda: (chain(99_000, back=1), 400, "PLAN_MALFORMED"),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/estimate"])
def test_a_hostile_body_is_answered_and_takes_no_memory(
    server: Server, name: str, path: str, record_property: Callable[[str, object], None]
) -> None:
    body, status, code = BODIES[name]()
    with watched(server) as samples:
        began = time.perf_counter()
        response = server.http.post(path, content=body)
        seconds = time.perf_counter() - began
    record_property("seconds", seconds)
    record_property("growth", max(samples) - samples[0])
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert max(samples) - samples[0] < MOST_GROWTH
    assert server.http.get("/v1/health").status_code == 200


def test_memory_does_not_grow_with_refused_bodies(server: Server) -> None:
    body = head() + COLUMN * 1_000_000
    server.http.post("/v1/jobs", content=body)
    idle = server.memory()
    for _ in range(20):
        assert server.http.post("/v1/jobs", content=body).status_code == 413
    assert server.memory() - idle < MOST_GROWTH


def changed(server: Server, **changes: Any) -> dict[str, Any]:
    return {**document(first(server.data, 1)), **changes}


def test_plans_that_are_no_plans_are_refused_everywhere(server: Server) -> None:
    good = document(first(server.data, 1))
    cases = [
        (changed(server, version=2), 400, "PLAN_VERSION"),
        (changed(server, protocol="other"), 400, "PLAN_MALFORMED"),
        (changed(server, nodes=[{"op": "Teleport"}]), 400, "UNKNOWN_OPERATOR"),
        (changed(server, outputs=[99]), 400, "PLAN_MALFORMED"),
        (changed(server, functions={"0" * 32: "gASV"}), 403, "FUNCTIONS_REFUSED"),
        (None, 400, "PLAN_MALFORMED"),
        (
            {**good, "nodes": [{**good["nodes"][0], "paths": ["/etc/passwd"]}], "outputs": [0]},
            403,
            "PATH_OUTSIDE_ROOTS",
        ),
    ]
    for plan, status, code in cases:
        for path in ("/v1/jobs", "/v1/estimate", "/v1/explain"):
            response = server.http.post(path, json={"id": uuid.uuid4().hex, "plan": plan})
            assert (response.status_code, response.json()["error"]["code"]) == (status, code), (path, plan)
    assert server.http.post("/v1/jobs", json={"id": uuid.uuid4().hex}).json()["error"]["code"] == "BAD_REQUEST"


def test_describe_looks_at_nothing_outside(server: Server) -> None:
    inside = numbers(server.data).paths[0]
    for outside in ("/etc/passwd", f"{server.data}/../storage/jobs.db", f"{server.storage}/jobs.db"):
        response = server.http.post("/v1/describe", json={"format": "csv", "paths": [inside, outside], "settings": {}})
        assert (response.status_code, response.json()["error"]["code"]) == (403, "PATH_OUTSIDE_ROOTS")
        assert outside in response.json()["error"]["message"]


def test_a_refused_plan_leaves_no_job(server: Server) -> None:
    before = server.http.get("/v1/jobs").json()
    server.http.post("/v1/jobs", json={"id": uuid.uuid4().hex, "name": "bad", "plan": changed(server, version=2)})
    assert server.http.get("/v1/jobs").json() == before
    assert server.http.get("/v1/jobs/bad").status_code == 404
