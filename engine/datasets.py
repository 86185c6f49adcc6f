"""Datasets behind scans: their files, statistics, and how their rows are divided among tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa

from bigframe.errors import SourceError
from bigframe.ids import derive
from bigframe.plan.scan import Scan
from bigframe.schema import normal_arrow
from engine.io.source import Dataset, open_dataset
from engine.planner.stages import Part


@dataclass(frozen=True)
class SourceInfo:
    """What a client needs to know of files to make a plan: columns with Arrow types, stored index, version, size.

    Attributes
    ----------
    columns
        Name → Arrow type, in order.
    index
        Stored index levels: the name of each, and its column, or the first value and the step of a range.
    """

    columns: Mapping[str, pa.DataType]
    index: tuple[tuple[str | None, str | tuple[int, int]], ...]
    version: str
    rows: int
    bytes: int
    without_missing: frozenset[str]

    def may_be_missing(self, name: str) -> bool:
        return name not in self.without_missing


def describe(format: str, paths: Sequence[str], options: Mapping[str, Any]) -> SourceInfo:
    """Inspect files without reading their rows where the format allows.

    Raises
    ------
    FileNotFoundError
        If nothing matches.
    SourceError
        If a file is not of the format or differs from the first.
    """
    dataset = open_dataset(format, list(paths), options)
    columns = {field.name: normal_arrow(field.type) for field in dataset.schema}
    complete = {name for name in columns if dataset.column_statistics(name).null_count == 0}
    stored = dataset.pandas_metadata
    levels = stored.raw["index_columns"] if stored else ()
    index = tuple(level for raw in levels if (level := _stored_level(raw, dataset.rows, len(levels))) is not None)
    return SourceInfo(columns, index, version_of(dataset), dataset.rows, dataset.bytes, frozenset(complete))


def _stored_level(
    raw: str | Mapping[str, Any], rows: int, levels: int
) -> tuple[str | None, str | tuple[int, int]] | None:
    """An index level as pandas' metadata describes it; a range that does not fit all rows is a default one."""
    if isinstance(raw, str):
        return (None if raw.startswith("__index_level_") else raw), raw
    name, start, step = raw["name"], raw["start"], raw["step"]
    is_default = (name, start, step) == (None, 0, 1) or len(range(start, raw["stop"], step)) != rows
    return None if is_default and levels == 1 else (name, (start, step))


def version_of(dataset: Dataset) -> str:
    """A name for the state of all files."""
    return derive(dataset.format, *(f"{file.path}:{file.version}" for file in dataset.files)).partition("~")[2]


class Datasets:
    """The datasets of one job's scans, opened once."""

    def __init__(self) -> None:
        self._open: dict[tuple[Any, ...], Dataset] = {}

    def of(self, scan: Scan) -> Dataset:
        """The dataset behind a scan.

        Raises
        ------
        SourceError
            If a file was added, removed or replaced since the plan was made.
        """
        key = (scan.format, scan.paths, scan.options, scan.version)
        if key not in self._open:
            options = {} if scan.format == "ipc" else {name: _thawed(value) for name, value in scan.options}
            dataset = open_dataset(scan.format, list(scan.paths), options)
            if scan.format != "ipc" and version_of(dataset) != scan.version:
                raise SourceError(
                    f"{', '.join(scan.paths)}: the files changed after they were first read; read them again"
                )
            self._open[key] = dataset
        return self._open[key]

    def rows(self, scan: Scan) -> int:
        return self.of(scan).rows

    def column_bytes(self, scan: Scan, name: str) -> int | None:
        return self.of(scan).column_statistics(name).bytes

    def bounds(self, scan: Scan, name: str) -> tuple[Any, Any]:
        facts = self.of(scan).column_statistics(name)
        return facts.min, facts.max

    def nan_columns(self, scan: Scan) -> list[str]:
        """Float columns that may hold NaN; in-memory data was cleaned when it came in."""
        if ("normal", True) in scan.options:
            return []
        return self.of(scan).columns_that_may_hold_nan([name for _, name, _ in scan.fields])

    def parts(self, scan: Scan, target_bytes: float, shares: Sequence[float] | None) -> tuple[Part, ...]:
        """A scan's rows divided among tasks: by bytes, or into given shares of the rows."""
        dataset = self.of(scan)
        if shares is not None:
            return _by_shares(dataset, shares)
        if target_bytes == float("inf"):
            return (Part(tuple(dataset.splits(dataset.bytes + 1))),)
        splits = dataset.splits(max(1, int(target_bytes)))
        if not splits:
            return (Part(()),)
        return tuple(Part((split,)) for split in splits)


def _by_shares(dataset: Dataset, shares: Sequence[float]) -> tuple[Part, ...]:
    splits = dataset.splits(1)
    total, cuts, reached = dataset.rows, [0], 0.0
    for share in shares:
        reached += share / sum(shares)
        cuts.append(round(total * reached))
    parts = []
    for start, stop in pairwise(cuts):
        touched = [s for s in splits if s.first_row < stop and s.first_row + s.rows > start] if stop > start else []
        offset = start - touched[0].first_row if touched else 0
        parts.append(Part(tuple(touched), offset, stop - start))
    return tuple(parts)


def _thawed(value: Any) -> Any:
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value
