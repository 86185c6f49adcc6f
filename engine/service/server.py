"""The server process: job store, supervisor and HTTP interface, started together and ended together."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_address
from types import FrameType

import uvicorn

from engine.service.gateway import create_app
from engine.service.jobstore import JobStore
from engine.service.settings import Settings, token_digest
from engine.service.supervisor import Supervisor
from engine.storage.places import open_store
from engine.storage.urls import is_local, join, local_path

__all__ = ["serve"]

_SHUTDOWN_SECONDS = 5
"""For how long requests may go on after the server was told to end."""


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; no process that was started is left behind.

    Jobs that run then are queued, for the next server to go on with.

    Parameters
    ----------
    settings
        Of the server; port 0 takes a free one, and no token makes one.
    say
        Gets a line with the address once the service can be called, and with the token if one was made.

    Raises
    ------
    OSError
        The address is in use, or is none of this machine; or the storage is not there, or refuses the keys.
    StoreUnavailable
        The job store cannot be opened.
    """
    token = None
    if not settings.token_digests:
        token = secrets.token_urlsafe(24)
        settings = replace(settings, token_digests=(token_digest(token),))
    settings = replace(settings, storage=_absolute(settings.storage), roots=tuple(map(_absolute, settings.roots)))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with ExitStack() as open_things:
        # uvicorn ends its own work at a signal and raises it again: what ends ours is the exit that this makes of it.
        open_things.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _exit))
        listening = open_things.enter_context(_listen(settings.host, settings.port))
        _reach(settings.storage)
        store = JobStore(settings.database_url)
        open_things.callback(store.close)
        supervisor = Supervisor(settings, store)
        open_things.callback(supervisor.stop)
        supervisor.start()
        app = create_app(settings, store, wake=supervisor.wake, stopping=lambda: server.should_exit)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            )
        )
        made = f", token {token}" if token else ""
        say(f"bigframe serves {settings.storage} at {_address(listening)}{made}")
        if not _is_loopback(settings.host):
            say("tokens and data cross the network as they are: put a proxy that speaks TLS in front")
        server.run(sockets=[listening])


def _reach(storage: str) -> None:
    """Ask the storage once: what is wrong with its URL or keys is said here, and not by every job."""
    # A listing, as opposed to a look at one object, names a bucket that does not exist.
    found, folder = open_store(join(storage, "nothing"))
    found.list_files(folder)


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[0]
        raise OSError(f"cannot listen on port {port} of {host}: {reason}") from None
    # Connections inherit it. asyncio sets it only on sockets made with proto=IPPROTO_TCP; without it the body of every
    # answer waits 40 ms for the client's delayed acknowledgement of the headers.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ip_address(host).is_loopback


def _absolute(url: str) -> str:
    """Driver processes and workers may have another working directory."""
    return local_path(url) if is_local(url) else url
