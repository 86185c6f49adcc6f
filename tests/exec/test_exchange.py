"""Exchange files hand over the very rows, one partition at a time, and notice every lost byte."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.exec import exchange, ipc
from engine.exec.errors import ExchangeCorrupt
from engine.exec.exchange import ExchangeFile, read_exchange, write_exchange, write_runs
from engine.exec.held import SCHEME, release
from engine.storage.local import discard_temporaries
from engine.storage.places import open_store

EVERY_DTYPE = pl.DataFrame(
    {
        "bool": [True, None, False],
        "i8": pl.Series([1, None, -3], dtype=pl.Int8),
        "u64": pl.Series([2**64 - 1, None, 0], dtype=pl.UInt64),
        "f32": pl.Series([1.5, None, float("inf")], dtype=pl.Float32),
        "f64": [0.1, None, -0.0],
        "decimal": pl.Series([Decimal("1.20"), None, Decimal("-3.45")], dtype=pl.Decimal(38, 2)),
        "string": ["", None, "längerer Text, der nicht in eine View passt 🐼"],
        "binary": [b"\x00\xff", None, b""],
        "date": [dt.date(2020, 2, 29), None, dt.date(1969, 1, 1)],
        "ns": pl.Series([1, None, -1]).cast(pl.Datetime("ns", "Europe/Paris")),
        "duration": pl.Series([1, None, -1]).cast(pl.Duration("us")),
        "time": [dt.time(1, 2, 3), None, dt.time(0)],
        "category": pl.Series(["x", None, "y"], dtype=pl.Categorical),
        "enum": pl.Series(["x", None, "z"], dtype=pl.Enum(["z", "y", "x"])),
        "list": [["a", None], None, []],
        "array": pl.Series([[1.0, 2.0], None, [3.0, 4.0]], dtype=pl.Array(pl.Float32, 2)),
        "struct": [{"a": 1, "b": "x"}, None, {"a": None, "b": None}],
        "null": [None, None, None],
    }
)


@pytest.fixture(params=["local", "object store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "exchange") if request.param == "local" else f"memory://{uuid.uuid4().hex}"


@pytest.fixture(params=["local", "object store", "held"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where what is exchanged may be, files or not."""
    name = uuid.uuid4().hex
    places = {"local": str(tmp_path / "exchange"), "object store": f"memory://{name}", "held": f"{SCHEME}{name}"}
    yield places[request.param]
    release(f"{SCHEME}{name}")


@pytest.mark.parametrize("order", [[0, 1, 0], [2, 2, 2], [2, 1, 0]])
def test_every_dtype_comes_back(place: str, order: list[int]) -> None:
    file = write_exchange(EVERY_DTYPE, pl.Series(order), 4, f"{place}/m.arrow")
    for partition in range(4):
        found = read_exchange([file], partition)
        expected = EVERY_DTYPE.filter(pl.Series(order) == partition)
        assert found.schema == expected.schema
        assert found.equals(expected)


@given(st.lists(st.integers(0, 5), max_size=50))
def test_partitions_hold_their_rows_in_order(targets: list[int]) -> None:
    frame = pl.DataFrame({"row": pl.Series(range(len(targets)), dtype=pl.Int64)})
    file = write_exchange(frame, np.array(targets, dtype=np.uint8), 6, "memory://property/m.arrow")
    for partition in range(6):
        rows = [row for row, target in enumerate(targets) if target == partition]
        assert read_exchange([file], partition)["row"].to_list() == rows
        assert file.partition_rows(partition) == len(rows)
        assert (file.partition_bytes(partition) > 0) == bool(rows)
    assert file.rows == len(targets)


def test_a_big_partition_spans_batches(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(2 * ipc.ROWS_PER_BATCH + 7)})
    file = write_exchange(frame, None, 1, str(tmp_path / "m.arrow"))
    assert file.sections[0].batches == 3
    assert file.sections[0].rows == frame.height
    assert read_exchange([file], 0).equals(frame)


def test_files_are_read_in_the_order_given(place: str) -> None:
    files = [write_exchange(pl.DataFrame({"a": [n]}), None, 1, f"{place}/m{n}.arrow") for n in range(5)]
    assert read_exchange([files[3], files[0], files[4]], 0)["a"].to_list() == [3, 0, 4]


def test_files_with_their_own_dictionaries(place: str) -> None:
    files = [
        write_exchange(pl.DataFrame({"c": pl.Series(words, dtype=dtype)}), None, 1, f"{place}/{number}.arrow")
        for number, (words, dtype) in enumerate([(["a", "b"], pl.Categorical), (["c", "b"], pl.Categorical)])
    ]
    found = read_exchange(files, 0)["c"]
    assert found.dtype == pl.Categorical
    assert found.cast(pl.String).to_list() == ["a", "b", "c", "b"]


