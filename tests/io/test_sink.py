"""Sinks: what lands where, in which form, and that nothing half-written ever does."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest

from engine.io.cutting import Piece, batched
from engine.io.files import expand
from engine.io.manifests import MANIFEST
from engine.io.sink import Sink
from engine.io.source import open_dataset
from engine.storage.local import LocalStore
from tests.io.commit_cases import save, write

FRAME = pl.DataFrame({"id": [1, 2, 3, 4], "text": ["a", "b,\n", None, "ü"], "x": [0.5, None, 1.5, 1e-7]})


def listing(folder: Path) -> list[str]:
    """Every file, without what makes the names of parts unique."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(re.sub(r"-[0-9a-z]{12}-[0-9a-f]{8}\.", ".", name) for name in names)


def read(folder: Path, format: str = "parquet") -> list[int]:
    ids: list[int] = open_dataset(format, folder).scan().collect()["id"].to_list()
    return ids


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl", "ipc", "feather", "orc"])
def test_folder_holds_parts_in_order_and_a_manifest(tmp_path: Path, format: str) -> None:
    target = tmp_path / "out"
    sink, parts = write(Sink(str(target), format), FRAME[:1], FRAME[1:3], FRAME[3:])
    files = sink.commit(parts)
    sink.abort()
    suffix = {"ipc": "arrow"}.get(format, format)
    assert listing(tmp_path) == [f"out/{MANIFEST}", *(f"out/part-0000{i}.{suffix}" for i in range(3))]
    assert open_dataset(format, target).scan().collect().equals(FRAME)
    for file, rows in zip(files, (1, 2, 1), strict=True):
        data = (target / file.path).read_bytes()
        assert (file.rows, file.bytes, file.checksum) == (rows, len(data), f"{zlib.crc32(data):08x}")


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize(
    "name",
    ["x.parquet", "x.csv", "x.jsonl", "x.arrow", "x.feather", "x.orc"]
    + [f"x.{format}.{codec}" for format in ("csv", "jsonl") for codec in ("gz", "bz2", "xz", "zst")],
)
def test_one_file_is_what_pandas_reads(tmp_path: Path, name: str, parts: int) -> None:
    format = {"arrow": "ipc"}.get(name.split(".")[1], name.split(".")[1])
    frames = [FRAME] if parts == 1 else [FRAME[:1], FRAME[1:1], FRAME[1:]]
    sink, written = write(Sink(str(tmp_path / name), format), *frames)
    (file,) = sink.commit(written)
    sink.abort()
    assert listing(tmp_path) == [name]
    data = (tmp_path / name).read_bytes()
    assert (file.path, file.rows, file.bytes, file.checksum) == (name, 4, len(data), f"{zlib.crc32(data):08x}")
    assert open_dataset(format, tmp_path / name).scan().collect().equals(FRAME)
    path = tmp_path / name
    readers: dict[str, Any] = {
        "parquet": lambda: pd.read_parquet(path),
        "csv": lambda: pd.read_csv(path),
        "jsonl": lambda: pd.read_json(path, lines=True),
        "ipc": lambda: pd.read_feather(path),
        "feather": lambda: pd.read_feather(path),
        "orc": lambda: pd.read_orc(path),
    }
    expected = pd.DataFrame({"id": [1, 2, 3, 4], "text": ["a", "b,\n", None, "ü"], "x": [0.5, None, 1.5, 1e-7]})
    pd.testing.assert_frame_equal(readers[format](), expected)


def test_suffix_decides_unless_told(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "a.parquet"), single_file=False), FRAME)
    save(Sink(str(tmp_path / "b"), single_file=True), FRAME)
    assert listing(tmp_path) == [f"a.parquet/{MANIFEST}", "a.parquet/part-00000.parquet", "b"]


def test_a_job_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    for name in ("out", "x.parquet", "x.csv"):
        save(Sink(str(tmp_path / name), "csv" if name.endswith("csv") else "parquet"), FRAME[:0], FRAME[:0])
    assert pd.read_parquet(tmp_path / "x.parquet").columns.to_list() == FRAME.columns
    assert pd.read_csv(tmp_path / "x.csv").columns.to_list() == FRAME.columns
    assert listing(tmp_path / "out") == [MANIFEST, "part-00000.parquet"]
    assert open_dataset("parquet", tmp_path / "out").scan().collect().equals(FRAME[:0])


