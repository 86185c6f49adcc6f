"""Files being written: checksums of what passes, and compression on the way."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import pyarrow as pa


class ChecksumWriter(io.RawIOBase):
    """Passes writes on to an open file, which it never closes, and keeps their number of bytes and CRC-32."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._crc = 0
        self.bytes = 0

    @property
    def checksum(self) -> str:
        """CRC-32 of all bytes so far, as 8 hexadecimal digits."""
        return f"{self._crc:08x}"

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        self._crc = zlib.crc32(view, self._crc)
        self.bytes += view.nbytes
        self._target.write(view)
        return view.nbytes

    def tell(self) -> int:
        return self.bytes

    def flush(self) -> None:
        self._target.flush()


@contextmanager
def compressed(target: ChecksumWriter, codec: str | None) -> Iterator[BinaryIO]:
    """Give a file that compresses into `target` by ``gzip``, ``bz2``, ``xz``, ``zstd`` or, for None, not at all."""
    file = cast("BinaryIO", target)
    if codec is None:
        yield file
        return
    stream: Any
    if codec == "gzip":
        # Neither name nor time, so that a part written again has the same bytes.
        stream = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
    elif codec == "bz2":
        stream = bz2.BZ2File(file, "w")
    elif codec == "xz":
        stream = lzma.LZMAFile(file, "w")  # noqa: SIM115 - entered below
    else:
        stream = pa.CompressedOutputStream(pa.PythonFile(file, mode="w"), codec)
    with stream:
        yield stream
