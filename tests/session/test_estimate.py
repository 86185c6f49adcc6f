"""What a job takes, said before it runs and measured after, and the limit that is checked against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import bigframe
from bigframe.errors import LimitExceeded
from bigframe.sources import JobEstimate
from engine import job

ROWS, GROUP = 6000, 500


@pytest.fixture(params=[{}, {"partitions": 3}], ids=["one", "three"])
def session(request: pytest.FixtureRequest) -> Iterator[bigframe.Session]:
    with bigframe.connect(**request.param) as opened:
        yield opened


@pytest.fixture
def events(tmp_path: Path) -> str:
    """Two files of six row groups each, ordered by n."""
    half = ROWS // 2
    noise = np.random.default_rng(7)
    for number in range(2):
        rows = np.arange(number * half, (number + 1) * half)
        table = pa.table({"n": rows, "x": noise.random(half), "k": rows % 7, "text": [f"row {n}" for n in rows]})
        (tmp_path / "events").mkdir(exist_ok=True)
        pq.write_table(table, tmp_path / "events" / f"{number}.parquet", row_group_size=GROUP)
    return str(tmp_path / "events")


def stored(folder: str, columns: list[str], groups: list[int] | None = None) -> int:
    """Bytes of column chunks, as pyarrow reads them from the footers."""
    total, number = 0, 0
    for path in sorted(Path(folder).iterdir()):
        metadata = pq.read_metadata(path)
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            chunks = [group.column(i) for i in range(group.num_columns)]
            wanted = [chunk.total_compressed_size for chunk in chunks if chunk.path_in_schema in columns]
            total += sum(wanted) if groups is None or number in groups else 0
            number += 1
    return total


PLANS: dict[str, tuple[Callable[[Any], Any], list[str], list[int] | None]] = {
    "all": (lambda d: d, ["n", "x", "k", "text"], None),
    "column": (lambda d: d.x, ["x"], None),
    "sum": (lambda d: d.x.sum(), ["x"], None),
    "filter": (lambda d: d[d.n < 700][["x"]], ["n", "x"], [0, 1]),
    "nothing": (lambda d: d[d.n < 0][["x"]], ["n", "x"], []),
    "ends": (lambda d: d[(d.n < 10) | (d.n > 5990)].text, ["n", "text"], [0, 11]),
    "group": (lambda d: d[d.n >= 3000].groupby("k").x.mean(), ["n", "x", "k"], [6, 7, 8, 9, 10, 11]),
    "sort": (lambda d: d.sort_values("x").head(5), ["n", "x", "k", "text"], None),
    "scalar": (lambda d: (d.x - d.x.mean()).abs().max(), ["x"], None),
}


@pytest.mark.parametrize("name", PLANS)
def test_the_estimate_is_what_the_job_scans(session: bigframe.Session, events: str, name: str) -> None:
    make, columns, groups = PLANS[name]
    lazy = make(bigframe.read_parquet(events))
    estimate = lazy.estimate()
    assert session.jobs == 0
    bigframe.compute(lazy)
    assert session.last_metrics is not None
    scanned = session.last_metrics["job"]["bytes_scanned"]
    assert estimate.bytes_scanned == pytest.approx(scanned, rel=0.02)
    (source,) = estimate.sources
    assert (source.name, source.format, source.files_total, source.row_groups_total) == (events, "parquet", 2, 12)
    if groups is not None:
        assert source.row_groups == len(groups)
        assert source.files == len({group // 6 for group in groups})
    # Partitions that end inside a row group read it twice, and a scalar's stage reads for itself.
    if session.partitions is None and name != "scalar":
        assert scanned == stored(events, columns, groups)


def test_rows_and_exactness(session: bigframe.Session, events: str) -> None:
    frame = bigframe.read_parquet(events)
    assert (frame.estimate().rows, frame.estimate().exact) == (ROWS, True)
    few = frame[frame.n < 700].estimate()
    assert few.exact is False
    assert 300 < few.rows <= 1000
    assert frame[frame.n < 0].estimate().rows == 0
    assert frame.estimate().memory > frame[frame.n < 0].estimate().memory == 0


def test_text_is_read_whole(session: bigframe.Session, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    pyarrow.csv.write_csv(pa.table({"a": range(100), "b": range(100)}), path)
    frame = bigframe.read_csv(path)[["a"]]
    assert frame.estimate().bytes_scanned >= path.stat().st_size
    if session.partitions is None:
        assert frame.estimate().bytes_scanned == path.stat().st_size
    frame.to_pandas()
    assert session.last_metrics is not None
    assert session.last_metrics["job"]["bytes_scanned"] == frame.estimate().bytes_scanned


def test_a_write_is_estimated_by_what_it_writes(events: str, tmp_path: Path) -> None:
    frame = bigframe.read_parquet(events)
    write = frame.to_parquet(tmp_path / "out", compute=False)
    assert write.estimate().rows == ROWS
    assert write.estimate().bytes_scanned == stored(events, ["n", "x", "k", "text"])
    assert not (tmp_path / "out").exists()


def test_an_estimate_travels_and_shows(events: str) -> None:
    frame = bigframe.read_parquet(events)
    estimate = (frame[frame.n < 700]).estimate()
    assert JobEstimate.from_json(estimate.to_json()) == estimate
    lines = repr(estimate).splitlines()
    assert lines[0].split() == ["rows", f"~{estimate.rows:,.0f}"]
    assert lines[2].split()[:3] == ["bytes", "scanned", f"{estimate.bytes_scanned:,}"]
    assert lines[-1].split()[:8] == [events, "parquet", "1", "of", "2", "2", "of", "12"]
    html = estimate._repr_html_()
    assert f"<td>{estimate.bytes_scanned:,} (" in html
    assert "<td>2 of 12</td>" in html


def test_metrics_by_stage(events: str) -> None:
    with bigframe.connect(partitions=3) as session:
        before = session.last_metrics
        frame = bigframe.read_parquet(events)
        frame.groupby("k").x.median().to_pandas()
        metrics = session.last_metrics
    assert before is None
    assert metrics is not None
    total, stages = metrics["job"], metrics["stages"]
    assert [stage["tasks"] for stage in stages] == [3, 3]
    assert stages[0]["bytes_scanned"] == total["bytes_scanned"] >= stored(events, ["k", "x"])
    assert stages[1]["bytes_scanned"] == 0
    assert total["rows"] == 7
    # What one stage writes the next one reads; headers and footers of the files aside.
    assert 0 < stages[1]["bytes_read_back"] < stages[0]["bytes_exchanged"] == total["bytes_exchanged"]
    assert 0 < total["cpu_seconds"] == pytest.approx(sum(stage["cpu_seconds"] for stage in stages))
    assert total["peak_memory"] == max(stage["peak_memory"] for stage in stages) > 1 << 20
    assert total["requests"] == total["bytes_fetched"] == 0
    assert stages[0]["operators"][0]["title"].startswith("Scan parquet")


def test_explain_shows_what_was_pruned_and_taken(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    frame = bigframe.read_parquet(events)
    frame[frame.n < 700].explain(analyze=True)
    shown = capsys.readouterr().out
    assert "; 2 of 12 row groups; " in shown
    assert " s of CPU, peak " in shown
    assert " scanned, " in shown


# ---------------------------------------------------------------- the limit


def test_a_job_above_its_limit_does_not_begin(session: bigframe.Session, events: str) -> None:
    frame = bigframe.read_parquet(events)[["x"]]
    needed = frame.estimate().bytes_scanned
    before = session.last_metrics
    with pytest.raises(LimitExceeded) as raised:
        bigframe.compute(frame, max_bytes=needed - 1)
    assert session.last_metrics is before
    text = str(raised.value)
    assert f"{needed:,} bytes are scanned" in text
    assert f"max_bytes={needed - 1:,}" in text
    assert f"of {events}: {needed:,} bytes" in text
    assert raised.value.code == "MAX_BYTES_EXCEEDED"
    (found,) = bigframe.compute(frame, max_bytes=needed)
    assert len(found) == ROWS


def test_a_filter_brings_a_job_below_its_limit(events: str) -> None:
    frame = bigframe.read_parquet(events)
    limit = stored(events, ["n", "x"], [0, 1])
    (found,) = bigframe.compute(frame[frame.n < 700][["x"]], max_bytes=limit)
    assert len(found) == 700


def test_stages_are_checked_as_they_come_and_nothing_is_half_written(
    session: bigframe.Session, events: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the estimate had been too low.
    monkeypatch.setattr(job, "check_limit", lambda *args, **kwargs: None)
    frame = bigframe.read_parquet(events)
    above = frame[frame.x > frame.x.mean()]
    write = above.to_parquet(tmp_path / "out", compute=False)
    limit = frame.x.mean().estimate().bytes_scanned
    with pytest.raises(LimitExceeded, match="with what has run"):
        bigframe.compute(write, max_bytes=limit)
    assert [path.name for path in tmp_path.iterdir()] == ["events"]


def test_memory_counts_too(session: bigframe.Session) -> None:
    frame = bigframe.DataFrame({"x": range(1000)})
    (source,) = frame.estimate().sources
    assert (source.name, source.format) == ("memory", "ipc")
    with pytest.raises(LimitExceeded, match="of memory: "):
        bigframe.compute(frame, max_bytes=10)


@pytest.mark.parametrize(
    ("limit", "error"), [("1GB", TypeError), (True, TypeError), (0, ValueError), (-1, ValueError), (np.nan, ValueError)]
)
def test_a_limit_is_a_number_of_bytes(events: str, limit: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"max_bytes is a number of bytes.* not {limit!r}"):
        bigframe.compute(bigframe.read_parquet(events), max_bytes=limit)


def test_a_limit_may_be_written_as_a_power_of_ten(events: str) -> None:
    (rows,) = bigframe.compute(bigframe.read_parquet(events)[["n"]], max_bytes=1e9)
    assert len(rows) == ROWS
