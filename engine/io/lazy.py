"""LazyFrames over data: slices of files that Polars reads itself, and batches that Python yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import polars as pl
from polars.io.plugins import register_io_source

from engine.io.files import FileInfo
from engine.io.layout import Split

# Polars counts rows of one scan in 32 bits.
_MAX_ROWS_PER_SCAN = 2**31

_SCANS_PER_TURN = 64


def scan_native(
    scan_files: Callable[[tuple[FileInfo, ...], str | None], pl.LazyFrame],
    splits: Sequence[Split],
    row_index: str | None,
) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan splits with a Polars reader, one frame for each run of neighbours.

    Parameters
    ----------
    scan_files
        Reads whole files, with a row index of the given name.
    splits
        Parts to read. Whole files that follow one another in the dataset and share partition and schema become one scan.
    row_index
        Name of an int64 column of global row positions, or None.

    Returns
    -------
    list of (Split, pl.LazyFrame)
        The first split of each run, and its rows. The slice reaches the reader, so other row groups are not read, and
        a filter above it still reaches the statistics (measured on Polars 2.1).
    """
    frames = []
    for run in runs(splits):
        first = run[0]
        frame = scan_files(tuple(split.file for split in run), row_index)
        if not first.whole:
            frame = frame.slice(first.offset, first.rows)
        if row_index is not None:
            frame = frame.with_columns(pl.col(row_index).cast(pl.Int64) + (first.first_row - first.offset))
        frames.append((first, frame))
    return frames


def scan_batches(
    batches: Callable[[list[str]], Iterator[pl.DataFrame]],
    schema: Mapping[str, pl.DataType],
    row_index: str | None,
    first_row: int,
) -> pl.LazyFrame:
    """Scan data that a generator yields.

    Parameters
    ----------
    batches
        Called with the wanted columns in schema order; yields frames of exactly those.
    schema
        Columns and types of the frames.
    row_index
        Name of an int64 column of global row positions, or None.
    first_row
        Global position of the first row.

    Returns
    -------
    pl.LazyFrame
        Columns are pruned before reading; slices stop the generator; filters run on each batch.
    """
    full = dict(schema) if row_index is None else {**schema, row_index: pl.Int64()}

    def source(
        wanted: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        names = list(full) if wanted is None else wanted
        columns = [name for name in schema if name in names]
        position, left = first_row, n_rows
        # Every format can count its rows only by reading a column.
        for batch in batches(columns or list(schema)[:1]):
            frame = batch if left is None else batch.head(left)
            if row_index is not None:
                rows = pl.int_range(position, position + frame.height, dtype=pl.Int64, eager=True)
                frame = frame.with_columns(rows.alias(row_index))
            position += frame.height
            frame = frame.select(names)
            yield frame if predicate is None else frame.filter(predicate)
            if left is not None:
                left -= batch.height
                if left <= 0:
                    return

    return register_io_source(source, schema=full, is_pure=True)


def in_turns(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """Put many scans of equal columns together, a few at a time.

    Polars plans a concatenation in quadratic time: 3,000 scans of one small file each took 59 s, in turns they take
    2 s. Columns, filters and slices from above reach every scan.
    """
    if len(frames) <= _SCANS_PER_TURN:
        return frames[0] if len(frames) == 1 else pl.concat(frames, how="vertical")
    schema = frames[0].collect_schema()

    def source(
        wanted: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        names = list(schema) if wanted is None else wanted
        tested = [] if predicate is None else predicate.meta.root_names()
        read = list(dict.fromkeys([*names, *tested]))
        left = n_rows
        for start in range(0, len(frames), _SCANS_PER_TURN):
            frame = pl.concat(frames[start : start + _SCANS_PER_TURN], how="vertical")
            if left is not None:
                # The slice counts rows before the filter.
                frame = frame.select(read).head(left).collect().lazy()
                left -= frame.select(pl.len()).collect().item()
            yield (frame if predicate is None else frame.filter(predicate)).select(names).collect()
            if left is not None and left <= 0:
                return

    return register_io_source(source, schema=dict(schema), is_pure=True)


def runs(splits: Sequence[Split]) -> Iterator[list[Split]]:
    """Cut splits where a single scan has to end: at a gap between rows, another partition or another schema."""
    run = list(splits[:1])
    rows = run[0].rows if run else 0
    for before, split in pairwise(splits):
        adjacent = before.whole and split.whole and before.first_row + before.rows == split.first_row
        alike = before.file.partition == split.file.partition and before.variant == split.variant
        if adjacent and alike and rows + split.rows < _MAX_ROWS_PER_SCAN:
            run.append(split)
            rows += split.rows
        else:
            yield run
            run, rows = [split], split.rows
    if run:
        yield run
