"""Batches from the dataset itself; loader workers have test_workers.py."""

from __future__ import annotations

import pickle
import subprocess
import sys
from itertools import chain

import cloudpickle
import pyarrow as pa
import pytest
import torch
from torch.utils.data import DataLoader

from bigframe.train import BlockManifest, TorchDataset


def numbers(batches):
    return [batch["x"].tolist() for batch in batches]


@pytest.fixture
def hundred(write_blocks):
    table = pa.table(
        {
            "x": range(100),
            "flag": [i % 3 == 0 for i in range(100)],
            "v": pa.array([[i, i / 2] for i in range(100)], pa.list_(pa.float32(), 2)),
            "ids": pa.array([list(range(i % 4)) for i in range(100)], pa.list_(pa.int32())),
            "text": [f"row {i}" for i in range(100)],
        }
    )
    return write_blocks(table, [[30, 7], [63]])


def test_batches_are_tensors_by_column(hundred):
    dataset = TorchDataset(hundred, ["v", "x", "flag", "ids", "text"], batch_size=40)
    batches = list(dataset)
    assert len(batches) == len(dataset) == 3
    assert list(batches[0]) == ["v", "x", "flag", "ids__values", "ids__offsets", "text"]
    last = batches[2]
    assert last["x"].tolist() == list(range(80, 100))
    assert last["v"].shape == (20, 2)
    assert last["v"].dtype == torch.float32
    assert last["v"][-1].tolist() == [99.0, 49.5]
    assert last["flag"].dtype == torch.bool
    assert last["flag"].sum() == 7
    assert last["ids__offsets"].tolist()[:5] == [0, 0, 1, 3, 6]
    assert last["ids__values"].tolist()[:6] == [0, 0, 1, 0, 1, 2]
    assert last["text"][0] == "row 80"


def test_shuffled_rows_keep_their_columns_together(hundred):
    for shuffle in (True, "window"):
        for batch in TorchDataset(hundred, ["x", "v", "text", "ids"], batch_size=33, shuffle=shuffle):
            assert batch["v"][:, 0].tolist() == batch["x"].tolist()
            assert batch["text"] == [f"row {i}" for i in batch["x"].tolist()]
            assert batch["ids__offsets"].diff().tolist() == [i % 4 for i in batch["x"].tolist()]


def test_tensors_may_be_changed_in_place(hundred):
    dataset = TorchDataset(hundred, ["x", "v"], batch_size=10)
    for batch in dataset:
        batch["x"].zero_()
        batch["v"] -= 1
    assert next(iter(dataset))["x"].tolist() == list(range(10))


@pytest.mark.parametrize("shuffle", [False, True, "window"])
@pytest.mark.parametrize("window_rows", [1, 25, 65_536])
def test_epochs_differ_and_repeat(hundred, shuffle, window_rows):
    dataset = TorchDataset(hundred, ["x"], batch_size=7, shuffle=shuffle, seed=3, window_rows=window_rows)
    first = numbers(dataset)
    assert numbers(dataset) == first
    assert sorted(chain.from_iterable(first)) == list(range(100))
    dataset.set_epoch(1)
    assert dataset.epoch == 1
    second = numbers(dataset)
    assert (second == first) == (shuffle is False)
    assert sorted(chain.from_iterable(second)) == list(range(100))
    dataset.set_epoch(0)
    assert numbers(dataset) == first


def test_drop_last_leaves_out_what_does_not_fill_a_batch_on_every_rank(hundred):
    ranks = [TorchDataset(hundred, ["x"], batch_size=16, drop_last=True, rank=r, world_size=3) for r in range(3)]
    assert [len(dataset) for dataset in ranks] == [2, 2, 2]
    assert [[len(batch) for batch in numbers(dataset)] for dataset in ranks] == [[16, 16]] * 3


def test_an_empty_manifest_has_no_batches(write_blocks):
    dataset = TorchDataset(write_blocks(pa.table({"x": pa.array([], pa.int64())})), shuffle="window")
    assert len(dataset) == 0
    assert list(dataset) == []
    files_without_batches = BlockManifest((), pa.schema([("x", pa.int64())]))
    assert list(TorchDataset(files_without_batches, shuffle=True)) == []


def test_a_loader_without_workers_passes_batches_through(hundred):
    dataset = TorchDataset(hundred, ["x"], batch_size=9, shuffle="window")
    loader = DataLoader(dataset, batch_size=None)
    assert len(loader) == 12
    assert numbers(loader) == numbers(dataset)


def test_missing_integers_are_reported_when_their_batch_is_read(write_blocks):
    manifest = write_blocks(pa.table({"x": [*range(20), None], "y": [*map(float, range(20)), None]}))
    batches = iter(TorchDataset(manifest, batch_size=20))
    assert next(batches)["x"].tolist() == list(range(20))
    with pytest.raises(ValueError, match=r"column 'x' \(int64\) has 1 missing of 1 values"):
        next(batches)
    (batch,) = TorchDataset(manifest, ["y"], batch_size=21)
    assert batch["y"].isnan().tolist() == [False] * 20 + [True]


def test_rank_comes_from_the_launcher(hundred, monkeypatch):
    assert (TorchDataset(hundred, ["x"]).rank, TorchDataset(hundred, ["x"]).world_size) == (0, 1)
    monkeypatch.setenv("RANK", "2")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert numbers(TorchDataset(hundred, ["x"])) == [list(range(50, 75))]
    assert numbers(TorchDataset(hundred, ["x"], rank=0, world_size=2)) == [list(range(50))]


def test_rank_comes_from_torch_distributed(hundred, monkeypatch, tmp_path):
    monkeypatch.setenv("RANK", "7")
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        dataset = TorchDataset(hundred, ["x"])
    finally:
        torch.distributed.destroy_process_group()
    assert (dataset.rank, dataset.world_size) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rank": 0}, "both rank and world_size"),
        ({"rank": 3, "world_size": 3}, "rank must lie between 0 and world_size - 1 = 2, got 3"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"seed": -1}, "seed=-1"),
        ({"shuffle": "full"}, "shuffle must be False, True or 'window', got 'full'"),
    ],
)
def test_bad_arguments_are_refused(hundred, arguments, message):
    with pytest.raises(ValueError, match=message):
        TorchDataset(hundred, ["x"], **arguments)


def test_random_reads_of_remote_blocks_are_refused(hundred):
    remote = BlockManifest.from_json(hundred.to_json().replace('["/', '["s3:///'))
    with pytest.raises(ValueError, match=r"s3://.*part-00000.arrow is remote: use shuffle='window'"):
        TorchDataset(remote, ["x"], shuffle=True)
    assert len(TorchDataset(remote, ["x"], shuffle="window", batch_size=50)) == 2


def test_pickles_are_small_and_give_the_same_batches(hundred):
    dataset = TorchDataset(hundred, ["x"], batch_size=13, shuffle="window", seed=5)
    dataset.set_epoch(2)
    for module in (pickle, cloudpickle):
        packed = module.dumps(dataset)
        assert len(packed) < 10_000
        assert numbers(module.loads(packed)) == numbers(dataset)


def test_importing_the_package_loads_no_torch():
    code = """if True:
        import sys, bigframe.train
        before = "torch" in sys.modules
        bigframe.train.TorchDataset
        print(before, "torch" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("False True\n", "", 0)


def test_without_torch_the_message_names_the_extra():
    code = "import sys; sys.modules['torch'] = None; import bigframe.train; bigframe.train.TorchDataset"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "MissingExtra: to_torch needs an extra that is not installed: pip install 'bigframe[torch]'" in done.stderr
