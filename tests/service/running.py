"""Servers in processes of their own, on free ports of loopback, as the tests see them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

ROOT = Path(__file__).parents[2]
TOKEN = "a token of the tests"
START_SECONDS = 60
SERVE = """
import json, sys
from engine.service.server import serve
from engine.service.settings import Settings, token_digest
given = json.loads(sys.argv[1])
digests = tuple(map(token_digest, given.pop("tokens")))
serve(Settings(**given, token_digests=digests), lambda line: print(line, flush=True))
"""


@dataclass
class Server:
    """A running service.

    Attributes
    ----------
    url
        Of the service.
    data
        Folder that jobs may read and write.
    storage
        Its own folder.
    log
        File with what it said, on either stream.
    http
        A client that has the token.
    """

    url: str
    data: Path
    storage: Path
    log: Path
    process: subprocess.Popen[bytes]
    token: str = TOKEN
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.client()

    def client(self, token: str | None = None) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def memory(self) -> int:
        """Resident bytes of the process that serves HTTP."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def ended(self, job: str) -> dict[str, Any]:
        """A job once it has ended."""
        state = self.http.get(f"/v1/jobs/{job}").json()
        while state["finished"] is None:
            state = self.http.get(f"/v1/jobs/{job}", params={"wait": 20, "seen": state["seq"]}).json()
        return dict(state)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit status after a signal; what ran below it has ended as well."""
        below = psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.http.close()
        _, alive = psutil.wait_procs(below, timeout=10)
        assert not alive, alive
        return status


def start(folder: Path, **settings: Any) -> Server:
    """Start a server with ``engine.service.settings.Settings``; what it is not told is small and in ``folder``."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    given = {
        "storage": str(folder / "storage"),
        "roots": [str(data)],
        "tokens": [TOKEN],
        "port": 0,
        "max_jobs": 1,
        "max_workers": 1,
        **settings,
    }
    command = [sys.executable, "-c", SERVE, json.dumps(given)]
    return started(command, data, Path(given["storage"]), folder / "server.log")


def started(command: list[str], data: Path, storage: Path, log: Path, **environment: str) -> Server:
    """The server that a command starts, once it answers."""
    with log.open("ab") as said:
        before = said.tell()
        # A session of its own: a signal to the tests' group reaches it only through the tests.
        process = subprocess.Popen(
            command, stdout=said, stderr=said, cwd=ROOT, env={**os.environ, **environment}, start_new_session=True
        )
    deadline = time.monotonic() + START_SECONDS
    while not (line := re.search(r"at (http://\S+?)(?:, token (\S+))?\n", log.read_text()[before:])):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"the server did not start:\n{log.read_text()}")
        time.sleep(0.05)
    return Server(line[1], data, storage, log, process, line[2] or TOKEN)
