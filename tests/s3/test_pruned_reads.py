"""What is pruned is not asked for, and what is fetched is what was estimated."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe
from engine.storage.meter import METER
from tests.s3.bucket import Bucket

ROWS, FILES = 200_000, 3
FOOTERS = 64 << 10
"""The most that is read of a file to find its footer."""


@pytest.fixture
def events(bucket_in_environment: Bucket) -> str:
    """Three files of four row groups each, ordered by n."""
    noise = np.random.default_rng(7)
    for number in range(FILES):
        rows = np.arange(number * ROWS, (number + 1) * ROWS)
        sink = pa.BufferOutputStream()
        table = pa.table({"n": rows, "x": noise.random(ROWS), "y": noise.random(ROWS)})
        pq.write_table(table, sink, row_group_size=ROWS // 4)
        bucket_in_environment.put(f"events/{number}.parquet", sink.getvalue().to_pybytes())
    return f"{bucket_in_environment.url}/events"


def test_a_job_fetches_what_was_estimated(events: str) -> None:
    with bigframe.connect() as session:
        frame = bigframe.read_parquet(events)
        wanted = frame[frame.n < 60_000].x
        estimate = wanted.estimate()
        assert wanted.to_pandas().size == 60_000
        assert session.last_metrics is not None
        took = session.last_metrics["job"]
    (source,) = estimate.sources
    assert (source.row_groups, source.row_groups_total, source.files) == (2, 12, 1)
    assert took["bytes_scanned"] == estimate.bytes_scanned
    assert estimate.bytes_scanned <= took["bytes_fetched"] <= estimate.bytes_scanned + FOOTERS
    assert took["requests"] > 0
    assert took["retries"] == 0


def test_a_pruned_scan_asks_for_no_rows(events: str) -> None:
    frame = bigframe.read_parquet(events)
    nothing = frame[frame.n < 0][["x"]]
    nothing.estimate()
    before = METER.read()
    with bigframe.connect() as session:
        assert nothing.to_pandas().shape == (0, 1)
        assert session.last_metrics is not None
        assert session.last_metrics["job"]["requests"] == 0
    assert (METER.read() - before).fetched == 0
