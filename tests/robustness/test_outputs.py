"""Outputs that exist, are the input, or fail while they are written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd

DATA = pandas.DataFrame({"a": range(300), "t": [f"text {n}" for n in range(300)]})
Failing = Callable[..., str]


@pytest.fixture
def df(session: pd.Session) -> Any:
    return pd.from_pandas(DATA)


def broken(value: int) -> int:
    if value == 250:
        raise OverflowError("this row is too much")
    return value


@pytest.mark.parametrize("name", ["out", "out.parquet"])
def test_an_output_that_exists(df: Any, tmp_path: Path, failing: Failing, name: str) -> None:
    df.to_parquet(tmp_path / name)
    error = failing(FileExistsError, lambda: df.head(1).to_parquet(tmp_path / name))
    assert f'{name} exists; write with mode="overwrite"' in error
    df.head(1).to_parquet(tmp_path / name, mode="overwrite")
    assert pandas.read_parquet(tmp_path / name).a.tolist() == [0]


def test_append_adds_to_a_folder_only(df: Any, tmp_path: Path, failing: Failing) -> None:
    df.to_parquet(tmp_path / "out", mode="append")
    df.head(2).to_parquet(tmp_path / "out", mode="append")
    df.head(2).to_parquet(tmp_path / "out", mode="append")
    assert len(pandas.read_parquet(tmp_path / "out")) == 304
    assert pd.read_parquet(tmp_path / "out").a.to_pandas().tolist() == [*range(300), 0, 1, 0, 1]
    error = failing(ValueError, lambda: df.to_parquet(tmp_path / "one.parquet", mode="append"))
    assert "a single file cannot be appended to" in error


def test_an_unknown_mode(df: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mode must be 'error', 'overwrite' or 'append', got 'replace'"):
        df.to_parquet(tmp_path / "out", mode="replace")


@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_an_output_that_is_the_input(df: Any, tmp_path: Path, failing: Failing, mode: str) -> None:
    df.to_parquet(tmp_path / "io")
    frame = pd.read_parquet(tmp_path / "io")
    error = failing(ValueError, lambda: frame.assign(b=frame.a + 1).to_parquet(tmp_path / "io", mode=mode))
    assert "the job reads" in error
    assert list(pandas.read_parquet(tmp_path / "io")) == ["a", "t"]


@pytest.mark.parametrize("existing", [False, True], ids=["new", "overwritten"])
def test_a_job_that_fails_leaves_the_target_as_it_was(
    df: Any, tmp_path: Path, failing: Failing, existing: bool
) -> None:
    if existing:
        df.head(3).to_parquet(tmp_path / "out")
    df["b"] = df.a.map(broken)
    error = failing(pd.ExecutionError, lambda: df.to_parquet(tmp_path / "out", mode="overwrite"))
    assert "broken raised OverflowError: this row is too much" in error
    assert f"{Path(__file__)}:" in error
    assert (tmp_path / "out").exists() is existing
    if existing:
        assert len(pandas.read_parquet(tmp_path / "out")) == 3


def test_of_two_writes_none_appears_if_one_fails(df: Any, tmp_path: Path, failing: Failing) -> None:
    good = df.to_parquet(tmp_path / "good", compute=False)
    bad = df.assign(b=df.a.map(broken)).to_parquet(tmp_path / "bad", compute=False)
    failing(pd.ExecutionError, lambda: pd.compute(good, bad))
    assert not (tmp_path / "good").exists()


def test_two_writes_to_one_place_are_refused(df: Any, tmp_path: Path, failing: Failing) -> None:
    writes = [frame.to_parquet(tmp_path / "out", compute=False) for frame in (df, df.head(1))]
    error = failing(ValueError, lambda: pd.compute(*writes))
    assert "out: two writes of one job go there" in error
    assert not (tmp_path / "out").exists()


def test_repeated_labels_cannot_be_written(df: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"column names must be unique in parquet files: \['a'\]"):
        pd.concat([df[["a"]], df[["a"]]], axis=1).to_parquet(tmp_path / "out")
