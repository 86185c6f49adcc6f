"""A job of seconds keeps what its stages hand over in memory: nothing of it is on the storage, and nothing stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd
from engine import claims
from engine.driver import Driver
from engine.exec.held import FRAMES

DATA = pandas.DataFrame({"k": [n % 17 for n in range(4000)], "v": [float(n * n % 31) for n in range(4000)]})


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folder of each stage that is run."""
    seen: list[str] = []
    output = Driver._output

    def noted(driver: Driver, run: Any) -> Any:
        if run.stage.output.kind != "memory":
            seen.append(driver.folder.path)
        return output(driver, run)

    monkeypatch.setattr(Driver, "_output", noted)
    return seen


@pytest.fixture
def session(tmp_path: Path) -> Iterator[pd.Session]:
    with pd.connect(storage=str(tmp_path)) as session:
        yield session


def above_the_median(frame: Any) -> Any:
    """Rows of a table that is computed once and read twice."""
    sums = frame.groupby(["k", "v"], as_index=False).agg(n=("v", "size"))
    return sums[sums.n > sums.n.mean()].merge(sums, on="k").sort_values(["k", "v_x", "v_y"], ignore_index=True)


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "blobs" not in path.parts]


def test_what_stages_share_is_in_memory(session: pd.Session, folders: list[str], tmp_path: Path) -> None:
    result = above_the_median(pd.from_pandas(DATA)).to_pandas()
    pandas.testing.assert_frame_equal(result, above_the_median(DATA))
    assert folders
    assert {folder.partition("/")[0] for folder in folders} == {"held:"}
    assert left(tmp_path) == []
    assert not FRAMES


def test_what_is_more_than_expected_goes_to_the_storage(
    session: pd.Session, folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "ROOM", 100)
    result = above_the_median(pd.from_pandas(DATA)).to_pandas()
    pandas.testing.assert_frame_equal(result, above_the_median(DATA))
    assert folders[0].startswith("held:")
    assert folders[-1].startswith(str(tmp_path))
    assert left(tmp_path) == []
    assert not FRAMES


def test_a_job_that_writes_may_be_gone_on_with(session: pd.Session, folders: list[str], tmp_path: Path) -> None:
    above_the_median(pd.from_pandas(DATA)).to_parquet(tmp_path / "out")
    assert all(folder.startswith(str(tmp_path)) for folder in folders)
