"""Reading rows of a block manifest by number, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

from bigframe.errors import SourceError
from bigframe.train.blocks import BlockManifest, open_block

# A map holds its file open; this stays far below the usual limit of 1,024 descriptors.
OPEN_FILES = 64
# One more than the lanes of a shuffled order, so that a remote record batch is fetched once while a lane crosses it.
CACHED_BATCHES = 17


class BlockReader:
    """Rows of the blocks of one manifest, restricted to some columns.

    Reads touch only what they need: a local file is memory-mapped and only the pages of the rows asked for are
    loaded; a remote file is range-read one record batch at a time.

    Parameters
    ----------
    manifest
        The blocks.
    columns
        Names of the columns to read.
    """

    def __init__(self, manifest: BlockManifest, columns: Sequence[str]) -> None:
        self._manifest = manifest
        self._columns = list(columns)
        fields = [manifest.schema.field(name) for name in columns]
        self._schema = pa.schema([f.with_type(pa.large_string()) if pt.is_string_view(f.type) else f for f in fields])
        self._positions = [manifest.schema.get_field_index(name) for name in columns]
        batch_rows = manifest.batch_rows
        self._offsets = np.concatenate([[0], np.cumsum(batch_rows)]).astype(np.int64)
        # Which file a record batch lies in, and which of its batches it is.
        self._places = [(f, b) for f, file in enumerate(manifest.files) for b in range(len(file.batch_rows))]
        self._open = lru_cache(maxsize=OPEN_FILES)(self._open_file)
        self._batch = lru_cache(maxsize=CACHED_BATCHES)(self._read_batch)

    def take(self, rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
        """Rows of the manifest, in the order asked for.

        Parameters
        ----------
        rows
            Row numbers, at least one, in any order.

        Returns
        -------
        pyarrow.RecordBatch
            One row per number. Consecutive rows of one record batch come without a copy.

        Raises
        ------
        SourceError
            A file is missing or truncated, or no longer has the rows that the manifest says.
        """
        if bool(np.all(rows[1:] > rows[:-1])):
            return self._take_ascending(rows)
        # Ascending reads touch every page once and every record batch once; the wanted order is restored in memory.
        order = np.argsort(rows)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return self._take_ascending(rows[order]).take(pa.array(back))

    def _take_ascending(self, rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
        edges = np.searchsorted(rows, self._offsets)
        pieces = []
        for index in np.flatnonzero(np.diff(edges)):
            inside = rows[edges[index] : edges[index + 1]] - self._offsets[index]
            batch = self._batch(int(index))
            contiguous = int(inside[-1] - inside[0]) == len(inside) - 1
            pieces.append(batch.slice(int(inside[0]), len(inside)) if contiguous else batch.take(pa.array(inside)))
        return pieces[0] if len(pieces) == 1 else pa.concat_batches(pieces)

    def _read_batch(self, index: int) -> pa.RecordBatch:
        file, position = self._places[index]
        expected = self._manifest.files[file]
        block = self._open(file)
        if block.num_record_batches != len(expected.batch_rows):
            raise SourceError(
                f"block file {expected.path} has {block.num_record_batches} record batches, "
                f"the manifest says {len(expected.batch_rows)}: it was replaced since"
            )
        batch = block.get_batch(position)
        if batch.num_rows != expected.batch_rows[position]:
            raise SourceError(
                f"record batch {position} of block file {expected.path} has {batch.num_rows} rows, "
                f"the manifest says {expected.batch_rows[position]}: it was replaced since"
            )
        # pyarrow cannot take rows of a string_view.
        return batch.select(self._columns).cast(self._schema)

    def _open_file(self, file: int) -> pa.ipc.RecordBatchFileReader:
        return open_block(self._manifest.files[file].path, self._positions)
