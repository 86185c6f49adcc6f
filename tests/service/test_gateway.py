"""The HTTP interface on a real server: who is let in, jobs from submission to result, long polls, uploads, shutdown."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cloudpickle
import httpx2
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pytest

from bigframe.ops.base import Column
from bigframe.ops.reductions import Sum
from bigframe.plan import payloads
from bigframe.plan.catalog import Aggregate, MapBatches, Scan, Sink
from bigframe.schema import INT64, STRING
from bigframe.sources import SourceInfo
from engine.datasets import describe
from engine.service.gateway import ROWS
from engine.service.streams import ipc_stream
from tests.service.plans import PYTHON, document, first, job, numbers
from tests.service.running import TOKEN, Server

pytestmark = pytest.mark.dask

Start = Callable[..., Server]
BLOB = "0123456789abcdef" * 2


def submitted(server: Server, plan: Any, **fields: Any) -> dict[str, Any]:
    response = server.http.post("/v1/jobs", json=job(plan, **fields))
    assert response.status_code == 201, response.text
    return dict(response.json())


def table(server: Server, job: str, number: int = 0) -> pa.Table:
    response = server.http.get(f"/v1/jobs/{job}/results/{number}")
    assert response.status_code == 200, response.text
    found = pa.ipc.open_stream(response.content).read_all()
    assert response.headers[ROWS] == str(found.num_rows)
    return found


def refusal(response: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and the type that a client raises."""
    error = response.json()["error"]
    assert set(error) == {"code", "type", "message", "line", "retriable"}
    return response.status_code, error["code"], error["type"]


# -- who is let in


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_a_token_is_needed(server: Server, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method, path in (
        ("GET", "/v1/server"),
        ("GET", "/v1/jobs"),
        ("POST", "/v1/jobs"),
        ("PUT", f"/v1/payloads/{BLOB}"),
    ):
        response = httpx2.request(method, server.url + path, headers=headers, trust_env=False)
        assert refusal(response) == (401, "UNAUTHORIZED", "PermissionError")
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_health_and_the_page_need_no_token(server: Server) -> None:
    assert httpx2.get(f"{server.url}/v1/health", trust_env=False).json() == {"status": "ok"}
    page = httpx2.get(f"{server.url}/", trust_env=False)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")


def test_a_token_is_in_no_log(server: Server) -> None:
    server.http.get("/v1/jobs/nothing")
    assert TOKEN not in server.log.read_text()


def test_the_server_says_what_it_is(server: Server) -> None:
    about = server.http.get("/v1/server").json()
    assert about == {
        "version": "0.1.0",
        "protocol": 1,
        "python": PYTHON,
        "trust_udfs": False,
        "limits": {"body": 20 << 20, "nodes": 100_000, "upload": 4 << 30},
    }


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/nothing", (404, "NOT_FOUND", "LookupError")),
        ("DELETE", "/v1/jobs", (405, "METHOD_NOT_ALLOWED", "LookupError")),
        ("GET", "/v1/jobs/nothing", (404, "UNKNOWN_JOB", "UnknownJob")),
        ("GET", "/v1/jobs?limit=0", (400, "BAD_REQUEST", "ValueError")),
        ("GET", "/v1/jobs?state=ODD", (400, "BAD_REQUEST", "ValueError")),
        ("GET", "/v1/jobs/nothing/results/x", (400, "BAD_REQUEST", "ValueError")),
        ("PUT", "/v1/blobs/..%2F..%2Fetc", (405, "METHOD_NOT_ALLOWED", "LookupError")),
        ("PUT", "/v1/blobs/short.arrow", (400, "BAD_REQUEST", "ValueError")),
        ("PUT", f"/v1/payloads/{BLOB}", (403, "FUNCTIONS_REFUSED", "FunctionsRefused")),
    ],
)
def test_what_cannot_be_done_is_a_coded_error(
    server: Server, method: str, path: str, expected: tuple[int, str, str]
) -> None:
    assert refusal(server.http.request(method, path)) == expected


# -- looking without running


def test_files_are_described(server: Server) -> None:
    (path,) = numbers(server.data).paths
    response = server.http.post("/v1/describe", json={"format": "parquet", "paths": [path]})
    assert SourceInfo.from_json(response.json()) == describe("parquet", [path], {})


