"""Blobs: in-memory data as Arrow IPC files named by their content."""

from __future__ import annotations

import uuid

import pyarrow as pa
from fsspec.core import url_to_fs

BATCH_ROWS = 1 << 18


def write_blob(path: str, table: pa.Table) -> None:
    """Write a table to a path unless it is there; it appears complete or not at all."""
    fs, target = url_to_fs(path)
    if fs.exists(target):
        return
    fs.makedirs(target.rpartition("/")[0], exist_ok=True)
    staged = f"{target}.{uuid.uuid4().hex[:8]}"
    with fs.open(staged, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=BATCH_ROWS)
    fs.mv(staged, target)
