"""Files of one dataset whose schemas differ: united by name as pandas.concat unites them, or refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from pyarrow import orc

import bigframe
from bigframe.errors import SourceError
from engine.io.layout import ScanSpec, Split
from engine.io.schemas import common_type, unify_schemas
from engine.io.source import Dataset, open_dataset, scan
from tests.conformance.compare import assert_same

FORMATS = ["parquet", "ipc", "feather", "orc"]


def write(path: Path, table: pa.Table, format: str = "parquet", rows: int = 2) -> None:
    if format == "parquet":
        pq.write_table(table, path, row_group_size=rows)
    elif format == "orc":
        orc.write_table(table, path, batch_size=rows, stripe_size=1)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=rows)


def folder(root: Path, *tables: pa.Table, format: str = "parquet") -> Path:
    for number, table in enumerate(tables):
        write(root / f"{number}", table, format)
    return root


def wired(dataset: Dataset, target: int) -> pl.DataFrame:
    """What workers read of all splits: everything through JSON."""
    spec = ScanSpec.from_json(dataset.spec.to_json())
    splits = [Split.from_json(split.to_json()) for split in dataset.splits(target)]
    return scan(spec, splits, row_index="at").collect()


OLD = pa.table({"id": pa.array([1, 2, 3], pa.int32()), "x": pa.array([1, 2, None], pa.int64())})
NEW = pa.table({"tag": ["p", None], "x": [0.5, float("nan")], "id": pa.array([4, 5], pa.int64())})


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("target", [1, 1 << 30])
@pytest.mark.parametrize("remote", [False, True])
def test_files_are_united_by_name(tmp_path: Path, format: str, target: int, remote: bool) -> None:
    root: Any = folder(tmp_path, OLD, NEW, OLD, format=format)
    if remote:
        root = f"memory://drift-{format}"
        MemoryFileSystem().put(str(tmp_path) + "/", f"/drift-{format}/", recursive=True)
    dataset = open_dataset(format, root)
    assert dataset.schema.names == ["id", "x", "tag"]
    assert dataset.schema.types == [pa.int64(), pa.float64(), pa.string()]
    frame = wired(dataset, target)
    assert frame["id"].to_list() == [1, 2, 3, 4, 5, 1, 2, 3]
    assert frame["x"].fill_nan(-1).to_list() == [1, 2, None, 0.5, -1, 1, 2, None]
    assert frame["tag"].to_list() == [None, None, None, "p", None, None, None, None]
    assert frame["at"].to_list() == list(range(8))


def test_statistics_hold_for_the_united_types(tmp_path: Path) -> None:
    days = pa.table({"t": pa.array([date(2020, 1, 1), date(2021, 1, 1)]), "n": [2**53 + 1, 7], "f": [1.5, 2.5]})
    times = pa.table({"t": pa.array([datetime(2022, 1, 1, 5)]), "n": [0.5]})
    dataset = open_dataset("parquet", folder(tmp_path, days, times))
    t, n, f = map(dataset.column_statistics, "tnf")
    assert (t.min, t.max, t.null_count) == (datetime(2020, 1, 1), datetime(2022, 1, 1, 5), 0)
    # The values round as they become floats, and so does their bound.
    assert (n.min, n.max) == (0.5, float(2**53))
    assert (f.min, f.max, f.null_count) == (1.5, 2.5, 1)
    blocks = dataset.block_statistics("f")
    assert blocks is not None
    assert [(block.min, block.null_count, block.bytes) for block in blocks][1] == (None, 1, 0)


def test_columns_without_a_float_are_free_of_nan(tmp_path: Path) -> None:
    marked = NEW.replace_schema_metadata({b"bigframe.nan_free": b'["x"]'})
    dataset = open_dataset("parquet", folder(tmp_path, OLD, marked))
    assert dataset.columns_that_may_hold_nan() == []
    write(tmp_path / "2", NEW)
    assert open_dataset("parquet", tmp_path).columns_that_may_hold_nan() == ["x"]


def _spoil(path: Path, *groups: int) -> None:
    """Make noise of some row groups, so that reading them is noticed."""
    data, metadata = bytearray(path.read_bytes()), pq.read_metadata(path)
    for group in groups:
        for column in map(metadata.row_group(group).column, range(metadata.num_columns)):
            at, size = column.data_page_offset, column.total_compressed_size
            data[at : at + size] = b"\xff" * size
    path.write_bytes(data)


def test_filters_above_wider_integers_and_new_columns_reach_the_statistics(tmp_path: Path) -> None:
    narrow = pa.table({"id": pa.array(range(9), pa.int32())})
    pq.write_table(narrow, tmp_path / "0", row_group_size=3, compression="none", use_dictionary=False)
    _spoil(tmp_path / "0", 0, 2)
    write(tmp_path / "1", pa.table({"id": [4, 50], "new": [1, 2]}))
    frame = open_dataset("parquet", tmp_path).scan(row_index="at")
    assert frame.filter((pl.col("id") >= 3) & (pl.col("id") <= 5)).collect().rows() == [
        (3, None, 3),
        (4, None, 4),
        (5, None, 5),
        (4, 1, 9),
    ]


@pytest.mark.parametrize("wider", [pa.float64(), pa.int64()], ids=str)
def test_jobs_read_only_the_row_groups_that_can_match(tmp_path: Path, wider: pa.DataType) -> None:
    narrow = pa.table({"id": pa.array(range(9), pa.int32()), "k": list(range(9))})
    pq.write_table(narrow, tmp_path / "0", row_group_size=3, compression="none", use_dictionary=False)
    _spoil(tmp_path / "0", 0, 2)
    write(tmp_path / "1", pa.table({"id": pa.array([99], wider), "new": ["x"]}))
    frame = bigframe.read_parquet(tmp_path)
    assert frame[(frame.id >= 3) & (frame.id <= 5)].id.to_pandas().tolist() == [3, 4, 5]
    assert frame[frame.new == "x"].id.to_pandas().tolist() == [99]


def test_hive_partitions_beside_drift(tmp_path: Path) -> None:
    for year, table in (("2020", OLD), ("2021", NEW)):
        (tmp_path / f"year={year}").mkdir()
        write(tmp_path / f"year={year}" / "x", table)
    dataset = open_dataset("parquet", tmp_path)
    assert dataset.schema.names == ["id", "x", "tag", "year"]
    assert wired(dataset, 1).select("id", "tag", "year").rows() == [
        (1, None, 2020),
        (2, None, 2020),
        (3, None, 2020),
        (4, "p", 2021),
        (5, None, 2021),
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_nested_columns_are_united_by_field_name(tmp_path: Path, format: str) -> None:
    old = pa.table({"s": [{"a": 1, "b": "x"}, None], "l": [[{"k": 1}], []]})
    new = pa.table({"s": [{"c": True, "a": 0.5}], "l": [[{"k": 2, "m": "y"}, None]]})
    frame = open_dataset(format, folder(tmp_path, old, new, format=format)).scan().collect()
    assert frame["s"].to_list() == [{"a": 1.0, "b": "x", "c": None}, None, {"a": 0.5, "b": None, "c": True}]
    assert frame["l"].to_list() == [[{"k": 1, "m": None}], [], [{"k": 2, "m": "y"}, None]]


PAIRS = [
    (pa.int8(), pa.int64(), pa.int64()),
    (pa.uint8(), pa.int8(), pa.int16()),
    (pa.int64(), pa.uint64(), pa.float64()),
    (pa.int64(), pa.float32(), pa.float64()),
    (pa.int16(), pa.float32(), pa.float32()),
    (pa.float32(), pa.float64(), pa.float64()),
    (pa.null(), pa.bool_(), pa.bool_()),
    (pa.date32(), pa.timestamp("ms"), pa.timestamp("ms")),
    (pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("ns")),
    (pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC"), pa.timestamp("us", "UTC")),
    (pa.duration("ms"), pa.duration("us"), pa.duration("us")),
    (pa.string(), pa.large_string(), pa.large_string()),
    (pa.dictionary(pa.int8(), pa.string()), pa.string(), pa.large_string()),
    (pa.binary(), pa.large_binary(), pa.large_binary()),
    (pa.decimal128(5, 2), pa.decimal128(6, 4), pa.decimal128(7, 4)),
    (pa.list_(pa.int32()), pa.large_list(pa.int64()), pa.large_list(pa.int64())),
    (pa.list_(pa.float32(), 2), pa.list_(pa.float64(), 2), pa.list_(pa.float64(), 2)),
    (pa.list_(pa.float32(), 2), pa.list_(pa.float32(), 3), pa.large_list(pa.float32())),
]


@pytest.mark.parametrize(("one", "other", "wanted"), PAIRS, ids=str)
def test_what_types_widen_to(one: pa.DataType, other: pa.DataType, wanted: pa.DataType) -> None:
    assert common_type([one, other]) == common_type([other, one]) == wanted


CONFLICTS = [
    (pa.int64(), pa.string()),
    (pa.bool_(), pa.int64()),
    (pa.timestamp("us"), pa.timestamp("us", "UTC")),
    (pa.timestamp("us", "UTC"), pa.timestamp("us", "Europe/Berlin")),
    (pa.date32(), pa.timestamp("us", "UTC")),
    (pa.list_(pa.int64()), pa.int64()),
    (pa.decimal128(38, 0), pa.decimal128(38, 10)),
    (pa.struct([("a", pa.int64())]), pa.struct([("a", pa.string())])),
]


@pytest.mark.parametrize(("one", "other"), CONFLICTS, ids=str)
def test_what_nothing_unites_is_an_error_that_says_where(one: pa.DataType, other: pa.DataType) -> None:
    schemas = [("A", pa.schema([("c", pa.null())])), ("B", pa.schema([("c", one)])), ("C", pa.schema([("c", other)]))]
    with pytest.raises(SourceError) as caught:
        unify_schemas(schemas)
    assert str(caught.value) == f"column 'c' is {one} in B but {other} in C"


def test_the_conflict_names_the_files_whose_types_conflict() -> None:
    types = [("A", pa.int8()), ("B", pa.float64()), ("C", pa.string())]
    with pytest.raises(SourceError, match="column 'c' is int8 in A but string in C"):
        unify_schemas([(path, pa.schema([("c", dtype)])) for path, dtype in types])


def test_numbers_of_many_types_widen_together_as_in_pandas() -> None:
    types = [pa.int16(), pa.uint16(), pa.float32()]
    series = [pd.Series([1], dtype=dtype.to_pandas_dtype()) for dtype in types]
    assert pa.from_numpy_dtype(pd.concat(series).dtype) == common_type(types)


def test_a_moment_beyond_the_finer_unit_is_an_error(tmp_path: Path) -> None:
    far = pa.table({"t": pa.array([datetime(9999, 1, 1)], pa.timestamp("us"))})
    fine = pa.table({"t": pa.array([0], pa.timestamp("ns"))})
    with pytest.raises(pl.exceptions.InvalidOperationError, match="9999"):
        open_dataset("parquet", folder(tmp_path, far, fine)).scan().collect()


def test_many_files_of_few_schemas_are_united_by_schema() -> None:
    one, other = pa.schema([("a", pa.int32())]), pa.schema([("b", pa.string()), ("a", pa.int64())])
    again = pa.schema([("a", pa.int64()), ("b", pa.large_string())], metadata={"written": "later"})
    unified = unify_schemas([(f"{n}", (one, other, again)[n % 3]) for n in range(3000)])
    assert unified.schema.names == ["a", "b"]
    assert len(unified.variants) == 2
    assert unified.variant_of == (0, 1, 1) * 1000
    assert unify_schemas([("0", one), ("1", one)]).variants == ()


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="on_drift is 'merge'; it can be 'union' or 'error'"):
        unify_schemas([("a", pa.schema([]))], "merge")


# ---------------------------------------------------------------- against pandas.concat

COLUMNS: dict[str, list[Any]] = {
    "int8": [1, 2],
    "int64": [3, 2**40],
    "uint8": [5, 6],
    "uint64": [7, 8],
    "float32": [0.5, 1.5],
    "float64": [0.25, np.nan],
    "bool": [True, False],
    "str": ["a", None],
    "datetime64[us]": [datetime(2020, 1, 1), None],
    "datetime64[ns]": [datetime(2021, 1, 1), datetime(2022, 1, 1)],
    "timedelta64[us]": [1, 2],
}
NUMBERS = [name for name in COLUMNS if "int" in name or "float" in name]
UNITABLE = [(a, b) for a in NUMBERS for b in NUMBERS if a < b] + [("datetime64[us]", "datetime64[ns]")]


def frames(root: Path, *parts: pd.DataFrame) -> pd.DataFrame:
    for number, part in enumerate(parts):
        part.to_parquet(root / f"{number}.parquet")
    read = [pd.read_parquet(root / f"{number}.parquet") for number in range(len(parts))]
    return pd.concat(read, ignore_index=True)


@pytest.mark.parametrize(("one", "other"), UNITABLE, ids=str)
def test_dtypes_are_those_of_concat(tmp_path: Path, one: str, other: str) -> None:
    expected = frames(
        tmp_path,
        pd.DataFrame({"c": pd.Series(COLUMNS[one], dtype=one)}),
        pd.DataFrame({"c": pd.Series(COLUMNS[other], dtype=other)}),
    )
    assert_same(bigframe.read_parquet(tmp_path).to_pandas(), expected)


@pytest.mark.parametrize("dtype", COLUMNS)
@pytest.mark.parametrize("first", [True, False])
def test_a_column_that_a_file_lacks_has_the_dtype_of_concat(tmp_path: Path, dtype: str, first: bool) -> None:
    parts = [pd.DataFrame({"k": [1], "c": pd.Series(COLUMNS[dtype][:1], dtype=dtype)}), pd.DataFrame({"k": [2]})]
    expected = frames(tmp_path, *(parts if first else parts[::-1]))
    actual = bigframe.read_parquet(tmp_path)
    assert_same(actual.to_pandas(), expected)
    assert_same(actual[actual.k == 2].to_pandas(), expected[expected.k == 2])


def test_operations_over_drifted_files(tmp_path: Path) -> None:
    expected = frames(
        tmp_path,
        pd.DataFrame({"k": ["a", "b", "a"], "n": [1, 2, 3]}),
        pd.DataFrame({"m": [0.5, np.nan], "k": ["b", "c"], "n": [1.5, np.nan]}),
    )
    actual = bigframe.read_parquet(tmp_path)
    assert_same(actual[actual.n > 1].to_pandas(), expected[expected.n > 1])
    assert_same(actual.groupby("k").sum().to_pandas(), expected.groupby("k").sum())
    assert_same(actual[actual.m.isna()].to_pandas(), expected[expected.m.isna()])
    assert len(actual) == 5


def test_files_that_differ_are_refused_where_asked(tmp_path: Path) -> None:
    frames(tmp_path, pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.5]}))
    with pytest.raises(SourceError, match=r"column 'a' is int64 in .*0\.parquet but double in .*1\.parquet"):
        bigframe.read_parquet(tmp_path, on_drift="error")


def test_decimals_keep_every_digit(tmp_path: Path) -> None:
    one = pa.table({"d": pa.array([Decimal("123.45")])})
    other = pa.table({"d": pa.array([Decimal("0.0001")])})
    frame = open_dataset("parquet", folder(tmp_path, one, other)).scan().collect()
    assert frame["d"].to_list() == [Decimal("123.4500"), Decimal("0.0001")]


def test_filters_agree_however_files_are_united(tmp_path: Path) -> None:
    """Locally Polars' reader casts and skips by statistics; elsewhere we cast what pyarrow read."""
    old = pa.table({"x": pa.array([1, 2, None, 4, 5, 6], pa.int32()), "s": list("abcdef")})
    new = pa.table({"x": [2.5, float("nan"), None, 6.0], "t": ["p", None, "q", "q"], "s": pa.nulls(4)})
    folder(tmp_path, old, new, old)
    MemoryFileSystem().put(str(tmp_path) + "/", "/drift-filters/", recursive=True)
    local, remote = open_dataset("parquet", tmp_path), open_dataset("parquet", "memory://drift-filters")
    x, s, t = map(pl.col, "xst")
    for predicate in (
        x > 2,
        x <= 2.5,
        x == 6,
        x.is_null(),
        x.is_nan(),
        t == "q",
        t.is_null(),
        s >= "e",
        (x > 4) & s.is_null(),
    ):
        found = local.scan(row_index="at").filter(predicate).collect()
        assert found.equals(remote.scan(row_index="at").filter(predicate).collect())
        assert found.equals(local.scan(row_index="at").collect().filter(predicate))


