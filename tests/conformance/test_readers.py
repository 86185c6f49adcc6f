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
from deltalake import write_deltalake

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


DIALECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "delimiter": ("a;b\n1;x\n", {"delimiter": ";"}),
    "columns in the order of the file": ("a,b,c\n1,x,2\n", {"usecols": ["c", "a"]}),
    "columns by position": ("a,b,c\n1,x,2\n", {"usecols": [2, 0]}),
    "no header": ("1,x\n2,y\n", {"header": None}),
    "no header, some columns": ("1,x,3\n2,y,4\n", {"header": None, "usecols": [0, 2], "dtype": {2: "float64"}}),
    "index": ("a,b\n1,x\n2,y\n", {"index_col": "b"}),
    "index by position": ("a,b\n1,x\n2,y\n", {"index_col": 0}),
    "index of a written index": (",b\n5,x\n6,y\n", {"index_col": 0}),
    "index of two levels": ("a,b,c\n1,x,3\n2,y,4\n", {"index_col": ["b", "a"]}),
    "no index": ("a,b\n1,x\n", {"index_col": False}),
    "european": ("a;b\n1.234,5;x\n2,5;\n", {"sep": ";", "decimal": ",", "thousands": "."}),
    "comments": ("# by hand\na,b\n1,x#y\n#\n2,z\n", {"comment": "#"}),
    "quotes are text": ('a,b\n"1",5" disk\n', {"quoting": 3}),
    "escapes": ("a,b\n1,x\\,y\n", {"escapechar": "\\"}),
    "without effect": ("a,b\n1,x\n", {"engine": "c", "low_memory": False, "memory_map": True}),
    "defaults": ("a,b\n1,x\n", {"skipfooter": 0, "chunksize": None, "lineterminator": None, "parse_dates": False}),
    "dates by position": ("2024-01-02,1\n", {"header": None, "parse_dates": [0]}),
    "missing words by column": ("a,b\n-,-\n1,2\n", {"na_values": {"a": "-"}}),
    "lines left out": ("x\na,b\n1,2\ny\n3,4\n", {"skiprows": {0, 3}}),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_csv_dialects(dialect: str, tmp_path: Path) -> None:
    text, options = DIALECTS[dialect]
    path = tmp_path / "rows.csv"
    path.write_text(text)
    read(lambda m: m.read_csv(path, **options))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_csv_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("näme,b\r\n1,ü\r\n".encode(encoding))
    read(lambda m: m.read_csv(path, encoding=encoding))


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"sep": r"\s+"}, "single character"),
        ({"sep": None}, "single character"),
        ({"chunksize": 10}, "chunksize="),
        ({"converters": {"a": str}}, "Series.map"),
        ({"skiprows": lambda n: n == 1}, "numbers of the lines"),
        ({"usecols": lambda name: True}, "names of columns"),
        ({"header": [0, 1]}, "one level"),
        ({"on_bad_lines": "warn"}, "'error' or 'skip'"),
        ({"dayfirst": True}, "to_datetime"),
    ],
)
def test_what_csv_does_not_have_says_what_to_use(options: dict[str, Any], what: str, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.csv").write_text("a,b\n1,2\n")
    with pytest.raises(bigframe.errors.Unsupported, match=what):
        bigframe.read_csv(tmp_path, **options)


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize(
    "options",
    [
        {"sep": r"\s*,\s*", "engine": "python"},
        {"converters": {"a": lambda text: int(text) + 1}},
        {"skiprows": lambda n: n == 1},
        {"usecols": lambda name: name == "b"},
        {"parse_dates": ["c"], "dayfirst": True},
        {"true_values": ["on"], "false_values": ["off"]},
        {"skipfooter": 1, "engine": "python"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_pandas_reads_one_file_with_what_csv_does_not_have(options: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c,d\n1,x,01/02/2024,on\n2,y,03/02/2024,off\n3,z,04/02/2024,on\n")
    with pytest.warns(bigframe.PerformanceWarning, match="pandas reads this source now"):
        bigframe.read_csv(path, **options)
    same(lambda m: m.read_csv(path, **options))


def test_csv_columns_that_are_cast_after_reading(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,x\n2,\n")
    same(lambda m: m.read_csv(path, dtype={"a": "float64", "b": "string"}))


def test_csv_of_times_is_written_as_pandas_writes_it(tmp_path: Path) -> None:
    times = pd.to_datetime(["2024-01-10", None, "2024-01-28"])
    rows = pd.DataFrame({"day": times, "t": times + pd.Timedelta("90min"), "d": times - times[0], "n": [1, 2, 3]})
    path = tmp_path / "rows.csv"
    bigframe.from_pandas(rows).to_csv(path, index=False)
    assert path.read_text() == rows.to_csv(index=False)


def test_csv_files_with_other_columns(tmp_path: Path) -> None:
    texts = ["a,b\n1,x\n2,y\n", "c,a\nTrue,1.5\n"]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.csv").write_text(text)
    (tmp_path / "2.csv").touch()
    parts = [pd.read_csv(tmp_path / f"{number}.csv") for number in range(2)]
    assert_same(bigframe.read_csv(tmp_path).to_pandas(), pd.concat(parts, ignore_index=True))
    with pytest.raises(SourceError, match="column 'b' is in"):
        bigframe.read_csv(tmp_path, on_drift="error")


def test_an_empty_csv_file_is_pandas_error(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").touch()
    with pytest.raises(pd.errors.EmptyDataError, match=r"rows\.csv"):
        bigframe.read_csv(tmp_path / "rows.csv")


def test_json_files_with_other_columns(tmp_path: Path) -> None:
    frames = [pd.DataFrame({"a": [1, 2], "b": ["x", None]}), pd.DataFrame({"c": [0.5], "a": [1.5]})]
    for number, frame in enumerate(frames):
        frame.to_json(tmp_path / f"{number}.jsonl", orient="records", lines=True)
    (tmp_path / "2.jsonl").touch()
    assert_same(bigframe.read_json(tmp_path).to_pandas(), pd.concat(frames, ignore_index=True))
    with pytest.raises(SourceError, match=r"column 'a' is int64 in .* but double in"):
        bigframe.read_json(tmp_path, on_drift="error")


def test_parquet_files_with_other_columns(tmp_path: Path) -> None:
    frames = [
        pd.DataFrame({"k": ["a", "b"], "n": np.array([1, 2], "int8"), "gone": [True, False]}),
        pd.DataFrame({"m": [0.5, np.nan], "k": ["b", "c"], "n": [1.5, np.nan]}),
    ]
    for number, frame in enumerate(frames * 2):
        frame.to_parquet(tmp_path / f"{number}.parquet")
    expected = pd.concat(frames * 2, ignore_index=True)
    actual = bigframe.read_parquet(tmp_path)
    assert_same(actual.to_pandas(), expected)
    assert_same(actual[actual.n >= 1.5].to_pandas(), expected[expected.n >= 1.5])
    assert_same(actual.groupby("k")[["n", "m"]].sum().to_pandas(), expected.groupby("k")[["n", "m"]].sum())
    with pytest.raises(SourceError, match="column 'n' is int8 in"):
        bigframe.read_parquet(tmp_path, on_drift="error")


def test_a_delta_table(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", pd.DataFrame({"day": ["x", "y", "y"], "v": [1, 2, 3]}), partition_by=["day"])
    write_deltalake(
        tmp_path / "t", pd.DataFrame({"day": ["z"], "v": [4], "w": [0.5]}), mode="append", schema_mode="merge"
    )
    actual = bigframe.read_delta(tmp_path / "t", columns=["day", "v", "w"])
    expected = pd.DataFrame({"day": ["x", "y", "y", "z"], "v": [1, 2, 3, 4], "w": [np.nan, np.nan, np.nan, 0.5]})
    assert_same(actual.sort_values("v", ignore_index=True).to_pandas(), expected)
    assert_same(actual.groupby("day").v.sum().to_pandas(), expected.groupby("day").v.sum())


def test_csv_without_an_encoding_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("näme,b\n1,ü\n", encoding="utf-8")
    read(lambda m: m.read_csv(path, encoding=None))
