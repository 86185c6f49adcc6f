"""Results as Arrow IPC streams, made no faster than the client takes them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import pyarrow as pa

__all__ = ["MEDIA_TYPE", "ipc_stream"]

MEDIA_TYPE = "application/vnd.apache.arrow.stream"

_CHUNK = 1 << 20
"""Bytes that are handed over at once: a batch may be hundreds of times as large."""


def ipc_stream(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """The bytes of an IPC stream; one batch is in memory at a time.

    Examples
    --------
    >>> table = pa.table({"x": [1, 2, 3]})
    >>> pa.ipc.open_stream(b"".join(ipc_stream(table.schema, table.to_batches()))).read_all()["x"].to_pylist()
    [1, 2, 3]
    """
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield from _taken(sink)
    yield from _taken(sink)


def _taken(sink: io.BytesIO) -> Iterator[bytes]:
    sink.seek(0)
    while chunk := sink.read(_CHUNK):
        yield chunk
    sink.seek(0)
    sink.truncate()