def test_files_without_rows_bring_their_columns(tmp_path: Path) -> None:
    empty = pd.DataFrame({"a": pd.Series(dtype="float64"), "c": pd.Series(dtype="str")})
    expected = frames(tmp_path, empty, pd.DataFrame({"a": [1], "b": [True]}), empty)
    actual = bigframe.read_parquet(tmp_path)
    assert list(actual.columns) == ["a", "c", "b"]
    assert actual.to_pandas()["a"].tolist() == [1.0]
    assert actual.to_pandas()["c"].isna().tolist() == [True]
    assert actual.to_pandas().dtypes["a"] == expected.dtypes["a"]


def test_many_files_of_alternating_schemas_are_one_scan(tmp_path: Path) -> None:
    folder(tmp_path, *[OLD, NEW] * 10)
    plan = open_dataset("parquet", tmp_path).scan().explain()
    assert plan.count("Parquet SCAN") == 1
    write(
        tmp_path / "99",
        pa.table({"id": [1], "x": pa.array([Decimal("1.5")]).cast(pa.float64()), "day": [date(2020, 1, 1)]}),
    )
    write(tmp_path / "999", pa.table({"id": [1], "day": [datetime(2020, 1, 1)]}))
    dataset = open_dataset("parquet", tmp_path)
    assert dataset.scan(columns=["day"]).collect()["day"].drop_nulls().to_list() == [datetime(2020, 1, 1)] * 2
