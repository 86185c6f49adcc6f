"""Iceberg tables, through PyIceberg: the files of one snapshot, its metadata read from our own storage."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa

from bigframe.errors import MissingExtra, SourceError, Unsupported
from engine.io.tables import Snapshot
from engine.storage.places import open_store

try:
    from pyiceberg.catalog import load_catalog
    from pyiceberg.exceptions import NoSuchTableError, ValidationError
    from pyiceberg.io import FileIO, InputFile, OutputFile
    from pyiceberg.io.pyarrow import schema_to_pyarrow
    from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
    from pyiceberg.table import FileScanTask, StaticTable, Table
    from pyiceberg.transforms import IdentityTransform
    from pyiceberg.typedef import EMPTY_DICT, Properties
except ImportError as missing:
    raise MissingExtra("reading Iceberg tables", "iceberg") from missing

_FILE_IO = "py-io-impl"


def resolve(path: str, snapshot_id: int | None = None, catalog: str | None = None) -> Snapshot:
    """Return the files of one snapshot of a table.

    Parameters
    ----------
    path
        Path or URL of a ``….metadata.json`` or of a table's folder that has a ``version-hint.text``; without ``/``, the
        name of a table in a catalog, which PyIceberg's own configuration describes.
    snapshot_id
        None for the current one.
    catalog
        Name of the catalog.
    """
    table = _open(path, catalog)
    snapshot = table.current_snapshot() if snapshot_id is None else table.snapshot_by_id(snapshot_id)
    if snapshot is None and snapshot_id is not None:
        raise SourceError(f"{path}: there is no snapshot {snapshot_id}; {_known(table)}")
    number = None if snapshot is None else snapshot.snapshot_id
    pinned = {"snapshot_id": number} if catalog is None else {"snapshot_id": number, "catalog": catalog}
    if snapshot is None:
        return Snapshot(path, pinned, schema_to_pyarrow(table.schema()), ())
    scan = table.scan(snapshot_id=number)
    tasks = list(scan.plan_files())
    for task in tasks:
        _reject_features(path, task)
    schema = schema_to_pyarrow(scan.projection())
    partitions = _identities(table, tasks)
    files = tuple(
        (task.file.file_path, tuple((name, _value(table, task.file, name, schema)) for name in partitions))
        for task in tasks
    )
    return Snapshot(f"{path}@{number}", pinned, schema, files, partitions)


class StoreIO(FileIO):
    """PyIceberg's files in our own stores: one retry policy, one place for keys, every URL that we read."""

    def __init__(self, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)

    def new_input(self, location: str) -> InputFile:
        return _StoreFile(location)

    def new_output(self, location: str) -> OutputFile:  # noqa: ARG002 - the protocol's name
        raise Unsupported("writing Iceberg tables", "they are only read")

    def delete(self, location: str | InputFile | OutputFile) -> None:  # noqa: ARG002 - the same
        raise Unsupported("writing Iceberg tables", "they are only read")


class _StoreFile(InputFile):
    def __len__(self) -> int:
        store, key = open_store(self.location)
        info = store.stat(key)
        if info is None:
            raise FileNotFoundError(f"{self.location} does not exist")
        return info.size

    def exists(self) -> bool:
        store, key = open_store(self.location)
        return store.stat(key) is not None

    def open(self, seekable: bool = True) -> Any:  # noqa: ARG002 - the protocol's name
        store, key = open_store(self.location)
        return io.BytesIO(bytes(store.read(key)))


def _open(path: str, catalog: str | None) -> Table:
    try:
        if "/" not in path:
            return load_catalog(catalog).load_table(path)
        return StaticTable.from_metadata(path.rstrip("/"), {_FILE_IO: f"{__name__}.{StoreIO.__name__}"})
    except (NoSuchTableError, ValidationError, OSError, ValueError, KeyError) as error:
        raise SourceError(f"{path}: not a readable Iceberg table: {error}") from error


def _known(table: Table) -> str:
    return f"its snapshots are {[snapshot.snapshot_id for snapshot in table.snapshots()]}"


def _reject_features(path: str, task: FileScanTask) -> None:
    if task.file.file_format != FileFormat.PARQUET:
        raise Unsupported(
            f"Iceberg data files in {task.file.file_format.name} of {path}", "only Parquet files are read"
        )
    for file in task.delete_files:
        kind = "equality deletes" if file.content == DataFileContent.EQUALITY_DELETES else "position deletes"
        kind = "deletion vectors" if file.file_format == FileFormat.PUFFIN else kind
        reason = "rows are deleted beside the files that hold them"
        raise Unsupported(f"Iceberg {kind} of {path}", reason, "rewrite_data_files, then read it")


def _identities(table: Table, tasks: list[FileScanTask]) -> tuple[str, ...]:
    """Columns by whose plain values every file is partitioned: files may leave them out (Hive's do)."""
    specs = [table.specs()[number] for number in {task.file.spec_id for task in tasks}]
    sources = [{f.source_id for f in spec.fields if isinstance(f.transform, IdentityTransform)} for spec in specs]
    common = set.intersection(*sources) if sources else set()
    columns = {column.field_id: column.name for column in table.schema().fields}
    return tuple(columns[number] for number in columns if number in common)


def _value(table: Table, file: DataFile, column: str, schema: pa.Schema) -> str | None:
    number = table.schema().find_field(column).field_id
    spec = table.specs()[file.spec_id]
    position = next(i for i, part in enumerate(spec.fields) if part.source_id == number)
    value = _python(file.partition[position], schema.field(column).type)
    text: str | None = pa.scalar(value, schema.field(column).type).cast(pa.string()).as_py()
    return text


def _python(value: Any, dtype: pa.DataType) -> Any:
    """A partition value as Arrow takes it: PyIceberg holds dates as days and times as microseconds."""
    return (
        value
        if value is None or not pa.types.is_temporal(dtype)
        else pa.scalar(value, _number(dtype)).cast(dtype).as_py()
    )


def _number(dtype: pa.DataType) -> pa.DataType:
    return pa.int32() if dtype.bit_width == 32 else pa.int64()
