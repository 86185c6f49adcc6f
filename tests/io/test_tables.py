"""Delta and Iceberg tables: snapshots as Parquet files, with their own schema, partitions and limits."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from fsspec.implementations.memory import MemoryFileSystem
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.types import DoubleType, LongType

import bigframe
from bigframe.errors import InputChanged, MissingExtra, SourceError, Unsupported
from engine.io import iceberg
from engine.io.source import open_dataset
from engine.io.tables import fitted
from tests.conformance.compare import assert_same


def by(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
    return frame.sort_values(list(keys), ignore_index=True)


# ---------------------------------------------------------------- Delta


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """Version 0 has two rows, version 1 a third and a column more, version 2 one row less."""
    root = tmp_path / "events"
    write_deltalake(root, pa.table({"id": pa.array([1, 2], pa.int32()), "name": ["a", None]}))
    write_deltalake(root, pa.table({"id": pa.array([3], pa.int32()), "x": [0.5]}), mode="append", schema_mode="merge")
    DeltaTable(root).delete("id = 1")
    return root


def test_delta_versions(delta: Path) -> None:
    latest = by(bigframe.read_delta(delta).to_pandas(), "id")
    assert latest.to_dict("list")["id"] == [2, 3]
    assert_same(latest, by(DeltaTable(delta).to_pandas(), "id"))
    first = bigframe.read_delta(delta, version=0).to_pandas()
    assert list(first.columns) == ["id", "name"]
    assert by(first, "id")["id"].tolist() == [1, 2]
    middle = by(bigframe.read_delta(delta, version=1).to_pandas(), "id")
    assert middle["x"].isna().tolist() == [True, True, False]
    moment = DeltaTable(delta).history()[-1]["timestamp"] / 1000 + 0.0005
    text = dt.datetime.fromtimestamp(moment, dt.UTC).isoformat()
    assert len(bigframe.read_delta(delta, version=text)) == 2
    assert list(bigframe.read_delta(delta, columns=["x"]).to_pandas().columns) == ["x"]


def test_a_frame_stays_at_its_version(delta: Path) -> None:
    frame = bigframe.read_delta(delta)
    write_deltalake(delta, pa.table({"id": pa.array([9], pa.int32())}), mode="append", schema_mode="merge")
    assert sorted(frame["id"].to_pandas()) == [2, 3]
    assert sorted(bigframe.read_delta(delta)["id"].to_pandas()) == [2, 3, 9]


PARTITIONED = pa.table(
    {
        "day": pa.array([dt.date(2024, 1, 1), dt.date(2024, 1, 2), None], pa.date32()),
        "v": [1.5, 2.5, float("nan")],
        "code": ["x y/z=%", "ü", None],
        "big": pa.array([2**40, -1, None], pa.int64()),
        "flag": [True, False, None],
        "at": pa.array([dt.datetime(2024, 1, 1, 5, tzinfo=dt.UTC), dt.datetime(2025, 1, 1, tzinfo=dt.UTC), None]),
        "price": pa.array([Decimal("1.50"), Decimal("2.25"), None], pa.decimal128(10, 2)),
    }
)


def test_delta_partitions_have_the_types_of_the_schema(tmp_path: Path) -> None:
    keys = ["day", "code", "big", "flag", "at", "price"]
    write_deltalake(tmp_path / "t", PARTITIONED, partition_by=keys)
    dataset = open_dataset("delta", tmp_path / "t")
    assert dataset.schema.names == PARTITIONED.column_names
    assert dataset.column_statistics("day").null_count == 1
    frame = bigframe.read_delta(tmp_path / "t")
    rows = {row["v"]: row for row in frame.dropna(subset=["v"]).to_pandas().to_dict("records")}
    expected = {row["v"]: row for row in PARTITIONED.to_pylist()[:2]}
    assert rows == expected
    missing = frame[frame.v.isna()].to_pandas()
    assert missing.isna().all(axis=None)
    assert frame[frame.big == -1].v.to_pandas().tolist() == [2.5]
    assert frame[frame.code == "x y/z=%"].v.to_pandas().tolist() == [1.5]


def test_delta_files_of_spark_hold_moments_as_int96(tmp_path: Path) -> None:
    moments = pa.table({"at": pa.array([dt.datetime(2024, 1, 1, 5, tzinfo=dt.UTC)])})
    write_deltalake(tmp_path / "t", moments)
    (file,) = (tmp_path / "t").glob("*.parquet")
    naive = moments.cast(pa.schema([("at", pa.timestamp("us"))]))
    pq.write_table(naive, file, use_deprecated_int96_timestamps=True)
    assert pq.read_schema(file).field("at").type == pa.timestamp("ns")
    frame = bigframe.read_delta(tmp_path / "t").to_pandas()
    assert frame["at"].tolist() == [pd.Timestamp("2024-01-01T05:00Z")]
    assert str(frame["at"].dtype) == "datetime64[us, UTC]"


def test_an_empty_delta_table(tmp_path: Path) -> None:
    schema = pa.schema([("a", pa.int64()), ("s", pa.string())])
    DeltaTable.create(tmp_path / "t", schema)
    frame = bigframe.read_delta(tmp_path / "t")
    assert len(frame) == 0
    assert frame.to_pandas().dtypes.astype(str).to_dict() == {"a": "int64", "s": "str"}


def test_what_delta_cannot_do_says_so(delta: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = pa.table({"filepath": ["x"]})
    monkeypatch.setattr(DeltaTable, "deletion_vectors", lambda self: vectors)
    with pytest.raises(Unsupported, match=r"Delta deletion vectors of .*events"):
        bigframe.read_delta(delta)


def test_delta_errors(delta: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match=r"events at version 7: not a readable Delta table"):
        bigframe.read_delta(delta, version=7)
    (tmp_path / "plain").mkdir()
    with pytest.raises(SourceError, match="plain: not a readable Delta table"):
        bigframe.read_delta(tmp_path / "plain")
    with pytest.raises(ValueError, match="a delta table has no option 'on_drift'"):
        open_dataset("delta", delta, {"on_drift": "error"})
    with pytest.raises(ValueError, match="one path, not 2"):
        bigframe.read_delta([delta, delta])
    for file in delta.glob("*.parquet"):
        file.unlink()
    with pytest.raises(InputChanged, match=r"events@2: .*parquet is gone; was the table vacuumed"):
        bigframe.read_delta(delta)
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(MissingExtra, match=r"bigframe\[delta\]"):
        bigframe.read_delta(delta)


# ---------------------------------------------------------------- Iceberg


@pytest.fixture
def catalog(tmp_path: Path) -> SqlCatalog:
    made = SqlCatalog("local", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/lake")
    made.create_namespace("db")
    return made


@pytest.fixture
def evolved(catalog: SqlCatalog) -> Table:
    """A column renamed, one added, one dropped and added again under its name with another type."""
    first = pa.table({"id": [1, 2], "name": ["a", "b"], "n": [7, 8]})
    table = catalog.create_table("db.events", first.schema)
    table.append(first)
    with table.update_schema() as change:
        change.rename_column("name", "title")
        change.delete_column("n")
        change.add_column("x", DoubleType())
    with table.update_schema() as change:
        change.add_column("n", LongType())
    table.append(pa.table({"id": [3], "title": ["c"], "x": [0.5], "n": [9]}))
    return table


def test_iceberg_columns_are_matched_by_id(evolved: Table) -> None:
    frame = by(bigframe.read_iceberg(evolved.metadata_location).to_pandas(), "id")
    assert_same(frame, by(evolved.scan().to_pandas(), "id"))
    assert frame["n"].isna().tolist() == [True, True, False]
    assert frame["title"].tolist() == ["a", "b", "c"]
    lazy = bigframe.read_iceberg(evolved.metadata_location)
    assert lazy[lazy.title == "b"].id.to_pandas().tolist() == [2]
    assert lazy[lazy.n == 7].id.to_pandas().tolist() == []


def test_iceberg_statistics_are_of_the_column_that_a_file_holds(evolved: Table) -> None:
    dataset = open_dataset("iceberg", evolved.metadata_location)
    title, n, x = map(dataset.column_statistics, ["title", "n", "x"])
    assert (title.min, title.max, title.null_count) == ("a", "c", 0)
    assert (n.min, n.max, n.null_count) == (9, 9, 2)
    assert x.null_count == 2
    assert dataset.columns_that_may_hold_nan() == ["x"]


def test_iceberg_snapshots(evolved: Table) -> None:
    first, last = (snapshot.snapshot_id for snapshot in evolved.snapshots())
    frame = bigframe.read_iceberg(evolved.metadata_location, snapshot_id=first).to_pandas()
    assert_same(frame, pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "n": [7, 8]}))
    assert len(bigframe.read_iceberg(evolved.metadata_location, snapshot_id=last)) == 3
    with pytest.raises(SourceError, match=rf"there is no snapshot 5; its snapshots are \[{first}, {last}\]"):
        bigframe.read_iceberg(evolved.metadata_location, snapshot_id=5)


def test_iceberg_tables_by_folder_and_by_catalog(
    evolved: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = evolved.location().removeprefix("file://")
    name = Path(evolved.metadata_location).name
    (Path(folder) / "metadata" / "version-hint.text").write_text(name)
    assert len(bigframe.read_iceberg(folder)) == 3
    monkeypatch.setenv("PYICEBERG_CATALOG__MINE__URI", f"sqlite:///{tmp_path}/catalog.db")
    monkeypatch.setattr(
        iceberg, "load_catalog", lambda name: SqlCatalog("local", uri=f"sqlite:///{tmp_path}/catalog.db")
    )
    frame = bigframe.read_iceberg("db.events", "mine")
    evolved.append(pa.table({"id": [4], "title": ["d"], "x": [1.5], "n": [1]}))
    assert len(frame) == 3
    assert sorted(frame.id.to_pandas()) == [1, 2, 3]
    assert len(bigframe.read_iceberg("db.events", "mine")) == 4


def test_iceberg_in_any_storage(evolved: Table) -> None:
    """Metadata and data come through our own stores; the table's metadata names where its other files are."""
    metadata = Path(evolved.metadata_location.removeprefix("file://")).read_bytes()
    MemoryFileSystem().pipe_file("/meta/a.metadata.json", metadata)
    assert len(bigframe.read_iceberg("memory://meta/a.metadata.json")) == 3


