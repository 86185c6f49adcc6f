"""A stand-in for the service, which shows the page what a test tells it to: hostile names, and no connection."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import engine.service

PAGE = Path(engine.service.__file__).parent / "page"
TOKEN = "a token"


@dataclass
class FakeService:
    """Canned answers; ``down`` closes every connection without one."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    plans: dict[str, Any] = field(default_factory=dict)
    logs: dict[str, list[str]] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    def __enter__(self) -> Self:
        handler = partial(_Handler, service=self, directory=str(PAGE))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def job(self, id: str) -> dict[str, Any]:
        return next(job for job in self.jobs if job["id"] == id)

    def change(self, id: str, **values: Any) -> None:
        """Give a job other values, and a higher number."""
        job = self.job(id)
        job.update(values, seq=job["seq"] + 1)

    def answer(self, method: str, path: str, query: dict[str, list[str]]) -> Any:
        match method, path.removeprefix("/v1/").split("/"):
            case "GET", ["server"]:
                return {"version": "0.1.0", "protocol": 1}
            case "GET", ["jobs"]:
                return {"jobs": [job for job in self.jobs if query.get("state", [job["state"]]) == [job["state"]]]}
            case "GET", ["jobs", id]:
                return self.job(unquote(id))
            case "GET", ["jobs", id, "plan"]:
                return self.plans.get(unquote(id), {"stages": [], "edges": []})
            case "GET", ["jobs", id, "logs"]:
                lines = enumerate(self.logs.get(unquote(id), []), 1)
                after = int(query["after"][0])
                return {"lines": [{"seq": n, "time": time.time(), "text": text} for n, text in lines if n > after]}
            case "POST", ["jobs", id, "cancel"]:
                self.change(unquote(id), cancelling=True)
                return self.job(unquote(id))
        raise LookupError(path)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, service: FakeService, **settings: Any) -> None:
        self.service = service
        super().__init__(*args, **settings)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.service.down:
            self.close_connection = True
        elif self.path.startswith("/v1/"):
            self._answer()
        else:
            super().do_GET()

    do_POST = do_GET  # noqa: N815 - what http.server calls

    def _answer(self) -> None:
        self.service.asked += 1
        parts = urlsplit(self.path)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status, body = 401, {"error": {"code": "UNAUTHORIZED", "message": "no"}}
        else:
            try:
                status, body = 200, self.service.answer(self.command, parts.path, parse_qs(parts.query))
            except (LookupError, StopIteration):
                status, body = 404, {"error": {"code": "NO_JOB", "message": "no such job"}}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
