"""Connecting to a Dask cluster: one started here, or one that runs already and has the same versions."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping
from typing import Any

import distributed
from dask.utils import parse_bytes

from engine.exec import remote
from engine.exec.dask_runner import DaskRunner
from engine.exec.errors import VersionMismatch
from engine.exec.local_cluster import LocalProcesses, available_cores

__all__ = ["connect"]

# Answers depend on these: hashes and kernels on Polars, files on pyarrow, pickled functions on Python's minor version.
_SAME_VERSIONS = ("bigframe", "polars", "pyarrow", "distributed")

_CONNECT_PATIENCE = 4.0


def connect(
    address: str, *, workers: int | None = None, memory_limit: int | str | None = None, storage: str = ""
) -> DaskRunner:
    """Connect to a Dask cluster.

    Parameters
    ----------
    address
        ``"local"`` starts worker processes on this machine, which end with `DaskRunner.close` or with this process,
        however it ends. ``"tcp://host:port"`` or ``"tls://host:port"`` joins a scheduler.
    workers
        For ``"local"``: how many worker processes; one per core by default. They share the cores for Polars' threads.
    memory_limit
        For ``"local"``: memory of all workers together, in bytes or like ``"8GB"``; by default the machine's. A
        worker near its share is ended by its nanny.
    storage
        For ``"local"``: where the tables lie that users' functions bring along.

    Returns
    -------
    DaskRunner
        Close it when done.

    Raises
    ------
    ConnectionError
        Nobody answers at the address, the scheduler has no worker, or the cluster did not start.
    VersionMismatch
        The scheduler or a worker has another version of Python (minor), bigframe, polars, pyarrow or distributed.
    ValueError
        The address has another form, or an argument for ``"local"`` was given with a scheduler's address.

    Examples
    --------
    >>> connect("ftp://somewhere")
    Traceback (most recent call last):
    ValueError: a Dask address is 'local', 'tcp://host:port' or 'tls://host:port', not 'ftp://somewhere'
    """
    if address == "local":
        return _start(available_cores() if workers is None else workers, memory_limit, storage)
    if not address.startswith(("tcp://", "tls://")):
        raise ValueError(f"a Dask address is 'local', 'tcp://host:port' or 'tls://host:port', not {address!r}")
    if workers is not None or memory_limit is not None:
        raise ValueError(f"the workers of {address} are already running; workers and memory_limit are for 'local'")
    return _join(address)


def _start(workers: int, memory_limit: int | str | None, storage: str) -> DaskRunner:
    if workers < 1:
        raise ValueError(f"a cluster needs at least one worker, not {workers}")
    share = None if memory_limit is None else parse_bytes(memory_limit) // workers
    processes = LocalProcesses(workers, share, storage=storage)
    try:
        runner = _join(processes.address, on_close=processes.close)
    except BaseException:
        processes.close()
        raise
    atexit.register(runner.close)
    return runner


def _join(address: str, **options: Any) -> DaskRunner:
    # Most of distributed's methods carry no types.
    connected: Any = distributed.Client
    try:
        client = connected(address, timeout=_CONNECT_PATIENCE, set_as_default=False, name="bigframe")
    except (OSError, ValueError) as error:
        # Its own traceback is 60 lines of event loop, and says no more.
        raise ConnectionError(f"no Dask scheduler answers at {address}: {error}") from None
    try:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_PATIENCE)
        except TimeoutError as error:
            raise ConnectionError(f"the Dask scheduler at {address} has no workers") from error
        _check_versions(client)
        return DaskRunner(client, **options)
    except BaseException:
        client.close()
        raise


def _check_versions(client: Any) -> None:
    # Dask's own call sends names and gets names: a worker with another Python could not even load a function of ours.
    versions: Mapping[str, Any] = client.get_versions(packages=list(_SAME_VERSIONS))
    here = _versions_of(versions["client"])
    others = {"the scheduler": versions["scheduler"], **{f"worker {key}": v for key, v in versions["workers"].items()}}
    differences = [line for who, found in others.items() for line in _differences(who, _versions_of(found), here)]
    if differences:
        raise VersionMismatch(f"cannot join {client.scheduler.address}: " + "; ".join(differences))
    answers = client.run(remote.running_tasks, "", on_error="return")
    failures = {f"worker {worker}": answer for worker, answer in answers.items() if isinstance(answer, Exception)}
    try:
        client.run_on_scheduler(remote.running_tasks, "")
    except Exception as error:  # noqa: BLE001 - Dask raises a plain Exception where it cannot load a function
        failures["the scheduler"] = error
    if failures:
        reasons = "; ".join(f"{who} cannot load bigframe's engine: {error}" for who, error in failures.items())
        raise VersionMismatch(f"cannot join {client.scheduler.address}: {reasons}")


def _versions_of(report: Mapping[str, Any]) -> dict[str, str]:
    packages = report["packages"]
    versions = {name: packages.get(name) or "not installed" for name in _SAME_VERSIONS}
    return {"python": ".".join(packages["python"].split(".")[:2]), **versions}


def _differences(who: str, found: Mapping[str, str], here: Mapping[str, str]) -> Iterator[str]:
    for name, version in here.items():
        if found[name] != version:
            yield f"{who} has {name} {found[name]}, this process has {version}"
