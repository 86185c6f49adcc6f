"""The client of a service, against one that fails on purpose: retries, errors raised again, and a token nobody sees."""

import io
import json
import logging
import pickle
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pandas
import pyarrow as pa
import pytest

import bigframe as pd
from bigframe.errors import InputChanged, MissingExtra, NameTaken, UnknownJob
from bigframe.session import http
from bigframe.session.faults import fault
from bigframe.session.http import Token
from bigframe.session.remote import RemoteEngine

TOKEN = "s3cr3t-t0ken"  # looked for in everything that the client shows
SERVER = {"version": "0.1.0", "protocol": 1, "python": "3.11", "trust_udfs": True, "limits": {}}


def stream(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=10)
    return sink.getvalue()


def job(state: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    stages = [{"key": "s", "title": "scan", "tasks": 4, "done": 2, "rows": 10, "bytes": 80}]
    return {
        "id": "a" * 32, "name": "clean", "state": state, "seq": 1, "created": 0.0, "outputs": 1, "error": None,
        "progress": {"stages": stages, "fraction": 0.5}, "metrics": {"seconds": 1.5, "rows": 7}, **more,
    }  # fmt: skip


class Service:
    """Answers by a list of what to say, in turn, to each method and path; the last of a list goes on for ever."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, bytes]] = []
        self.seen_tokens: set[str | None] = set()
        self.answers: dict[tuple[str, str], list[Any]] = {("GET", "/v1/server"): [SERVER]}
        self.route: Callable[[str, str], list[Any] | None] = lambda method, path: None
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.partition("?")[0]
                service.calls.append((self.command, self.path, body))
                service.seen_tokens.add(self.headers.get("Authorization"))
                left = service.route(self.command, path) or service.answers.get((self.command, path), [(404, b"")])
                answer = left.pop(0) if len(left) > 1 else left[0]
                if answer == "cut":
                    self.close_connection = True
                    return
                status, content, headers = (*answer, {})[:3] if isinstance(answer, tuple) else (200, answer, {})
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_HEAD = handle_any  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def on(self, method: str, path: str, *answers: Any) -> None:
        self.answers[method, path] = list(answers)

    def bodies(self, method: str, path: str) -> list[Any]:
        return [json.loads(body) for m, p, body in self.calls if (m, p.partition("?")[0]) == (method, path)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


@pytest.fixture
def connected(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[pd.Session]:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.001)
    with pd.connect(service.url, token=TOKEN) as session:
        yield session


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.Http.json, "__kwdefaults__", {"seconds": 0.3})
    monkeypatch.setattr(http, "RETRY_SECONDS", 0.3)


def refusal(code: str, kind: str, message: str, line: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "type": kind, "message": message, "line": line, "retriable": False}}


# -- calls


@pytest.mark.parametrize("trouble", ["cut", (503, b"busy"), (502, b""), (429, {"error": {"code": "BUSY"}})])
def test_a_call_is_tried_again(service: Service, connected: pd.Session, trouble: Any) -> None:
    service.on("GET", "/v1/jobs", trouble, trouble, {"jobs": []})
    assert pd.jobs().empty
    assert [path for _, path, _ in service.calls].count("/v1/jobs?limit=20") == 3


def test_a_submission_that_is_tried_again_is_the_same_job(service: Service, connected: pd.Session) -> None:
    service.on("POST", "/v1/jobs", "cut", (503, b""), (201, job("QUEUED")))
    service.on("HEAD", "/v1/blobs/x", (200, b""))
    engine = connected.service("test")
    engine.submit({"functions": {}, "nodes": []}, name="clean")
    sent = service.bodies("POST", "/v1/jobs")
    assert len(sent) == 3
    assert len({one["id"] for one in sent}) == 1
    assert len(sent[0]["id"]) == 32
    assert sent[0]["client"] == {"version": pd.__version__, "python": "3.11"}


def test_a_wait_that_the_service_asks_for_is_kept(
    service: Service, connected: pd.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(http.time, "sleep", pauses.append)
    service.on("GET", "/v1/jobs", (503, b"", {"Retry-After": "7"}), {"jobs": []})
    pd.jobs()
    assert pauses == [7.0]


def test_an_absent_service_is_named_after_the_deadline(
    service: Service, connected: pd.Session, impatient: None
) -> None:
    service.on("GET", "/v1/jobs", "cut")
    with pytest.raises(ConnectionError, match=f"no service answers at {service.url}: ") as caught:
        pd.jobs()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigframe.session.remote.GREETING_SECONDS", 0.2)
    before = pd.current_session()
    with pytest.raises(ConnectionError, match=r"no service answers at http://127\.0\.0\.1:9: .* `bigframe serve` "):
        pd.connect("http://127.0.0.1:9", token=TOKEN)
    assert pd.current_session() is before


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({**SERVER, "protocol": 2, "version": "9.1"}, "is bigframe 9.1 and speaks protocol 2; this is bigframe .* 1"),
        (b"<html>hello</html>", "answers no JSON: it is no bigframe service"),
        ([1], "speaks protocol None"),
        ((404, b"<html>"), "answers 404 Not Found, which no bigframe service does"),
        ((404, refusal("NOT_FOUND", "LookupError", "GET /x/v1/server")), r"\d is no address of .* service: GET /x/"),
    ],
)
def test_another_server_is_told_apart(service: Service, answer: Any, message: str) -> None:
    service.on("GET", "/v1/server", answer)
    with pytest.raises(ConnectionError, match=message):
        pd.connect(service.url, token=TOKEN)


def test_training_reads_no_files_of_a_service(service: Service, connected: pd.Session) -> None:
    service.route = lambda method, path: [(200, b"")] if path.startswith("/v1/blobs/") else None
    frame = pd.DataFrame({"x": [1]})
    asked = len(service.calls)
    with pytest.raises(pd.Unsupported, match=r"to_torch on a service .* Use to_arrow\(\)"):
        frame.to_torch()
    assert len(service.calls) == asked


def test_what_is_larger_than_the_service_takes_is_not_sent(service: Service) -> None:
    service.on("GET", "/v1/server", {**SERVER, "limits": {"upload": 1000, "body": 10**6}})
    service.on("HEAD", "/v1/blobs/x.arrow", (404, b""))
    engine = RemoteEngine(service.url)
    table = pa.table({"x": range(1000)})
    with pytest.raises(ValueError, match=r"x.arrow has [\d,]+ bytes; the service takes 1,000"):
        engine.put_blob("scratch://blobs/x.arrow", table)
    engine.close()
    assert "PUT" not in {method for method, _, _ in service.calls}


def test_data_is_uploaded_once(service: Service, connected: pd.Session) -> None:
    table = pa.table({"x": [1, 2]})
    service.on("HEAD", "/v1/blobs/x.arrow", (404, b""), (200, b""))
    service.on("PUT", "/v1/blobs/x.arrow", (201, {}))
    connected.engine.put_blob("scratch://blobs/x.arrow", table)
    connected.engine.put_blob("scratch://blobs/x.arrow", table)
    sent = [body for method, _, body in service.calls if method == "PUT"]
    assert [pa.ipc.open_file(body).read_all().equals(table) for body in sent] == [True]


# -- results


def test_results_are_checked_and_fetched_again(service: Service, connected: pd.Session) -> None:
    table = pa.table({"x": range(100)})
    whole = stream(table)
    headers = {"Bigframe-Rows": "100"}
    cut = whole[: -len(whole) // 8]
    service.on("GET", f"/v1/jobs/{'a' * 32}/results/0", (200, cut, headers), "cut", (200, whole, headers))
    (got,) = connected.service("test").tables(job())
    assert got.equals(table)


def test_a_stream_without_its_last_rows_is_noticed(service: Service, connected: pd.Session, impatient: None) -> None:
    # To Arrow alone it is a whole table of 90 rows.
    short = stream(pa.table({"x": range(90)}))
    service.on("GET", f"/v1/jobs/{'a' * 32}/results/0", (200, short, {"Bigframe-Rows": "100"}))
    with pytest.raises(ConnectionError, match=r"arrives output 0 of job a+ with 90 of its 100 rows"):
        connected.service("test").tables(job())


# -- errors


@pytest.mark.parametrize(
    ("wire", "kind", "text"),
    [
        (("X", "FileExistsError", "out exists"), FileExistsError, "out exists"),
        (("X", "KeyError", "nope"), KeyError, "'nope'"),
        (("X", "MergeError", "keys"), pandas.errors.MergeError, "keys"),
        (("INPUT_CHANGED", "InputChanged", "a.parquet"), InputChanged, "a.parquet"),
        (("MEMORY_LIMIT", "MemoryLimitError", "sort"), pd.MemoryLimitError, "sort"),
        (("UNSUPPORTED", "Unsupported", "x is not supported: y."), pd.Unsupported, "x is not supported: y."),
        (("X", "SystemExit", "0"), pd.ExecutionError, "0"),
        (("X", "UnicodeDecodeError", "byte 0"), pd.ExecutionError, "byte 0"),
        (("X", "eval", "1"), pd.ExecutionError, "1"),
        (("X", "__getattr__", "1"), pd.ExecutionError, "1"),
        (("X", "MyOwnError", "boom"), pd.ExecutionError, "boom"),
    ],
)
def test_errors_are_what_they_were(wire: tuple[str, str, str], kind: type[Exception], text: str) -> None:
    code, name, message = wire
    error = fault({"code": code, "type": name, "message": message, "line": "job.py:3", "retriable": False})
    assert isinstance(error, kind)
    assert str(error) == text
    assert error.code == code  # type: ignore[attr-defined]
    assert error.__notes__ == ["asked for at job.py:3"]


def test_a_refusal_is_raised_at_once(service: Service, connected: pd.Session) -> None:
    service.on("POST", "/v1/jobs", (409, refusal("NAME_TAKEN", "NameTaken", "clean is another plan")))
    with pytest.raises(NameTaken, match="clean is another plan"):
        connected.service("test").submit({"functions": {}}, name="clean")
    assert len(service.bodies("POST", "/v1/jobs")) == 1


def test_a_failed_job_raises_what_it_failed_with(service: Service, connected: pd.Session) -> None:
    error = refusal("X", "ZeroDivisionError", "division by zero", "job.py:7")["error"]
    with pytest.raises(ZeroDivisionError, match="division by zero") as caught:
        connected.service("test").tables(job("FAILED", error=error))
    assert caught.value.__notes__ == ["asked for at job.py:7"]
    with pytest.raises(pd.Cancelled, match="job clean was cancelled"):
        connected.service("test").tables(job("CANCELLED"))


def test_functions_need_the_same_python(service: Service) -> None:
    service.on("GET", "/v1/server", {**SERVER, "python": "3.13"})
    engine = RemoteEngine(service.url)
    with pytest.raises(pd.Unsupported, match=r"Python 3.13.*this process runs Python 3.11"):
        engine.submit({"functions": {"d": ""}})
    engine.close()


# -- cancelling


def test_ctrl_c_cancels_the_job_of_a_look(
    service: Service, connected: pd.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.on("POST", "/v1/jobs", (201, job("RUNNING")))

    def interrupted(self: Any, *args: Any, **kwargs: Any) -> None:
        (sent,) = service.bodies("POST", "/v1/jobs")
        service.on("POST", f"/v1/jobs/{sent['id']}/cancel", (404, refusal("UNKNOWN_JOB", "UnknownJob", "it is gone")))
        raise KeyboardInterrupt

    monkeypatch.setattr(RemoteEngine, "watch", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        connected.service("test").run(())
    assert service.calls[-1][1].endswith("/cancel")
    assert caught.value.__notes__[0].endswith("may go on: it is gone")


def test_cancel_from_another_thread(service: Service, connected: pd.Session) -> None:
    service.on("POST", "/v1/jobs", (201, job("RUNNING")))

    def route(method: str, path: str) -> list[Any] | None:
        if path.endswith("/cancel"):
            return [job("RUNNING")]
        if path.startswith("/v1/jobs/"):
            asked = any(path.endswith("/cancel") for _, path, _ in service.calls)
            if not asked:
                threading.Thread(target=connected.cancel).start()
            return [job("CANCELLED" if asked else "RUNNING")]
        return None

    service.route = route
    with pytest.raises(pd.Cancelled, match="job clean was cancelled"):
        connected.service("test").run((), progress=False)
    (sent,) = service.bodies("POST", "/v1/jobs")
    assert ("POST", f"/v1/jobs/{sent['id']}/cancel") in [(method, path) for method, path, _ in service.calls]


# -- the token


def everything_shown(error: BaseException) -> str:
    parts = ["".join(traceback.format_exception(error))]
    while error is not None:
        parts += [repr(error), str(vars(error)), str(error.args)]
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return "\n".join(parts)


def test_the_token_is_sent_and_never_shown(
    service: Service, connected: pd.Session, caplog: pytest.LogCaptureFixture, impatient: None
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = connected.service("test")
    shown = [repr(connected), str(connected), repr(engine), str(vars(connected)), str(vars(engine)), repr(Token(TOKEN))]
    shown += [str(vars(engine._http)), str(vars(engine._http._client))]
    service.on("GET", "/v1/jobs", "cut")
    service.on("GET", "/v1/jobs/absent", (404, refusal("UNKNOWN_JOB", "UnknownJob", "there is no job 'absent'")))
    for call, kind in ((pd.jobs, ConnectionError), (lambda: pd.job("absent"), UnknownJob)):
        with pytest.raises(kind) as caught:
            call()
        shown.append(everything_shown(caught.value))
    assert service.seen_tokens == {f"Bearer {TOKEN}"}
    assert len(caplog.text) > 100
    assert TOKEN not in "\n".join([*shown, caplog.text])


@pytest.mark.parametrize("what", [lambda s: s, lambda s: s.engine, lambda s: Token(TOKEN)])
def test_the_token_is_not_pickled(service: Service, connected: pd.Session, what: Callable[[Any], Any]) -> None:
    import cloudpickle

    for dumps in (pickle.dumps, cloudpickle.dumps):
        with pytest.raises((TypeError, pickle.PicklingError)) as caught:
            dumps(what(connected))
        assert TOKEN not in str(caught.value)


def test_the_token_comes_from_the_environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGFRAME_TOKEN", "from-outside")
    with pd.connect(service.url):
        assert service.seen_tokens == {"Bearer from-outside"}


def test_an_address_holds_no_password() -> None:
    with pytest.raises(ValueError, match="holds no user or password; pass token=") as caught:
        pd.connect(f"http://user:{TOKEN}@127.0.0.1:9")
    assert TOKEN not in str(caught.value)


def test_a_service_has_its_own_settings() -> None:
    with pytest.raises(ValueError, match="a service has its own storage, workers, set where it is started"):
        pd.connect("http://127.0.0.1:9", storage="x", workers=2)


def test_its_storage_is_its_own(connected: pd.Session) -> None:
    with pytest.raises(pd.Unsupported, match=r"a service keeps it to itself. Use .* connect\(storage=…\)"):
        _ = connected.storage


def test_the_http_client_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(MissingExtra, match=r"pip install 'bigframe\[service\]'"):
        pd.connect("http://127.0.0.1:9")


# -- jobs without a service, and their looks


def test_submitting_needs_a_service() -> None:
    with pd.connect():
        df = pd.DataFrame({"x": [1]})
        for call in (lambda: pd.submit(df), lambda: pd.job("x"), pd.jobs):
            with pytest.raises(pd.Unsupported, match=r"is not supported: .* Use `bigframe serve`, and connect"):
                call()


def test_a_job_shows_how_far_it_is(service: Service, connected: pd.Session, impatient: None) -> None:
    service.on("GET", "/v1/jobs/clean", job("RUNNING"))
    service.on("GET", f"/v1/jobs/{'a' * 32}", job("RUNNING", name="<b>"))
    found = pd.job("clean")
    assert found.progress == 0.5
    assert repr(found) == "Job('<b>', RUNNING, ██████████░░░░░░░░░░ 50%, stage 1 of 1)"
    assert "&lt;b&gt;" in found._repr_html_()
    assert '<progress value="0.500" max="1">' in found._repr_html_()
    service.close()
    assert "RUNNING" in repr(found)


def test_jobs_are_a_table(service: Service, connected: pd.Session) -> None:
    error = refusal("MEMORY_LIMIT", "MemoryLimitError", "too much\nmore")["error"]
    service.on("GET", "/v1/jobs", {"jobs": [job(), job("FAILED", error=error, id="b" * 32)]})
    table = pd.jobs(state="FAILED", limit=2)
    assert service.calls[-1][1] in ("/v1/jobs?state=FAILED&limit=2", "/v1/jobs?limit=2&state=FAILED")
    assert table.index.tolist() == ["a" * 32, "b" * 32]
    assert table["error"].tolist() == ["", "MEMORY_LIMIT: too much"]
    assert table["seconds"].tolist() == [1.5, 1.5]
    assert str(table["created"].dtype) == "datetime64[us, UTC]"
