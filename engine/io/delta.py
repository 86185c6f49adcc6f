"""Delta Lake tables, through delta-rs: the files of one version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa

from bigframe.errors import MissingExtra, SourceError, Unsupported
from engine.io.tables import Snapshot
from engine.storage.credentials import options_for
from engine.storage.s3_connection import object_settings
from engine.storage.urls import is_local, join, local_path, place_of

if TYPE_CHECKING:
    from deltalake import DeltaTable


def resolve(path: str, version: int | str | None = None) -> Snapshot:
    """Return the files of one version of a table.

    Parameters
    ----------
    path
        Folder of the table, or its URL.
    version
        Number of a version, or a moment (ISO 8601) at which it was the latest; None for the latest now.
    """
    table = _open(path, version)
    _reject_features(path, table)
    schema = pa.schema(table.schema().to_arrow())
    partitions = tuple(table.metadata().partition_columns)
    root = local_path(path) if is_local(path) else path.rstrip("/")
    actions = pa.table(table.get_add_actions(flatten=False))
    files = []
    for row in actions.select([name for name in ("path", "partition") if name in actions.column_names]).to_pylist():
        # The log holds paths as URLs do, with escapes.
        name = unquote(row["path"])
        url = name if "://" in name else join(root, name)
        values = row.get("partition") or {}
        files.append((url, tuple((key, _text(values[key], schema.field(key).type)) for key in partitions)))
    return Snapshot(f"{path}@{table.version()}", {"version": table.version()}, schema, tuple(files), partitions)


def _open(path: str, version: int | str | None) -> DeltaTable:
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    except ImportError as error:
        raise MissingExtra("reading Delta tables", "delta") from error
    try:
        table = DeltaTable(path, storage_options=_storage_options(path))
        if version is not None:
            table.load_as_version(version)
    except (DeltaError, OSError, ValueError) as error:
        what = path if version is None else f"{path} at version {version}"
        raise SourceError(f"{what}: not a readable Delta table: {error}") from error
    return table


def _reject_features(path: str, table: DeltaTable) -> None:
    mode = table.metadata().configuration.get("delta.columnMapping.mode", "none")
    if mode != "none":
        raise Unsupported(f"Delta column mapping (mode {mode!r}) of {path}", "files are read by column name")
    if pa.table(table.deletion_vectors()).num_rows:
        reason = "rows are deleted beside the files that hold them"
        raise Unsupported(f"Delta deletion vectors of {path}", reason, "REORG TABLE … APPLY (PURGE), then read it")


def _storage_options(path: str) -> dict[str, str] | None:
    if is_local(path):
        return None
    place, _ = place_of(path)
    options = dict(options_for(place))
    if not place.startswith("s3://"):
        return {name: str(value) for name, value in options.items()} or None
    settings = {f"aws_{name}": str(value) for name, value in object_settings(options).items()}
    if settings.get("aws_endpoint", "").startswith("http://"):
        settings["aws_allow_http"] = "true"
    return settings or None


def _text(value: Any, dtype: pa.DataType) -> str | None:
    text: str | None = pa.scalar(value, dtype).cast(pa.string()).as_py()
    return text
