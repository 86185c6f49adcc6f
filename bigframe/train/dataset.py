"""The torch dataset over a block manifest; importing this module imports torch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import torch
from torch import distributed
from torch.utils.data import IterableDataset, get_worker_info

from bigframe.train.blocks import BlockManifest, local_path
from bigframe.train.columns import choose_columns, feed
from bigframe.train.order import Rows, Shuffle, batch_bounds, shard_order
from bigframe.train.reader import BlockReader

Batch = dict[str, torch.Tensor | list[str | None]]


class TorchDataset(IterableDataset[Batch]):
    """Batches of tensors, sharded over ranks and loader workers, each row exactly once per epoch.

    Iterate it directly, which is fastest, or through ``DataLoader(dataset, batch_size=None)``: a loader's worker
    processes send every tensor on its own, which costs more than reading it (0.2 M against 4 M rows of 184 bytes a
    second in ``benchmarks/torch_feed.py``), so use them only where a step's own Python work is slow. Rows are read from
    memory-mapped Arrow and no Python object is made per row. Ranks get equally many batches (see
    :func:`bigframe.train.order.batch_bounds` for the one exception); the number of loader workers changes neither the
    batches nor their order. Every iteration of one epoch gives the same batches; call :meth:`set_epoch` between epochs.

    Parameters
    ----------
    manifest
        The blocks to read.
    columns
        Columns to feed; None feeds all and refuses strings, which make a Python object per row.
    batch_size
        Rows of a batch on one rank. Without `drop_last` the last batches may have fewer.
    shuffle
        False keeps the order of the blocks. ``"window"`` mixes rows of distant pieces of the data within windows of
        `window_rows`; it reads each record batch about once. True draws one uniform permutation of all rows: eight
        bytes of memory per row of the data set, random reads, and so local blocks only.
    seed
        With the epoch, what a shuffled order depends on.
    rank, world_size
        This process among those that train together. None takes them, when the dataset is made, from
        ``torch.distributed`` if it is initialised, else from ``RANK`` and ``WORLD_SIZE``, else one process.
    drop_last
        Give every rank the same number of full batches and leave out the rest.
    window_rows
        Rows that a shuffled read holds in memory at a time, and among which ``"window"`` permutes.

    Raises
    ------
    KeyError, Unsupported
        A column is missing or has a type that no tensor holds.
    ValueError
        A number is out of range, or `shuffle` is True over remote blocks. While iterating: values are missing in a
        column of integers, booleans, times or lists.
    SourceError
        While iterating: a block is missing, truncated or was replaced.

    Notes
    -----
    Tensors own their memory, so a training step may change them in place. Dtypes are described in
    :func:`bigframe.train.columns.feed`. Reading uses pyarrow alone, so loader workers may be forked.

    Examples
    --------
    >>> import pyarrow as pa, tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "part-0.arrow")
    >>> table = pa.table({"x": [1.0, 2.0, 3.0]})
    >>> with pa.ipc.new_file(path, table.schema) as sink:
    ...     sink.write_table(table)
    >>> dataset = TorchDataset(BlockManifest.from_files([str(path)]), batch_size=2, rank=0, world_size=1)
    >>> len(dataset), [batch["x"].tolist() for batch in dataset]
    (2, [[1.0, 2.0], [3.0]])
    >>> folder.cleanup()
    """

    def __init__(
        self,
        manifest: BlockManifest,
        columns: Sequence[str] | None = None,
        *,
        batch_size: int = 1024,
        shuffle: Shuffle = False,
        seed: int = 0,
        rank: int | None = None,
        world_size: int | None = None,
        drop_last: bool = False,
        window_rows: int = 65_536,
    ) -> None:
        super().__init__()
        self.columns = choose_columns(manifest.schema, columns)
        if rank is None and world_size is None:
            rank, world_size = detect_rank()
        if rank is None or world_size is None:
            raise ValueError("give both rank and world_size, or neither")
        self.rank, self.world_size = rank, world_size
        if not 0 <= self.rank < self.world_size:
            raise ValueError(f"rank must lie between 0 and world_size - 1 = {self.world_size - 1}, got {self.rank}")
        if batch_size < 1 or window_rows < 1 or seed < 0:
            raise ValueError(
                f"batch_size and window_rows must be positive and seed not negative, "
                f"got {batch_size=}, {window_rows=}, {seed=}"
            )
        if shuffle not in (False, True, "window"):
            raise ValueError(f"shuffle must be False, True or 'window', got {shuffle!r}")
        self.shuffle: Shuffle = "window" if shuffle == "window" else bool(shuffle)
        remote = next((file.path for file in manifest.files if local_path(file.path) is None), None)
        if self.shuffle is True and remote is not None:
            raise ValueError(f"shuffle=True reads rows at random and {remote} is remote: use shuffle='window'")
        self.manifest = manifest
        self.batch_size = batch_size
        self.seed = seed
        self.drop_last = drop_last
        self.window_rows = window_rows
        # In shared memory, because persistent loader workers keep the copy of the dataset that they started with.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # type: ignore[no-untyped-call]

    @property
    def epoch(self) -> int:
        """Number of the epoch that the next iteration gives."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next iteration; it reaches persistent loader workers too.

        Parameters
        ----------
        epoch
            A non-negative number.
        """
        if epoch < 0:
            raise ValueError(f"epoch must not be negative, got {epoch}")
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        """Batches of this rank in one epoch, over all its loader workers."""
        return len(self._bounds()) - 1

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, stride = (0, 1) if worker is None else (worker.id, worker.num_workers)
        bounds = self._bounds()
        reader = BlockReader(self.manifest, self.columns)
        order = shard_order(self.manifest.batch_rows, self.shuffle, self.seed, self.epoch, self.rank, self.world_size)
        for group in self._windows(len(bounds) - 1):
            own = range(group.start + (first - group.start) % stride, group.stop, stride)
            if not own:
                continue
            begin = bounds[group.start]
            window = order.window(int(begin), int(bounds[group.stop]))
            rows = reader.take(np.concatenate([window[bounds[i] - begin : bounds[i + 1] - begin] for i in own]))
            offset = 0
            for i in own:
                size = int(bounds[i + 1] - bounds[i])
                yield self._tensors(rows.slice(offset, size))
                offset += size

    def _bounds(self) -> Rows:
        return batch_bounds(self.manifest.rows, self.rank, self.world_size, self.batch_size, drop_last=self.drop_last)

    def _windows(self, steps: int) -> Iterator[range]:
        per_window = max(1, self.window_rows // self.batch_size)
        for start in range(0, steps, per_window):
            yield range(start, min(start + per_window, steps))

    def _tensors(self, rows: pa.RecordBatch) -> Batch:
        batch: Batch = {}
        for name in self.columns:
            for key, value in feed(name, rows.column(name)).items():
                # The copy makes the tensor writable: a write into a read-only map would end the process.
                batch[key] = value if isinstance(value, list) else torch.from_numpy(value.copy())
        return batch


def detect_rank() -> tuple[int, int]:
    """Rank of this process and how many train together, from torch.distributed or the launcher's environment.

    Returns
    -------
    tuple of int
        ``(0, 1)`` where neither says otherwise.
    """
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