def test_empty_parts_leave_no_file(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "out")), FRAME[:0], FRAME[:2], FRAME[:0], FRAME[2:])
    assert listing(tmp_path / "out") == [MANIFEST, "part-00001.parquet", "part-00003.parquet"]
    assert read(tmp_path / "out") == [1, 2, 3, 4]


def test_existing_target_is_refused_and_names_the_modes(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "out")), FRAME)
    save(Sink(str(tmp_path / "x.csv"), "csv"), FRAME)
    before = listing(tmp_path)
    with pytest.raises(FileExistsError, match=r'out exists; write with mode="overwrite" or mode="append"'):
        Sink(str(tmp_path / "out")).prepare()
    with pytest.raises(FileExistsError, match=r'x\.csv exists; write with mode="overwrite", or elsewhere'):
        Sink(str(tmp_path / "x.csv"), "csv").prepare()
    assert listing(tmp_path) == before


@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_output_that_is_an_input_is_refused(tmp_path: Path, mode: str) -> None:
    save(Sink(str(tmp_path / "out")), FRAME)
    inputs = expand(tmp_path / "out")
    with pytest.raises(ValueError, match=r"the job reads .*part-00000.*, so it cannot write there"):
        Sink(str(tmp_path / "out"), mode=mode).prepare(inputs)
    with pytest.raises(ValueError, match="cannot write there"):
        Sink(inputs[0].path, mode="overwrite").prepare(inputs)
    Sink(str(tmp_path / "output"), mode=mode).prepare(inputs)


def test_an_empty_folder_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("out", "link"):
        save(Sink(str(tmp_path / name)), FRAME)
        assert read(tmp_path / name) == [1, 2, 3, 4]
    assert listing(tmp_path / "elsewhere") == [MANIFEST, "part-00000.parquet"]


def test_an_input_behind_a_link_is_refused(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "out")), FRAME)
    (tmp_path / "alias").symlink_to(tmp_path / "out")
    with pytest.raises(ValueError, match="cannot write there"):
        Sink(str(tmp_path / "out"), mode="overwrite").prepare(expand(tmp_path / "alias"))


def test_hive_partitions_go_out_and_come_back(tmp_path: Path) -> None:
    frame = pl.DataFrame({"k": ["b/c", "a", None, "a"], "n": [1, 2, 2, 1], "id": [1, 2, 3, 4]})
    save(Sink(str(tmp_path / "out"), partition_on=("k", "n")), frame[:3], frame[3:])
    assert listing(tmp_path / "out") == [
        MANIFEST,
        "k=__HIVE_DEFAULT_PARTITION__/n=2/part-00000.parquet",
        "k=a/n=1/part-00001.parquet",
        "k=a/n=2/part-00000.parquet",
        "k=b%2Fc/n=1/part-00000.parquet",
    ]
    back = open_dataset("parquet", tmp_path / "out").scan(columns=["k", "n", "id"]).collect()
    assert back.sort("id").rows() == frame.rows()


def test_partitions_without_rows_keep_their_columns(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "out"), partition_on=("id",)), FRAME[:0])
    back = open_dataset("parquet", tmp_path / "out").scan().collect()
    assert back.height == 0
    assert set(back.columns) == set(FRAME.columns)


def test_a_partition_with_the_name_of_a_hidden_file_is_read(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "out"), partition_on=("_k",)), FRAME.with_columns(_k=pl.lit("a")))
    assert open_dataset("parquet", tmp_path / "out").rows == 4


@contextmanager
def open_writers() -> Iterator[list[int]]:
    """How many files are open for writing, as often as one is opened."""
    lock, counts, now = threading.Lock(), [], 0
    real = LocalStore.open_writer

    @contextmanager
    def counted(self: LocalStore, key: str) -> Iterator[Any]:
        nonlocal now
        with real(self, key) as file:
            with lock:
                now += 1
                counts.append(now)
            yield file
            with lock:
                now -= 1

    with mock.patch.object(LocalStore, "open_writer", counted):
        yield counts


