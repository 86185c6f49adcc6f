"""What the TPC-H queries will scan is known before they run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import bigframe
from benchmarks.tpch.data import load
from benchmarks.tpch.queries import QUERIES

SCALE = 0.01


@pytest.mark.parametrize("number", list(QUERIES))
def test_a_query_scans_what_was_estimated(tpch_folder: Callable[[float], Path], number: int) -> None:
    with bigframe.connect() as session:
        query = QUERIES[number](load(bigframe, tpch_folder(SCALE)))
        estimate = query.estimate()
        assert session.jobs == 0
        query.to_pandas()
        assert session.last_metrics is not None
        scanned = session.last_metrics["job"]["bytes_scanned"]
    assert scanned > 0
    assert estimate.bytes_scanned == pytest.approx(scanned, rel=0.02)
