"""The part of a read-only file that only counts: where it is, and where that moves."""

from __future__ import annotations

import io

__all__ = ["Positioned"]


class Positioned(io.RawIOBase):
    """A file of known size that can be read and sought; subclasses read from ``position`` on and move it.

    Parameters
    ----------
    size
        Bytes.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        self.position = base + offset
        return self.position
