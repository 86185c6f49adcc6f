"""A seeded HTTP proxy in front of an S3 server that injects faults, counts calls, and obeys orders while it runs."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from tests.s3.faults import Call, Fate, Faults
from tests.s3.process import Child, ready

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect"}
LARGEST_BODY = 2**30
CHANGING = re.compile("(?i)uploadId$|x-amz-|continuation-token$")
"""Parameters that are new in every run, and say nothing about what is asked for."""


@dataclass
class Traffic:
    """What went over the wire for one key."""

    requests: int = 0
    received: int = 0
    sent: int = 0


class FaultProxy:
    """A running proxy; calm until told otherwise."""

    def __init__(self, upstream: str) -> None:
        self._child = Child("tests.s3.fault_proxy", upstream)
        self.endpoint: str = self._child.said["endpoint"]
        self._control: str = self._child.said["control"]

    def set(self, **faults: Any) -> None:
        """Replace all faults by these, the fields of `Faults`; counts for `expires_after` start again."""
        self._order("PUT", "/faults", Faults(**faults).as_json())

    @contextmanager
    def faults(self, **faults: Any) -> Iterator[None]:
        """These faults meanwhile, none afterwards."""
        self.set(**faults)
        try:
            yield
        finally:
            self.set()

    def calls(self) -> list[Call]:
        """Every call since the last `forget`, in the order in which they ended."""
        return [Call(**call) for call in self._order("GET", "/calls")]

    def traffic(self) -> dict[str, Traffic]:
        """Requests and bytes per key."""
        traffic: dict[str, Traffic] = {}
        for call in self.calls():
            of_key = traffic.setdefault(call.key, Traffic())
            of_key.requests += 1
            of_key.received += call.received
            of_key.sent += call.sent
        return traffic

    def injected(self) -> Counter[str]:
        """How often each fault happened."""
        return Counter(call.fault for call in self.calls() if call.fault)

    def forget(self) -> None:
        self._order("DELETE", "/calls")

    def stop(self) -> None:
        self._child.stop()

    def _order(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(self._control + path, json.dumps(body).encode(), method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


class _Proxy:
    """The proxy's side of it."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._faults = Faults()
        self._seen: Counter[tuple[object, ...]] = Counter()
        self._calls_left = sys.maxsize
        self._calls: list[Call] = []
        # Bound and never listening: it keeps the port while the proxy is off.
        self._held = _bound(0)
        self._site: web.SockSite | None = None

    async def run(self) -> None:
        """Serve until the process ends."""
        # A connection per call: one that the server closed while it idled would be a fault that nobody ordered.
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as self._session:
            application = web.Application(client_max_size=LARGEST_BODY)
            application.router.add_route("*", "/{path:.*}", self._attend)
            self._runner = web.AppRunner(application, access_log=None, auto_decompress=False)
            await self._runner.setup()
            await self._listen()
            control = web.Application()
            control.router.add_put("/faults", self._set)
            control.router.add_get("/calls", self._tell)
            control.router.add_delete("/calls", self._forget)
            orders = web.AppRunner(control, access_log=None)
            await orders.setup()
            door = web.TCPSite(orders, "127.0.0.1", 0)
            await door.start()
            ready(
                endpoint=f"http://127.0.0.1:{self._held.getsockname()[1]}",
                control=f"http://127.0.0.1:{orders.addresses[0][1]}",
            )
            await asyncio.Event().wait()

    async def _listen(self) -> None:
        self._site = web.SockSite(self._runner, _bound(self._held.getsockname()[1]), backlog=128)
        await self._site.start()

    async def _refuse(self) -> None:
        assert self._site is not None
        await self._site.stop()
        self._site = None
        assert self._runner.server is not None
        for connection in list(self._runner.server.connections):
            connection.force_close()

    # ------------------------------------------------------------ orders

    async def _set(self, request: web.Request) -> web.Response:
        self._faults = Faults(**await request.json())
        self._seen.clear()
        self._calls_left = sys.maxsize if self._faults.expires_after is None else self._faults.expires_after
        if self._faults.off and self._site is not None:
            await self._refuse()
        elif not self._faults.off and self._site is None:
            await self._listen()
        return web.json_response(None)

    async def _tell(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(call) for call in self._calls])

    async def _forget(self, _: web.Request) -> web.Response:
        self._calls.clear()
        return web.json_response(None)

    # ------------------------------------------------------------ calls

    async def _attend(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._serve(request)
        except ConnectionError:
            # The client gave the call up, as it does with the other parts of an upload when one has failed.
            return _reset(request)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        key = unquote(request.raw_path.partition("?")[0]).removeprefix("/").partition("/")[2]
        asked = request.headers.get("Range", "")
        same = (request.method, key, _lasting(request), asked)
        self._seen[same] += 1
        faults, fate = self._faults, self._faults.draw(*same, self._seen[same])

        # Recorded before the answer leaves: who has an answer finds its call in the record.
        def record(fault: str, status: int, sent: int) -> None:
            query = request.query_string
            self._calls.append(Call(request.method, key, query, asked, status, len(body), sent, fault))

        await asyncio.sleep(fate.delay)
        refusal = self._refusal(faults, fate, key)
        if refusal is not None:
            record(refusal.code, refusal.status, 0)
            return refusal.response()
        if fate.reset_before:
            record("reset", 0, 0)
            return _reset(request)
        status, headers, content = await self._forward(request, body)
        if fate.reset_after:
            record("reset", 0, 0)
            return _reset(request)
        fault = ""
        if fate.flip and content and _is_object(request, key) and fnmatchcase(key, faults.flip_keys):
            content, fault = _flipped(content, fate.place), "flip"
        if fate.cut and content and status < 300:
            half = content[: len(content) // 2]
            record("cut", status, len(half))
            return await _cut(request, status, headers, half, len(content))
        record(fault, status, len(content))
        if request.method != "HEAD":
            headers.popall("Content-Length", None)
        return web.Response(status=status, headers=headers, body=content)

    def _refusal(self, faults: Faults, fate: Fate, key: str) -> Refusal | None:
        self._calls_left -= 1
        if self._calls_left < 0:
            return EXPIRED_TOKEN
        if faults.forbids(key):
            return ACCESS_DENIED
        return SLOW_DOWN if fate.slow_down else None

    async def _forward(self, request: web.Request, body: bytes) -> tuple[int, CIMultiDict[str], bytes]:
        """Status, headers and body of the server's answer."""
        async with self._session.request(
            request.method,
            URL(self._upstream + request.raw_path, encoded=True),
            # Host goes along as it came, since the client's signature covers it.
            headers=_end_to_end(request.headers),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            data=body or None,
            chunked=True if "Transfer-Encoding" in request.headers else None,
            allow_redirects=False,
        ) as answer:
            return answer.status, _end_to_end(answer.headers), await answer.read()


@dataclass(frozen=True)
class Refusal:
    """An error in the words of S3."""

    status: int
    code: str
    message: str

    def response(self) -> web.Response:
        text = f"<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>"
        return web.Response(status=self.status, content_type="application/xml", text=text)


SLOW_DOWN = Refusal(503, "SlowDown", "Please reduce your request rate.")
ACCESS_DENIED = Refusal(403, "AccessDenied", "Access Denied")
EXPIRED_TOKEN = Refusal(400, "ExpiredToken", "The provided token has expired.")


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


def _lasting(request: web.Request) -> str:
    """The query without what differs from run to run."""
    return "&".join(f"{name}={value}" for name, value in request.query.items() if not CHANGING.match(name))


def _is_object(request: web.Request, key: str) -> bool:
    """Whether the answer is the content of an object, and not a list of them or of its parts."""
    return request.method == "GET" and key != "" and all(CHANGING.match(name) for name in request.query)


def _flipped(content: bytes, place: float) -> bytes:
    at = int(place * len(content))
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


def _reset(request: web.Request) -> web.Response:
    """Close the connection at once, without what would have been said."""
    if request.transport is not None:
        # Lingering for zero seconds makes the kernel send RST and not FIN.
        plug = request.transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _cut(
    request: web.Request, status: int, headers: CIMultiDict[str], half: bytes, whole: int
) -> web.StreamResponse:
    """Announce the whole body and send half of it."""
    headers["Content-Length"] = str(whole)
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    await response.write(half)
    if request.transport is not None:
        request.transport.close()
    return response


if __name__ == "__main__":
    asyncio.run(_Proxy(sys.argv[1]).run())
