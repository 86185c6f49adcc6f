"""Calls to a service: the token, one retry policy, and clear errors."""

from __future__ import annotations

import ipaddress
import json
import os
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pyarrow as pa

from bigframe.errors import MissingExtra
from bigframe.session.faults import fault

CONNECT_SECONDS = 10.0
RETRY_SECONDS = 120.0
"""How long a call is tried again: a service that restarts, or is moved, is back by then."""
SILENCE_SECONDS = 60.0
"""How long an answer may say nothing; long polls end after 25."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
PASSING = frozenset({429, 502, 503, 504})
"""Statuses that say that the same call may succeed later."""


class Token:
    """A bearer token that only :meth:`reveal` shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Token(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not pickled; connect again where the session is needed")


class Incomplete(Exception):
    """An answer arrived that is not whole."""


class Http:
    """Calls below one address, each tried again until a deadline; every call of the protocol is idempotent.

    Parameters
    ----------
    url
        ``http://host:port`` or ``https://…``.
    token
        Default: the environment variable ``BIGFRAME_TOKEN``.

    Raises
    ------
    MissingExtra
        If the HTTP client is not installed.
    ValueError
        If the address holds a password: addresses are shown and logged.
    """

    def __init__(self, url: str, token: Token | None = None) -> None:
        try:
            import httpx2
        except ImportError:
            raise MissingExtra("connect('http://…')", "service") from None
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise ValueError("the address of a service holds no user or password; pass token=, or set BIGFRAME_TOKEN")
        self.url = url.rstrip("/")
        given = token.reveal() if token else os.environ.get("BIGFRAME_TOKEN", "")
        # A proxy of the environment does not reach this machine's own services.
        self._client = httpx2.Client(
            base_url=self.url,
            auth=_Bearer(Token(given)) if given else None,
            trust_env=not _is_loopback(parts.hostname or ""),
            timeout=httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS, pool=None),
        )
        self._transport_error = httpx2.TransportError
        self.limits: Mapping[str, int] = {}

    def json(self, method: str, path: str, body: Any = None, *, seconds: float = RETRY_SECONDS, **params: Any) -> Any:
        """Call, and return the answer's JSON.

        Raises
        ------
        ConnectionError
            If the service does not answer within ``seconds``.
        Exception
            What the service reports, as the type that it names.
        """
        request: dict[str, Any] = {"params": {name: value for name, value in params.items() if value is not None}}
        if body is not None:
            request["content"] = json.dumps(body).encode()
            request["headers"] = {"Content-Type": "application/json"}
            self._check("the plan", len(request["content"]), "body")
        response = self._call(method, path, seconds, **request)
        try:
            return response.json()
        except ValueError:
            raise ConnectionError(f"{self.url}{path} answers no JSON: it is no bigframe service") from None

    def has(self, path: str) -> bool:
        """Whether something is there."""
        return bool(self._call("HEAD", path, RETRY_SECONDS, accept=lambda status: status < 500).is_success)

    def put(self, path: str, content: bytes) -> None:
        """Upload bytes.

        Raises
        ------
        ValueError
            If they are more than the service takes.
        """
        self._check(path.rpartition("/")[2], len(content), "upload")
        self._call("PUT", path, RETRY_SECONDS, content=content)

    def download(self, path: str, read: Callable[[pa.Buffer, Mapping[str, str]], Any]) -> Any:
        """What ``read`` makes of a body and its headers; one that it finds :class:`Incomplete` is fetched again."""

        def attempt() -> Any:
            sink = pa.BufferOutputStream()
            with self._client.stream("GET", path) as response:
                if not response.is_success:
                    response.read()
                    return response
                for chunk in response.iter_bytes():
                    sink.write(chunk)
                headers = response.headers
            return read(sink.getvalue(), headers)

        return self._retried(attempt, RETRY_SECONDS, lambda status: status < 400)

    def close(self) -> None:
        self._client.close()

    def _check(self, what: str, size: int, limit: str) -> None:
        # A service refuses a large body before it has read it, which reaches a client as a broken connection.
        if size > self.limits.get(limit, size):
            raise ValueError(f"{what} has {size:,} bytes; the service takes {self.limits[limit]:,}")

    # -- one policy

    def _call(
        self,
        method: str,
        path: str,
        seconds: float,
        *,
        accept: Callable[[int], bool] = lambda status: status < 400,
        **request: Any,
    ) -> Any:
        return self._retried(lambda: self._client.request(method, path, **request), seconds, accept)

    def _retried(self, attempt: Callable[[], Any], seconds: float, accept: Callable[[int], bool]) -> Any:
        """Try until an answer is final or the deadline is near, with full jitter between tries.

        Notes
        -----
        Full jitter: Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015.
        """
        deadline = time.monotonic() + seconds
        longest = FIRST_PAUSE
        while True:
            asked: float | None = None
            try:
                answer = attempt()
            except self._transport_error as error:
                why = str(error) or type(error).__name__
                failure: Exception = ConnectionError(
                    f"no service answers at {self.url}: {why}; is `bigframe serve` running there?"
                )
            except Incomplete as error:
                failure = ConnectionError(f"from {self.url} arrives {error}")
            else:
                status = getattr(answer, "status_code", 200)
                if accept(status):
                    return answer
                failure = self._reported(answer)
                if status not in PASSING:
                    raise failure
                asked = _seconds(answer.headers)
            pause = asked if asked is not None else random.uniform(0, longest)
            if time.monotonic() + pause > deadline:
                # The transport's own error could show headers, and says no more.
                raise failure from None
            time.sleep(pause)
            longest = min(2 * longest, LONGEST_PAUSE)

    def _reported(self, response: Any) -> Exception:
        try:
            wire = response.json()["error"]
            assert isinstance(wire, dict)
        except (AssertionError, KeyError, TypeError, ValueError):
            what = f"{response.status_code} {response.reason_phrase}"
            return ConnectionError(f"{self.url} answers {what}, which no bigframe service does")
        return fault(wire)


class _Bearer:
    """Signs requests; the token is in no header that a client or a request shows before it is sent."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seconds(headers: Mapping[str, str]) -> float | None:
    """How long a service asks to wait, if it gives a number of seconds."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
