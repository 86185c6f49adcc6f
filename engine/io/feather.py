"""Feather: Arrow IPC files of which pandas' own metadata may ask for dtypes that Arrow's types do not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.schema import from_arrow
from engine.io import ipc
from engine.io.files import FileInfo
from engine.io.layout import FileFacts
from engine.io.pandas_metadata import pandas_metadata

scan = ipc.scan
verify = ipc.verify


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return what `engine.io.ipc.inspect` does.

    Raises
    ------
    Unsupported
        Where pandas would make another dtype of a column than its Arrow type alone gives, or set an index.
    SourceError
        As `engine.io.ipc.inspect`.
    """
    found = ipc.read_footers(files)
    for file, (schema, _) in zip(files, found, strict=True):
        _reject_dtypes_of_pandas(file.path, schema)
    return ipc.united(files, found, options)


def _reject_dtypes_of_pandas(path: str, schema: pa.Schema) -> None:
    metadata = pandas_metadata(schema)
    if metadata is not None and metadata.index_columns:
        raise Unsupported(f"the index that pandas stored in {path}", "only Parquet's is set again lazily")
    shown = schema.empty_table().to_pandas()
    for field, label, dtype in zip(schema, shown.columns, shown.dtypes, strict=True):
        if label != field.name or from_arrow(field.type).pandas != dtype:
            raise Unsupported(f"column {field.name!r} of {path}", f"pandas shows it as {dtype}, not as {field.type}")