def test_dtypes_that_pandas_kept_are_described(server: Server) -> None:
    path = str(server.data / "kinds.parquet")
    kinds = pd.Categorical(["b", None, "a"], categories=["b", "a", "never"], ordered=True)
    pd.DataFrame({"kind": kinds, "whole": pd.array([1, None, 3], dtype="Int64")}).to_parquet(path)

    def described(**settings: Any) -> SourceInfo:
        asked = {"format": "parquet", "paths": [path], "settings": settings}
        return SourceInfo.from_json(server.http.post("/v1/describe", json=asked).json())

    assert described().families == {"whole": "nullable"}
    assert described().categories == {}
    assert set(described().unread) == {"kind"}
    assert described(categories=["kind"]).categories == {"kind": (("b", "a", "never"), True)}
    assert described(categories=["kind"]) == describe("parquet", [path], {"categories": ["kind"]})
    response = server.http.post(
        "/v1/describe", json={"format": "parquet", "paths": [path], "settings": {"categories": 5}}
    )
    assert refusal(response) == (422, "VALUE_ERROR", "ValueError")


def test_files_that_are_not_there_are_named(server: Server) -> None:
    path = str(server.data / "no.parquet")
    response = server.http.post("/v1/describe", json={"format": "parquet", "paths": [path]})
    assert refusal(response) == (404, "FILE_NOT_FOUND_ERROR", "FileNotFoundError")
    assert path in response.json()["error"]["message"]


def test_an_estimate_is_exact_where_footers_are(server: Server) -> None:
    plans = document(first(server.data, 10), numbers(server.data))
    small, all_rows = server.http.post("/v1/estimate", json={"plan": plans}).json()["estimates"]
    assert (small["rows"], small["exact"]) == (10, True)
    assert (all_rows["rows"], all_rows["exact"]) == (1000, True)
    assert 0 < small["bytes"] < all_rows["bytes"]


def test_a_plan_is_explained(server: Server) -> None:
    asked = {"plan": document(first(server.data, 10))}
    text = server.http.post("/v1/explain", json=asked).json()["text"]
    assert [line for line in text.splitlines() if not line.startswith(" ") and line] == [
        "Logical plan", "Optimised plan", "Stages",
    ]  # fmt: skip
    verbose = server.http.post("/v1/explain", json={**asked, "verbose": True}).json()["text"]
    assert "Rules that changed it" in verbose


# -- jobs


def test_a_job_from_submission_to_result(server: Server) -> None:
    outputs = [{"kind": "frame"}]
    plan = Aggregate(first(server.data, 10), (), (("sum", Sum(Column("n"))),))
    sent = job(plan, name="sums", labels={"team": "text"}, outputs=outputs)
    response = server.http.post("/v1/jobs", json=sent)
    assert (response.status_code, response.json()["state"]) == (201, "QUEUED")
    ended = server.ended("sums")
    assert (ended["id"], ended["state"], ended["error"], ended["labels"]) == (
        sent["id"],
        "SUCCEEDED",
        None,
        {"team": "text"},
    )
    assert ended["progress"]["fraction"] == 1
    assert table(server, "sums").to_pydict() == {"sum": [45]}
    base = f"/v1/jobs/{sent['id']}"
    assert server.http.get(f"{base}/outputs").json() == {"outputs": outputs}
    lines = server.http.get(f"{base}/logs").json()["lines"]
    assert [line["text"] for line in lines][-1] == "succeeded with 1 rows"
    assert server.http.get(f"{base}/logs", params={"after": lines[-1]["seq"]}).json() == {"lines": []}
    metrics = server.http.get(f"{base}/metrics").json()
    assert metrics["job"]["rows"] == 1
    assert [stage["tasks"] for stage in metrics["stages"]] == [stage["done"] for stage in metrics["stages"]]
    picture = server.http.get(f"{base}/plan").json()
    assert [stage["key"] for stage in picture["stages"]] == [stage["key"] for stage in metrics["stages"]]
    text = server.http.get(f"{base}/explain").json()["text"]
    assert text.startswith("Job sums: SUCCEEDED")
    assert "1 of 1 tasks" in text
    assert "1 of 1 tasks" not in server.http.get(f"{base}/explain", params={"analyze": False}).json()["text"]
    assert sent["id"] in [
        one["id"] for one in server.http.get("/v1/jobs", params={"state": "SUCCEEDED"}).json()["jobs"]
    ]
    assert refusal(server.http.get(f"{base}/results/1")) == (404, "UNKNOWN_JOB", "UnknownJob")
    assert refusal(server.http.get(f"{base}/results/0/urls")) == (404, "NO_URLS", "LookupError")


