"""Datasets behind scans: their files, statistics, and how their rows are divided among tasks."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, compress, pairwise
from typing import Any
from weakref import WeakKeyDictionary

from bigframe.arrow_types import normal_arrow
from bigframe.errors import InputChanged
from bigframe.ops.base import Expr, columns_read
from bigframe.plan.scan import Scan
from bigframe.sources import SourceInfo
from engine.io.categories import find_categories, is_categorical
from engine.io.layout import ColumnStatistics, Cost, Split
from engine.io.pandas_metadata import PandasMetadata
from engine.io.source import Dataset, open_dataset
from engine.io.sql_conditions import decided
from engine.optimizer.estimates import Estimate
from engine.optimizer.pruning import Bounds, bounds, kept
from engine.planner.stages import Part
from engine.storage.urls import is_local

OPENING_BYTES = 1 << 20
"""What opening one more file costs, as bytes that could be read meanwhile: 10 ms at 100 MB/s."""

# A string in memory takes this, and its bytes if they are more than twelve; those of a dictionary are there once.
_STRING_VIEW = 16

# Splits end where files and blocks do, so that even parts are found by trying ever larger ones.
_LOOSER = 1.1

SCRATCH = "scratch://"
"""Begins the paths of in-memory inputs in plans: the storage of whichever engine runs them."""

_SNAPSHOTS = 256
_snapshots: OrderedDict[tuple[Any, ...], Dataset] = OrderedDict()

_JUDGED = 32
"""Predicates of which it is remembered what they keep of a dataset, whose blocks may be many."""
_judgements: WeakKeyDictionary[Dataset, dict[tuple[Any, ...], list[bool]]] = WeakKeyDictionary()

GAP_BYTES = 256 << 10
"""Opening another run of blocks of a file takes as long as reading so much (1 ms on local disk; measured)."""


def describe(format: str, paths: Sequence[str], options: Mapping[str, Any]) -> SourceInfo:
    """Inspect files without reading their rows where the format allows.

    Parameters
    ----------
    format, paths
        What is to be read.
    options
        Of the format; and ``categories``, columns whose categories are read from the data if that is not too much.

    Raises
    ------
    FileNotFoundError
        If nothing matches.
    SourceError
        If a file is not of the format or differs from the first.
    """
    given = dict(options)
    read = given.pop("categories", ())
    if not isinstance(read, (list, tuple)):
        raise ValueError(f"categories are those of columns in a list, not {read!r}")
    dataset = open_dataset(format, list(paths), given)
    settings = json.dumps({**given, **dataset.pinned}, sort_keys=True)
    # Each read of a remote file names its version, those of local ones do not.
    if not any(is_local(file.path) for file in dataset.files):
        _remember((format, tuple(paths), settings, dataset.version), dataset)
    columns = {field.name: normal_arrow(field.type) for field in dataset.schema}
    complete = {name for name in columns if dataset.column_statistics(name).null_count == 0}
    stored = dataset.pandas_metadata
    levels = () if stored is None else _levels(stored, dataset.rows)
    families = {} if stored is None else {name: kind for name, kind in stored.families().items() if name in columns}
    categorical = _categorical(dataset)
    known, unread = find_categories(dataset.files, categorical, read) if categorical else ({}, {})
    return SourceInfo(
        columns,
        levels,
        dataset.version,
        dataset.rows,
        dataset.bytes,
        frozenset(complete),
        dataset.pinned,
        {name: family for name, family in families.items() if name not in dataset.partitions},
        {name: (values, categorical[name]) for name, values in known.items()},
        unread,
    )


def _categorical(dataset: Dataset) -> dict[str, bool]:
    """Columns that files themselves have as categories, and whether these are ordered."""
    if dataset.format != "parquet":
        return {}
    own = [field for field in dataset.schema if field.name not in dataset.partitions and is_categorical(field.type)]
    return {field.name: field.type.ordered for field in own}


def _levels(stored: PandasMetadata, rows: int) -> tuple[tuple[str | None, str | tuple[int, int]], ...]:
    """The index levels that pandas' metadata describes; a range that does not fit all rows is a default one."""
    levels: list[tuple[str | None, str | tuple[int, int]]] = []
    described = stored.raw["index_columns"]
    for raw in described:
        if isinstance(raw, str):
            levels.append((stored.level_name(raw), raw))
            continue
        name, start, step = raw["name"], raw["start"], raw["step"]
        is_default = (name, start, step) == (None, 0, 1) or len(range(start, raw["stop"], step)) != rows
        if not is_default or len(described) > 1:
            levels.append((name, (start, step)))
    return tuple(levels)


def _remember(key: tuple[Any, ...], dataset: Dataset) -> None:
    """Keep what was listed, so that a job over it needs no second listing."""
    _snapshots[key] = dataset
    while len(_snapshots) > _SNAPSHOTS:
        _snapshots.popitem(last=False)


