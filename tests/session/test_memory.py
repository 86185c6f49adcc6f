"""Jobs under a memory limit: divided where they are large, tried again in smaller pieces, and refused by name."""

from pathlib import Path

import numpy as np
import pandas
import psutil
import pytest

import bigframe as pd
from engine.exec.child import ChildRunner

ROWS = 1_500_000


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_a_job_whose_rows_are_longer_than_expected_is_divided_until_it_fits(tmp_path: Path) -> None:
    before = children()
    numbers = pandas.Series(np.arange(ROWS) * 7919 % ROWS)
    with pd.connect(memory_limit="250MB") as session:
        frame = pd.DataFrame({"number": numbers})
        frame["text"] = frame.number.astype(str).str.repeat(50)
        frame.sort_values("text")[["number"]].to_parquet(str(tmp_path / "sorted"), index=False)
        assert isinstance(session.engine._child, ChildRunner)
        assert session.engine.last is not None
        runs = list(session.engine.last.stages.values())
    order = numbers.astype(str).str.repeat(50).argsort()
    pandas.testing.assert_series_equal(
        pandas.read_parquet(tmp_path / "sorted").number, numbers.iloc[order].reset_index(drop=True), check_names=False
    )
    # By estimate one task was enough; it was ended, and its rows were divided.
    assert [run.stage.output.kind for run in runs] == ["keep", "range", "sink"]
    assert min(run.stage.tasks for run in runs) >= 4
    assert children() == before


def test_what_cannot_be_divided_is_named_with_its_estimate_and_a_remedy() -> None:
    rows = 12_000_000
    with pd.connect(memory_limit="250MB") as session:
        frame = pd.DataFrame({"key": np.zeros(rows, dtype="int64"), "value": np.arange(rows) * 0.5})
        with pytest.raises(pd.MemoryLimitError, match=r"Aggregate by \(key\): median.* by estimate .*memory_limit="):
            frame.groupby("key").value.median().to_pandas()
        # The session goes on.
        assert session.engine.last is None
        assert frame.value.max() == (rows - 1) * 0.5


def test_a_small_job_runs_in_this_process() -> None:
    with pd.connect(memory_limit="250MB") as session:
        assert pd.DataFrame({"a": [2, 1]}).sort_values("a").a.to_list() == [1, 2]
        assert session.engine._child is None
