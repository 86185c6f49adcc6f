"""Estimates: rows, bytes and column facts of every node, from footers and rough selectivities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from math import prod
from typing import Any, Protocol

from bigframe.ops.base import Column
from bigframe.plan.catalog import (
    Aggregate,
    Concat,
    Distinct,
    Explode,
    Filter,
    Join,
    Number,
    Plan,
    Project,
    Scan,
    Slice,
    Sort,
    Unpivot,
)
from engine.optimizer.selectivity import ColumnFacts, as_number, selectivity
from engine.optimizer.walks import nodes_under

ROWS_PER_GROUP = 10
ITEMS_PER_LIST = 8
SECONDS_PER_DAY = 86400.0
# Numbers of which there are so many rows for each in their range hardly are the names of rows.
REPEATED = 3
# A column with longer entries than this is hardly made of indices alone.
MOST_INDEX_BITS = 16


class LateColumns(Mapping[str, ColumnFacts]):
    """What is known of columns, by id: found out when first asked for, because only joins, groups and filters ask."""

    def __init__(self, find: Callable[[], Mapping[str, ColumnFacts]], *below: Mapping[str, ColumnFacts]) -> None:
        self._find = find
        self._below = [columns for columns in below if isinstance(columns, LateColumns)]
        self._known: Mapping[str, ColumnFacts] | None = None

    def _found(self) -> Mapping[str, ColumnFacts]:
        # Those below come first, because plans may be deeper than Python recurses.
        pending = [self]
        while self._known is None:
            late = pending[-1]
            waiting = [columns for columns in late._below if columns._known is None]
            pending += waiting
            if not waiting:
                late._known = late._find() if late._known is None else late._known
                pending.pop()
        return self._known

    def __getitem__(self, id: str) -> ColumnFacts:
        return self._found()[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())


@dataclass(frozen=True)
class Estimate:
    """Rows and bytes of a table; ``exact`` where footers or constants say so; ``columns`` by id where anything is known."""

    rows: float
    bytes: float
    exact: bool = False
    columns: Mapping[str, ColumnFacts] = field(default_factory=dict)

    def distinct(self, ids: tuple[str, ...]) -> float:
        """How many combinations of some columns there may be."""
        product = 1.0
        for id in ids:
            product *= self.columns[id].distinct if id in self.columns else max(1.0, self.rows)
        return max(1.0, min(product, self.rows))

    def domain(self, ids: tuple[str, ...]) -> Domain:
        """How many combinations there were before rows were dropped, as their own tables say."""
        known = [self.columns[id] for id in ids if id in self.columns]
        if len(known) < len(ids):
            return Domain(self.distinct(ids))
        return _domain(tuple(known))


@dataclass(frozen=True)
class Domain:
    """At most how many values some columns have; whether they are known to repeat; bounds of each column."""

    size: float
    repeats: bool = False
    bounds: tuple[tuple[float | None, float | None], ...] = ()

    def shared(self, other: Domain) -> float:
        """How many values the larger of two domains has, the smaller one being part of it (System R, 1979).

        Where nothing says that values repeat, the size is a count of rows and says little: between equal bounds both
        have the same values, and of a table and another that refers to it the former has fewer rows.
        """
        alike = self.bounds == other.bounds and all(None not in bounds for bounds in self.bounds)
        if alike and self.bounds and not self.repeats and not other.repeats:
            return min(self.size, other.size)
        return max(self.size, other.size)


@lru_cache(maxsize=1024)
def _domain(known: tuple[ColumnFacts, ...]) -> Domain:
    product, rows = prod(facts.distinct for facts in known), max(facts.rows for facts in known)
    bounds = tuple((facts.low, facts.high) for facts in known)
    return Domain(max(1.0, min(product, rows)), product * REPEATED <= rows, bounds)


class ScanFacts(Protocol):
    """What is known of a scan's files."""

    estimated: dict[str, Estimate]
    """What :func:`estimates` has made of these files, by digest."""

    def rows(self, scan: Scan) -> int:
        """Rows of all files."""

    def kept_rows(self, scan: Scan) -> int:
        """Rows of the blocks that can hold a row which the scan's predicate keeps."""

    def column_bytes(self, scan: Scan, name: str) -> int | None:
        """Uncompressed bytes of one column."""

    def bounds(self, scan: Scan, name: str) -> tuple[Any, Any]:
        """Smallest and largest value of one column, or None."""

    def is_present(self, scan: Scan, name: str) -> bool:
        """Whether one column is known to hold no missing value."""


def estimates(
    roots: tuple[Plan, ...],
    facts: ScanFacts,
    before: Mapping[str, Estimate] | None = None,
    observed: Iterable[tuple[str, int, int]] = (),
) -> Mapping[str, Estimate]:
    """An estimate for every plan node under ``roots``, by digest; maybe for others too.

    Those made ``before`` are taken as they are; of nodes that were ``observed`` (digest, rows, bytes) the sizes are known.
    """
    sizes = {digest: (rows, size) for digest, rows, size in observed}
    known = dict(before or {}) if before or sizes else facts.estimated
    for node in nodes_under(roots):
        if node.digest not in known:
            made = estimate(node, [known[child.digest] for child in node.inputs], facts)
            if node.digest in sizes:
                rows, size = sizes[node.digest]
                made = replace(made, rows=rows, bytes=size)
            known[node.digest] = made
    return known


def estimate(node: Plan, inputs: list[Estimate], facts: ScanFacts) -> Estimate:
    """The estimate of one node from those of its inputs."""
    if isinstance(node, Scan):
        return facts.estimated.get(node.digest) or _scan(node, facts)
    rows = _rows(node, inputs)
    exact = bool(inputs) and all(child.exact for child in inputs) and _rows_follow(node)
    columns = LateColumns(partial(_columns, node, inputs), *(child.columns for child in inputs))
    return Estimate(rows, rows * _row_bytes(node, inputs), exact, columns)