def located(path: str, storage: str) -> str:
    """A path of a plan, with in-memory inputs found on an engine's storage."""
    return f"{storage}/{path.removeprefix(SCRATCH)}" if path.startswith(SCRATCH) else path


class Datasets:
    """The datasets of one job's scans, opened once; ``storage`` is where the engine keeps in-memory inputs."""

    def __init__(self, storage: str = "") -> None:
        self._storage = storage
        self._open: dict[tuple[Any, ...], Dataset] = {}
        self._of: dict[Scan, Dataset] = {}
        self.estimated: dict[str, Estimate] = {}
        self._kept: dict[str, list[bool]] = {}

    def of(self, scan: Scan) -> Dataset:
        """The dataset behind a scan.

        Raises
        ------
        InputChanged
            If a file was added, removed or replaced since the plan was made.
        """
        found = self._of.get(scan)
        if found is None:
            found = self._of[scan] = self._opened(scan)
        return found

    def _opened(self, scan: Scan) -> Dataset:
        key = (scan.format, scan.paths, scan.options, scan.version)
        if key not in self._open:
            options = {} if scan.format == "ipc" else {name: _thawed(value) for name, value in scan.options}
            paths = tuple(located(path, self._storage) for path in scan.paths)
            seen = (scan.format, paths, json.dumps(options, sort_keys=True), scan.version)
            dataset = _snapshots.get(seen) or open_dataset(scan.format, paths, options)
            if all(path.startswith(SCRATCH) for path in scan.paths):
                _remember(seen, dataset)  # named by its content
            if scan.format != "ipc" and dataset.version != scan.version:
                raise InputChanged(
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

    def is_present(self, scan: Scan, name: str) -> bool:
        return self.of(scan).column_statistics(name).null_count == 0 and not self.nan_columns(scan, [name])

    def nan_columns(self, scan: Scan, among: Sequence[str] | None = None) -> list[str]:
        """Float columns that may hold NaN, of all that are scanned or of some; in-memory data was cleaned when it came in."""
        if ("normal", True) in scan.options:
            return []
        names = [name for _, name, _ in scan.fields] if among is None else among
        return self.of(scan).columns_that_may_hold_nan(names)

    def kept(self, scan: Scan) -> list[bool]:
        """Which blocks are read: those that can hold a row which the scan's predicate keeps, and small gaps between."""
        if scan.digest not in self._kept:
            judged, start = self._judged(scan), 0
            for blocks in self.of(scan).facts.blocks:
                stop = start + len(blocks)
                judged[start:stop] = _bridged(judged[start:stop], [block.bytes for block in blocks])
                start = stop
            self._kept[scan.digest] = judged
        return self._kept[scan.digest]

    def _judged(self, scan: Scan) -> list[bool]:
        """Without gaps; kept as long as the dataset is, because who looks at a table asks much the same again and again."""
        dataset = self.of(scan)
        if scan.predicate is None:
            return [True] * len(dataset.blocks)
        read = columns_read(scan.predicate)
        asked = scan.predicate.digest, tuple(field for field in scan.fields if field[0] in read)
        known = _judgements.setdefault(dataset, {})
        if asked not in known:
            if len(known) >= _JUDGED:
                known.clear()
            known[asked] = self._judge(scan, scan.predicate)
        return list(known[asked])

    def _judge(self, scan: Scan, predicate: Expr) -> list[bool]:
        dataset = self.of(scan)
        rows = [block.rows for block in dataset.blocks]
        names = {id: (name, dtype) for id, name, dtype in scan.fields}
        unclean = self.nan_columns(scan)
        unknown = [ColumnStatistics()] * len(rows)

        def bounds_of(id: str) -> Bounds:
            if id not in names:
                return bounds(unknown, rows, scan.schema[id], may_hold_nan=False)
            name, dtype = names[id]
            known = dataset.block_statistics(name) or unknown
            return bounds(known, rows, dtype, may_hold_nan=name in unclean)

        judged: list[bool] = kept(predicate, scan.schema, bounds_of, len(rows)).tolist()
        return judged

    def decided(self, scan: Scan) -> Expr | None:
        """The parts of a scan's predicate that a database decides, over names; None where a file is scanned."""
        spec = self.of(scan).spec
        return decided(scan.predicate_over_names(), spec.details["kinds"]) if spec.format == "sql" else None

    def kept_rows(self, scan: Scan) -> int:
        """Rows of the blocks that are read."""
        return sum(block.rows for block in compress(self.of(scan).blocks, self.kept(scan)))

    def files(self, scan: Scan) -> int:
        """Files of which something is read."""
        return sum(any(keep) for keep in self._kept_by_file(scan))

    def cost(self, scan: Scan, part: Part) -> Cost:
        """What a task reads of a scan: the columns that are needed, of its splits."""
        return self.of(scan).cost(part.splits, [name for _, name, _ in scan.fields])

    def memory(self, scan: Scan) -> float:
        """Bytes in memory of the columns and blocks that are read: a value takes its width even where it is stored in less."""
        dataset = self.of(scan)
        widths = [(name, _STRING_VIEW if dtype.is_string else dtype.width) for _, name, dtype in scan.fields]
        columns = [(width * dataset.rows, dataset.column_statistics(name).bytes) for name, width in widths]
        known = sum(max(width, stored) for width, stored in columns if stored is not None)
        unknown = sum(width for width, stored in columns if stored is None)
        share = self.kept_rows(scan) / max(1, dataset.rows)
        # Of a file without statistics all of it is read.
        return share * (known + (max(unknown, dataset.bytes) if unknown else 0))

    def parts(self, scan: Scan, tasks: int) -> tuple[Part, ...]:
        """A scan's rows divided evenly among at most so many tasks, without pruned blocks."""
        dataset, keep = self.of(scan), self.kept(scan)
        if tasks <= 1:
            return (Part(tuple(dataset.splits(dataset.bytes + 1, keep))),)
        target = max(1.0, self._weight(scan) / tasks)
        while True:
            splits = dataset.splits(max(1, int(target)), keep)
            parts = _packed(splits, target) if splits else (Part(()),)
            if len(parts) <= tasks:
                return parts
            target *= _LOOSER

    def parts_by_shares(self, scan: Scan, shares: Sequence[float]) -> tuple[Part, ...]:
        """A scan's rows divided into given shares."""
        return _by_shares(self.of(scan).splits(1, self.kept(scan)), shares)

    def block_bounds(self, scan: Scan, id: str) -> dict[str, list[tuple[Any, Any]]] | None:
        """For each file the bounds of a column in its blocks; None where a value is missing, or a bound is not known."""
        if id == scan.position:  # no file states it
            return None
        dataset, name = self.of(scan), next(name for field, name, _ in scan.fields if field == id)
        known = dataset.block_statistics(name)
        # Files of another schema may state bounds of another type.
        if known is None or not self.is_present(scan, name) or any(dataset.facts.variant_of or ()):
            return None
        bounds = [(entry.min, entry.max) for entry in known]
        if any(low is None or high is None for low, high in bounds):
            return None
        counts = [len(blocks) for blocks in dataset.facts.blocks]
        starts = accumulate(counts, initial=0)
        return {
            file.path: bounds[start : start + count]
            for file, start, count in zip(dataset.files, starts, counts, strict=False)
        }

    def _weight(self, scan: Scan) -> float:
        """What the splits of a scan weigh."""
        kept = zip(self.of(scan).facts.blocks, self._kept_by_file(scan), strict=True)
        sizes = (sum(block.bytes for block in compress(blocks, keep)) for blocks, keep in kept)
        return sum(max(size, OPENING_BYTES) for size in sizes if size)

    def _kept_by_file(self, scan: Scan) -> Iterator[list[bool]]:
        kept, start = self.kept(scan), 0
        for blocks in self.of(scan).facts.blocks:
            yield kept[start : start + len(blocks)]
            start += len(blocks)


def _packed(splits: Sequence[Split], target_bytes: float) -> tuple[Part, ...]:
    """Neighbours together in one task as long as they are small."""
    parts: list[list[Split]] = []
    filled = float("inf")
    for split in splits:
        weight = max(split.bytes, min(OPENING_BYTES, target_bytes))
        if filled + weight > target_bytes:
            parts.append([])
            filled = 0
        parts[-1].append(split)
        filled += weight
    return tuple(Part(tuple(part)) for part in parts)


def _bridged(keep: Sequence[bool], sizes: Sequence[int]) -> list[bool]:
    """Of one file the blocks to keep, and gaps of at most ``GAP_BYTES`` between two of them."""
    bridged = list(keep)
    wanted = [number for number, kept in enumerate(keep) if kept]
    for before, after in pairwise(wanted):
        if sum(sizes[before + 1 : after]) <= GAP_BYTES:
            bridged[before:after] = [True] * (after - before)
    return bridged


def _by_shares(splits: Sequence[Split], shares: Sequence[float]) -> tuple[Part, ...]:
    starts = list(accumulate((split.rows for split in splits), initial=0))
    cuts, reached = [0], 0.0
    for share in shares:
        reached += share / sum(shares)
        cuts.append(round(starts[-1] * reached))
    parts = []
    for start, stop in pairwise(cuts):
        touched = [n for n in range(len(splits)) if starts[n] < stop and starts[n + 1] > start] if stop > start else []
        offset = start - starts[touched[0]] if touched else 0
        parts.append(Part(tuple(splits[n] for n in touched), offset, stop - start))
    return tuple(parts)


def _thawed(value: Any) -> Any:
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value
