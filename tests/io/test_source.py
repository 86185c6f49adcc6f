"""Parquet and IPC datasets: schemas, statistics, splits, positions, damage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import orc

from bigframe.errors import SourceError
from engine.io.layout import ScanSpec, Split
from engine.io.parquet import read_footers
from engine.io.source import Dataset, count_rows, find_damage, open_dataset, scan

ROWS = [7, 0, 10, 1]


def table(start: int, rows: int) -> pa.Table:
    ids = np.arange(start, start + rows)
    text = pa.array([None if i % 5 == 0 else f"t{i}" for i in ids], pa.string())
    return pa.table(
        {"id": ids, "x": ids / 2, "text": text, "list": pa.array([[int(i)] for i in ids], pa.list_(pa.int64()))}
    )


def write_files(root: Path, format: str) -> None:
    start = 0
    for number, rows in enumerate(ROWS):
        data = table(start, rows)
        if format == "parquet":
            pq.write_table(data, root / f"{number}.parquet", row_group_size=3)
        elif format == "orc":
            orc.write_table(data, root / f"{number}.orc", batch_size=3, stripe_size=1)
        else:
            with pa.ipc.new_file(root / f"{number}.arrow", data.schema) as writer:
                writer.write_table(data, max_chunksize=3)
        start += rows


@pytest.fixture(scope="module", params=["parquet", "ipc", "orc"])
def dataset(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp(request.param)
    write_files(root, request.param)
    return open_dataset(request.param, root)


def wired(dataset: Dataset, splits: list[Split]) -> tuple[ScanSpec, list[Split]]:
    """What a worker gets: everything through JSON."""
    spec = ScanSpec.from_json(json.loads(json.dumps(dataset.spec.to_json())))
    return spec, [Split.from_json(json.loads(json.dumps(split.to_json()))) for split in splits]


@given(target=st.integers(1, 5000))
def test_splits_cover_every_row_once_at_its_position(dataset: Dataset, target: int) -> None:
    splits = dataset.splits(target)
    assert sum(split.rows for split in splits) == sum(ROWS) == count_rows(dataset) == dataset.rows
    spec, splits = wired(dataset, splits)
    for split in splits:
        frame = scan(spec, [split], ["id"], row_index="at").collect()
        assert frame["id"].to_list() == list(range(split.first_row, split.first_row + split.rows))
        assert frame["at"].to_list() == frame["id"].to_list()
        assert frame.schema["at"] == pl.Int64
        assert split.bytes <= target or split.blocks == 1


@given(target=st.integers(1, 2000), data=st.data())
def test_any_choice_of_splits_keeps_order_positions_and_filter(dataset: Dataset, target: int, data: Any) -> None:
    splits = dataset.splits(target)
    chosen = data.draw(st.lists(st.sampled_from(splits), unique=True, max_size=6))
    rows = [row for split in chosen for row in range(split.first_row, split.first_row + split.rows)]
    frame = dataset.scan(chosen, ["text", "id"], pl.col("x") >= 2, "at").collect()
    assert frame.columns == ["text", "id", "at"]
    assert frame["at"].to_list() == [row for row in rows if row / 2 >= 2]
    assert frame["id"].to_list() == frame["at"].to_list()


def test_whole_dataset_equals_pyarrow(dataset: Dataset) -> None:
    expected = pl.concat([pl.DataFrame(table(0, 18))])
    assert dataset.scan().collect().equals(expected)
    assert dataset.scan(columns=["list", "id"]).slice(15, 2).collect().rows() == [([15], 15), ([16], 16)]


def test_a_part_of_a_file_reads_only_its_row_groups(tmp_path: Path) -> None:
    pq.write_table(table(0, 9), tmp_path / "x.parquet", row_group_size=3, compression="none", use_dictionary=False)
    data = bytearray((tmp_path / "x.parquet").read_bytes())
    metadata = pq.read_metadata(tmp_path / "x.parquet")
    # Row groups 0 and 2 become noise: reading group 1 must not notice.
    for group in (0, 2):
        for column in map(metadata.row_group(group).column, range(metadata.num_columns)):
            at, size = column.data_page_offset, column.total_compressed_size
            data[at : at + size] = b"\xff" * size
    (tmp_path / "x.parquet").write_bytes(data)
    dataset = open_dataset("parquet", tmp_path)
    _, middle, last = dataset.splits(1)
    assert dataset.scan([middle], ["id"], row_index="at").collect().rows() == [(3, 3), (4, 4), (5, 5)]
    assert find_damage(dataset.spec, [middle]) is None
    damage = find_damage(dataset.spec, [middle, last])
    assert damage is not None
    assert "x.parquet: corrupt Parquet data" in str(damage)


def test_footer_facts(tmp_path: Path) -> None:
    write_files(tmp_path, "parquet")
    dataset = open_dataset("parquet", tmp_path)
    ids, text, nested = map(dataset.column_statistics, ["id", "text", "list"])
    assert (ids.min, ids.max, ids.null_count) == (0, 17, 0)
    assert (text.min, text.max, text.null_count) == ("t1", "t9", 4)
    assert (nested.min, nested.null_count) == (None, None)
    assert ids.bytes is not None
    assert dataset.bytes == sum(s.bytes or 0 for s in map(dataset.column_statistics, dataset.schema.names))
    blocks = dataset.block_statistics("id")
    assert blocks is not None
    # The second file has one row group, without rows.
    bounds = [(0, 2), (3, 5), (6, 6), (None, None), (7, 9), (10, 12), (13, 15), (16, 16), (17, 17)]
    assert [(block.min, block.max) for block in blocks] == bounds
    (footer, *_) = read_footers(dataset.files)
    assert (footer.rows, [block.rows for block in footer.blocks]) == (7, [3, 3, 1])
    assert all(size > 0 for size in footer.compressed_bytes)


def test_bounds_are_unknown_where_one_block_does_not_say(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([None, None], pa.int64()), "b": [1, 2]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": [5, 6], "b": [3, 4]}), tmp_path / "2.parquet", write_statistics=["a"])
    dataset = open_dataset("parquet", tmp_path)
    a, b = dataset.column_statistics("a"), dataset.column_statistics("b")
    assert (a.min, a.max, a.null_count) == (5, 6, 2)
    assert (b.min, b.max, b.null_count) == (None, None, None)


def test_pandas_metadata(tmp_path: Path) -> None:
    frame = pd.DataFrame({"b": [1, 2], "a": ["x", None]})
    frame.to_parquet(tmp_path / "default.parquet")
    frame.set_index(pd.RangeIndex(5, 9, 2, name="n")).to_parquet(tmp_path / "range.parquet")
    frame.set_index(pd.Index(["p", "q"], name="k")).to_parquet(tmp_path / "named.parquet")
    frame.set_index(pd.Index(["p", "q"])).to_parquet(tmp_path / "unnamed.parquet")

    def found(name: str) -> tuple[Any, Any, Any]:
        metadata = open_dataset("parquet", tmp_path / f"{name}.parquet").pandas_metadata
        assert metadata is not None
        return metadata.index_columns, metadata.range_index, metadata.column_order

    assert found("default") == ((), (None, 0, 2, 1), ("b", "a"))
    assert found("range") == ((), ("n", 5, 9, 2), ("b", "a"))
    assert found("named") == (("k",), None, ("b", "a"))
    assert found("unnamed") == (("__index_level_0__",), None, ("b", "a"))
    pq.write_table(table(0, 1), tmp_path / "other.parquet")
    assert open_dataset("parquet", tmp_path / "other.parquet").pandas_metadata is None


def test_types_reach_polars(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "cat": pd.Categorical(["b", "a", None]),
            "time": pd.to_datetime(["2020-01-01", "NaT", "2021-01-01"]).tz_localize("Europe/Berlin"),
            "binary": [b"1", None, b"\xff"],
            "span": pd.to_timedelta([1, 2, None], "s"),
            "int": pd.array([1, None, 3], "Int64"),
        }
    )
    frame.to_parquet(tmp_path / "x.parquet")
    dataset = open_dataset("parquet", tmp_path)
    actual = dataset.scan().collect()
    assert actual["cat"].cast(pl.String).to_list() == ["b", "a", None]
    assert actual["time"].dtype == pl.Datetime("us", "Europe/Berlin")
    assert actual["binary"].to_list() == [b"1", None, b"\xff"]
    assert actual["int"].to_list() == [1, None, 3]
    assert scan(dataset.spec, []).collect_schema() == actual.schema


@pytest.mark.parametrize("format", ["parquet", "ipc"])
def test_schema_mismatch_names_column_and_both_files(tmp_path: Path, format: str) -> None:
    def write(name: str, **columns: Any) -> None:
        data = pa.table(columns)
        if format == "parquet":
            pq.write_table(data, tmp_path / name)
        else:
            with pa.ipc.new_file(tmp_path / name, data.schema) as writer:
                writer.write_table(data)

    write("1", a=[1], b=["x"])
    write("2", b=["y"], a=[2])
    assert open_dataset(format, tmp_path).scan(row_index="at").collect().rows() == [(1, "x", 0), (2, "y", 1)]
    write("3", a=[1.5], b=["x"])
    with pytest.raises(SourceError, match=r"column 'a' is int64 in .*1 but double in .*3"):
        open_dataset(format, tmp_path, {"on_drift": "error"})
    write("3", a=[1])
    with pytest.raises(SourceError, match=r"column 'b' is in .*1 but not in .*3"):
        open_dataset(format, tmp_path, {"on_drift": "error"})
    write("3", a=[1], b=["x"], c=[1])
    with pytest.raises(SourceError, match=r"column 'c' is in .*3 but not in .*1"):
        open_dataset(format, tmp_path, {"on_drift": "error"})


def test_width_of_offsets_and_codes_may_differ(tmp_path: Path) -> None:
    strings = pa.array(["x"])
    pq.write_table(pa.table({"a": strings, "c": strings.dictionary_encode()}), tmp_path / "1.parquet")
    codes = pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), pa.array(["y"], pa.large_string()))
    pq.write_table(pa.table({"a": strings.cast(pa.large_string()), "c": codes}), tmp_path / "2.parquet")
    frame = open_dataset("parquet", tmp_path).scan().collect()
    assert frame.with_columns(pl.col("c").cast(pl.String)).rows() == [("x", "x"), ("x", "y")]


@pytest.mark.parametrize("format", ["parquet", "ipc", "orc"])
@pytest.mark.parametrize("damage", ["truncated", "foreign", "empty"])
def test_unreadable_file_is_named(tmp_path: Path, format: str, damage: str) -> None:
    write_files(tmp_path, format)
    victim = sorted(tmp_path.iterdir())[2]
    data = victim.read_bytes()
    victim.write_bytes({"truncated": data[: len(data) // 2], "foreign": b"\x89PNG\r\n" * 100, "empty": b""}[damage])
    with pytest.raises(SourceError, match=f"{victim}: not a readable"):
        open_dataset(format, tmp_path)


@pytest.mark.parametrize("format", ["parquet", "ipc", "orc"])
def test_replaced_file_is_refused(tmp_path: Path, format: str) -> None:
    write_files(tmp_path, format)
    dataset = open_dataset(format, tmp_path)
    splits = dataset.splits(100)
    before = dataset.version
    victim = min(tmp_path.iterdir())
    victim.write_bytes(victim.read_bytes() + b" ")
    with pytest.raises(SourceError, match=f"{victim}: the file was replaced"):
        dataset.scan(splits)
    assert isinstance(find_damage(dataset.spec, splits), SourceError)
    victim.write_bytes(victim.read_bytes()[:-1])
    again = open_dataset(format, tmp_path)
    assert (again.rows, again.version == before) == (18, False)
    victim.unlink()
    with pytest.raises(SourceError, match=f"{victim}: the file was removed"):
        dataset.scan(splits)


def test_inspection_is_cached_by_version(tmp_path: Path) -> None:
    write_files(tmp_path, "parquet")
    assert open_dataset("parquet", tmp_path) is open_dataset("parquet", tmp_path)


@pytest.mark.parametrize("values", [["2", "10"], ["x", "10"], ["01", "-3"], ["3000000000", "1"], ["a%20b", "true"]])
def test_hive_partitions_are_typed_as_pandas_types_them(tmp_path: Path, values: list[str]) -> None:
    for i, value in enumerate(values):
        (tmp_path / f"k={value}").mkdir()
        pd.DataFrame({"a": [i, i + 10]}).to_parquet(tmp_path / f"k={value}" / "x.parquet")
    expected = pd.read_parquet(tmp_path)
    dataset = open_dataset("parquet", tmp_path)
    assert dataset.partitions == ("k",)
    assert dataset.schema.names == ["a", "k"]
    field = dataset.schema.field("k")
    assert pa.types.is_dictionary(field.type)
    assert (field.type.value_type == pa.int32()) == (expected["k"].cat.categories.dtype == "int32")
    frame = dataset.scan(row_index="at").collect()
    assert frame["k"].to_list() == expected["k"].to_list()
    assert frame["at"].to_list() == [0, 1, 2, 3]
    (wanted,) = {expected["k"].iloc[-1]}
    assert dataset.scan(columns=["a"], predicate=pl.col("k") == wanted).collect().height == 2
    assert scan(dataset.spec, []).collect_schema() == dataset.scan().collect_schema()


def test_hive_null_and_errors(tmp_path: Path) -> None:
    for value in ("1", "__HIVE_DEFAULT_PARTITION__"):
        (tmp_path / f"k={value}").mkdir()
        pq.write_table(pa.table({"a": [1]}), tmp_path / f"k={value}" / "x.parquet")
    dataset = open_dataset("parquet", tmp_path)
    assert dataset.scan().collect()["k"].to_list() == [1, None]
    assert dataset.column_statistics("k").null_count == 1
    pq.write_table(pa.table({"a": [1]}), tmp_path / "stray.parquet")
    with pytest.raises(SourceError, match=r"stray\.parquet is not partitioned by \['k'\]"):
        open_dataset("parquet", tmp_path)
    (tmp_path / "stray.parquet").unlink()
    for file in tmp_path.glob("*/x.parquet"):
        pq.write_table(pa.table({"k": [1]}), file)
    with pytest.raises(SourceError, match=r"column 'k' is in .* and also in the folder names"):
        open_dataset("parquet", tmp_path)


def test_columns_that_may_hold_nan(tmp_path: Path) -> None:
    pq.write_table(pa.table({"f": [1.5], "i": [1], "g": pa.array([1.0], pa.float32())}), tmp_path / "x.parquet")
    (tmp_path / "x.csv").write_text("f\n1.5\n")
    parquet = open_dataset("parquet", tmp_path / "x.parquet")
    assert parquet.columns_that_may_hold_nan() == ["f", "g"]
    assert parquet.columns_that_may_hold_nan(["i", "g"]) == ["g"]
    assert open_dataset("csv", tmp_path / "x.csv").columns_that_may_hold_nan() == []


@pytest.mark.parametrize("format", ["parquet", "ipc", "orc", "csv", "jsonl"])
def test_remote_files_are_read_through_fsspec(tmp_path: Path, format: str) -> None:
    data = table(0, 10).select(["id", "x"])
    local = tmp_path / "x"
    if format == "parquet":
        pq.write_table(data, local, row_group_size=4)
    elif format == "ipc":
        with pa.ipc.new_file(local, data.schema) as writer:
            writer.write_table(data, max_chunksize=4)
    elif format == "orc":
        orc.write_table(data, local, batch_size=4, stripe_size=1)
    elif format == "csv":
        pl.DataFrame(data).write_csv(local)
    else:
        pl.DataFrame(data).write_ndjson(local)
    memory = fsspec.filesystem("memory")
    memory.pipe(f"/source-{format}/k=7/x", local.read_bytes())
    dataset = open_dataset(format, f"memory://source-{format}")
    for target in (1, 10**6):
        splits = dataset.splits(target)
        frame = dataset.scan(splits, ["k", "id"], pl.col("x") > 2, "at").collect()
        assert frame.rows() == [(7, i, i) for i in range(5, 10)]
        assert dataset.scan(splits, ["id"]).head(6).collect()["id"].to_list() == [0, 1, 2, 3, 4, 5]
    memory.pipe(f"/source-{format}/k=7/x", local.read_bytes())
    # Each request names the version that it expects, so it is the reading that fails.
    with pytest.raises(SourceError, match="replaced"):
        dataset.scan().collect()


def test_ipc_stream_is_not_a_file(tmp_path: Path) -> None:
    with pa.ipc.new_stream(tmp_path / "x.arrow", table(0, 1).schema) as writer:
        writer.write_table(table(0, 1))
    with pytest.raises(SourceError, match=r"x\.arrow: not a readable Arrow IPC file"):
        open_dataset("ipc", tmp_path)


@pytest.mark.parametrize("format", ["parquet", "ipc", "orc"])
def test_unknown_option(tmp_path: Path, format: str) -> None:
    write_files(tmp_path, format)
    with pytest.raises(ValueError, match="no option 'sep'"):
        open_dataset(format, tmp_path, {"sep": ","})


def test_many_partitions_are_scanned_in_turns(tmp_path: Path) -> None:
    expected = []
    for number in range(150):
        folder = tmp_path / f"k={number}"
        folder.mkdir()
        pq.write_table(pa.table({"id": [2 * number, 2 * number + 1]}), folder / "x.parquet")
        expected += [(number, 2 * number), (number, 2 * number + 1)]
    # Folders stand in the order of their names, which are text.
    expected.sort(key=lambda row: (str(row[0]), row[1]))
    dataset = open_dataset("parquet", tmp_path)
    scanned = dataset.scan(columns=["k", "id"], row_index="at")
    assert scanned.collect().rows() == [(*row, at) for at, row in enumerate(expected)]
    kept = [row for row in expected if row[1] % 3 == 0]
    assert dataset.scan(columns=["k", "id"]).filter(pl.col("id") % 3 == 0).collect().rows() == kept
    assert dataset.scan(columns=["id"]).head(200).collect()["id"].to_list() == [row[1] for row in expected[:200]]
    cut = [row for row in expected[:200] if row[1] % 3 == 0]
    assert dataset.scan(columns=["k", "id"]).head(200).filter(pl.col("id") % 3 == 0).collect().rows() == cut
    assert dataset.scan(columns=["id"]).filter(pl.col("id") % 3 == 0).head(5).collect()["id"].to_list() == [
        row[1] for row in kept[:5]
    ]
