"""The manifest: what it records, its size, and what happens when files do not match it."""

from __future__ import annotations

import pickle
import uuid
from pathlib import Path

import fsspec
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from bigframe.errors import SourceError
from bigframe.train import TorchDataset
from bigframe.train.blocks import BlockFile, BlockManifest, open_block
from bigframe.train.reader import BlockReader


def test_footers_give_rows_of_every_record_batch(write_blocks):
    manifest = write_blocks(pa.table({"x": range(10)}), [[4, 0, 3], [], [3]])
    assert [file.batch_rows for file in manifest.files] == [(4, 0, 3), (), (3,)]
    assert manifest.rows == 10
    assert manifest.batch_rows.tolist() == [4, 0, 3, 3]


def test_json_and_pickle_give_the_same_manifest_back(write_blocks):
    schema = pa.schema([pa.field("x", pa.int64(), metadata={"unit": "m"}), ("v", pa.list_(pa.float32(), 3))])
    manifest = write_blocks(pa.table({"x": [1, 2], "v": [[1, 2, 3], [4, 5, 6]]}, schema=schema))
    assert BlockManifest.from_json(manifest.to_json()) == manifest
    assert pickle.loads(pickle.dumps(manifest)) == manifest
    assert pickle.loads(pickle.dumps(manifest)).schema.field("x").metadata == {b"unit": b"m"}


def test_three_hundred_files_with_random_names_pickle_below_ten_kilobytes():
    names = np.random.default_rng(0)
    files = tuple(
        BlockFile(f"s3://bucket/cache/{uuid.UUID(bytes=names.bytes(16)).hex}.arrow", (65_536,) * 7 + (100 + i,))
        for i in range(300)
    )
    manifest = BlockManifest(files, pa.schema([(f"column_{i}", pa.float32()) for i in range(50)]))
    assert len(pickle.dumps(manifest)) < 10_000


def test_json_of_another_version_is_refused(write_blocks):
    text = write_blocks(pa.table({"x": [1]})).to_json().replace('"version":1', '"version":2')
    with pytest.raises(ValueError, match="version 2; this bigframe reads 1"):
        BlockManifest.from_json(text)


def test_no_files_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        BlockManifest.from_files([])


def test_missing_truncated_and_foreign_files_are_named(write_blocks, tmp_path: Path):
    whole = Path(write_blocks(pa.table({"x": range(1000)})).files[0].path)
    with pytest.raises(SourceError, match=r"gone\.arrow does not exist"):
        open_block(str(tmp_path / "gone.arrow"))
    cut = tmp_path / "cut.arrow"
    cut.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(SourceError, match=r"cut\.arrow is truncated or no Arrow IPC file"):
        open_block(str(cut))
    (tmp_path / "empty.arrow").touch()
    with pytest.raises(SourceError, match=r"empty\.arrow is truncated"):
        open_block(str(tmp_path / "empty.arrow"))


def test_files_of_different_schemas_are_refused(write_blocks, tmp_path: Path):
    first = write_blocks(pa.table({"x": [1]})).files[0].path
    other = tmp_path / "other.arrow"
    table = pa.table({"x": ["a"]})
    with pa.ipc.new_file(other, table.schema) as sink:
        sink.write_table(table)
    with pytest.raises(SourceError, match=r"other\.arrow has another schema"):
        BlockManifest.from_files([first, str(other)])


def test_a_replaced_file_is_noticed(write_blocks):
    manifest = write_blocks(pa.table({"x": range(10)}), [[5, 5]])
    write_blocks(pa.table({"x": range(10)}), [[4, 6]])
    with pytest.raises(SourceError, match=r"batch 0 of block file .* has 4 rows, the manifest says 5"):
        BlockReader(manifest, ["x"]).take(np.array([0]))
    write_blocks(pa.table({"x": range(10)}), [[10]])
    with pytest.raises(SourceError, match="has 1 record batches, the manifest says 2"):
        BlockReader(manifest, ["x"]).take(np.array([0]))


