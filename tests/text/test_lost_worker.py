"""A Dask worker is killed while near-duplicates are exchanged: same answer, and only what it was doing runs again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import bigframe
from bigframe.tree import walk
from engine.kernels import documents

pytestmark = pytest.mark.dask

DOCUMENTS, PARTITIONS = 600, 6
MARKED = 270
TEXTS = [
    " ".join(f"w{number % 200}x{place}" for place in range(50)) + f" end{number // 400}" for number in range(DOCUMENTS)
]
"""200 groups of three: two documents of equal words, one with another end."""


def hold_at_the_marked_text(folder: Path) -> None:
    """Run in a worker: its next task over the marked text leaves the process id and waits while ``hold`` exists."""
    compute = documents.minhash.fingerprints

    def fingerprints(texts: Any, **options: Any) -> Any:
        if (folder / "hold").exists() and TEXTS[MARKED] in texts.to_pylist():
            (folder / "pid").write_text(str(os.getpid()))
            (folder / "pid").rename(folder / "holding")
            while (folder / "hold").exists():
                time.sleep(0.01)
        return compute(texts, **options)

    documents.minhash.fingerprints = fingerprints


@pytest.fixture(scope="module")
def session() -> Iterator[bigframe.Session]:
    with bigframe.Session("local", workers=2, partitions=PARTITIONS) as opened, bigframe.using(opened):
        yield opened


def kill_holder(folder: Path, killed: list[int]) -> None:
    while not (folder / "holding").exists():
        time.sleep(0.01)
    killed.append(int((folder / "holding").read_text()))
    os.kill(killed[0], signal.SIGKILL)
    (folder / "hold").unlink()


def results(method: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    df = bigframe.DataFrame({"text": TEXTS, "n": range(DOCUMENTS)})
    return bigframe.compute(df.drop_near_duplicates(method=method), df.near_duplicates(method=method))


# Without MinHash nothing reads a fingerprint twice, so that the stage that is hit is the exchange by hash itself.
@pytest.mark.parametrize(("method", "output", "kept"), [("minhash", "keep", 200), ("exact", "hash", 400)])
def test_only_the_tasks_of_a_killed_worker_run_again(
    session: bigframe.Session, tmp_path: Path, method: str, output: str, kept: int
) -> None:
    (tmp_path / "hold").touch()
    client = session.engine.runner.client
    client.wait_for_workers(2)
    client.run(hold_at_the_marked_text, tmp_path)
    killed: list[int] = []
    killer = threading.Thread(target=kill_holder, args=(tmp_path, killed), daemon=True)
    killer.start()
    survived = results(method)
    killer.join()
    report = session.engine.last
    assert report is not None
    assert len(killed) == 1

    runs = list(report.stages.values())
    again = {run.stage.key: [r.key for r in run.results.values() if r.attempts > 1] for run in runs}
    hit = [run for run in runs if again[run.stage.key]]
    # One task was running on the worker, at most one more was waiting there.
    assert [len(again[run.stage.key]) in (1, 2) for run in hit] == [True]
    assert sum(result.attempts - 1 for run in runs for result in run.results.values()) == len(again[hit[0].stage.key])
    assert [run.reran for run in runs] == [0] * len(runs)
    assert len(hit[0].results) == PARTITIONS
    assert hit[0].stage.output.kind == output
    assert "Fingerprint" in {type(node).__name__ for branch in hit[0].stage.branches for node in walk(branch.plan)}

    with bigframe.connect(partitions=1):
        expected = results(method)
    assert len(survived[0]) == kept
    for one, other in zip(survived, expected, strict=True):
        pd.testing.assert_frame_equal(one, other)
