"""The order of samples: a pure function of (rows of the blocks, shuffle, seed, epoch, rank, world).

Nothing here reads data. A rank's rows are a contiguous part of the epoch's order; its batches are numbered, and a
loader worker takes every n-th of them, so the number of workers changes neither the batches nor their order.
NumPy may change the stream of ``Generator.permutation`` in a release (NEP 19), which would change shuffled orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Shuffle = Literal[False, True, "window"]

# Rows per contiguous read of a shuffled window: 4,096 eight-byte values fill eight memory pages.
PIECE_ROWS = 4_096
# A window draws from this many distant places of the epoch's order.
LANES = 16

_ALL_ROWS, _BATCHES, _WINDOW = 0, 1, 2


class ShardOrder(Protocol):
    """The rows of one rank in one epoch, addressed by their position in its order."""

    @property
    def rows(self) -> int:
        """Rows of the rank."""

    def window(self, start: int, stop: int) -> Rows:
        """Row numbers at positions ``start`` to ``stop``; a shuffled order permutes them among themselves."""


@dataclass(frozen=True)
class Sequential:
    """Rows as they lie in the blocks."""

    first: int
    rows: int

    def window(self, start: int, stop: int) -> Rows:
        """Row numbers at positions ``start`` to ``stop``."""
        return np.arange(self.first + start, self.first + stop)


@dataclass(frozen=True)
class FullShuffle:
    """A part of one uniform permutation of all rows; it holds eight bytes per row of the data set."""

    permutation: Rows

    @property
    def rows(self) -> int:
        """Rows of the rank."""
        return len(self.permutation)

    def window(self, start: int, stop: int) -> Rows:
        """Row numbers at positions ``start`` to ``stop``."""
        return self.permutation[start:stop]


@dataclass(frozen=True)
class WindowShuffle:
    """Contiguous pieces dealt from distant places, permuted within each window."""

    starts: Rows
    lengths: Rows
    ends: Rows
    seed: int
    epoch: int
    rank: int

    @property
    def rows(self) -> int:
        """Rows of the rank."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def window(self, start: int, stop: int) -> Rows:
        """Row numbers at positions ``start`` to ``stop``, in an order drawn for this window."""
        first, last = np.searchsorted(self.ends, [start, stop - 1], side="right")
        rows = spell_out(self.starts[first : last + 1], self.lengths[first : last + 1])
        skipped = start - int(self.ends[first] - self.lengths[first])
        return generator(self.seed, self.epoch, _WINDOW, self.rank, start).permutation(
            rows[skipped : skipped + stop - start]
        )


def shard_order(batch_rows: Rows, shuffle: Shuffle, seed: int, epoch: int, rank: int, world: int) -> ShardOrder:
    """Order of the rows that one rank reads in one epoch.

    Parameters
    ----------
    batch_rows
        Rows of every record batch of the manifest, in row order.
    shuffle
        False keeps the manifest's order; True is one uniform permutation of all rows; ``"window"`` permutes record
        batches, cuts them into pieces of :data:`PIECE_ROWS` rows, deals the pieces from :data:`LANES` places and
        leaves the last mixing to :meth:`ShardOrder.window`.
    seed, epoch
        Non-negative numbers that the random order depends on.
    rank, world
        Which of how many equal parts. Parts are contiguous in the epoch's order and differ by at most one row.

    Returns
    -------
    ShardOrder
        Together the orders of all ranks name every row exactly once.

    Examples
    --------
    >>> import numpy as np
    >>> shard_order(np.array([3, 2]), False, seed=0, epoch=0, rank=1, world=2).window(0, 3)
    array([2, 3, 4])
    """
    total = int(batch_rows.sum())
    begin, end = total * rank // world, total * (rank + 1) // world
    if shuffle is False:
        return Sequential(begin, end - begin)
    if shuffle is True:
        return FullShuffle(generator(seed, epoch, _ALL_ROWS).permutation(total)[begin:end])
    starts = np.cumsum(batch_rows) - batch_rows
    drawn = generator(seed, epoch, _BATCHES).permutation(len(batch_rows))
    starts, lengths = clip_spans(starts[drawn], batch_rows[drawn], begin, end)
    starts, lengths = cut_spans(starts, lengths, PIECE_ROWS)
    dealt = deal(len(starts), LANES)
    starts, lengths = starts[dealt], lengths[dealt]
    return WindowShuffle(starts, lengths, np.cumsum(lengths), seed, epoch, rank)


def batch_bounds(total: int, rank: int, world: int, batch_size: int, *, drop_last: bool) -> Rows:
    """Positions in a rank's order where its batches begin and end.

    All ranks get the same number of batches, so that none waits for another at the end of an epoch. A rank that has
    one row less than its neighbours and would end a batch earlier gives up one row of its last batch for a batch of
    its own. Only a rank with fewer rows than the others have batches has fewer.

    Parameters
    ----------
    total
        Rows of the manifest.
    rank, world
        Which of how many parts.
    batch_size
        Rows of a full batch.
    drop_last
        Leave out what does not fill a batch on every rank.

    Returns
    -------
    numpy.ndarray of int64
        One more entry than there are batches.

    Examples
    --------
    >>> batch_bounds(17, 0, 2, 8, drop_last=False), batch_bounds(17, 1, 2, 8, drop_last=False)
    (array([0, 7, 8]), array([0, 8, 9]))
    >>> batch_bounds(17, 1, 2, 8, drop_last=True)
    array([0, 8])
    """
    rows = total * (rank + 1) // world - total * rank // world
    if drop_last:
        return np.arange(total // world // batch_size + 1) * batch_size
    largest = -(-total // world)
    steps = min(rows, -(-largest // batch_size))
    step = np.arange(steps + 1)
    # Every batch still to come keeps at least one row.
    return np.minimum(step * batch_size, rows - (steps - step))


def generator(seed: int, epoch: int, *stream: int) -> np.random.Generator:
    """Philox generator of one stream of one epoch; streams are independent of each other (SeedSequence)."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(epoch, *stream))))


def clip_spans(starts: Rows, lengths: Rows, begin: int, end: int) -> tuple[Rows, Rows]:
    """Part of the spans laid end to end that lies between two positions."""
    ends = np.cumsum(lengths)
    low = np.clip(begin - (ends - lengths), 0, lengths)
    high = np.clip(end - (ends - lengths), 0, lengths)
    kept = high > low
    return (starts + low)[kept], (high - low)[kept]


def cut_spans(starts: Rows, lengths: Rows, longest: int) -> tuple[Rows, Rows]:
    """Same rows in the same order, in spans of at most ``longest`` rows."""
    counts = -(-lengths // longest)
    within = spell_out(np.zeros_like(counts), counts)
    done = within * longest
    return np.repeat(starts, counts) + done, np.minimum(np.repeat(lengths, counts) - done, longest)


def deal(count: int, lanes: int) -> Rows:
    """Numbers below ``count``, laid out in lanes of equal length and taken from every lane in turn.

    Examples
    --------
    >>> deal(7, 3)
    array([0, 3, 6, 1, 4, 2, 5])
    """
    depth = max(1, -(-count // lanes))
    grid = np.arange(depth * lanes).reshape(lanes, depth).T.ravel()
    return grid[grid < count]


def spell_out(starts: Rows, lengths: Rows) -> Rows:
    """Concatenate the ranges ``start, start + 1, …`` of the given lengths."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    rows: Rows = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return rows
