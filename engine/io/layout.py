"""What every format says of its files: blocks, splits, column statistics and how to scan them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from engine.io.files import FileInfo


@dataclass(frozen=True)
class Block:
    """The smallest part of a file that can be read alone: a row group, a stripe, a record batch, or a whole text file.

    Parameters
    ----------
    rows
        Number of rows.
    bytes
        Bytes once decompressed, as the format states or estimates them.
    """

    rows: int
    bytes: int


@dataclass(frozen=True)
class ColumnStatistics:
    """Facts about one column; None means unknown.

    Parameters
    ----------
    min, max
        Bounds of the values that are neither missing nor NaN (a writer may have shortened long strings outwards).
    null_count
        Number of missing values.
    bytes
        Uncompressed bytes.
    stored
        Bytes in the file.
    """

    min: Any = None
    max: Any = None
    null_count: int | None = None
    bytes: int | None = None
    stored: int | None = None


@dataclass(frozen=True)
class Cost:
    """What reading takes: bytes as they are stored, and once decompressed."""

    stored: int = 0
    decoded: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.stored + other.stored, self.decoded + other.decoded)


@dataclass(frozen=True)
class Split:
    """A run of blocks of one file, and where its rows stand in the whole dataset.

    Parameters
    ----------
    file
        The file, with the version that was planned for.
    first_block, blocks
        First block and number of blocks.
    offset
        Rows of the file before the split.
    rows
        Rows of the split.
    first_row
        Rows of the dataset before the split: the global position of its first row.
    bytes
        Uncompressed bytes of the split.
    whole
        True where the split is the whole file.
    variant
        Number of the file's schema among `ScanSpec.variants`.
    """

    file: FileInfo
    first_block: int
    blocks: int
    offset: int
    rows: int
    first_row: int
    bytes: int
    whole: bool
    variant: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the split as JSON data."""
        return {**self.__dict__, "file": self.file.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Split:
        """Return the split that `to_json` described."""
        return cls(**{**data, "file": FileInfo.from_json(data["file"])})


@dataclass(frozen=True)
class ScanSpec:
    """All that a worker needs to read splits: no listing, no inference.

    Parameters
    ----------
    format
        Name of the format whose module reads the files.
    schema
        Columns as pandas would type them; a partition column and a categorical are dictionary types.
    partitions
        Names of the columns that come from folder names, last in the schema.
    details
        Facts of the format found by reading the data, as JSON.
    variants
        Where files differ: the distinct schemas that they have themselves. Empty where all have `schema`.
    """

    format: str
    schema: pa.Schema
    partitions: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    variants: tuple[pa.Schema, ...] = ()

    def stored(self, split: Split) -> pa.Schema:
        """Return the columns of a split's file with the types that the file gives them, without partition columns."""
        if self.variants:
            return self.variants[split.variant]
        return pa.schema([field for field in self.schema if field.name not in self.partitions])

    def scanned_type(self, column: str) -> pa.DataType:
        """Return the type in which a scan gives a column: categories of CSV and partition columns come plain."""
        dtype = self.schema.field(column).type
        plain = self.format == "csv" or column in self.partitions
        return dtype.value_type if plain and pa.types.is_dictionary(dtype) else dtype

    def to_json(self) -> dict[str, Any]:
        """Return the spec as JSON data; the schema is base64 of its Arrow IPC message."""
        return {
            "format": self.format,
            "schema": encode_schema(self.schema),
            "partitions": list(self.partitions),
            "details": dict(self.details),
            "variants": [encode_schema(schema) for schema in self.variants],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScanSpec:
        """Return the spec that `to_json` described."""
        variants = tuple(map(decode_schema, data["variants"]))
        return cls(data["format"], decode_schema(data["schema"]), tuple(data["partitions"]), data["details"], variants)


@dataclass(frozen=True)
class FileFacts:
    """What inspecting the files of one format found.

    Parameters
    ----------
    schema
        Columns of the files, without partition columns.
    blocks
        The blocks of each file.
    statistics
        For a column, its statistics in every block, in order of file and block; None where nothing is known by block.
    totals
        Statistics over the dataset for columns that have none by block.
    nan_free
        Floating columns that hold no NaN.
    details, variants
        See `ScanSpec`.
    variant_of
        Number of each file's variant; empty where there are none.
    """

    schema: pa.Schema
    blocks: tuple[tuple[Block, ...], ...]
    statistics: Callable[[str], list[ColumnStatistics]] | None = None
    totals: Mapping[str, ColumnStatistics] = field(default_factory=dict)
    nan_free: frozenset[str] = frozenset()
    details: Mapping[str, Any] = field(default_factory=dict)
    variants: tuple[pa.Schema, ...] = ()
    variant_of: tuple[int, ...] = ()


def encode_schema(schema: pa.Schema) -> str:
    """Return `schema` as base64 text."""
    return base64.b64encode(schema.serialize()).decode("ascii")


def decode_schema(text: str) -> pa.Schema:
    """Return the schema that `encode_schema` described."""
    return pa.ipc.read_schema(pa.BufferReader(base64.b64decode(text)))
