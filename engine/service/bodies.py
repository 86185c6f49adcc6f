"""JSON bodies read within limits that are checked while the bytes arrive, before anything is made of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from anyio import CapacityLimiter, to_thread

from engine.service.refusals import Refused

__all__ = ["Gauge", "Limits", "read_json"]

NODE_DEPTH = 4
"""Braces and brackets that are open within a plan's node: ``{"plan": {"nodes": [{``."""

_VALUES_PER_NODE = 24
"""Braces, brackets, colons and commas per allowed node; plans have about 16, and memory grows with them."""

_DEPTH = 200
"""Deeper than types within types of any table, shallower than the parser's recursion."""

_STEP = np.zeros(256, np.int8)
_STEP[[*b"{["]] = 1
_STEP[[*b"}]"]] = -1
_COUNTED = np.zeros(256, bool)
_COUNTED[[*b"{[:,"]] = True


@dataclass(frozen=True)
class Limits:
    """What a body may have at most: bytes, and nodes of its plan."""

    body: int
    nodes: int


class Gauge:
    """Counts what JSON text would become without making it, since a parser takes up to 30 times the text's bytes.

    Counts are right up to the first byte at which the text stops being JSON, which is as far as a parser comes.

    Examples
    --------
    >>> gauge = Gauge(Limits(body=1000, nodes=2))
    >>> gauge.feed(b'{"plan": {"nodes": [{"op": "{,{"}, {"op"')
    >>> gauge.nodes
    2
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = self.nodes = self.values = 0
        self._depth = self._quotes = 0
        self._cut = b""

    def feed(self, chunk: bytes) -> None:
        """Count one more part of the text.

        Raises
        ------
        Refused
            ``PLAN_TOO_LARGE`` as soon as a limit is passed.
        """
        self.bytes += len(chunk)
        if self.bytes > self.limits.body:
            _too_large(f"more than {self.limits.body:,} bytes")
        # Without escapes a quote always opens or closes a string; one that is cut at the end is looked at again.
        text = (self._cut + chunk).replace(b"\\\\", b"").replace(b'\\"', b"")
        self._cut = b"\\" if text.endswith(b"\\") else b""
        codes = np.frombuffer(text, np.uint8)
        if not codes.size:
            return
        quotes = self._quotes + np.cumsum(codes == ord('"'))
        outside = quotes % 2 == 0
        depth = self._depth + np.cumsum(np.where(outside, _STEP[codes], 0))
        self._quotes, self._depth = int(quotes[-1]) % 2, int(depth[-1])
        self.nodes += int(np.count_nonzero((codes == ord("{")) & outside & (depth == NODE_DEPTH)))
        self.values += int(np.count_nonzero(_COUNTED[codes] & outside))
        if self.nodes > self.limits.nodes:
            _too_large(f"more than {self.limits.nodes:,} nodes")
        if self.values > self.limits.nodes * _VALUES_PER_NODE:
            _too_large(f"more than {self.limits.nodes * _VALUES_PER_NODE:,} values; pass large data as a frame")
        if int(depth.max()) > _DEPTH:
            _too_large(f"values nested more than {_DEPTH} deep")


async def read_json(stream: AsyncIterable[bytes], limits: Limits, turns: CapacityLimiter) -> Any:
    """The JSON value of a body.

    Parameters
    ----------
    stream
        The body.
    limits
        What it may have.
    turns
        How many are parsed at once: a text with one wide character takes eight times its bytes.

    Raises
    ------
    Refused
        ``PLAN_TOO_LARGE`` before the rest is read, ``MALFORMED_JSON`` where it is none.
    """
    gauge, body = Gauge(limits), bytearray()
    async for chunk in stream:
        gauge.feed(chunk)
        body += chunk
    return await to_thread.run_sync(_parsed, body, limiter=turns)


def _parsed(body: bytearray) -> Any:
    try:
        text = body.decode()
        body.clear()
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "MALFORMED_JSON", f"the body is not JSON: {error}") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _too_large(what: str) -> NoReturn:
    raise Refused(413, "PLAN_TOO_LARGE", f"the plan has {what}, which this server does not take")