def test_any_arrow_reader_reads_the_file(tmp_path: Path) -> None:
    file = write_exchange(pl.DataFrame({"a": [1, 2, 3]}), pl.Series([1, 0, 1]), 2, str(tmp_path / "m.arrow"))
    reader = pa.ipc.open_file(file.path)
    assert reader.read_all().to_pydict() == {"a": [2, 1, 3]}
    tagged = [reader.get_batch_with_custom_metadata(number) for number in range(1, reader.num_record_batches)]
    assert [(dict(metadata), batch.num_rows) for batch, metadata in tagged] == [
        ({b"partition": b"0"}, 1),
        ({b"partition": b"1"}, 2),
    ]


def test_objects_are_compressed_and_local_files_are_not(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [7] * 10_000})
    assert write_exchange(frame, None, 1, str(tmp_path / "m.arrow")).size > 80_000
    assert write_exchange(frame, None, 1, "memory://compressed/m.arrow").size < 8_000


def test_the_index_is_json(place: str) -> None:
    file = write_exchange(EVERY_DTYPE, pl.Series([0, 1, 3]), 4, f"{place}/m.arrow", producer="map-7")
    again = ExchangeFile.from_json(json.loads(json.dumps(file.to_json())))
    assert again == file
    narrowed = again.only([3])
    assert list(narrowed.sections) == [3]
    assert read_exchange([narrowed], 3).equals(EVERY_DTYPE[2:])


def test_zero_rows_keep_the_schema(place: str) -> None:
    file = write_exchange(EVERY_DTYPE.clear(), pl.Series([], dtype=pl.Int64), 3, f"{place}/m.arrow")
    assert file.sections == {}
    assert read_exchange([file, file], 1).schema == EVERY_DTYPE.schema


def test_what_is_held_is_let_go_of_with_its_folder() -> None:
    frame = pl.DataFrame({"a": [1]})
    kept = write_exchange(frame, None, 1, f"{SCHEME}jobs2/m.arrow")
    gone = write_exchange(frame, None, 1, f"{SCHEME}jobs/exchange/m.arrow")
    release(f"{SCHEME}jobs")
    assert read_exchange([kept], 0).equals(frame)
    with pytest.raises(KeyError):
        read_exchange([gone], 0)
    release(f"{SCHEME}jobs2")


def _damage(path: str, position: int | None, *, keep: int | None = None) -> None:
    """Flip one byte, or keep only the first bytes."""
    place, key = open_store(path)
    before = bytes(place.read(key))
    data = bytearray(memoryview(before))
    if position is not None:
        data[position] ^= 1
    place.write(key, bytes(data[:keep]))


def test_a_flipped_byte_is_noticed_wherever_it_is(folder: str) -> None:
    original = write_exchange(pl.DataFrame({"a": [5, 6]}), pl.Series([0, 1]), 2, f"{folder}/m.arrow", producer="map-7")
    (section,) = original.sections[1].extents
    # The file's magic and the padding before the schema carry nothing that a reader uses, but are checked as well.
    for position in [*range(original.header.length), *range(section.offset, section.offset + section.length)]:
        _damage(original.path, position)
        with pytest.raises(ExchangeCorrupt, match="checksum") as caught:
            read_exchange([original], 1)
        assert (caught.value.path, caught.value.producer) == (original.path, "map-7")
        _damage(original.path, position)
    assert read_exchange([original], 1)["a"].to_list() == [6]


def test_only_the_partition_asked_for_is_read(folder: str) -> None:
    file = write_exchange(pl.DataFrame({"a": [5, 6]}), pl.Series([0, 1]), 2, f"{folder}/m.arrow")
    _damage(file.path, file.sections[0].extents[0].offset + 1)
    assert read_exchange([file], 1)["a"].to_list() == [6]


@pytest.mark.parametrize("keep", [0, 4, 300, -1])
def test_a_short_file_is_noticed(folder: str, keep: int) -> None:
    file = write_exchange(pl.DataFrame({"a": [5, 6]}), None, 1, f"{folder}/m.arrow", producer="map-7")
    (section,) = file.sections[0].extents
    _damage(file.path, None, keep=keep if keep >= 0 else section.offset + section.length - 1)
    with pytest.raises(ExchangeCorrupt, match="truncated") as caught:
        read_exchange([file], 0)
    assert caught.value.producer == "map-7"


