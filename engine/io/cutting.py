"""Frames cut into the files of an output: by partition values, and by size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import polars as pl

from engine.io.files import HIVE_NULL

__all__ = ["Piece", "batched", "pieces"]

_ROWS = "\0rows"
# What is gathered and encoded at once: small files share a batch, a big one is alone.
_BATCH_BYTES, _BATCH_PIECES = 64 << 20, 16


@dataclass(frozen=True)
class Piece:
    """The rows of one file, gathered when they are asked for.

    Attributes
    ----------
    folder
        Hive folders, ``""`` without partitions.
    cut
        Number among the files of its folder.
    bytes
        Estimated size in memory.
    """

    folder: str
    cut: int
    bytes: int
    _frame: pl.DataFrame
    _rows: pl.Series | slice

    def frame(self) -> pl.DataFrame:
        return self._frame[self._rows]


def pieces(frame: pl.DataFrame, partition_on: Sequence[str], file_bytes: float) -> Iterator[Piece]:
    """Cut a frame into files; nothing is copied until a piece is asked for its rows.

    Parameters
    ----------
    frame
        Rows in order; inside a file they keep it.
    partition_on
        Columns that become folders ``key=value`` and leave the files; values stand in order of appearance.
    file_bytes
        Rows of more bytes than this in memory become several files of about equal size.

    Examples
    --------
    >>> frame = pl.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 3]})
    >>> [(piece.folder, piece.frame()["x"].to_list()) for piece in pieces(frame, ["k"], 1 << 20)]
    [('k=b', [1, 3]), ('k=a', [2])]
    """
    row_bytes = frame.estimated_size() / max(frame.height, 1)
    if not partition_on:
        yield from _cut("", frame, slice(0, frame.height), row_bytes, file_bytes)
        return
    data = frame.drop(partition_on)
    groups = frame.select(partition_on).with_row_index(_ROWS).group_by(partition_on, maintain_order=True).agg(_ROWS)
    if not frame.height:
        # A folder for null keeps the columns of an output without rows.
        yield Piece(_folder(partition_on, [None] * len(partition_on)), 0, 0, data, slice(0, 0))
    for number, values in enumerate(groups.select(partition_on).iter_rows()):
        yield from _cut(_folder(partition_on, values), data, groups[_ROWS][number], row_bytes, file_bytes)


def batched(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces in order, as many together as may be in memory at once."""
    batch: list[Piece] = []
    for piece in pieces:
        if batch and (len(batch) == _BATCH_PIECES or sum(p.bytes for p in batch) + piece.bytes > _BATCH_BYTES):
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _cut(
    folder: str, frame: pl.DataFrame, rows: pl.Series | slice, row_bytes: float, file_bytes: float
) -> Iterator[Piece]:
    height = rows.stop if isinstance(rows, slice) else rows.len()
    files = min(max(1, math.ceil(height * row_bytes / file_bytes)), max(1, height))
    for cut in range(files):
        part = slice(height * cut // files, height * (cut + 1) // files)
        chosen = part if isinstance(rows, slice) else rows[part]
        yield Piece(folder, cut, int((part.stop - part.start) * row_bytes), frame, chosen)


def _folder(keys: Sequence[str], values: Sequence[object]) -> str:
    texts = [HIVE_NULL if value is None else quote(str(value), safe="") for value in values]
    return "/".join(f"{quote(key, safe='')}={text}" for key, text in zip(keys, texts, strict=True))
