"""``read_parquet``, ``read_csv`` and ``read_json`` against pandas."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import bigframe
from bigframe.errors import SourceError
from tests.conformance.compare import assert_same, same

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, -5, 9, 2],
        "y": [1.5, np.nan, -2.5, 0.25, np.nan, 1e3, 4.0],
        "s": ["b", "a", None, "", "b", 'ç,"d"', None],
        "b": [True, False, True, True, False, True, True],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2020-02-29", None, "1960-01-01", "2024-01-02"]),
        "i": np.array([1, 2, 3, 4, 5, 6, 7], dtype="int8"),
    }
)


def read(make: Callable[[Any], Any]) -> None:
    """Assert that ``make(module)`` gives the same with pandas and with bigframe."""
    same(make)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.parquet"
    ROWS.to_parquet(path, row_group_size=3)
    return path


def test_parquet_file(file: Path) -> None:
    read(lambda m: m.read_parquet(file))
    read(lambda m: m.read_parquet(str(file)))
    read(lambda m: m.read_parquet(file, columns=["s", "x"]))
    read(lambda m: m.read_parquet(file)[["y"]])


STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "filter": lambda m, d: d[d.x > 1],
    "filter on a column with missing values": lambda m, d: d[d.y > 0],
    "negated filter": lambda m, d: d[~(d.y > 0)],
    "filter on strings": lambda m, d: d[d.s == "b"],
    "filter on times": lambda m, d: d[d.t > "2021-01-01"],
    "filter on everything": lambda m, d: d[(d.x > 0) & d.b & d.s.notna()],
    "head": lambda m, d: d.head(4),
    "tail": lambda m, d: d.tail(4),
    "middle": lambda m, d: d[2:5],
    "sum": lambda m, d: d.y.sum(),
    "group": lambda m, d: d.groupby("s").x.sum(),
    "sort": lambda m, d: d.sort_values("x"),
    "merge": lambda m, d: d.merge(d, on="s"),
    "length": lambda m, d: len(d),
    "length of a filter": lambda m, d: len(d[d.x > 1]),
    "index of a filter": lambda m, d: d[d.x > 1].index,
}


@pytest.mark.parametrize("step", STEPS)
def test_steps_over_files(step: str, file: Path) -> None:
    read(lambda m: STEPS[step](m, m.read_parquet(file)))


def test_parquet_folder(tmp_path: Path) -> None:
    for number, part in enumerate((ROWS[:3], ROWS[3:4], ROWS[4:])):
        part.reset_index(drop=True).to_parquet(tmp_path / f"part-{number}.parquet")
    read(lambda m: m.read_parquet(tmp_path))
    read(lambda m: m.read_parquet(tmp_path).tail(5))
    expected = pd.read_parquet(tmp_path)
    assert_same(bigframe.read_parquet(str(tmp_path / "*.parquet")).to_pandas(), expected)
    assert_same(
        bigframe.read_parquet([tmp_path / f"part-{number}.parquet" for number in range(3)]).to_pandas(), expected
    )


def test_parquet_partitions(tmp_path: Path) -> None:
    ROWS.assign(k=["p", "q", "p", "r", "q", "p", "r"], n=[1, 2, 1, 1, 2, 2, 1]).to_parquet(
        tmp_path, partition_cols=["k", "n"]
    )
    expected = pd.read_parquet(tmp_path)
    expected = expected.astype({"k": "str", "n": "int32"})  # pandas makes categories of folder names
    lazy = bigframe.read_parquet(tmp_path)
    assert_same(lazy.to_pandas(), expected)
    assert_same(lazy[lazy.k == "p"].to_pandas(), expected[expected.k == "p"])
    assert_same(
        lazy[(lazy.n == 1) & (lazy.x > 0)][["x", "n"]].to_pandas(),
        expected[(expected.n == 1) & (expected.x > 0)][["x", "n"]],
    )
    assert_same(lazy.groupby("k").x.sum().to_pandas(), expected.groupby("k").x.sum())


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([5, 3, 3, 9, 0, -1, 5]),
        pd.Index(list("gfedcba"), name="key"),
        pd.MultiIndex.from_arrays([list("aabbccd"), range(7)], names=["k", "n"]),
        pd.MultiIndex.from_arrays([list("aabbccd"), range(7)]),
        pd.MultiIndex.from_arrays([list("aabbccd"), [5, 3, 3, 9, 0, -1, 5]], names=["k", "n"]),
        pd.RangeIndex(0, 7),
        pd.RangeIndex(3, 24, 3),
        pd.RangeIndex(7, name="key"),
    ],
    ids=["unnamed", "named", "level and range", "unnamed level and range", "levels", "default", "range", "named range"],
)
def test_parquet_index(tmp_path: Path, index: pd.Index) -> None:
    path = tmp_path / "rows.parquet"
    ROWS.set_axis(index).to_parquet(path)
    read(lambda m: m.read_parquet(path))
    read(lambda m: m.read_parquet(path, columns=["x"]))
    read(lambda m: (lambda d: d[d.x > 1])(m.read_parquet(path)))


def test_parquet_integers_and_bools_with_nulls(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    table = pa.table(
        {
            "x": pa.array([1, None, 3]),
            "b": pa.array([True, None, False]),
            "full": pa.array([1, 2, 3]),
            "s": ["a", None, "c"],
        }
    )
    pq.write_table(table, path)
    read(lambda m: m.read_parquet(path)[["x", "full", "s"]])
    read(lambda m: m.read_parquet(path).dropna())
    read(lambda m: m.read_parquet(path, dtype_backend="numpy_nullable"))
    read(lambda m: m.read_parquet(path, dtype_backend="pyarrow"))
    actual, expected = bigframe.read_parquet(path).b, pd.read_parquet(path).b
    assert actual.dtype == expected.dtype == object
    assert_same(
        actual.to_pandas(), expected.where(expected.notna(), np.nan)
    )  # read as None by pandas, made NaN by a join


def test_parquet_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    ROWS.iloc[:0].to_parquet(path)
    read(lambda m: m.read_parquet(path))
    read(lambda m: m.read_parquet(path).groupby("s").x.sum())
    read(lambda m: len(m.read_parquet(path)))


CSV: dict[str, dict[str, Any]] = {
    "plain": {},
    "some columns": {"usecols": ["x", "s"]},
    "times": {"parse_dates": ["t"]},
    "dtypes": {"dtype": {"x": "float64", "i": "int16"}},
    "missing words": {"na_values": ["b"]},
    "first rows": {"nrows": 3},
}


@pytest.mark.parametrize("options", CSV)
def test_csv(options: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    ROWS.to_csv(path, index=False)
    read(lambda m: m.read_csv(path, **CSV[options]))


def test_csv_separators_headers_and_compression(tmp_path: Path) -> None:
    tabs, bare, packed = tmp_path / "rows.tsv", tmp_path / "bare.csv", tmp_path / "rows.csv.gz"
    ROWS.to_csv(tabs, index=False, sep="\t")
    ROWS.to_csv(bare, index=False, header=False)
    ROWS.to_csv(packed, index=False)
    read(lambda m: m.read_csv(tabs, sep="\t"))
    read(lambda m: m.read_csv(bare, header=None, names=list(ROWS.columns)))
    read(lambda m: m.read_csv(packed))
    read(lambda m: (lambda d: d[d.x > 1].groupby("s").y.sum())(m.read_csv(packed)))


def test_csv_dtypes_are_found_in_all_the_data(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c,d\n" + "1,1,True,2024-01-02\n" * 50 + "2.5,x,,\n")
    read(lambda m: m.read_csv(path))


def test_csv_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n")
    assert list(bigframe.read_csv(path).to_pandas().columns) == ["a", "b"]
    assert len(bigframe.read_csv(path)) == 0


@pytest.mark.parametrize("compression", ["plain", "gz", "zst"])
def test_json_lines(compression: str, tmp_path: Path) -> None:
    rows = ROWS[["x", "y", "s", "b"]]
    text = rows.to_json(orient="records", lines=True).encode()
    path = tmp_path / ("rows.jsonl" + ("" if compression == "plain" else f".{compression}"))
    packed = {"plain": lambda data: data, "gz": gzip.compress, "zst": zstandard.compress}[compression]
    path.write_bytes(packed(text))
    read(lambda m: m.read_json(path, lines=True))
    read(lambda m: (lambda d: d[d.x > 1][["s"]])(m.read_json(path, lines=True)))
    read(lambda m: m.read_json(path, lines=True).groupby("s").x.sum())


def test_several_json_files(tmp_path: Path) -> None:
    for number, part in enumerate((ROWS[:3], ROWS[3:])):
        part[["x", "s"]].to_json(tmp_path / f"{number}.jsonl", orient="records", lines=True)
    expected = pd.concat(
        [pd.read_json(tmp_path / f"{number}.jsonl", lines=True) for number in range(2)], ignore_index=True
    )
    assert_same(bigframe.read_json(tmp_path).to_pandas(), expected)


def test_what_is_not_there_says_so(tmp_path: Path, file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        bigframe.read_parquet(tmp_path / "absent.parquet")
    with pytest.raises(KeyError, match="absent"):
        bigframe.read_parquet(file, columns=["absent"])
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(SourceError, match="damaged"):
        bigframe.read_parquet(damaged).to_pandas()
