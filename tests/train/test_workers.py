"""Loader workers: every row once, the same batches as without them, and no hang after Polars has run."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pytest

# Runs apart from pytest: it forks after Polars' threads have started, which is the case that must not hang.
FORKED = """
import json, sys
import polars as pl
from torch.utils.data import DataLoader
from bigframe.train import BlockManifest, TorchDataset

assert pl.DataFrame({"k": [1, 2] * 50_000}).lazy().group_by("k").len().collect().height == 2
manifest = BlockManifest.from_json(open(sys.argv[1]).read())
seen = []
for shuffle in (False, True, "window"):
    for world in (1, 2, 3, 4):
        for rank in range(world):
            for workers in (0, 1, 2):
                dataset = TorchDataset(
                    manifest, batch_size=64, shuffle=shuffle, seed=1, rank=rank, world_size=world, window_rows=256
                )
                options = {"multiprocessing_context": "fork"} if workers else {}
                loader = DataLoader(dataset, batch_size=None, num_workers=workers, **options)
                batches = [batch["x"].tolist() for batch in loader]
                assert len(batches) == len(loader), (shuffle, world, rank, workers)
                seen.append([str(shuffle), world, rank, workers, batches])
print(json.dumps(seen))
"""


def test_every_row_once_over_worlds_and_forked_workers_after_polars_ran(write_blocks, tmp_path: Path):
    rows = 1537
    manifest = write_blocks(pa.table({"x": range(rows)}), [[500, 37], [], [1000]])
    (tmp_path / "manifest.json").write_text(manifest.to_json())
    done = subprocess.run(
        [sys.executable, "-c", FORKED, str(tmp_path / "manifest.json")],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert len(seen) == 3 * (1 + 2 + 3 + 4) * 3
    alone = {(shuffle, world, rank): batches for shuffle, world, rank, workers, batches in seen if workers == 0}
    by_run: dict[tuple[str, int, int], list[int]] = {}
    for shuffle, world, rank, workers, batches in seen:
        assert batches == alone[shuffle, world, rank]
        by_run.setdefault((shuffle, world, workers), []).extend(row for batch in batches for row in batch)
    assert len(by_run) == 3 * 4 * 3
    for run, read in by_run.items():
        assert sorted(read) == list(range(rows)), run


SPAWNED = """
import json, sys
from torch.utils.data import DataLoader
from bigframe.train import BlockManifest, TorchDataset

if __name__ == "__main__":
    manifest = BlockManifest.from_json(open(sys.argv[1]).read())
    dataset = TorchDataset(manifest, batch_size=64, shuffle="window")
    loader = DataLoader(
        dataset, batch_size=None, num_workers=1, multiprocessing_context="spawn", persistent_workers=True
    )
    epochs = []
    for epoch in (0, 1):
        dataset.set_epoch(epoch)
        through = [batch["x"].tolist() for batch in loader]
        assert through == [batch["x"].tolist() for batch in dataset]
        epochs.append(through)
    print(json.dumps(epochs))
"""


@pytest.mark.slow
def test_a_new_epoch_reaches_persistent_spawned_workers(write_blocks, tmp_path: Path):
    manifest = write_blocks(pa.table({"x": range(500)}), [[300, 200]])
    (tmp_path / "manifest.json").write_text(manifest.to_json())
    (tmp_path / "train.py").write_text(SPAWNED)
    done = subprocess.run(
        [sys.executable, "train.py", "manifest.json"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert first != second
    assert sorted(chain.from_iterable(first)) == sorted(chain.from_iterable(second)) == list(range(500))