@pytest.mark.parametrize(
    "rows",
    [[0], [3, 4, 5], [11, 0, 5, 5, 7], list(range(12)), list(range(11, -1, -1)), [4, 6, 8]],
    ids=["one", "contiguous", "repeated", "all", "reversed", "ascending"],
)
def test_take_gives_the_rows_in_the_order_asked_for(write_blocks, rows):
    table = pa.table(
        {
            "x": range(12),
            "text": pa.array([f"row {i}" for i in range(12)], pa.string_view()),
            "unread": range(12),
            "v": pa.array([[i, -i] for i in range(12)], pa.list_(pa.int32(), 2)),
            "ragged": pa.array([list(range(i)) for i in range(12)], pa.list_(pa.int64())),
        }
    )
    wanted = table.select(["ragged", "x", "text", "v"]).to_pylist()
    reader = BlockReader(write_blocks(table, [[5, 0], [], [1, 6]]), ["ragged", "x", "text", "v"])
    taken = reader.take(np.array(rows))
    assert taken.to_pylist() == [wanted[row] for row in rows]


def test_local_rows_are_views_of_the_memory_map(write_blocks):
    manifest = write_blocks(pa.table({"x": np.arange(100_000)}))
    before = pa.total_allocated_bytes()
    rows = BlockReader(manifest, ["x"]).take(np.arange(10, 90_000))
    assert pa.total_allocated_bytes() - before < 10_000
    assert rows.column("x").to_numpy()[-1] == 89_999


def test_remote_blocks_are_read_through_fsspec(write_blocks):
    local = write_blocks(pa.table({"x": range(100)}), [[60, 40]])
    remote = "memory://blocks/part-0.arrow"
    with fsspec.open(remote, "wb") as sink:
        sink.write(Path(local.files[0].path).read_bytes())
    manifest = BlockManifest.from_files([remote])
    assert manifest.files == (BlockFile(remote, (60, 40)),)
    assert BlockReader(manifest, ["x"]).take(np.array([99, 0, 60])).column("x").to_pylist() == [99, 0, 60]
    with pytest.raises(SourceError, match=r"memory://blocks/gone does not exist"):
        open_block("memory://blocks/gone")


def test_a_remote_epoch_fetches_each_chosen_column_once(tmp_path: Path, monkeypatch):
    from fsspec.implementations.memory import MemoryFile

    rows, path = 100_000, tmp_path / "wide.arrow"
    table = pa.table({f"c{i}": np.arange(rows) for i in range(10)})
    with pa.ipc.new_file(path, table.schema) as sink:
        sink.write_table(table, max_chunksize=10_000)
    with fsspec.open("memory://wide.arrow", "wb") as sink:
        sink.write(path.read_bytes())
    fetched = []
    read = MemoryFile.read
    monkeypatch.setattr(MemoryFile, "read", lambda self, *size: fetched.append(data := read(self, *size)) or data)

    manifest = BlockManifest.from_files(["memory://wide.arrow"])
    assert manifest.batch_rows.tolist() == [10_000] * 10
    assert sum(map(len, fetched)) < 1.1 * rows * 8
    fetched.clear()
    dataset = TorchDataset(manifest, ["c3"], shuffle="window", window_rows=20_000)
    assert sum(int(batch["c3"].sum()) for batch in dataset) == rows * (rows - 1) // 2
    assert sum(map(len, fetched)) < 1.1 * rows * 8


def test_blocks_that_polars_wrote_are_fed(tmp_path: Path):
    path = str(tmp_path / "polars.arrow")
    frame = pl.DataFrame(
        {"x": range(50), "text": [f"row {i}" for i in range(50)], "ids": [[i] * (i % 3) for i in range(50)]}
    )
    frame.with_columns(v=pl.concat_list("x", "x").list.to_array(2)).write_ipc(path, compression="uncompressed")
    dataset = TorchDataset(BlockManifest.from_files([path]), ["x", "text", "ids", "v"], batch_size=50, shuffle=True)
    (batch,) = dataset
    order = batch["x"].tolist()
    assert sorted(order) == list(range(50))
    assert batch["text"] == [f"row {i}" for i in order]
    assert batch["ids__offsets"].diff().tolist() == [i % 3 for i in order]
    assert batch["v"].tolist() == [[i, i] for i in order]
