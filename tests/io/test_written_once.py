"""Jobs that write: run twice they write twice, cut off and run again they write once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import pytest

import bigframe
from engine.io.sink import Part, Sink
from tests.io.commit_cases import listing

ROWS = pd.DataFrame({"id": [1, 2, 3]})


@pytest.fixture
def session(tmp_path: Path) -> Any:
    return bigframe.connect(storage=str(tmp_path / "storage"), partitions=2)


def ids(folder: Path) -> list[int]:
    return sorted(pd.concat(map(pd.read_parquet, folder.glob("*.parquet")))["id"].to_list())


def test_an_append_that_is_run_twice_appends_twice(tmp_path: Path, session: Any) -> None:
    with bigframe.using(session):
        for _ in range(2):
            bigframe.from_pandas(ROWS).to_parquet(tmp_path / "out", mode="append")
    assert ids(tmp_path / "out") == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(("name", "mode"), [("out", "error"), ("out", "append"), ("x.parquet", "error")])
def test_a_write_that_was_cut_off_is_finished(
    tmp_path: Path, session: Any, name: str, mode: str, committed: bool
) -> None:
    real = Sink.commit

    def cut_off(self: Sink, parts: Sequence[Part]) -> Any:
        if committed:
            real(self, parts)
        raise ConnectionError("the cluster is gone")

    with bigframe.using(session):
        if mode == "append":
            bigframe.from_pandas(ROWS[:1]).to_parquet(tmp_path / "to" / name)
        with mock.patch.object(Sink, "commit", cut_off), pytest.raises(ConnectionError):
            bigframe.from_pandas(ROWS[1:]).to_parquet(tmp_path / "to" / name, mode=mode)
        files = bigframe.from_pandas(ROWS[1:]).to_parquet(tmp_path / "to" / name, mode=mode)
        assert files["rows"].sum() == 2
        assert sorted(bigframe.read_parquet(tmp_path / "to" / name)["id"].to_list()) == (
            [1, 2, 3] if mode == "append" else [2, 3]
        )
    assert not [path for path in listing(str(tmp_path / "to")) if "staging" in path]


def test_a_write_that_failed_leaves_nothing(tmp_path: Path, session: Any) -> None:
    with bigframe.using(session):
        frame = bigframe.from_pandas(ROWS)
        with mock.patch.object(Sink, "commit", side_effect=RuntimeError("no")), pytest.raises(RuntimeError, match="no"):
            frame.to_parquet(tmp_path / "to" / "out")
        assert listing(str(tmp_path / "to")) == []
        with pytest.raises(ValueError, match="target_file_size=5 is for folders, and this is one file"):
            frame.to_parquet(tmp_path / "to" / "x.parquet", target_file_size=5)
        with pytest.raises(ValueError, match="files of 0 bytes hold no rows"):
            frame.to_parquet(tmp_path / "to" / "out", target_file_size=0)
        assert len(frame.to_parquet(tmp_path / "to" / "out", target_file_size=8)) == 3