def test_iceberg_partitions(catalog: SqlCatalog) -> None:
    data = pa.table(
        {
            "code": ["x", "y", None],
            "day": pa.array([dt.date(2024, 1, 1), dt.date(2024, 1, 2), None], pa.date32()),
            "at": pa.array([dt.datetime(2024, 1, 1, 5), dt.datetime(2024, 2, 1), None], pa.timestamp("us")),
            "v": [1, 2, 3],
        }
    )
    table = catalog.create_table("db.parts", data.schema)
    with table.update_spec() as change:
        change.add_identity("code")
        change.add_identity("day")
    table.append(data)
    dataset = open_dataset("iceberg", table.metadata_location)
    assert dataset.schema.names == ["code", "day", "at", "v"]
    assert dataset.partitions == ("code", "day")
    frame = bigframe.read_iceberg(table.metadata_location)
    assert_same(by(frame.to_pandas(), "v"), by(table.scan().to_pandas(), "v"))
    assert frame[frame.code == "y"].v.to_pandas().tolist() == [2]


def test_an_iceberg_table_without_a_snapshot(catalog: SqlCatalog) -> None:
    table = catalog.create_table("db.empty", pa.schema([("a", pa.int64())]))
    frame = bigframe.read_iceberg(table.metadata_location)
    assert (len(frame), list(frame.columns)) == (0, ["a"])


