"""Fault points: what their text means, that the same call fails again, and what a job in one process does with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas
import polars as pl
import pytest

import bigframe as pd
from engine.exec import faults
from engine.exec.errors import ExchangeCorrupt, ExchangeFull, ExchangesLost
from engine.exec.exchange import read_exchange, write_exchange
from engine.exec.faults import Fault, Faults, injected, point, task

ROOT = Path(__file__).parents[2]
FRAME = pl.DataFrame({"a": range(5000)})


def test_the_text_of_faults(tmp_path: Path) -> None:
    text = f"exchange.write:enospc@3;map.before_write:sleep=0.25x2;seed=7;marks={tmp_path}"
    first, second = Fault("exchange.write", "enospc", call=3), Fault("map.before_write", "sleep", 0.25, times=2)
    assert Faults.parse(text) == Faults((first, second), tmp_path, 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exchange.write", "a fault is POINT:KIND"),
        ("map:kill", "'map' is no fault point; there are task.start, exchange.read, map.before_write"),
        ("commit:burn", "'burn' is no kind of fault; there are kill, enospc, flip"),
        ("commit:flip", "only a file that is complete can be damaged, at exchange.written"),
    ],
)
def test_a_text_that_means_nothing(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Faults.parse(text)


def reached(text: str, tasks: list[str]) -> list[str]:
    """The tasks in which a fault at their start happens."""
    hit = []
    with injected(text):
        for key in tasks:
            try:
                task(key)
            except OSError:
                hit.append(key)
    return hit


def test_the_task_of_the_number_fails_whatever_the_order() -> None:
    tasks = [f"s-{number}" for number in range(6)]
    assert reached("task.start:enospc@4", tasks) == ["s-4"]
    assert reached("task.start:enospc@4", tasks[::-1]) == ["s-4"]
    assert reached("task.start:enospc@4x2", [*tasks, *tasks, *tasks]) == ["s-4", "s-4"]
    assert reached("task.start:enospcx2", tasks) == ["s-0", "s-1"]
    assert reached("task.start:enospc@4;task.start:enospc@1", tasks) == ["s-1", "s-4"]


def test_processes_with_the_same_marks_count_together(tmp_path: Path) -> None:
    text = f"task.start:enospc@1;marks={tmp_path}"
    assert reached(text, ["s-1", "s-1"]) == ["s-1"]
    assert reached(text, ["s-1"]) == []
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [
        ("task.start-enospc-1-0", str(os.getpid()))
    ]


def test_nothing_happens_outside_the_block() -> None:
    with pytest.raises(OSError, match="No space left"), injected("commit:enospc"):
        point("commit")
    point("commit")


def damaged(folder: Path, kind: str, seed: int) -> bytes:
    with injected(f"exchange.written:{kind};seed={seed}"):
        file = write_exchange(FRAME, None, 1, str(folder / f"{kind}.arrow"), producer="p")
    with pytest.raises(ExchangeCorrupt, match="checksum" if kind == "flip" else "truncated"):
        read_exchange([file], 0)
    return Path(file.path).read_bytes()


def test_a_seed_flips_the_same_bit(tmp_path: Path) -> None:
    file = write_exchange(FRAME, None, 1, str(tmp_path / "whole.arrow"))
    whole = Path(file.path).read_bytes()
    one, again, other = (damaged(tmp_path, "flip", seed) for seed in (1, 1, 2))
    assert one == again != other
    assert sum((a ^ b).bit_count() for a, b in zip(one, whole, strict=True)) == 1
    assert len(damaged(tmp_path, "truncate", 1)) == len(whole) // 2


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    with injected("exchange.write:enospc"), pytest.raises(ExchangeFull, match=r"exchange file '.*x\.arrow'") as caught:
        write_exchange(FRAME, None, 1, str(tmp_path / "x.arrow"))
    assert caught.value.code == "NO_SPACE"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_made_again_may_have_other_bytes(tmp_path: Path) -> None:
    """A step that gives the same rows in another order is one; what is read is then found by the new file's index."""

    def shuffled(frame: pandas.DataFrame) -> pandas.DataFrame:
        return frame.sample(frac=1)

    with pd.connect(storage=str(tmp_path), partitions=4) as session:
        frame = pd.DataFrame({"k": [n % 17 for n in range(4000)], "v": range(4000)})
        made = frame.map_partitions(shuffled, output_types={"k": "int64", "v": "int64"})
        with injected("exchange.written:flip@2"):
            result = made.groupby("k").v.median().to_pandas()
        assert session.engine.last is not None
        assert next(iter(session.engine.last.stages.values())).reran == 1
    expected = pandas.DataFrame({"k": [n % 17 for n in range(4000)], "v": range(4000)}).groupby("k").v.median()
    pandas.testing.assert_series_equal(result, expected)


def test_damage_that_comes_back_ends_the_job(tmp_path: Path) -> None:
    with pd.connect(storage=str(tmp_path), partitions=3) as session:
        frame = pd.DataFrame({"k": [1, 2, 3], "v": [1, 2, 3]})
        with injected("exchange.written:truncate@1x99"), pytest.raises(ExchangesLost, match="truncated"):
            frame.groupby("k").v.median().to_pandas()
        assert [path for path in Path(session.storage).rglob("*.arrow") if "blobs" not in path.parts] == []


DRIVER = """
import json
import bigframe as pd
if __name__ == "__main__":
    with pd.connect(storage={storage!r}, partitions=3) as session:
        frame = pd.DataFrame({{"k": [n % 17 for n in range(4000)], "v": range(4000)}})
        rows = int(frame.groupby("k", as_index=False).v.median().to_parquet({target!r}).rows.sum())
        runs = session.engine.last.stages.values()
        print(json.dumps([rows, sum(run.stage.tasks - run.reused for run in runs)]))
"""


@pytest.mark.slow
def test_a_driver_that_is_killed_at_the_commit_only_commits_when_it_runs_again(tmp_path: Path) -> None:
    target, marks = tmp_path / "out", tmp_path / "marks"
    marks.mkdir()
    script = tmp_path / "job.py"
    script.write_text(DRIVER.format(storage=str(tmp_path / "storage"), target=str(target)))
    environment = {
        "PYTHONPATH": str(ROOT), "PATH": "", "TMPDIR": str(tmp_path), faults.VARIABLE: f"commit:kill;marks={marks}",
    }  # fmt: skip
    first = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert (first.returncode, first.stdout) == (-9, "")
    assert not target.exists()
    second = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout) == [17, 0]
    assert pandas.read_parquet(target).v.sum() == pandas.Series(range(4000)).groupby(lambda n: n % 17).median().sum()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.py", "marks", "out", "storage"]
    assert [path for path in (tmp_path / "storage").rglob("*") if path.is_file() and "blobs" not in path.parts] == []
