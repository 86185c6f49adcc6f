"""What pandas keeps beside the columns of a Parquet file: which of them are row labels, and what dtypes they have."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow.pandas_compat import get_column_metadata

from bigframe.schema import DType, family_named

_KEY = b"pandas"
_GENERATED = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class PandasMetadata:
    """What pandas stored beside its own Parquet files.

    Parameters
    ----------
    index_columns
        Columns that are index levels, outermost first.
    range_index
        (name, start, stop, step) of a RangeIndex, which has no column; None where there is none.
    column_order
        Columns in the order of the frame that was written, without index levels.
    raw
        The whole of it.
    """

    index_columns: tuple[str, ...]
    range_index: tuple[str | None, int, int, int] | None
    column_order: tuple[str, ...]
    raw: Mapping[str, Any]

    @cached_property
    def columns(self) -> dict[str, Mapping[str, Any]]:
        """What is said of each column, by its name in the file."""
        return _by_field(self.raw)

    def level_name(self, column: str) -> str | None:
        """The name of the index level that a column is."""
        name = self.columns.get(column, {}).get("name", column)
        return None if name is None or name == column and _GENERATED.fullmatch(column) else str(name)

    def families(self) -> dict[str, str]:
        """Columns that are not of pandas' default dtypes, with their family.

        pandas itself takes no notice of what is said of index levels.
        """
        named = {
            name: family_named(entry["numpy_type"]).value
            for name, entry in self.columns.items()
            if name not in self.index_columns
        }
        return {name: family for name, family in named.items() if family != "numpy"}


def pandas_metadata(schema: pa.Schema) -> PandasMetadata | None:
    """Return pandas' metadata of an Arrow schema, or None.

    Examples
    --------
    >>> pandas_metadata(pa.schema([("a", pa.int64())])) is None
    True
    """
    encoded = (schema.metadata or {}).get(_KEY)
    if encoded is None:
        return None
    raw = json.loads(encoded)
    levels = raw["index_columns"]
    ranges = [level for level in levels if isinstance(level, dict) and level["kind"] == "range"]
    range_index = (ranges[0]["name"], ranges[0]["start"], ranges[0]["stop"], ranges[0]["step"]) if ranges else None
    columns = tuple(level for level in levels if isinstance(level, str))
    order = tuple(name for name in _by_field(raw) if name not in columns)
    return PandasMetadata(columns, range_index, order, raw)


def written(
    schema: pa.Schema, dtypes: Sequence[DType], index: Sequence[str], labels: Sequence[str | None]
) -> dict[bytes, bytes]:
    """Return the metadata by which pandas finds the index and the dtypes again.

    Parameters
    ----------
    schema
        Columns of the files.
    dtypes
        Theirs, as pandas shows them.
    index, labels
        The columns that are index levels, and the names of those.
    """
    names = {**{name: name for name in schema.names}, **dict(zip(index, labels, strict=True))}
    described = {
        "index_columns": [name for name in index if name in schema.names],
        "column_indexes": [],
        "columns": [_described(field, dtype, names[field.name]) for field, dtype in zip(schema, dtypes, strict=True)],
        "attributes": {},
        "creator": {"library": "bigframe", "version": version("bigframe")},
        "pandas_version": pd.__version__,
    }
    return {_KEY: json.dumps(described).encode()}


def _described(field: pa.Field, dtype: DType, label: str | None) -> dict[str, Any]:
    empty = pd.Series(dtype=dtype.pandas)
    entry: dict[str, Any] = get_column_metadata(empty, name=label, arrow_type=field.type, field_name=field.name)
    try:
        pd.api.types.pandas_dtype(entry["numpy_type"])
    except (TypeError, NotImplementedError):
        return {**entry, "numpy_type": "object"}  # pandas cannot read a file that names lists of Arrow
    return entry


def _by_field(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {entry.get("field_name", entry["name"]): entry for entry in raw["columns"]}