def test_thousands_of_partition_values(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": range(9000)}).with_columns(k=pl.col("id") * 7919 % 3000)
    with open_writers() as opened:
        paths = save(Sink(str(tmp_path / "out"), partition_on=("k",)), frame)
    assert len(paths) == len(opened) == 3000
    assert max(opened) <= 8
    back = pl.from_arrow(pads.dataset(tmp_path / "out", partitioning="hive").to_table(columns=["id", "k"]))
    assert isinstance(back, pl.DataFrame)
    assert back.sort("id").rows() == frame.rows()


def test_big_parts_are_cut_into_files_of_the_target_size(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": range(10_000)}).with_columns(k=pl.col("id") % 2)
    with open_writers() as opened:
        save(Sink(str(tmp_path / "out"), file_bytes=30_000), frame.drop("k"), frame.drop("k")[:100])
    assert len(opened) == 4
    names = [f"part-00000{cut}.parquet" for cut in ("", ".001", ".002")]
    assert listing(tmp_path / "out") == sorted([MANIFEST, *names, "part-00001.parquet"])
    rows = [pq.read_metadata(path).num_rows for path in sorted((tmp_path / "out").glob("part-00000*"))]
    assert sorted(rows) == [3333, 3333, 3334]
    assert read(tmp_path / "out") == [*range(10_000), *range(100)]
    save(Sink(str(tmp_path / "cut"), partition_on=("k",), file_bytes=30_000), frame)
    assert [name for name in listing(tmp_path / "cut") if name.startswith("k=1")] == sorted(f"k=1/{n}" for n in names)
    assert read(tmp_path / "cut") == [*range(0, 10_000, 2), *range(1, 10_000, 2)]


def test_what_is_written_at_once_is_bounded() -> None:
    frame = pl.DataFrame({"id": range(100)})
    sizes = [*[1 << 20] * 40, *[200 << 20] * 2, *[30 << 20] * 5]
    files = [Piece("", number, size, frame, slice(number, number + 1)) for number, size in enumerate(sizes)]
    batches = list(batched(files))
    assert [len(batch) for batch in batches] == [16, 16, 8, 1, 1, 2, 2, 1]
    assert [piece.frame()["id"].item() for batch in batches for piece in batch] == list(range(47))


def test_a_part_in_the_writing_can_be_stopped(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path / "out"), partition_on=("k",)).prepare()
    calls = iter(range(3))

    def check() -> None:
        if next(calls) == 2:
            raise InterruptedError("cancelled")

    with pytest.raises(InterruptedError, match="cancelled"):
        sink.write_part(pl.DataFrame({"k": range(1000), "id": range(1000)}), 0, check)
    assert len(listing(tmp_path)) < 100


def test_parquet_has_checksums_plain_strings_and_given_metadata(tmp_path: Path) -> None:
    index = pd.DataFrame({"text": ["x", "y"], "n": pd.array([1, 2], "int32")}, index=pd.Index(["p", "q"], name="k"))
    schema = pa.Schema.from_pandas(index)
    frame = pl.DataFrame({"text": ["x", "y"], "n": [1, 2], "k": ["p", "q"]})
    save(Sink(str(tmp_path / "x.parquet"), schema=schema), frame[:1], frame[1:])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "x.parquet"), index)
    save(Sink(str(tmp_path / "y.parquet"), options={"row_group_size": 3, "compression": "zstd"}), FRAME)
    metadata = pq.read_metadata(tmp_path / "y.parquet")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [3, 1]
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert metadata.schema.to_arrow_schema().field("text").type == pa.string()
    data = bytearray((tmp_path / "y.parquet").read_bytes())
    column = metadata.row_group(0).column(0)
    data[column.data_page_offset + column.total_compressed_size - 1] ^= 1
    (tmp_path / "y.parquet").write_bytes(data)
    with pytest.raises(OSError, match=r"CRC|corrupt"):
        pq.read_table(tmp_path / "y.parquet", page_checksum_verification=True)


@pytest.mark.parametrize("name", ["out", "x.parquet"])
def test_freedom_from_nan_is_remembered(tmp_path: Path, name: str) -> None:
    nan = float("nan")
    frame = pl.DataFrame({"id": [1, 2], "clean": [1.0, None], "late": [1.0, nan], "nested": [[nan], [1.0]]})
    save(Sink(str(tmp_path / name)), frame[:1], frame[1:])
    assert open_dataset("parquet", tmp_path / name).columns_that_may_hold_nan() == ["late"]


def test_nested_and_categorical_types_survive_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "list": [["x"], []],
            "struct": [{"a": "x"}, None],
            "array": pl.Series([[1.0, 2.0], None], dtype=pl.Array(pl.Float32, 2)),
            "category": pl.Series(["b", "a"], dtype=pl.Categorical),
            "time": pl.Series([0, 1], dtype=pl.Datetime("us", "UTC")),
        }
    )
    save(Sink(str(tmp_path / "x.parquet")), frame)
    types = pq.read_schema(tmp_path / "x.parquet")
    assert types.field("list").type == pa.list_(pa.field("element", pa.string()))
    assert types.field("category").type == pa.dictionary(pa.int32(), pa.string())
    back = open_dataset("parquet", tmp_path / "x.parquet").scan().collect()
    assert back.equals(frame)
    assert back["array"].dtype == pl.Array(pl.Float32, 2)


