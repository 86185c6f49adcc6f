"""Blocks with known rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from bigframe.train import BlockManifest

WriteBlocks = Callable[..., BlockManifest]


@pytest.fixture
def write_blocks(tmp_path: Path) -> WriteBlocks:
    """Write a table as block files with record batches of the given sizes."""

    def write(table: pa.Table, batch_rows: list[list[int]] | None = None) -> BlockManifest:
        paths, row = [], 0
        for number, sizes in enumerate([[table.num_rows]] if batch_rows is None else batch_rows):
            path = tmp_path / f"part-{number:05}.arrow"
            with pa.ipc.new_file(path, table.schema) as sink:
                for size in sizes:
                    part = table.slice(row, size).combine_chunks()
                    batches = part.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
                    sink.write_batch(batches[0])
                    row += size
            paths.append(str(path))
        assert row == table.num_rows
        return BlockManifest.from_files(paths)

    return write