@pytest.mark.parametrize(
    ("content", "format", "message"),
    [
        ("POSITION_DELETES", "PARQUET", "Iceberg position deletes"),
        ("EQUALITY_DELETES", "PARQUET", "Iceberg equality deletes"),
        ("POSITION_DELETES", "PUFFIN", "Iceberg deletion vectors"),
    ],
)
def test_what_iceberg_cannot_do_says_so(evolved: Table, content: str, format: str, message: str) -> None:
    deletes = SimpleNamespace(content=DataFileContent[content], file_format=FileFormat[format])
    task: Any = SimpleNamespace(file=next(iter(evolved.scan().plan_files())).file, delete_files=[deletes])
    with pytest.raises(Unsupported, match=message):
        iceberg._reject_features("t", task)
    task.file = SimpleNamespace(file_format=FileFormat.ORC)
    with pytest.raises(Unsupported, match="Iceberg data files in ORC"):
        iceberg._reject_features("t", task)


def test_iceberg_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="not a readable Iceberg table"):
        bigframe.read_iceberg(f"{tmp_path}/none.metadata.json")
    (tmp_path / "broken.metadata.json").write_text("{}")
    with pytest.raises(SourceError, match=r"broken\.metadata\.json: not a readable Iceberg table"):
        bigframe.read_iceberg(f"{tmp_path}/broken.metadata.json")
    monkeypatch.delitem(sys.modules, "engine.io.iceberg")
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog", None)
    with pytest.raises(MissingExtra, match=r"bigframe\[iceberg\]"):
        bigframe.read_iceberg(f"{tmp_path}/none.metadata.json")


def test_a_file_that_does_not_fit_the_table_is_named() -> None:
    wanted = pa.schema([("a", pa.int64())])
    with pytest.raises(SourceError, match="F: column 'a' is string, but int64 in the table"):
        fitted([("F", pa.schema([("a", pa.string())]))], wanted)
    narrower = fitted([("F", pa.schema([("a", pa.int32()), ("gone", pa.int8())]))], wanted)
    assert narrower.variants == (pa.schema([("a", pa.int32())]),)