def known_rows(root: Plan, facts: ScanFacts) -> int | None:
    """How many rows a plan's result has, where files and constants say so."""
    known: dict[Plan, Estimate] = {}
    for node in nodes_under((root,)):
        if isinstance(node, Scan) and node.predicate is None:
            known[node] = Estimate(facts.rows(node), 0, exact=True)
        elif node.inputs and _rows_follow(node) and all(child in known for child in node.inputs):
            known[node] = Estimate(_rows(node, [known[child] for child in node.inputs]), 0, exact=True)
    return int(known[root].rows) if root in known else None


def _row_bytes(node: Plan, inputs: list[Estimate]) -> float:
    """Bytes of a row: of columns from below their share of what rows have there, of new ones their width."""
    schema = node.schema
    new, size = dict(schema), 0.0
    for child, known in zip(node.inputs, inputs, strict=True):
        widths = {id: dtype.width for id, dtype in child.schema.items()}
        kept = sum(width for id, width in widths.items() if id in schema)
        size += known.bytes / known.rows * kept / sum(widths.values()) if known.rows and kept else 0.0
        for id in widths:
            new.pop(id, None)
    return size + sum(dtype.width for dtype in new.values())


def _rows_follow(node: Plan) -> bool:
    """Whether the number of rows that a node returns follows from those of its inputs alone."""
    return isinstance(node, (Project, Sort, Number, Slice, Concat, Unpivot)) or (
        isinstance(node, Aggregate) and not node.keys
    )


def _scan(node: Scan, facts: ScanFacts) -> Estimate:
    total = facts.rows(node)
    columns = LateColumns(partial(_scan_columns, node, facts))
    rows = float(total)
    if node.predicate is not None:
        rows = min(total * selectivity(node.predicate, columns), facts.kept_rows(node))
    width = sum((facts.column_bytes(node, name) or 0) or dtype.width * total for _, name, dtype in node.fields)
    return Estimate(rows, width * rows / max(1, total), node.predicate is None, columns)


def _scan_columns(node: Scan, facts: ScanFacts) -> Mapping[str, ColumnFacts]:
    total = facts.rows(node)
    columns = {}
    for id, name, dtype in node.fields:
        low, high = (as_number(bound) for bound in facts.bounds(node, name))
        distinct = max(1.0, float(total))
        if low is not None and high is not None and (dtype.is_integer or dtype.is_datetime or dtype.is_date):
            distinct = min(distinct, (high - low) / (1 if dtype.is_integer else SECONDS_PER_DAY) + 1)
        elif dtype.is_string or dtype.is_bool:
            distinct = min(distinct, 2.0 if dtype.is_bool else _strings(total, facts.column_bytes(node, name)))
        columns[id] = ColumnFacts(distinct, low, high, max(1.0, float(total)))
    return columns


def _strings(rows: int, size: int | None) -> float:
    """Distinct strings of a column: a dictionary's indices, which take log2 of its length each, show through its bytes."""
    bits = 8 * size / rows if size and rows else MOST_INDEX_BITS
    return 2.0 ** max(1, int(bits)) if bits < MOST_INDEX_BITS else max(25.0, rows**0.5)


def _rows(node: Plan, inputs: list[Estimate]) -> float:
    match node:
        case Join():
            return joined_rows(node.how, node.left_on, node.right_on, *inputs)
        case Filter():
            return inputs[0].rows * selectivity(node.predicate, inputs[0].columns)
        case Aggregate() | Distinct():
            if not node.keys:
                return 1
            known_keys = all(key in inputs[0].columns for key in node.keys)
            return inputs[0].distinct(node.keys) if known_keys else inputs[0].rows / ROWS_PER_GROUP
        case Explode():
            return inputs[0].rows * ITEMS_PER_LIST
        case Unpivot():
            return inputs[0].rows * len(node.labels)
        case Slice():
            start = node.offset if node.offset >= 0 else inputs[0].rows + node.offset
            stop = inputs[0].rows if node.length is None else min(inputs[0].rows, start + node.length)
            return max(0.0, stop - max(0.0, start))
        case Concat():
            return sum(child.rows for child in inputs)
    return inputs[0].rows if inputs else 0


def _columns(node: Plan, inputs: list[Estimate]) -> Mapping[str, ColumnFacts]:
    known: dict[str, ColumnFacts] = {}
    match node:
        case Unpivot() | Concat():
            return known
        case Aggregate() | Distinct() if not node.keys:
            return known
    for child in inputs:
        known.update(child.columns)
    if isinstance(node, Project):
        renamed = {id: expr.id for id, expr in node.definitions if isinstance(expr, Column)}
        for id, source in renamed.items():
            if source in known:
                known[id] = known[source]
    dropped = node.columns if isinstance(node, Explode) else ()
    return {id: facts for id, facts in known.items() if id in node.schema and id not in dropped}


def joined_rows(
    how: str, left_on: tuple[str, ...], right_on: tuple[str, ...], left: Estimate, right: Estimate
) -> float:
    """Rows of a join, with the keys of the side that has fewer of them contained in the other's."""
    if how == "cross":
        return left.rows * right.rows
    of_left, of_right = left.domain(left_on), right.domain(right_on)
    shared = of_left.shared(of_right)
    if how in ("semi", "anti"):
        share = right.distinct(right_on) / of_right.size * min(1.0, of_right.size / shared)
        kept = left.rows * min(1.0, share)
        return kept if how == "semi" else max(1.0, left.rows - kept)
    matched = left.rows * right.rows / shared
    return max(matched, left.rows if how in ("left", "outer") else 0, right.rows if how in ("right", "outer") else 0)
