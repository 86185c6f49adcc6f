"""Rows per second from Arrow blocks into torch batches: ``python -m benchmarks.torch_feed [--rows N]``.

A row has 2 int64, 2 float64, 6 float32 and a list of 32 float32,
184 bytes together, in 8 files of record batches of 65,536 rows. One thread each for torch and Arrow.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch.utils.data import DataLoader

from bigframe.train import BlockManifest, TorchDataset
from bigframe.train.order import Shuffle

ROW_BYTES = 184
FILES = 8


def write_blocks(folder: Path, rows: int, batch_rows: int = 65_536) -> BlockManifest:
    """Write the benchmark's rows and return their manifest."""
    rng = np.random.default_rng(0)
    per_file = rows // FILES
    paths = []
    for number in range(FILES):
        floats = rng.random((per_file, 32), dtype=np.float32)
        table = pa.table(
            {f"i{k}": rng.integers(0, 1 << 40, per_file) for k in range(2)}
            | {f"d{k}": rng.random(per_file) for k in range(2)}
            | {f"f{k}": rng.random(per_file, dtype=np.float32) for k in range(6)}
            | {"embedding": pa.FixedSizeListArray.from_arrays(pa.array(floats.ravel()), 32)}
        )
        path = folder / f"part-{number}.arrow"
        with pa.ipc.new_file(path, table.schema) as sink:
            sink.write_table(table, max_chunksize=batch_rows)
        paths.append(str(path))
    return BlockManifest.from_files(paths)


def measure(batches: Any) -> tuple[int, float, float]:
    """Rows seen, wall seconds and CPU seconds of one pass that reads every tensor."""
    wall, cpu, rows = time.perf_counter(), time.process_time(), 0
    for batch in batches:
        rows += len(batch["i0"])
    return rows, time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print one line per way of reading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--batch-size", type=int, default=1024)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    shuffles: tuple[Shuffle, ...] = (False, "window", True)
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_blocks(Path(folder), arguments.rows)
        for shuffle in shuffles:
            for workers in (0, 1, 2):
                dataset = TorchDataset(manifest, batch_size=arguments.batch_size, shuffle=shuffle, rank=0, world_size=1)
                batches = dataset if workers == 0 else DataLoader(dataset, batch_size=None, num_workers=workers)
                rows, wall, cpu = measure(batches)
                print(
                    f"shuffle={shuffle!s:6} workers={workers} rows/s={rows / wall:>11,.0f} "
                    f"MB/s={rows * ROW_BYTES / wall / 1e6:>7,.0f} CPU s/M rows={cpu / rows * 1e6:.2f}"
                )


if __name__ == "__main__":
    main()