def test_a_missing_file_is_noticed(folder: str) -> None:
    kept = write_exchange(pl.DataFrame({"a": [5]}), None, 1, f"{folder}/m0.arrow", producer="map-0")
    gone = write_exchange(pl.DataFrame({"a": [6]}), None, 1, f"{folder}/m1.arrow", producer="map-1")
    store, key = open_store(gone.path)
    store.delete([key])
    with pytest.raises(ExchangeCorrupt, match="missing") as caught:
        read_exchange([kept, gone], 0)
    assert caught.value.producer == "map-1"


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(frame: pl.DataFrame) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(exchange, "encode", broken)
    with pytest.raises(OSError, match="disk full"):
        write_exchange(pl.DataFrame({"a": [1]}), None, 1, str(tmp_path / "m.arrow"))
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_discarded(tmp_path: Path) -> None:
    store, key = open_store(str(tmp_path / "job" / "m.arrow"))
    with store.open_writer(key) as file:
        file.write(b"x")
        (left,) = (tmp_path / "job").iterdir()
        left.with_name(left.name.replace("m.arrow", "n.arrow")).write_bytes(b"half")
    assert discard_temporaries(str(tmp_path)) == 1
    assert [path.name for path in (tmp_path / "job").iterdir()] == ["m.arrow"]


@pytest.mark.parametrize(
    ("partition", "message"),
    [
        (pl.Series([0, 2]), r"must lie in \[0, 2\); got 0 to 2"),
        (pl.Series([-1, 1]), r"must lie in \[0, 2\); got -1 to 1"),
        (pl.Series([0]), r"one per row \(2\); got 1 of Int64"),
        (pl.Series([0, None]), "1 nulls"),
        (pl.Series([0.0, 1.0]), "must be integers"),
        (None, "2 partitions need a partition number"),
    ],
)
def test_bad_partition_numbers(tmp_path: Path, partition: pl.Series | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_exchange(pl.DataFrame({"a": [1, 2]}), partition, 2, str(tmp_path / "m.arrow"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("bad", [object()], dtype=pl.Object),
        pl.Series("bad", [1], dtype=pl.Int128),
        pl.Series("bad", [["x"]], dtype=pl.List(pl.Categorical)),
        pl.Series("bad", [{"inner": 1}], dtype=pl.Struct({"inner": pl.Int128})),
    ],
)
def test_columns_without_a_faithful_arrow_form_are_refused(tmp_path: Path, column: pl.Series) -> None:
    with pytest.raises(TypeError, match="column 'bad' of dtype"):
        write_exchange(pl.DataFrame({"good": [1]}).with_columns(column), None, 1, str(tmp_path / "m.arrow"))
    assert list(tmp_path.iterdir()) == []


def test_no_files_is_an_error() -> None:
    with pytest.raises(ValueError, match="without files"):
        read_exchange([], 0)


def test_runs_of_rows_come_back_in_order(place: str) -> None:
    frame = EVERY_DTYPE.with_row_index("run")
    runs = [
        (frame.with_columns(run=pl.lit(number, pl.UInt32)), target)
        for number, target in enumerate([pl.Series([0, 1, 0]), 1, pl.Series([2, 2, 1])])
    ]
    file = write_runs(runs, 4, f"{place}/m.arrow")
    rows = pl.concat([run for run, _ in runs])
    targets = pl.Series([0, 1, 0, 1, 1, 1, 2, 2, 1])
    for partition in range(4):
        assert read_exchange([file], partition).equals(rows.filter(targets == partition))
    assert file.rows == 9
    assert ExchangeFile.from_json(json.loads(json.dumps(file.to_json()))) == file


def test_a_section_has_an_extent_for_each_run_with_rows(folder: str) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    file = write_runs([(frame, pl.Series([0, 1])), (frame, 1), (frame, pl.Series([1, 2]))], 4, f"{folder}/m.arrow")
    assert [len(section.extents) for section in file.sections.values()] == [1, 3, 1]


def test_a_flipped_byte_is_noticed_in_every_run(folder: str) -> None:
    frame = pl.DataFrame({"a": [5, 6]})
    file = write_runs([(frame, 0)] * 3, 1, f"{folder}/m.arrow", producer="map-7")
    for extent in file.sections[0].extents:
        _damage(file.path, extent.offset + extent.length - 1)
        with pytest.raises(ExchangeCorrupt, match="checksum"):
            read_exchange([file], 0)
        _damage(file.path, extent.offset + extent.length - 1)
    assert read_exchange([file], 0)["a"].to_list() == [5, 6] * 3


def test_a_run_with_a_bad_target_leaves_nothing(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1]})
    with pytest.raises(ValueError, match=r"must lie in \[0, 2\); got 2"):
        write_runs([(frame, 0), (frame, 2)], 2, str(tmp_path / "m.arrow"))
    assert list(tmp_path.iterdir()) == []


def test_no_runs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="without a run"):
        write_runs([], 1, str(tmp_path / "m.arrow"))
