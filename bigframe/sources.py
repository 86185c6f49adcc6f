"""Sources: what a client knows of files and of what reading them takes, wherever the engine that looked at them runs."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any, Self

import pyarrow as pa

DICTIONARY_BYTES = 64 << 20
"""What is read of a column's data, at most, to know its categories before any job."""


@dataclass(frozen=True)
class SourceInfo:
    """What a client needs to know of files to make a plan: columns with Arrow types, stored index, version, size.

    Attributes
    ----------
    columns
        Name → Arrow type, in order.
    index
        Stored index levels: the name of each, and its column, or the first value and the step of a range.
    version
        Stands for the state of all files.
    rows, bytes
        Of all files.
    without_missing
        Columns that are known to have no missing value.
    pinned
        Options that read the same state again, such as the version of a table.
    families
        Columns that pandas kept in another dtype family than its default one: ``nullable`` or ``arrow``.
    categories
        Columns of text that pandas shows as categories: which, in their order, and whether they compare by it.
    unread
        Such columns of which only the data tells the categories, with the bytes to read to know them.

    Examples
    --------
    >>> info = SourceInfo({"x": pa.int64()}, ((None, (0, 2)),), "v1", 3, 24, frozenset({"x"}))
    >>> SourceInfo.from_json(info.to_json()) == info
    True
    """

    columns: Mapping[str, pa.DataType]
    index: tuple[tuple[str | None, str | tuple[int, int]], ...]
    version: str
    rows: int
    bytes: int
    without_missing: frozenset[str]
    pinned: Mapping[str, Any] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)

    def may_be_missing(self, name: str) -> bool:
        return name not in self.without_missing

    def to_json(self) -> dict[str, Any]:
        """As JSON; the columns are an Arrow schema in base64."""
        schema = pa.schema(list(self.columns.items())).serialize().to_pybytes()
        return {
            "columns": base64.b64encode(schema).decode(),
            "index": [[name, level if isinstance(level, str) else list(level)] for name, level in self.index],
            "version": self.version,
            "rows": self.rows,
            "bytes": self.bytes,
            "without_missing": sorted(self.without_missing),
            "pinned": dict(self.pinned),
            "families": dict(self.families),
            "categories": {name: [list(known), ordered] for name, (known, ordered) in self.categories.items()},
            "unread": dict(self.unread),
        }

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Self:
        """What :meth:`to_json` wrote."""
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(wire["columns"])))
        return cls(
            {field.name: field.type for field in schema},
            tuple((name, level if isinstance(level, str) else (level[0], level[1])) for name, level in wire["index"]),
            wire["version"],
            wire["rows"],
            wire["bytes"],
            frozenset(wire["without_missing"]),
            wire["pinned"],
            wire["families"],
            {name: (tuple(known), ordered) for name, (known, ordered) in wire["categories"].items()},
            wire["unread"],
        )


@dataclass(frozen=True)
class SourceCost:
    """What a job reads of one source.

    Attributes
    ----------
    name, format
        The path, of several the first and how many more; ``memory`` for a table of the client.
    bytes_scanned
        Bytes of storage: of Parquet the chunks of the columns that are needed, in the row groups that may hold a wanted
        row; of other formats whole files. What a job reads twice counts twice.
    row_groups, row_groups_total
        How many are read, and how many there are; a text file counts as one.
    files, files_total
        The same of files.
    """

    name: str
    format: str
    bytes_scanned: int
    row_groups: int
    row_groups_total: int
    files: int
    files_total: int


@dataclass(frozen=True)
class JobEstimate:
    """What a result will be, and what the job that makes it will take; no job was run to know it.

    Attributes
    ----------
    rows, bytes
        Of the result, in memory.
    exact
        Whether footers or constants give the rows; else they are guessed from the bounds of columns.
    sources
        What the job reads.
    stages
        How many the job has.
    memory
        Bytes in memory of the inputs of the largest stage's tasks that run at once; guessed.

    Examples
    --------
    >>> cost = SourceCost("t.parquet", "parquet", 100, 1, 4, 1, 1)
    >>> estimate = JobEstimate(10.0, 80.0, True, (cost,), 1, 160.0)
    >>> estimate.bytes_scanned, JobEstimate.from_json(estimate.to_json()) == estimate
    (100, True)
    """

    rows: float
    bytes: float
    exact: bool
    sources: tuple[SourceCost, ...] = ()
    stages: int = 1
    memory: float = 0.0

    @property
    def bytes_scanned(self) -> int:
        """Bytes of storage that the job reads of all sources; what ``max_bytes`` limits."""
        return sum(source.bytes_scanned for source in self.sources)

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "sources": [asdict(source) for source in self.sources]}

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Self:
        """What :meth:`to_json` wrote."""
        return cls(**{**wire, "sources": tuple(SourceCost(**source) for source in wire["sources"])})

    def __repr__(self) -> str:
        facts = "\n".join(f"{name:<14} {value}" for name, value in self._facts())
        rows = [_HEADER, *self._rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
        table = "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return f"{facts}\n\n{table}" if self.sources else facts

    def _repr_html_(self) -> str:
        facts = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in self._facts())
        head = "".join(f"<th>{escape(name)}</th>" for name in _HEADER)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        sources = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self.sources else ""
        return f"<table><tbody>{facts}</tbody></table>{sources}"

    def _facts(self) -> list[tuple[str, str]]:
        sign = "" if self.exact else "~"
        return [
            ("rows", f"{sign}{self.rows:,.0f}"),
            ("result", f"~{sized(self.bytes)} in memory"),
            ("bytes scanned", f"{self.bytes_scanned:,} ({sized(self.bytes_scanned)})"),
            ("stages", f"{self.stages}"),
            ("largest stage", f"~{sized(self.memory)} in memory"),
        ]

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                source.name,
                source.format,
                f"{source.files:,} of {source.files_total:,}",
                f"{source.row_groups:,} of {source.row_groups_total:,}",
                sized(source.bytes_scanned),
            )
            for source in self.sources
        ]


_HEADER = ("source", "format", "files", "row groups", "bytes scanned")


def sized(count: float) -> str:
    """A number of bytes for people, in powers of 1000.

    Examples
    --------
    >>> sized(999), sized(1_234_567)
    ('999 B', '1.2 MB')
    """
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:,.0f} B" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} GB"