def test_csv_text_reads_back_with_its_dtypes(tmp_path: Path) -> None:
    stamps = pd.to_datetime(["2020-01-01 10:00:00.500", "NaT", "2021-01-01 00:00:00.000"])
    source = pd.DataFrame(
        {"b": [True, False, True], "t": stamps, "u": stamps.tz_localize("UTC"), "f": [1e-7, 1e20, -0.0]}
    )
    save(Sink(str(tmp_path / "x.csv"), "csv"), pl.from_pandas(source))
    back = pd.read_csv(tmp_path / "x.csv", parse_dates=["t", "u"])
    pd.testing.assert_frame_equal(back, source)
    save(Sink(str(tmp_path / "y.csv"), "csv", options={"header": False, "sep": ";", "na_rep": "NULL"}), FRAME[2:])
    assert (tmp_path / "y.csv").read_text() == "3;NULL;1.5\n4;ü;1e-7\n"


def test_json_dates_are_epochs_as_in_pandas_or_iso(tmp_path: Path) -> None:
    moments = pl.Series([1577836800123, None]).cast(pl.Datetime("ms"))
    frame = pl.DataFrame(
        {"t": moments, "z": moments.dt.replace_time_zone("UTC"), "d": moments.dt.date(), "f": [0.5, float("inf")]}
    )
    save(Sink(str(tmp_path / "x.jsonl"), "jsonl"), frame)
    first, second = map(json.loads, (tmp_path / "x.jsonl").read_text().splitlines())
    assert first == {"t": 1577836800123, "z": 1577836800123, "d": 1577836800000, "f": 0.5}
    assert second == {"t": None, "z": None, "d": None, "f": None}
    save(Sink(str(tmp_path / "y.jsonl"), "jsonl", options={"date_format": "iso"}), frame[:1])
    iso = json.loads((tmp_path / "y.jsonl").read_text())
    assert iso == {"t": "2020-01-01T00:00:00.123", "z": "2020-01-01T00:00:00.123Z", "d": "2020-01-01", "f": 0.5}


@pytest.mark.parametrize(
    ("format", "column"), [("csv", [[1]]), ("csv", [b"x"]), ("csv", [{"a": 1}]), ("jsonl", [b"x"])]
)
def test_column_that_a_format_cannot_hold_is_named(tmp_path: Path, format: str, column: list[Any]) -> None:
    sink = Sink(str(tmp_path / "out"), format).prepare()
    with pytest.raises(ValueError, match=r"column 'bad' of type"):
        sink.write_part(pl.DataFrame({"id": [1], "bad": column}), 0)
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_value_that_does_not_fit_the_schema_is_named(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path / "out"), schema=pa.schema([("id", pa.int8())]))
    sink.prepare()
    with pytest.raises(ValueError, match=r"column 'id' cannot be written as int8"):
        sink.write_part(pl.DataFrame({"id": [300]}), 0)
    with pytest.raises(ValueError, match=r"columns \['x'\], not \['id'\]"):
        sink.write_part(pl.DataFrame({"x": [1]}), 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "xls"}, "unknown format 'xls'"),
        ({"mode": "w"}, "mode is 'w'"),
        ({"options": {"sep": ","}}, "writing parquet has no option 'sep'"),
        ({"format": "csv", "options": {"compression": "rar"}}, "unknown compression 'rar'"),
        ({"single_file": True, "mode": "append"}, "cannot be appended to"),
        ({"single_file": True, "partition_on": ("k",)}, "cannot be partitioned"),
        ({"file_bytes": 0}, "files of 0 bytes hold no rows"),
        ({"job": "a-b"}, "the job's token is 'a-b'"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sink("out", **arguments)


def test_file_and_folder_are_not_confused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(IsADirectoryError, match=r"x\.parquet is a folder"):
        Sink(str(tmp_path / "x.parquet"), mode="overwrite").prepare()
    (tmp_path / "out").write_text("")
    with pytest.raises(NotADirectoryError, match="out is a file"):
        Sink(str(tmp_path / "out"), mode="append").prepare()
