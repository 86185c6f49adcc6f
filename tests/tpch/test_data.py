"""The generated files: their types and exact values, their cache, and what an interrupted run leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.tpch import data
from benchmarks.tpch.data import TABLES, generate, load

if TYPE_CHECKING:
    from pathlib import Path

SCALE = 0.01
# The specification's cardinalities at this scale; lineitem's is whatever its generator draws.
ROWS = {"region": 5, "nation": 25, "supplier": 100, "customer": 1500, "part": 2000, "partsupp": 8000, "orders": 15000}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("data") / "tables", SCALE, parts=2, row_group_rows=10_000)


def test_tables_have_their_rows_in_order(folder: Path) -> None:
    tables = load(pandas, folder)
    assert {name: len(getattr(tables, name)) for name in ROWS} == ROWS
    assert len(tables.lineitem) == 60_175
    assert tables.orders["o_orderkey"].is_monotonic_increasing
    assert tables.lineitem["l_orderkey"].is_monotonic_increasing
    assert tables.lineitem["l_orderkey"].isin(tables.orders["o_orderkey"]).all()


def test_tables_have_files_and_row_groups(folder: Path) -> None:
    for name in TABLES:
        files = sorted(file.name for file in (folder / name).iterdir())
        assert files == ["part-00000.parquet", "part-00001.parquet"][: 1 if name in ("nation", "region") else 2]
    metadata = pq.read_metadata(folder / "lineitem" / "part-00000.parquet")
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert groups[:-1] == [10_000] * 3
    assert 0 < groups[-1] <= 10_000


def test_columns_have_four_types(folder: Path) -> None:
    types = {name: pq.read_schema(folder / name / "part-00000.parquet") for name in TABLES}
    assert {kind for schema in types.values() for kind in schema.types} == {
        pa.int64(),
        pa.float64(),
        pa.timestamp("us"),
        pa.large_string(),
    }
    assert types["lineitem"].field("l_linenumber").type == pa.int64()
    assert types["lineitem"].field("l_quantity").type == pa.float64()
    assert types["orders"].field("o_orderdate").type == pa.timestamp("us")


def test_money_is_the_nearest_double(folder: Path) -> None:
    price = load(pandas, folder).lineitem["l_extendedprice"].to_numpy()
    assert all(float(f"{value:.2f}") == value for value in price.tolist())
    assert np.unique(load(pandas, folder).lineitem["l_tax"]).tolist() == [
        0,
        0.01,
        0.02,
        0.03,
        0.04,
        0.05,
        0.06,
        0.07,
        0.08,
    ]


def test_a_second_call_writes_nothing(folder: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    assert generate(folder, SCALE, parts=2, row_group_rows=10_000) == folder
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before


def test_tables_of_other_parameters_are_refused(folder: Path) -> None:
    with pytest.raises(FileExistsError, match=r"'parts': 2.*wanted.*'parts': 3"):
        generate(folder, SCALE, parts=3, row_group_rows=10_000)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="holds no TPC-H tables"):
        generate(tmp_path, SCALE)
    with pytest.raises(FileNotFoundError, match=r"tpch\.json is missing"):
        load(pandas, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    normalise = data._normalise_table

    def interrupted(source: Path, destination: Path, row_group_rows: int) -> None:
        if source.name == "orders":
            raise KeyboardInterrupt
        normalise(source, destination, row_group_rows)

    with monkeypatch.context() as patched:
        patched.setattr(data, "_normalise_table", interrupted)
        with pytest.raises(KeyboardInterrupt):
            generate(tmp_path / "tables", SCALE)
    assert list(tmp_path.iterdir()) == []
    assert len(load(pandas, generate(tmp_path / "tables", SCALE)).orders) == 15_000


def test_a_failing_generator_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="tpchgen-cli ended with status"):
        generate(tmp_path / "tables", SCALE, parts=-1)
    assert list(tmp_path.iterdir()) == []
