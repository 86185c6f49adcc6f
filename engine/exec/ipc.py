"""Arrow IPC files cut into checksummed sections, so that one section can be read without the rest of the file."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO, Any

import polars as pl
import pyarrow as pa

__all__ = ["ROWS_PER_BATCH", "SectionWriter", "as_batch", "decode", "encode"]

# A batch of this size is read back in 0.2 ms and keeps the copy that conversion needs small.
ROWS_PER_BATCH = 250_000

# "ARROW1" and padding open the file form only; the stream form starts at the schema that follows.
_MAGIC = 8


def encode(frame: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    """Cut a frame into Arrow record batches of at most `ROWS_PER_BATCH` rows.

    Strings become ``large_string``: the writer sends only the slice of it that a batch uses, whereas a
    ``string_view`` batch drags along every buffer that its views touch.

    Parameters
    ----------
    frame
        Rows to write; converted piece by piece, so memory grows by one batch.

    Yields
    ------
    pa.RecordBatch
        The rows in order; none for an empty frame.

    Examples
    --------
    >>> [batch.num_rows for batch in encode(pl.DataFrame({"a": [1, 2]}))]
    [2]
    """
    for piece in frame.iter_slices(ROWS_PER_BATCH):
        yield as_batch(piece)


def as_batch(frame: pl.DataFrame) -> pa.RecordBatch:
    """Convert a frame, empty or not, into exactly one record batch.

    Examples
    --------
    >>> as_batch(pl.DataFrame({"a": ["x"]})).schema.field("a").type
    DataType(large_string)
    """
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    return pa.RecordBatch.from_arrays([column.chunk(0) for column in table.columns], schema=table.schema)


class SectionWriter:
    """Writes one Arrow IPC file and reports the byte range and CRC-32 of each section.

    The file opens with an empty batch, so that its first section (the header) holds the schema and all
    dictionaries: header plus any later section is a complete IPC stream.

    Parameters
    ----------
    file
        Binary file at position 0; stays open.
    header
        An empty batch with the schema, from `as_batch`.
    compress
        Compress bodies with LZ4 (for object stores; on local disk it makes writing 2.6 times slower).
    """

    def __init__(self, file: IO[bytes], header: pa.RecordBatch, *, compress: bool) -> None:
        self._sink = _ChecksumSink(file)
        options = pa.ipc.IpcWriteOptions(compression="lz4" if compress else None)
        self._writer = pa.ipc.new_file(pa.PythonFile(self._sink, "w"), header.schema, options=options)
        self._writer.write_batch(header)

    def end_section(self) -> tuple[int, int, int]:
        """Close the current section; returns its offset, its length (bytes) and the CRC-32 of its bytes."""
        return self._sink.cut()

    def write(self, batch: pa.RecordBatch, metadata: dict[str, str]) -> None:
        """Append a batch, with metadata that any Arrow reader shows."""
        self._writer.write_batch(batch, custom_metadata=metadata)

    def close(self) -> int:
        """Write the footer; returns the size of the file in bytes."""
        self._writer.close()
        return self._sink.position


class _ChecksumSink:
    """A write-only file object for pyarrow that keeps the CRC-32 of what passes."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.position = 0
        self._start = 0
        self._crc = 0

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        while view:
            # An unbuffered file may take less than it is given.
            written = self._file.write(view)
            self._crc = zlib.crc32(view[:written], self._crc)
            self.position += written
            view = view[written:]
        return len(memoryview(data).cast("B"))

    def tell(self) -> int:
        return self.position

    def cut(self) -> tuple[int, int, int]:
        section = (self._start, self.position - self._start, self._crc)
        self._start, self._crc = self.position, 0
        return section

    def flush(self) -> None:
        """Nothing is buffered."""

    def close(self) -> None:
        """The file belongs to the caller."""


class _Joined:
    """A read-only file object over several buffers that hands out views, never copies."""

    closed = False

    def __init__(self, *buffers: Any) -> None:
        self._views = [memoryview(buffer).cast("B") for buffer in buffers if memoryview(buffer)]

    def read(self, size: int = -1) -> Any:
        if not self._views:
            return b""
        # An Arrow message never spans two sections, so one view always has all that is asked for.
        view = self._views[0]
        taken = view if size < 0 else view[:size]
        if len(taken) == len(view):
            self._views.pop(0)
        else:
            self._views[0] = view[len(taken) :]
        return taken

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Views end with their last reader."""


def decode(header: Any, *sections: Any) -> pl.DataFrame:
    """Turn the header and sections of one file back into a frame, without copying fixed-width columns.

    Parameters
    ----------
    header, sections
        Buffers with exactly the bytes of the ranges that `SectionWriter` reported.

    Returns
    -------
    pl.DataFrame
        The rows of the sections in order; no rows without a section.
    """
    with pa.ipc.open_stream(pa.PythonFile(_Joined(memoryview(header)[_MAGIC:], *sections), "r")) as reader:
        frame = pl.from_arrow(reader.read_all(), rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    return frame
