"""Categories in Parquet: values of the data, which files that this project wrote also name in their metadata."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from bigframe.sources import DICTIONARY_BYTES
from engine.io.files import FileInfo
from engine.io.parquet import ParquetInfo, read_footers, row_groups

CATEGORIES_KEY = b"bigframe.categories"

# What another read of a few bytes costs, as bytes that could be read meanwhile.
_LEAST_BYTES = 64 << 10


def is_categorical(dtype: pa.DataType) -> bool:
    """Return True for the type of text that pandas shows as categories."""
    return bool(pa.types.is_dictionary(dtype)) and dtype.value_type in (pa.string(), pa.large_string())


def find_categories(
    files: Sequence[FileInfo], columns: Collection[str], read: Collection[str] = ()
) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
    """Return the categories of some columns in all files together, in the order in which the files bring them.

    Parameters
    ----------
    files
        Of Parquet. As in pandas, one without rows brings none, unless all are such.
    columns
        Columns of which it is asked.
    read
        Those whose dictionaries are read from the data of files that do not name them, unless that is too much.

    Returns
    -------
    tuple of dict
        What is known of which column; and of the others the bytes to read, at least 64 KiB for each row group.
    """
    footers = read_footers(files)
    footers = [footer for footer in footers if footer.rows] or footers
    known: dict[str, tuple[str, ...]] = {}
    unread: dict[str, int] = {}
    for column in columns:
        holding = [footer for footer in footers if _holds(footer, column)]
        silent = [footer for footer in holding if column not in named_in(footer.schema)]
        chunks = [entry.stored or 0 for footer in silent for entry in footer.column_statistics(column)]
        size = sum(max(_LEAST_BYTES, chunk) for chunk in chunks)
        if not silent or column in read and size <= DICTIONARY_BYTES:
            found = _read(silent, column)
            parts = [
                named[column] if column in (named := named_in(footer.schema)) else next(found) for footer in holding
            ]
            known[column] = tuple(dict.fromkeys(value for part in parts for value in part))
        else:
            unread[column] = size
    return known, unread


def naming(categories: Mapping[str, Sequence[str]]) -> dict[bytes, bytes]:
    """Return the metadata that names the categories of columns."""
    return {CATEGORIES_KEY: json.dumps(categories).encode()} if categories else {}


def named_in(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the categories of columns that the metadata of a schema names."""
    return _decoded((schema.metadata or {}).get(CATEGORIES_KEY, b"{}"))


def as_categories(column: pa.ChunkedArray, dtype: pa.DataType, names: Sequence[str]) -> pa.ChunkedArray:
    """Return text as its places among categories, all of which stand in each chunk.

    Raises
    ------
    pa.ArrowInvalid
        Where a value is none of them.
    """
    values, wanted = pa.array(names, dtype.value_type), pa.array(names, column.type)
    places = [pc.index_in(chunk, value_set=wanted) for chunk in column.chunks]
    if sum(chunk.null_count for chunk in places) != column.null_count:
        raise pa.ArrowInvalid("a value is none of the categories")
    chunks = [
        pa.DictionaryArray.from_arrays(one.cast(dtype.index_type), values, ordered=dtype.ordered) for one in places
    ]
    return pa.chunked_array(chunks, dtype)


@lru_cache(256)
def _decoded(text: bytes) -> dict[str, list[str]]:
    decoded: dict[str, list[str]] = json.loads(text)
    return decoded


def _holds(footer: ParquetInfo, column: str) -> bool:
    position = footer.schema.get_field_index(column)
    return position >= 0 and is_categorical(footer.schema.field(position).type)


def _read(footers: Sequence[ParquetInfo], column: str) -> Iterator[list[str]]:
    """The dictionaries of a column, of one file after the other; values that are none of theirs do not occur."""
    groups, position = row_groups([footer.file for footer in footers]), 0
    for footer in footers:
        seen: dict[str, None] = {}
        for _ in footer.blocks:
            for chunk in groups.read(position, [column]).column(column).chunks:
                seen.update(dict.fromkeys(chunk.dictionary.drop_null().to_pylist()))
            position += 1
        yield list(seen)