def test_every_output_of_a_job_has_its_rows(server: Server) -> None:
    submission = job(document(first(server.data, 3), first(server.data, 0)))
    server.http.post("/v1/jobs", json=submission)
    assert server.ended(submission["id"])["error"] is None
    assert table(server, submission["id"], 0).to_pydict() == {"n": [0, 1, 2], "t": ["0", "1", "2"]}
    assert table(server, submission["id"], 1).to_pydict() == {"n": [], "t": []}


def test_a_write_is_done_by_the_service(server: Server) -> None:
    target = server.data / "written"
    id = submitted(server, Sink(first(server.data, 5), str(target), "parquet", "error", ("n", "t")))["id"]
    assert server.ended(id)["error"] is None
    (path,) = table(server, id)["path"].to_pylist()
    assert Path(path).parent == target
    assert pa.parquet.read_table(path)["n"].to_pylist() == [0, 1, 2, 3, 4]


def test_an_uploaded_table_is_read_by_the_job(server: Server) -> None:
    content = pa.BufferOutputStream()
    data = pa.table({"n": [7, 8]})
    with pa.ipc.new_file(content, data.schema) as writer:
        writer.write_table(data)
    path = f"/v1/blobs/{BLOB}.arrow"
    assert server.http.head(path).status_code == 404
    scan = Scan("ipc", (f"scratch://blobs/{BLOB}.arrow",), (("normal", True),), BLOB, (("n", "n", INT64),))
    assert refusal(server.http.post("/v1/jobs", json=job(scan))) == (409, "BLOB_MISSING", "WireError")
    sent = content.getvalue().to_pybytes()
    assert server.http.put(path, content=sent).status_code == 201
    assert server.http.put(path, content=b"other").status_code == 200
    assert server.http.head(path).status_code == 200
    id = submitted(server, scan)["id"]
    assert server.ended(id)["error"] is None
    assert table(server, id).to_pydict() == {"n": [7, 8]}


def test_a_job_is_the_same_under_its_id_and_its_name(server: Server) -> None:
    sent = job(first(server.data, 2), name="twice")
    assert server.http.post("/v1/jobs", json=sent).status_code == 201
    again = server.http.post("/v1/jobs", json=sent)
    assert (again.status_code, again.json()["id"]) == (200, sent["id"])
    by_name = server.http.post("/v1/jobs", json=job(first(server.data, 2), name="twice"))
    assert (by_name.status_code, by_name.json()["id"]) == (200, sent["id"])
    other = server.http.post("/v1/jobs", json=job(first(server.data, 4), name="twice"))
    assert refusal(other) == (409, "NAME_TAKEN", "NameTaken")
    assert server.http.get("/v1/jobs/twice").json()["id"] == server.http.get(f"/v1/jobs/{sent['id']}").json()["id"]


def test_fifty_submissions_of_one_name_at_once_are_one_job(server: Server) -> None:
    plan = document(first(server.data, 6))

    def submit(_: int) -> tuple[int, str]:
        response = server.http.post("/v1/jobs", json=job(plan, name="fifty"))
        return response.status_code, response.json()["id"]

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(submit, range(50)))
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({id for _, id in answers}) == 1


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"id": "7"}, "id"),
        ({"id": BLOB.upper()}, "id"),
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "line\nbreak"}, "name"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"labels": {"a": 1}}, "labels.a"),
        ({"client": 3}, "client"),
    ],
)
def test_a_submission_is_checked_field_by_field(server: Server, fields: dict[str, Any], where: str) -> None:
    response = server.http.post("/v1/jobs", json={**job(first(server.data, 1)), **fields})
    assert refusal(response) == (400, "BAD_REQUEST", "ValueError")
    assert response.json()["error"]["message"].startswith(f"{where}: ")


def test_a_failed_job_says_why_and_where(server: Server) -> None:
    scan = numbers(server.data, 20)
    stale = scan.replace(version="of yesterday")
    id = submitted(server, stale)["id"]
    ended = server.ended(id)
    assert (ended["state"], ended["error"]["code"]) == ("FAILED", "INPUT_CHANGED")
    assert scan.paths[0] in ended["error"]["message"]
    assert refusal(server.http.get(f"/v1/jobs/{id}/results/0")) == (409, "NO_RESULT", "RuntimeError")


# -- results


def test_a_stream_is_made_as_it_is_taken() -> None:
    made = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(4):
            made.append(number)
            yield pa.record_batch({"x": np.frombuffer(os.urandom(8 << 20), np.uint8)})

    chunks = ipc_stream(pa.schema([("x", pa.uint8())]), batches())
    first_batch = [len(next(chunks)) for _ in range(8)]
    assert made == [0]
    assert set(first_batch) == {1 << 20}
    # The rest of the first batch is its header.
    assert len(next(chunks)) < 1000
    next(chunks)
    assert made == [0, 1]
    assert len(list(chunks)) == 3 * 9


