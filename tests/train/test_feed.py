"""From a frame to tensors: values, dtypes, reuse of the blocks, and every row once over ranks and loader workers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import torch

import bigframe as pd
from bigframe.errors import Unsupported


@pytest.fixture(params=[1, 3])
def session(request: pytest.FixtureRequest) -> Iterator[pd.Session]:
    with pd.connect(partitions=request.param) as opened:
        yield opened


class Lengths:
    dimensions = 3

    def __call__(self, texts: list[str]) -> list[list[float]]:
        return [[len(text), 1.0, -0.5] for text in texts]


def frame() -> pd.DataFrame:
    rows = 1000
    return pd.DataFrame(
        {
            "i": range(rows),
            "x": [None if n % 10 == 0 else n / 7 for n in range(rows)],
            "flag": [n % 3 == 0 for n in range(rows)],
            "at": pandas.to_datetime("2026-01-01") + pandas.to_timedelta(range(rows), unit="s"),
            "text": [f"t{'é' * (n % 4)}{n}" for n in range(rows)],
        }
    )


def joined(dataset: Any, key: str) -> Any:
    parts = [batch[key] for batch in dataset]
    return torch.cat(parts) if isinstance(parts[0], torch.Tensor) else [value for part in parts for value in part]


def test_values_are_those_of_to_pandas(session: pd.Session) -> None:
    df = frame()
    df = df[df["i"] % 5 != 0]
    df["vector"] = df["text"].ai.embed(Lengths)
    labels = ["i", "x", "flag", "at", "text", "vector"]
    dataset = df.to_torch(labels, batch_size=64, rank=0, world_size=1)
    expected = df.to_pandas()
    assert [len(batch["i"]) for batch in dataset] == [64] * 12 + [32]
    assert joined(dataset, "i").dtype == torch.int64
    assert joined(dataset, "i").tolist() == expected["i"].to_list()
    np.testing.assert_array_equal(joined(dataset, "x").numpy(), expected["x"].to_numpy())
    assert joined(dataset, "flag").dtype == torch.bool
    assert joined(dataset, "flag").tolist() == expected["flag"].to_list()
    assert joined(dataset, "at").tolist() == expected["at"].astype("int64").to_list()
    assert joined(dataset, "text") == expected["text"].to_list()
    vectors = joined(dataset, "vector")
    assert (vectors.shape, vectors.dtype) == ((800, 3), torch.float32)
    np.testing.assert_array_equal(vectors.numpy(), np.stack(expected["vector"].to_list()))


def test_an_integer_that_went_missing_in_a_join_is_a_float(session: pd.Session) -> None:
    left = pd.DataFrame({"k": [1, 2, 3]})
    holes = left.merge(pd.DataFrame({"k": [1, 3], "v": [10, 30]}), how="left", on="k")
    batch = next(iter(holes.to_torch(["k", "v"])))
    assert (batch["k"].dtype, batch["v"].dtype) == (torch.int64, torch.float64)
    assert batch["v"].nan_to_num(-1).tolist() == [10, -1, 30]
    whole = left.merge(pd.DataFrame({"k": [1, 2, 3], "v": [10, 20, 30]}), how="left", on="k")
    assert next(iter(whole.to_torch(["v"])))["v"].dtype == torch.int64


def test_the_index_is_left_out_and_one_column_may_have_two_labels(session: pd.Session) -> None:
    df = pd.DataFrame({"x": [1.0, 2.0], "name": ["a", "b"]}).set_index("name")
    df["y"] = df["x"]
    batch = next(iter(df.to_torch()))
    assert {name: values.tolist() for name, values in batch.items()} == {"x": [1.0, 2.0], "y": [1.0, 2.0]}


def test_a_second_call_runs_no_job(session: pd.Session) -> None:
    df = frame()[["i", "x"]]
    before = session.jobs
    first = df.to_torch(batch_size=100)
    assert session.jobs == before + 1
    second = df.to_torch(batch_size=7, shuffle=True, seed=3, rank=1, world_size=2)
    assert session.jobs == before + 1
    assert second.manifest == first.manifest
    df[df["i"] > 0].to_torch()
    df.rename(columns={"x": "z"}).to_torch()
    assert session.jobs == before + 3


def test_blocks_on_a_storage_of_ones_own_outlive_the_session(tmp_path: Path) -> None:
    with pd.connect(storage=str(tmp_path)) as session:
        dataset = pd.DataFrame({"x": range(10)}).to_torch(rank=0, world_size=1)
        assert session.jobs == 1
    assert joined(dataset, "x").tolist() == list(range(10))
    with pd.connect(storage=str(tmp_path)) as session:
        again = pd.DataFrame({"x": range(10)}).to_torch(rank=0, world_size=1)
        assert (session.jobs, again.manifest) == (0, dataset.manifest)
    assert not list(tmp_path.glob("**/.*")), "nothing staged may be left"


def test_what_cannot_be_fed_is_refused_before_anything_runs(session: pd.Session) -> None:
    df = frame()
    before = session.jobs
    with pytest.raises(KeyError, match="txt"):
        df.to_torch(["i", "txt"])
    with pytest.raises(Unsupported, match=r"column 'text'.*columns=\[…, 'text'\]"):
        df.to_torch()
    with pytest.raises(ValueError, match="column 'i' would give a batch two entries"):
        df.to_torch(["i", "i"])
    assert session.jobs == before


def test_missing_values_that_no_tensor_marks_are_named(session: pd.Session) -> None:
    df = pd.DataFrame({"n": pandas.array([1, None, 3], dtype="Int64")})
    with pytest.raises(ValueError, match=r"column 'n' \(int64\) has 1 missing of 3 values"):
        next(iter(df.to_torch()))


def test_no_rows_give_no_batches(session: pd.Session) -> None:
    df = frame()[["i"]]
    assert list(df[df["i"] < 0].to_torch()) == []


def test_without_torch_the_message_names_the_extra() -> None:
    code = """if True:
        import sys
        sys.modules["torch"] = None
        import bigframe as pd
        pd.DataFrame({"x": [1.0]}).to_torch()
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingExtra: to_torch needs an extra that is not installed: pip install 'bigframe[torch]'" in done.stderr


# Runs apart from pytest, because loader workers are forked from a process in which Polars ran.
WORLDS = """
import json
from torch.utils.data import DataLoader
import bigframe as pd

with pd.connect(partitions=3):
    df = pd.DataFrame({"i": range(1200), "s": [str(n) for n in range(1200)]})
    df = df[df["i"] % 7 != 0].sort_values("i", ascending=False)
    seen = {}
    for shuffle in (False, "window"):
        for world in (1, 2, 3, 4):
            for workers in (0, 1, 2):
                rows = []
                for rank in range(world):
                    data = df.to_torch(["i", "s"], batch_size=50, shuffle=shuffle, rank=rank, world_size=world)
                    context = {"multiprocessing_context": "fork"} if workers else {}
                    for batch in DataLoader(data, batch_size=None, num_workers=workers, **context):
                        assert [str(i) for i in batch["i"].tolist()] == batch["s"]
                        rows += batch["i"].tolist()
                seen[f"{shuffle} {world} {workers}"] = rows
    print(json.dumps(seen))
"""


def test_every_row_once_over_worlds_and_workers() -> None:
    done = subprocess.run([sys.executable, "-c", WORLDS], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    expected = [n for n in range(1199, -1, -1) if n % 7 != 0]
    assert len(seen) == 2 * 4 * 3
    for run, rows in seen.items():
        assert sorted(rows, reverse=True) == expected, run
        if run.startswith("False"):
            assert rows == expected, run
        else:
            assert rows != expected, run
