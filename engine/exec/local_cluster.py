"""A Dask cluster on this machine, in processes of its own that end with the process that started them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import Any

from engine.storage.credentials import hand_down

__all__ = ["LocalProcesses", "available_cores"]

# An idle cluster stops in 0.3 s; with a busy worker Dask would wait 4 s, for data that workers do not hold.
_STOP_PATIENCE = 1.0


def available_cores() -> int:
    """Cores that this process may use.

    Examples
    --------
    >>> available_cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalProcesses:
    """One child process that hosts a scheduler and its workers.

    A `distributed.LocalCluster` in this process would import the user's script again in every worker (so a script
    would need a ``__main__`` guard), would let Ctrl-C in a terminal hit the workers, and its scheduler would wait for
    the user's code to release the GIL. The host is a session of its own, and ends when its standard input does: with
    `close`, or with this process, however that ends.

    Parameters
    ----------
    workers
        Worker processes, with one task each.
    memory_limit
        Bytes for each worker; None lets Dask divide the machine's memory.
    most
        To how many `scale` may go; they share the cores for Polars' threads. Default: ``workers``.
    storage
        Of sessions that a user's function opens in a worker, by asking what is known of a table that it brings along.

    Attributes
    ----------
    address
        The scheduler's, on loopback.

    Raises
    ------
    ConnectionError
        The cluster did not start; its own message is on standard error.
    """

    def __init__(self, workers: int, memory_limit: int | None, most: int | None = None, storage: str = "") -> None:
        self._folder = tempfile.mkdtemp(prefix="bigframe-cluster-")
        settings = {
            "workers": workers,
            "memory_limit": "auto" if memory_limit is None else memory_limit,
            "folder": self._folder,
        }
        environment = {
            **os.environ,
            **hand_down(self._folder),
            "POLARS_MAX_THREADS": str(max(1, available_cores() // (most or workers))),
            "BIGFRAME_ADDRESS": "",
            "BIGFRAME_STORAGE": storage,
            # User functions may come from modules next to the user's script.
            "PYTHONPATH": os.pathsep.join(os.path.realpath(entry) for entry in sys.path),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from engine.exec.local_cluster import host; host()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._tell(settings)
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            self.close()
            raise ConnectionError(f"the local cluster ended with exit status {self._process.returncode} while starting")

    @property
    def alive(self) -> bool:
        """Whether the host still runs."""
        return self._process.poll() is None

    def scale(self, workers: int) -> None:
        """Ask for more worker processes, or for fewer: of those only idle ones end, so no task runs twice.

        Raises
        ------
        ConnectionError
            The host has ended.
        """
        self._tell({"workers": workers})

    def _tell(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise ConnectionError(f"the local cluster ended with exit status {self._process.poll()}") from error

    def close(self) -> None:
        """Stop all processes and remove their folder."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        try:
            self._process.wait(_STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            # Not yet waited for, so the group's number cannot belong to anyone else.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def host() -> None:
    """Run the cluster; the body of the child process. Settings come as the first line of standard input."""
    settings = json.loads(sys.stdin.readline())
    # What tasks print belongs on the terminal, not between this process and its parent.
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    import dask
    import distributed

    dask.config.set(
        {
            # Workers hold no data to spill, and mapped files count as their memory: pausing would only stall.
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,
            "distributed.worker.multiprocessing-method": "spawn",
            # Dask gives up a killed worker that is not back in 15 s; on a busy machine a new one takes longer to start.
            "distributed.deploy.lost-worker-timeout": "1 day",
            "temporary-directory": settings["folder"],
            # The driver reports lost workers and failed tasks itself.
            "logging.distributed": "critical",
        }
    )
    # Dask's classes carry no types.
    start: Any = distributed.LocalCluster
    cluster = start(
        n_workers=settings["workers"],
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=settings["memory_limit"],
        local_directory=settings["folder"],
        silence_logs=50,
    )
    report.write(cluster.scheduler_address + "\n")
    report.close()
    for line in iter(sys.stdin.readline, ""):
        _resize(cluster, json.loads(line)["workers"])
    cluster.close()
    shutil.rmtree(settings["folder"], ignore_errors=True)


def _resize(cluster: Any, workers: int) -> None:
    surplus = len(cluster.worker_spec) - workers
    if surplus <= 0:
        cluster.scale(workers)
        return

    async def idle() -> list[Any]:
        return [worker.name for worker in cluster.scheduler.workers.values() if not worker.processing]

    cluster.sync(cluster.scale_down, cluster.sync(idle)[:surplus])
