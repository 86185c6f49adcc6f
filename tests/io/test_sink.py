"""Sinks: what lands where, in which form, and that nothing half-written ever does."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.io.files import expand
from engine.io.sink import MANIFEST, Part, Sink
from engine.io.source import open_dataset

FRAME = pl.DataFrame({"id": [1, 2, 3, 4], "text": ["a", "b,\n", None, "ü"], "x": [0.5, None, 1.5, 1e-7]})


def save(sink: Sink, *frames: pl.DataFrame) -> dict[str, Any]:
    """Prepare here, write the parts as a worker would (the sink and the parts through JSON), and commit."""
    sink.prepare()
    remote = Sink.from_json(json.loads(json.dumps(sink.to_json())))
    parts = [remote.write_part(frame, index) for index, frame in enumerate(frames)]
    return sink.commit([Part.from_json(json.loads(json.dumps(part.to_json()))) for part in reversed(parts)])


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def read(folder: Path, format: str = "parquet") -> list[int]:
    ids: list[int] = open_dataset(format, folder).scan().collect()["id"].to_list()
    return ids


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl", "ipc"])
def test_folder_holds_parts_in_order_and_a_manifest(tmp_path: Path, format: str) -> None:
    target = tmp_path / "out"
    manifest = save(Sink(str(target), format), FRAME[:1], FRAME[1:3], FRAME[3:])
    suffix = {"ipc": "arrow"}.get(format, format)
    assert listing(tmp_path) == [f"out/{MANIFEST}", *(f"out/part-0000{i}.{suffix}" for i in range(3))]
    assert open_dataset(format, target).scan().collect().equals(FRAME)
    assert manifest["rows"] == 4
    assert {**json.loads((target / MANIFEST).read_text()), "url": str(target)} == manifest
    for file, rows in zip(manifest["files"], (1, 2, 1), strict=True):
        data = (target / file["path"]).read_bytes()
        assert (file["rows"], file["bytes"], file["checksum"]) == (rows, len(data), f"{zlib.crc32(data):08x}")


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize(
    "name",
    ["x.parquet", "x.csv", "x.jsonl", "x.arrow"]
    + [f"x.{format}.{codec}" for format in ("csv", "jsonl") for codec in ("gz", "bz2", "xz", "zst")],
)
def test_one_file_is_what_pandas_reads(tmp_path: Path, name: str, parts: int) -> None:
    format = {"arrow": "ipc"}.get(name.split(".")[1], name.split(".")[1])
    frames = [FRAME] if parts == 1 else [FRAME[:1], FRAME[1:1], FRAME[1:]]
    manifest = save(Sink(str(tmp_path / name), format), *frames)
    assert listing(tmp_path) == [name]
    data = (tmp_path / name).read_bytes()
    assert manifest["files"] == [{"path": name, "rows": 4, "bytes": len(data), "checksum": f"{zlib.crc32(data):08x}"}]
    assert open_dataset(format, tmp_path / name).scan().collect().equals(FRAME)
    path = tmp_path / name
    readers: dict[str, Any] = {
        "parquet": lambda: pd.read_parquet(path),
        "csv": lambda: pd.read_csv(path),
        "jsonl": lambda: pd.read_json(path, lines=True),
        "ipc": lambda: pd.read_feather(path),
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
    assert listing(tmp_path / "out") == [MANIFEST, "part-00000.parquet", "part-00001.parquet"]
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


def test_target_that_appears_during_the_job_is_refused(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path / "out"))
    sink.prepare()
    part = sink.write_part(FRAME, 0)
    save(Sink(str(tmp_path / "out")), FRAME[:1])
    with pytest.raises(FileExistsError):
        sink.commit([part])
    sink.abort()
    assert read(tmp_path / "out") == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["out", "x.parquet"])
def test_overwrite_keeps_the_old_until_the_new_is_complete(tmp_path: Path, name: str) -> None:
    save(Sink(str(tmp_path / name)), FRAME[:1], FRAME[1:2])
    before = listing(tmp_path)
    sink = Sink(str(tmp_path / name), mode="overwrite")
    sink.prepare()
    part = sink.write_part(FRAME[2:], 0)
    assert read(tmp_path / name) == [1, 2]
    sink.commit([part])
    assert read(tmp_path / name) == [3, 4]
    assert set(listing(tmp_path)) <= set(before)


def test_failed_overwrite_brings_the_old_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(Sink(str(tmp_path / "out")), FRAME[:1])
    sink = Sink(str(tmp_path / "out"), mode="overwrite")
    sink.prepare()
    part = sink.write_part(FRAME[2:], 0)
    replace = Path.replace

    def fail(self: Path, target: str) -> Path:
        if self.name == "fresh":
            raise OSError("disk full")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        sink.commit([part])
    sink.abort()
    assert read(tmp_path / "out") == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_append_keeps_order_and_extends_the_manifest(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for frame in (FRAME[:1], FRAME[1:2], FRAME[2:]):
        manifest = save(Sink(str(target), mode="append"), frame[:1], frame[1:])
    assert read(target) == [1, 2, 3, 4]
    assert manifest["rows"] == 2
    whole = json.loads((target / MANIFEST).read_text())
    assert whole["rows"] == 4
    assert sorted(file["path"] for file in whole["files"]) == [name for name in listing(target) if name != MANIFEST]


def test_append_to_a_folder_of_another_program_writes_no_manifest(tmp_path: Path) -> None:
    FRAME[:2].write_parquet(tmp_path / "data.parquet")
    save(Sink(str(tmp_path), mode="append"), FRAME[2:])
    assert read(tmp_path) == [1, 2, 3, 4]
    assert MANIFEST not in listing(tmp_path)


def test_failed_append_takes_its_files_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(Sink(str(tmp_path / "out")), FRAME[:1])
    before = {name: (tmp_path / name).read_bytes() for name in listing(tmp_path)}
    sink = Sink(str(tmp_path / "out"), mode="append")
    sink.prepare()
    parts = [sink.write_part(FRAME[i : i + 1], i) for i in range(3)]
    replace = Path.replace

    def fail(self: Path, target: str) -> Path:
        if "-00002-" in target or "-00003-" in target:
            raise OSError("disk full")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        sink.commit(parts)
    sink.abort()
    assert {name: (tmp_path / name).read_bytes() for name in listing(tmp_path)} == before


@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_output_that_is_an_input_is_refused(tmp_path: Path, mode: str) -> None:
    save(Sink(str(tmp_path / "out")), FRAME)
    inputs = expand(tmp_path / "out")
    with pytest.raises(ValueError, match=r"the job reads .*part-00000\.parquet, so it cannot write there"):
        Sink(str(tmp_path / "out"), mode=mode).prepare(inputs)
    with pytest.raises(ValueError, match="cannot write there"):
        Sink(inputs[0].path, mode="overwrite").prepare(inputs)
    Sink(str(tmp_path / "output"), mode=mode).prepare(inputs)


def test_abort_leaves_nothing(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path / "out"))
    sink.prepare()
    sink.write_part(FRAME, 0)
    assert [path.name for path in tmp_path.iterdir()] == [f".out.staging-{sink.job}"]
    sink.abort()
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_a_part_written_again_counts_once(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path / "out"))
    sink.prepare()
    first = sink.write_part(FRAME, 0)
    assert sink.write_part(FRAME, 0) == first
    second = sink.write_part(FRAME, 0, attempt=1)
    assert second.files[0].checksum == first.files[0].checksum
    with pytest.raises(ValueError, match="each index once"):
        sink.commit([first, second])
    with pytest.raises(ValueError, match="at least one part"):
        sink.commit([])
    assert sink.commit([second])["rows"] == 4
    assert read(tmp_path / "out") == [1, 2, 3, 4]


def test_lost_staged_file_stops_the_commit(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path / "out"))
    sink.prepare()
    parts = [sink.write_part(FRAME[:2], 0), sink.write_part(FRAME[2:], 1)]
    (victim,) = tmp_path.glob(".out.staging-*/00001-0/part.parquet")
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(OSError, match=r"00001-0/part\.parquet has \d+ bytes, not \d+; nothing was committed"):
        sink.commit(parts)
    victim.unlink()
    with pytest.raises(OSError, match=r"00001-0/part\.parquet is gone"):
        sink.commit(parts)
    assert not (tmp_path / "out").exists()


def test_hive_partitions_go_out_and_come_back(tmp_path: Path) -> None:
    frame = pl.DataFrame({"k": ["b/c", "a", None, "a"], "n": [1, 2, 2, 1], "id": [1, 2, 3, 4]})
    save(Sink(str(tmp_path / "out"), partition_on=("k", "n")), frame[:3], frame[3:])
    assert listing(tmp_path / "out") == [
        MANIFEST,
        "k=__HIVE_DEFAULT_PARTITION__/n=2/part-00000.parquet",
        "k=a/n=1/part-00000.parquet",
        "k=a/n=2/part-00000.parquet",
        "k=b%2Fc/n=1/part-00000.parquet",
    ]
    back = open_dataset("parquet", tmp_path / "out").scan(columns=["k", "n", "id"]).collect()
    assert back.sort("id").rows() == frame.rows()


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
    sink = Sink(str(tmp_path / "out"), format)
    sink.prepare()
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


@pytest.mark.parametrize("name", ["out", "x.parquet"])
def test_remote_target(name: str) -> None:
    memory = fsspec.filesystem("memory")
    url = f"memory://sink-test/{name}"
    save(Sink(url), FRAME[:1], FRAME[1:2])
    save(Sink(url, mode="overwrite"), FRAME[:2], FRAME[2:])
    assert open_dataset("parquet", url).scan().collect()["id"].to_list() == [1, 2, 3, 4]
    if name == "out":
        save(Sink(url, mode="append"), FRAME[:1])
        assert open_dataset("parquet", url).rows == 5
    assert [path for path in memory.find("/sink-test") if "staging" in path or "old" in path] == []
    memory.rm("/sink-test", recursive=True)
