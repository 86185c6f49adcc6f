"""Blobs: in-memory data as Arrow IPC files named by their content."""

from __future__ import annotations

import pyarrow as pa

from engine.storage.places import open_store

BATCH_ROWS = 1 << 18


def write_blob(path: str, table: pa.Table) -> None:
    """Write a table to a path unless it is there; it appears complete or not at all."""
    store, key = open_store(path)
    if store.stat(key) is not None:
        return
    with store.open_writer(key) as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=BATCH_ROWS)
