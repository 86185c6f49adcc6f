"""``read_parquet(filters=)`` and the other parameters of pandas' reader and writer, against pandas itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
import pytest

import bigframe
from bigframe.errors import PerformanceWarning, Unsupported
from tests.conformance.compare import assert_same

ROWS = pd.DataFrame(
    {
        "n": [1, 2, 3, 4, 5, 6],
        "x": [0.5, None, 2.0, 3.0, None, 7.5],
        "s": ["a", None, "b", "c", "b", "a"],
        "t": pd.to_datetime(["2024-01-01", "2024-01-02", None, "2024-01-04", "2024-01-05", "2024-01-06"]),
    }
)
FILTERS: dict[str, Any] = {
    "one": [("n", ">", 2)],
    "all must hold": [("n", ">=", 2), ("x", "<", 7)],
    "one of several": [[("n", "==", 1)], [("s", "=", "b"), ("n", "<=", 3)]],
    "other than": [("s", "!=", "a")],
    "other floats": [("x", "!=", 2.0)],
    "among": [("s", "in", {"a", "c"})],
    "among no": [("s", "not in", ["a", "c"])],
    "times": [("t", ">", pd.Timestamp("2024-01-03"))],
    "none": [("n", ">", 100)],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    ROWS.to_parquet(tmp_path / "rows.parquet", row_group_size=2)
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize("columns", [None, ["x"]])
@pytest.mark.parametrize("case", FILTERS)
def test_filters(case: str, columns: list[str] | None, file: Path) -> None:
    expected = pd.read_parquet(file, columns=columns, filters=FILTERS[case])
    assert_same(bigframe.read_parquet(file, columns=columns, filters=FILTERS[case]).to_pandas(), expected)


def test_filters_keep_a_stored_index(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    ROWS.set_index("s").to_parquet(path)
    expected = pd.read_parquet(path, filters=[("n", ">", 2)])
    assert_same(bigframe.read_parquet(path, filters=[("n", ">", 2)]).to_pandas(), expected)
    with pytest.raises(Unsupported, match="of the index"):
        bigframe.read_parquet(path, filters=[("s", "==", "a")])


def test_filters_reach_the_scan(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bigframe.read_parquet(file, filters=[("n", ">", 4)]).explain()
    optimised = capsys.readouterr().out.split("Optimised plan")[1].split("Stages")[0]
    assert "Filter" not in optimised
    assert "1 of 3 row groups" in optimised


@pytest.mark.parametrize("filters", [[], [[]], [("n", ">")], [("n", "~", 1)], ["n"]])
def test_malformed_filters(filters: Any, file: Path) -> None:
    with pytest.raises(ValueError, match=r"."):
        pd.read_parquet(file, filters=filters)
    with pytest.raises(ValueError, match=r"Malformed filters|not a valid operator"):
        bigframe.read_parquet(file, filters=filters)


@pytest.mark.parametrize("options", [{"to_pandas_kwargs": {"strings_to_categorical": True}}, {"use_threads": False}])
def test_pandas_reads_one_file_with_its_other_options(options: dict[str, Any], file: Path) -> None:
    with pytest.warns(PerformanceWarning, match="pandas reads this source now"):
        read = bigframe.read_parquet(file, **options)
    assert_same(read.to_pandas(), pd.read_parquet(file, **options))
    with pytest.raises(Unsupported, match=next(iter(options))):
        bigframe.read_parquet(file.parent, **options)


def test_an_expression_of_pyarrow_is_for_pandas(file: Path) -> None:
    with pytest.warns(PerformanceWarning, match="pandas reads this source now"):
        read = bigframe.read_parquet(file, filters=ds.field("n") > 4)
    assert_same(read.to_pandas(), pd.read_parquet(file, filters=ds.field("n") > 4))


@pytest.mark.parametrize("engine", ["auto", "pyarrow"])
def test_engines_by_place(engine: str, file: Path, tmp_path: Path) -> None:
    read = bigframe.read_parquet(file, engine, ["n", "s"])
    assert_same(read.to_pandas(), ROWS[["n", "s"]])
    read.to_parquet(tmp_path / "copy.parquet", engine=engine)
    assert_same(pd.read_parquet(tmp_path / "copy.parquet"), ROWS[["n", "s"]])


def test_pandas_writes_with_its_other_options(tmp_path: Path) -> None:
    frame = bigframe.from_pandas(ROWS)
    with pytest.warns(PerformanceWarning, match="row_group_size= is of another writer"):
        frame.to_parquet(tmp_path / "groups.parquet", row_group_size=2)
    assert ds.dataset(tmp_path / "groups.parquet").count_rows() == 6
    with pytest.raises(ValueError, match="are bigframe's"):
        frame.to_parquet(tmp_path / "groups.parquet", row_group_size=2, mode="overwrite")