# -- functions


def wait_for(path: str) -> Any:
    def wait(frame: Any) -> Any:
        import os
        import time

        while not os.path.exists(path):  # noqa: PTH110 - it runs where nothing of this module is
            time.sleep(0.02)
        return frame

    # By value: drivers and workers have no tests.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return wait


def waiting(server: Server, gate: Path) -> tuple[dict[str, Any], bytes]:
    """A plan that is done once a file is there, without its function, and the function."""
    digest = payloads.put(wait_for(str(gate)))
    outputs = (("o", "n", INT64), ("p", "t", STRING))
    plan = MapBatches(first(server.data, 3), digest, "wait", ("n", "t"), 0, outputs, 0, holes=((), ()))
    sent = document(plan)
    return {**sent, "functions": {digest: None}}, payloads.get(digest)


def test_functions_are_uploaded_once_and_run_where_they_are_trusted(start_server: Start) -> None:
    server = start_server(trust_udfs=True)
    gate = server.data / "gate"
    plan, payload = waiting(server, gate)
    (digest,) = plan["functions"]
    path = f"/v1/payloads/{digest}"
    assert refusal(server.http.post("/v1/jobs", json=job(plan))) == (409, "PAYLOAD_MISSING", "WireError")
    wrong = server.http.put(path, content=payload + b"x")
    assert refusal(wrong) == (400, "DIGEST_MISMATCH", "ValueError")
    assert server.http.head(path).status_code == 404
    assert server.http.put(path, content=payload).status_code == 201
    assert server.http.put(path, content=payload).status_code == 200
    other = {**job(plan), "client": {"version": "0.1.0", "python": "3.9"}}
    refused = server.http.post("/v1/jobs", json=other)
    assert refusal(refused) == (409, "PYTHON_MISMATCH", "RuntimeError")
    assert all(text in refused.json()["error"]["message"] for text in ("Python 3.9", f"Python {PYTHON}"))

    id = submitted(server, plan)["id"]
    many_wait_without_threads(server, id)
    gate.touch()
    assert server.ended(id)["error"] is None

    stuck, stuck_payload = waiting(server, server.data / "never")
    server.http.put(f"/v1/payloads/{next(iter(stuck['functions']))}", content=stuck_payload)
    id = submitted(server, stuck, name="stuck")["id"]
    assert server.http.post("/v1/jobs/stuck/cancel").json()["id"] == id
    assert server.ended(id)["state"] == "CANCELLED"


def many_wait_without_threads(server: Server, id: str) -> None:
    """A hundred long polls at once: all end when the job changes, and the server has few threads for them."""
    process = psutil.Process(server.process.pid)
    while (state := server.http.get(f"/v1/jobs/{id}").json())["state"] == "QUEUED":
        time.sleep(0.05)
    before = process.num_threads()

    async def poll_all() -> list[int]:
        limits = httpx2.Limits(max_connections=None)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(
            base_url=server.url, headers=headers, limits=limits, timeout=60, trust_env=False
        ) as http:
            path = f"/v1/jobs/{id}?wait=20&seen={1 << 40}"
            polls = [asyncio.create_task(http.get(path)) for _ in range(100)]
            await asyncio.sleep(1)
            assert not any(poll.done() for poll in polls)
            during.append(process.num_threads())
            for poll in polls:
                poll.cancel()
            news = [asyncio.create_task(http.get(f"/v1/jobs/{id}?wait=20&seen={state['seq'] - 1}")) for _ in range(100)]
            return [response.status_code for response in await asyncio.gather(*news)]

    during: list[int] = []
    assert asyncio.run(poll_all()) == [200] * 100
    # 40 is the limit of threads that serve requests which ask the job store.
    assert during[0] - before <= 40


# -- limits


def test_an_upload_that_is_too_large_leaves_nothing(start_server: Start) -> None:
    server = start_server(upload_limit=1 << 20)
    path = f"/v1/blobs/{BLOB}.arrow"
    response = server.http.put(path, content=bytes((1 << 20) + 1))
    assert refusal(response) == (413, "UPLOAD_TOO_LARGE", "ValueError")
    assert server.http.head(path).status_code == 404
    assert not [found for found in (server.storage / "blobs").iterdir() if found.is_file()]
    assert server.http.put(path, content=bytes(1 << 20)).status_code == 201
