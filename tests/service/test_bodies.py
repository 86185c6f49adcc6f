"""Bodies are refused while they arrive, by what a parser would make of them."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from anyio import CapacityLimiter

from engine.service.bodies import Gauge, Limits, read_json
from engine.service.refusals import Refused

LARGE = Limits(body=1 << 30, nodes=1 << 30)


def gauged(text: bytes, limits: Limits = LARGE, sizes: tuple[int, ...] = (1 << 16,)) -> Gauge:
    gauge, at, turn = Gauge(limits), 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        gauge.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    return gauge


def counted(value: Any) -> int:
    """Braces, brackets, colons and commas that a value's JSON has outside its texts."""
    if isinstance(value, dict):
        return 1 + len(value) + max(0, len(value) - 1) + sum(map(counted, value.values()))
    return 1 + max(0, len(value) - 1) + sum(map(counted, value)) if isinstance(value, list) else 0


TEXTS = ['{"a": [', "\\", '\\"', '"', "\\\\", "}]", "", "\u00e9{", "\U0001f600,", 'x\\"{', "\\u007b"]


@pytest.mark.parametrize("sizes", [(1 << 16,), (1,), (2, 3), (7, 1, 1)])
def test_a_gauge_counts_what_a_parser_would_make(sizes: tuple[int, ...]) -> None:
    chosen = random.Random(0)
    for _ in range(20):
        nodes = [
            {"op": chosen.choice(TEXTS), chosen.choice(TEXTS): [chosen.choice(TEXTS), {"node": 1}]}
            for _ in range(chosen.randrange(1, 9))
        ]
        body = {"id": chosen.choice(TEXTS), "labels": {"a": {}}, "plan": {"functions": {"{": None}, "nodes": nodes}}
        for ascii_only in (True, False):
            gauge = gauged(json.dumps(body, ensure_ascii=ascii_only).encode(), sizes=sizes)
            assert gauge.nodes == len(nodes)
            assert gauge.values == counted(body)


@pytest.mark.parametrize(
    ("text", "limits", "what"),
    [
        (b" " * 101, Limits(100, 10), "more than 100 bytes"),
        (b'{"plan": {"nodes": [' + b"{}," * 11, Limits(1000, 10), "more than 10 nodes"),
        (b"[" + b"[]," * 121, Limits(1000, 10), "more than 240 values"),
        (b"[" * 201, LARGE, "nested more than 200 deep"),
        (b'{"a":' * 201, LARGE, "nested more than 200 deep"),
    ],
)
def test_a_body_is_refused_where_it_passes_a_limit(text: bytes, limits: Limits, what: str) -> None:
    with pytest.raises(Refused, match=what) as raised:
        gauged(text, limits)
    assert (raised.value.status, raised.value.code) == (413, "PLAN_TOO_LARGE")


def read(stream: AsyncIterator[bytes], limits: Limits = LARGE) -> Any:
    async def run() -> Any:
        return await read_json(stream, limits, CapacityLimiter(1))

    return asyncio.run(run())


def test_the_rest_of_a_body_that_is_too_large_is_not_read() -> None:
    given = []

    async def stream() -> AsyncIterator[bytes]:
        for number in range(100):
            given.append(number)
            yield b" " * 10

    with pytest.raises(Refused):
        read(stream(), Limits(body=35, nodes=1))
    assert given == [0, 1, 2, 3]


@pytest.mark.parametrize("text", ["", "{", "[1,]", "{'a': 1}", "NaN", "[Infinity]", '"\x01"', "9" * 5000])
def test_what_is_not_json_is_refused(text: str) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield text.encode()

    with pytest.raises(Refused) as raised:
        read(stream())
    assert (raised.value.status, raised.value.code) == (400, "MALFORMED_JSON")


def test_text_of_another_encoding_is_refused() -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield '{"a": 1}'.encode("utf-16")

    with pytest.raises(Refused, match="not JSON"):
        read(stream())
