"""What has finished stays finished: after a driver, worker or exchange file is lost, only that is computed again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas
import psutil
import pytest

import bigframe as pd
from engine.driver import StageRun
from engine.exec.local_cluster import LocalProcesses
from engine.exec.progress import Progress

ROOT = Path(__file__).parents[2]
DATA = pandas.DataFrame({"k": [n % 17 for n in range(4000)], "v": [float(n * 7919 % 1000) for n in range(4000)]})
MEDIANS = DATA.groupby("k").v.median()

INTERRUPTED = """
import json, os, signal, sys
from pathlib import Path
import bigframe as pd

deadly = Path({deadly!r})

def touched(value: float) -> float:
    if value == 2500.5 and deadly.exists():
        deadly.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return value

def main():
    with pd.connect(storage={storage!r}, partitions=4) as session:
        df = pd.DataFrame({{"k": [n % 17 for n in range(4000)], "v": [n + 0.5 for n in range(4000)]}})
        df["v"] = df.v.map(touched)
        {job}
        runs = session.engine.last.stages.values()
        reused, tasks = sum(run.reused for run in runs), sum(run.stage.tasks for run in runs)
        print(json.dumps({{"answer": answer, "reused": reused, "tasks": tasks}}))

if __name__ == "__main__":
    main()
"""


def interrupted(tmp_path: Path, job: str) -> tuple[int, dict[str, Any]]:
    """Run a script that is killed in its third map task, and then again; the first exit code and the second answer."""
    script = tmp_path / "job.py"
    deadly = tmp_path / "deadly"
    deadly.touch()
    script.write_text(INTERRUPTED.format(deadly=str(deadly), storage=str(tmp_path / "storage"), job=job))
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "TMPDIR": str(tmp_path)}
    first = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert not deadly.exists(), first.stderr
    second = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    report: dict[str, Any] = json.loads(second.stdout)
    return first.returncode, report


def left_below(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and "blobs" not in path.parts]


def test_a_job_goes_on_after_its_driver_was_killed(tmp_path: Path) -> None:
    code, report = interrupted(tmp_path, 'answer = df.groupby("k").v.median().to_pandas().sum()')
    assert code == -signal.SIGKILL
    assert (
        report["answer"]
        == pandas.Series([n + 0.5 for n in range(4000)]).groupby([n % 17 for n in range(4000)]).median().sum()
    )
    assert report["reused"] == 2
    assert report["tasks"] == 8
    assert left_below(tmp_path / "storage") == []


def test_a_write_goes_on_after_its_driver_was_killed(tmp_path: Path) -> None:
    target = tmp_path / "out"
    code, report = interrupted(tmp_path, f"answer = int(df.to_parquet({str(target)!r}).rows.sum())")
    assert code == -signal.SIGKILL
    assert report == {"answer": 4000, "reused": 2, "tasks": 4}
    assert pandas.read_parquet(target).v.tolist() == [n + 0.5 for n in range(4000)]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def session(tmp_path: Path) -> Iterator[pd.Session]:
    with pd.connect(storage=str(tmp_path / "storage"), partitions=4) as opened:
        yield opened


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damaging(monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]) -> None:
    """Damage one exchange file of the first stage as soon as all of them are there."""
    damaged: list[Path] = []

    def update(self: Progress, run: StageRun) -> None:
        if run.stage.output.kind == "hash" and len(run.results) == run.stage.tasks and not damaged:
            damaged.append(Path(run.in_order()[1].value["file"]["path"]))
            damage(damaged[0])

    monkeypatch.setattr(Progress, "update", update)


@pytest.mark.parametrize("damage", [flip, truncate, Path.unlink], ids=["flipped", "truncated", "removed"])
def test_a_damaged_exchange_file_is_made_again(
    session: pd.Session, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    damaging(monkeypatch, damage)
    result = pd.from_pandas(DATA).groupby("k").v.median().to_pandas()
    pandas.testing.assert_series_equal(result, MEDIANS)
    assert session.engine.last is not None
    assert [run.reran for run in session.engine.last.stages.values()] == [1, 0]
    assert left_below(Path(session.storage)) == []


@pytest.mark.dask
def test_a_killed_worker_loses_only_its_own_tasks(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()

    def slow(frame: pandas.DataFrame) -> pandas.DataFrame:
        (marks / f"{int(frame.v.iloc[0])}-{os.getpid()}-{time.time_ns()}").touch()
        time.sleep(0.4)
        return frame

    with pd.connect("local", workers=2, partitions=8, storage=str(tmp_path / "storage")) as session:
        frame = pd.DataFrame({"k": [n % 17 for n in range(4000)], "v": range(4000)})
        job = frame.map_partitions(slow, output_types={"k": "int64", "v": "int64"}).groupby("k").v.median()
        _ = session.engine

        def kill_one() -> None:
            while len(list(marks.iterdir())) < 5:
                time.sleep(0.01)
            psutil.Process(
                int(max(marks.iterdir(), key=lambda path: path.stat().st_mtime_ns).name.split("-")[1])
            ).kill()

        killer = threading.Thread(target=kill_one)
        killer.start()
        result = job.to_pandas()
        killer.join()
        assert session.engine.last is not None
        runs = list(session.engine.last.stages.values())
        again = sum(task.attempts - 1 for run in runs for task in run.results.values())
        started = [path.name.split("-")[0] for path in marks.iterdir()]
        # A worker holds one running and one waiting task.
        assert 1 <= again <= 2
        assert 9 <= len(started) <= 10
        assert len(set(started)) == 8
        assert sum(run.reran for run in runs) == 0
        expected = pandas.DataFrame({"k": [n % 17 for n in range(4000)], "v": range(4000)}).groupby("k").v.median()
        pandas.testing.assert_series_equal(result, expected)
        assert left_below(tmp_path / "storage") == []


@pytest.mark.dask
def test_a_job_goes_on_after_its_scheduler_died(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()

    def slow(frame: pandas.DataFrame) -> pandas.DataFrame:
        time.sleep(0.3)
        (marks / str(int(frame.v.iloc[0]))).touch()
        return frame

    storage = str(tmp_path / "storage")
    first, second = LocalProcesses(1, None), None
    try:
        with pd.connect(first.address, storage=storage, partitions=6):
            frame = pd.DataFrame({"k": [n % 17 for n in range(4000)], "v": range(4000)})
            job = frame.map_partitions(slow, output_types={"k": "int64", "v": "int64"}).groupby("k").v.median()

            def stop() -> None:
                while len(list(marks.iterdir())) < 3:
                    time.sleep(0.01)
                first.close()

            stopper = threading.Thread(target=stop)
            stopper.start()
            with pytest.raises(ConnectionError, match=f"lost the Dask scheduler at {first.address}"):
                job.to_pandas()
            stopper.join()
        second = LocalProcesses(1, None)
        with pd.connect(second.address, storage=storage, partitions=6) as session:
            result = job.to_pandas()
            assert session.engine.last is not None
            assert sum(run.reused for run in session.engine.last.stages.values()) >= 1
        assert result.to_dict() == frame_medians(4000)
        assert left_below(tmp_path / "storage") == []
    finally:
        first.close()
        if second is not None:
            second.close()


def frame_medians(rows: int) -> dict[int, float]:
    """The median of 0, 1, 2, … by the remainder of 17, from pandas."""
    values = pandas.Series(range(rows))
    medians: dict[int, float] = values.groupby(values % 17).median().to_dict()
    return medians
