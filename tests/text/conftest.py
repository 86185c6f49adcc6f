"""Sessions that the tests here run in, with one Dask cluster for all, and the planted corpora."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import bigframe
from tests.text.corpus import ASCII_WORD, HAN_OR_WORD, chinese_texts, plant, real_texts
from tests.text.exact_graph import Corpus

SESSIONS: dict[str, dict[str, Any]] = {
    "one": {"partitions": 1},
    "one-empty": {"partitions": (0.4, 0.0, 0.6)},
}


@pytest.fixture(scope="session")
def dask_session() -> Iterator[bigframe.Session]:
    with bigframe.Session("local", workers=2, partitions=3) as session:
        yield session


@pytest.fixture(params=[*SESSIONS, pytest.param("dask", marks=pytest.mark.dask)])
def session(request: pytest.FixtureRequest) -> Iterator[bigframe.Session]:
    """The current session while a test runs."""
    if request.param == "dask":
        with bigframe.using(request.getfixturevalue("dask_session")) as shared:
            yield shared
    else:
        with bigframe.connect(**SESSIONS[request.param]) as opened:
            yield opened


@pytest.fixture(scope="session")
def real() -> Corpus:
    """20,000 texts, one in ten of them a planted near-duplicate."""
    texts = real_texts(18_000)
    copies, pairs = plant(texts, 2_000, ASCII_WORD, lambda number: f"zz{number}")
    return Corpus([*texts, *copies], pairs, ASCII_WORD)


@pytest.fixture(scope="session")
def chinese() -> Corpus:
    """2,000 Chinese texts, every third mixed with English words, 600 of them planted."""
    texts = chinese_texts(1_400, seed=7)
    copies, pairs = plant(texts, 600, HAN_OR_WORD, lambda number: chr(0x4E00 + 3_000 + number % 15_000))
    return Corpus([*texts, *copies], pairs, HAN_OR_WORD)
