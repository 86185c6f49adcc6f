"""Driver processes as the supervisor sees them: warm, then busy with one job at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable

from engine.service.jobs import Lease
from engine.service.owners import owner_name
from engine.service.settings import Settings

_END_PATIENCE = 5.0


class DriverProcess:
    """One process of :mod:`engine.service.driver`.

    Parameters
    ----------
    settings
        Of the server; they go over a pipe, for a database URL may hold a password.
    on_news
        Called from another thread when the process is ready, done with its job, or gone.

    Attributes
    ----------
    ready
        Whether it has loaded the engine.
    lease
        Of the job that it runs; None while it is idle.
    """

    def __init__(self, settings: Settings, on_news: Callable[[], None]) -> None:
        self.ready = False
        self.lease: Lease | None = None
        self._on_news = on_news
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.service.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.realpath, sys.path))},
            start_new_session=True,
            text=True,
        )
        self._send(settings.for_driver())
        threading.Thread(target=self._listen, name="bigframe-driver", daemon=True).start()

    @property
    def owner(self) -> str:
        """The name under which it holds leases."""
        return owner_name(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """Of a process that has ended."""
        return self._process.poll()

    @property
    def idle(self) -> bool:
        """Whether it waits for a job."""
        return self.ready and self.lease is None and self.alive

    def assign(self, lease: Lease, address: str) -> None:
        """Have an idle process run a job on the cluster at an address."""
        self.lease = lease
        self._send({"job": lease.job, "token": lease.token, "address": address})

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process by ending its input, and wait until it is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(_END_PATIENCE)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.kill()

    def _send(self, message: dict[str, object]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            # It has ended; whoever looks at `alive` next deals with that.
            return

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if "done" in json.loads(line):
                    self.lease = None
                self.ready = True
                self._on_news()
        self._on_news()
