"""CSV against pandas: dtypes and values, on files made to be misread."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import zstandard

from bigframe.errors import SourceError
from engine.io.csv_options import NA_VALUES
from engine.io.csv_records import RaggedError
from engine.io.layout import ScanSpec
from engine.io.source import open_dataset, scan


def to_pandas(frame: pl.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """The exit to pandas, as far as these tests need it."""
    columns: dict[str, Any] = {}
    for field in schema:
        values = frame[field.name]
        if pa.types.is_null(field.type):
            columns[field.name] = pd.Series([], dtype=object)
        elif pa.types.is_boolean(field.type):
            holes = values.null_count() > 0
            columns[field.name] = pd.Series(
                [float("nan") if v is None else v for v in values], dtype=object if holes else bool
            )
        elif pa.types.is_timestamp(field.type):
            unit = field.type.unit
            moments = pd.Series(values.to_list(), dtype=f"datetime64[{unit}]") if unit == "s" else values.to_pandas()
            columns[field.name] = moments
        elif pa.types.is_dictionary(field.type):
            columns[field.name] = pd.Series(values.to_list(), dtype="category")
        elif pa.types.is_large_string(field.type):
            columns[field.name] = pd.Series(values.to_list(), dtype="str")
        else:
            columns[field.name] = values.to_pandas().astype(field.type.to_pandas_dtype())
    return pd.DataFrame(columns)


def check(path: Path, text: str | bytes, **options: Any) -> pd.DataFrame:
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(data)
    expected = pd.read_csv(io.BytesIO(data), low_memory=False, **options)
    expected.columns = expected.columns.astype(str)
    dataset = open_dataset("csv", path, options)
    spec = ScanSpec.from_json(json.loads(json.dumps(dataset.spec.to_json())))
    actual = to_pandas(scan(spec, dataset.splits(1)).collect(), spec.schema)
    assert dataset.rows == len(expected)
    pd.testing.assert_frame_equal(actual, expected, check_exact=True)
    for column in expected.columns:
        assert dataset.column_statistics(column).null_count == expected[column].isna().sum()
    return actual


NASTY = {
    "quotes": 'a,b\n1,"x,y"\n2,"p""q"\n3,""\n',
    "quote-inside": 'a,b\n"1","x"y\n"",a"b\n',
    "newline-in-quotes": 'a,b\n1,"x\ny\n\nz"\n2,w\n',
    "leading-zeros": "a,b\n007,1\n008,x\n",
    "signs-and-blanks": "a,b\n 1,+1\n2 ,-0\n",
    "mixed-int-float": "a,b\n1,1.5\n2.5,2\n3,3\n",
    "float-spellings": "a,b,c\n1.,.5,inf\n+2,1e3,-Infinity\n-3,-1E-5,+INF\n",
    "not-numbers": "a,b,c\n0x10,1_0,1e\n1,1,1\n",
    "int-with-missing": "a,b\n1,\n,2\n3,NA\n",
    "int64-limits": "a,b\n9223372036854775807,-9223372036854775808\n1,1\n",
    "uint64": "a,b\n9223372036854775808,18446744073709551615\n1,1\n",
    "uint64-negative": "a,b\n9223372036854775808,1\n-1,1\n",
    "uint64-float-missing": "a,b\n9223372036854775808,1\n1.5,1\n,2\n",
    "uint64-float": "a,b\n9223372036854775808,1\n1.5,1\n",
    "huge-float": "a,b\n99999999999999999999,1\n1.5,1\n",
    "int-missing-beyond-2**53": "a,b\n9007199254740993,1\n,2\n",
    "bool": "a,b,c,d\nTrue,true,tRuE,TRUE\nFalse,false,FALSE,fAlSe\n",
    "bool-missing": "a,b\nTrue,1\n,2\nFalse,3\n",
    "bool-and-int": "a,b\nTrue,1\n1,2\n",
    "bool-blank": "a,b\n True,1\nFalse,0\n",
    "empty-fields": "a,b,c\n,,x\n,,y\n",
    "header-only": "a,b\n",
    "header-only-no-newline": "a,b",
    "blank-lines": "\n\na,b\n\n1,2\n  \n\n3,4\n\n",
    "blank-lines-one-column": "a\n1\n   \n\n3\n",
    "bom": "\ufeffa,b\n1,x\n",
    "bom-quoted": '\ufeff"a",b\n1,x\n',
    "crlf": 'a,b\r\n1,x\r\n2,"y\r\nz"\r\n',
    "no-last-newline": "a,b\n1,2\n3,4",
    "repeated-names": "a,a,a.1,,\n1,2,3,4,5\n",
    "short-rows": 'a,b,c\n1\n2,x\n3,"y\nz",4.5\n',
    "short-first-row": "a,b\n1\n2,3\n",
    "unicode": "näme,b\nüñí,日本\n😀,x\n",
    "nul": "a,b\n1,x\0y\n",
    "type-changes-late": "a,b\n" + "1,1\n" * 5000 + "x,1.5\n",
    "every-na": "a,b\n" + "".join(f"{text},{i}\n" for i, text in enumerate(NA_VALUES)) + "x,1\n",
    "na-look-alikes": "a,b\nNa,1\nnone,2\nNIL,3\n-,4\n",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_nasty_file_is_read_as_pandas_reads_it(tmp_path: Path, text: str) -> None:
    # A NUL makes a file binary for us; pandas keeps it.
    if "\0" in text:
        (tmp_path / "x.csv").write_text(text)
        with pytest.raises(SourceError, match=r"x\.csv.*binary"):
            open_dataset("csv", tmp_path / "x.csv")
        return
    check(tmp_path / "x.csv", text)


OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "sep": ("a;b\n1;x\n2;y,z\n", {"sep": ";"}),
    "tab": ("a\tb\n1\tx\n\ty\n", {"sep": "\t"}),
    "quotechar": ("a,b\n1,'x,y'\n", {"quotechar": "'"}),
    "no-header": ("1,x\n2,y\n", {"header": None}),
    "names": ("1,x\n2,y\n", {"names": ["p", "q"]}),
    "names-replace": ("a,b\n1,x\n", {"names": ["p", "q"], "header": 0}),
    "names-longer": ("1,x\n2,y\n", {"names": ["p", "q", "r"]}),
    "header-row": ("junk,\na,b\n1,x\n", {"header": 1}),
    "skiprows": ("# made by hand\n# today\na,b\n1,x\n", {"skiprows": 2}),
    "usecols-names": ("a,b,c\n1,x,2\n", {"usecols": ["c", "a"]}),
    "usecols-positions": ("a,b,c\n1,x,2\n", {"usecols": [1]}),
    "dtype-all": ("a,b\n1,x\n007,\n", {"dtype": "str"}),
    "dtype-some": ("a,b,c\n1,2,3\n4,5,6\n", {"dtype": {"a": "float32", "b": "int8", "c": "str", "absent": "int8"}}),
    "dtype-bool": ("a,b\n1,True\n0,False\n", {"dtype": "bool"}),
    "na-values": ("a,b\n300,-\n?,1\n", {"na_values": ["-", "?"]}),
    "na-values-one": ("a,b\n300,-\n1,1\n", {"na_values": "-"}),
    "na-values-number": ("a,b\n1.0,x\n1,2\n2,1\n", {"na_values": ["1"]}),
    "na-values-by-column": ("a,b\n-,-\n1,1\n", {"na_values": {"b": ["-"]}}),
    "keep-default-na": ("a,b,c\n1,NA,\n2,nan,3\n", {"keep_default_na": False}),
    "keep-default-na-values": ("a,b\n1,NA\n,2\n", {"keep_default_na": False, "na_values": [""]}),
    "nrows": ("a,b\n1,x\n2,y\nz,w\n", {"nrows": 2}),
    "nrows-more": ("a,b\n1,x\n", {"nrows": 20}),
    "quote-none": ('a,b\n"1",x"y\n2,"\n', {"quoting": 3}),
    "quote-all": ('"a","b"\n"1","x"\n', {"quoting": 1}),
    "no-doublequote": ('a,b\n"x""y",1\n', {"doublequote": False}),
    "escapechar": ('a,b\nx\\,y,1\n"p\\"q",2\n', {"escapechar": "\\"}),
    "escapechar-quote-none": ("a,b\nx\\,y,1\n", {"escapechar": "\\", "quoting": 3}),
    "comment": ('# made by hand\na,b\n1,x # why\n\n#none\n2,"y#z"#end\n3,#\n', {"comment": "#"}),
    "comment-quotes": ('a,b\n1,"x\n# in quotes\n"#out\n5" disk,y#z\n"p""#q",2\n', {"comment": "#"}),
    "comment-header": ("#\n#x\na,b#c\n1,2\n", {"comment": "#", "header": 0}),
    "comment-skiprows": ("# 1\njunk\na,b\n1,2\n", {"comment": "#", "skiprows": 2}),
    "initial-space": ('a, b\n1, "x, y"\n2,  z\n', {"skipinitialspace": True}),
    "thousands": ('a,b,c\n"1,234",x,"1,5.5"\n"1,234,567","1,000",2\n', {"thousands": ","}),
    "thousands-missing": ("a;b\n1 234;1\n;2\n", {"sep": ";", "thousands": " "}),
    "decimal": ("a;b;c\n1,5;1.5;1,5e3\n2;2,5;-,5\n", {"sep": ";", "decimal": ","}),
    "decimal-thousands": ("a;b\n1.234,5;1.000\n-2,25;1.000.000\n", {"sep": ";", "decimal": ",", "thousands": "."}),
    "decimal-dtype": ("a;b\n1,5;1\n2;2\n", {"sep": ";", "decimal": ",", "dtype": {"a": "float32"}}),
    "na-filter": ("a,b\n1,\n2,NA\n", {"na_filter": False}),
    "skiprows-list": ("x\na,b\ny\n1,2\n3,4\n", {"skiprows": [0, 2]}),
    "skiprows-list-bom": ("\ufeffx\na,b\n1,2\n", {"skiprows": [0]}),
    "skiprows-beyond": ("a,b\n1,2\n3,4\n", {"skiprows": [1, 90]}),
    "bad-lines": ("a,b\n4,5\n1,2,3\n6\n", {"on_bad_lines": "skip"}),
    "no-header-crlf": ('1,"x\r\ny"\r\n2,z\r\n', {"header": None}),
    "dates": ("a,b\n2020-01-01,1\n,2\n2021-12-31,3\n", {"parse_dates": ["a"]}),
    "datetimes": ("a,b\n2020-01-01 10:00:00,1\n2021-12-31 23:59:59,3\n", {"parse_dates": ["a"]}),
    "datetimes-fraction": ("a,b\n2020-01-01 10:00:00.5,1\n2021-12-31 23:59:59.123456,3\n", {"parse_dates": ["a"]}),
    "datetimes-ns": ("a,b\n2020-01-01 10:00:00.123456789,1\n2021-12-31 23:59:59.000000001,3\n", {"parse_dates": ["a"]}),
    "datetimes-utc": ("a,b\n2020-01-01T10:00:00Z,1\n2021-12-31T23:59:59Z,3\n", {"parse_dates": ["a"]}),
    "datetimes-minutes": ("a,b\n2020-01-01 10:00,1\n", {"parse_dates": ["a"]}),
    "dates-month-first": ("a,b\n01/02/2020,1\n12/31/2020,2\n", {"parse_dates": ["a"]}),
    "dates-compact": ("a,b\n20200101,1\n20201231,2\n", {"parse_dates": ["a"]}),
    "dates-mixed": ("a,b\n2020-01-01,1\n2020-01-02 10:00:00,2\n", {"parse_dates": ["a"]}),
    "dates-broken": ("a,b\n2020-01-01,1\nxx,2\n", {"parse_dates": ["a"]}),
    "dates-impossible": ("a,b\n2020-01-01,1\n2020-02-30,2\n", {"parse_dates": ["a"]}),
    "dates-all-missing": ("a,b\n,1\n,2\n", {"parse_dates": ["a"]}),
}


@pytest.mark.parametrize(("text", "options"), OPTIONS.values(), ids=OPTIONS.keys())
def test_option_means_what_it_means_in_pandas(tmp_path: Path, text: str, options: dict[str, Any]) -> None:
    check(tmp_path / "x.csv", text, **options)


ENCODINGS = ["utf-8", "utf-8-sig", "UTF8", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "shift_jis"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    name = "日本" if encoding == "shift_jis" else "näme"
    text = f"{name},b\r\n" + "1,x\r\n" * 100_000 + f'2,"{name}\r\n{name}"\r\n'
    check(tmp_path / "x.csv", text.encode(encoding), encoding=encoding)


def test_undecodable_text(tmp_path: Path) -> None:
    data = b"a,b\n1,\xff\n"
    check(tmp_path / "x.csv", data, encoding_errors="replace")
    (tmp_path / "x.csv").write_bytes("a,b\n1,x\n".encode("utf-16")[:-1])
    with pytest.raises(SourceError, match=r"x\.csv: not utf-16 text"):
        open_dataset("csv", tmp_path, {"encoding": "utf-16"})


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("junk\na,b\n# one\n1,2#\n1,2,3\n")
    with pytest.raises(RaggedError, match=r"line 5: expected 2 fields, saw 3"):
        open_dataset("csv", tmp_path, {"comment": "#", "skiprows": 1})


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstandard.compress)],
)
def test_compressed_file_is_one_split(tmp_path: Path, suffix: str, compress: Any) -> None:
    path = tmp_path / f"x.csv{suffix}"
    path.write_bytes(compress(b"a,b\n" + b"1,x\n" * 1000))
    dataset = open_dataset("csv", path)
    assert len(dataset.splits(10)) == 1
    assert dataset.scan().collect().sum()["a"].item() == 1000


def test_categories_come_as_text(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\nx,1\ny,2\nx,3\n")
    dataset = open_dataset("csv", tmp_path / "x.csv", {"dtype": {"a": "category"}})
    assert pa.types.is_dictionary(dataset.schema.field("a").type)
    assert dataset.scan().collect()["a"].to_list() == ["x", "y", "x"]


def test_inference_is_over_all_files_together(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,1\n")
    (tmp_path / "2.csv").write_text("a,b\n2.5,x\n")
    dataset = open_dataset("csv", tmp_path)
    assert dataset.scan(row_index="at").collect().rows() == [(1.0, "1", 0), (2.5, "x", 1)]


def test_columns_and_predicate_reach_the_reader(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,c\n" + "".join(f"{i},{i * 2},t{i}\n" for i in range(100)))
    dataset = open_dataset("csv", tmp_path / "x.csv")
    frame = dataset.scan(columns=["c", "a"], predicate=pl.col("b") >= 196, row_index="at")
    assert frame.collect().rows() == [("t98", 98, 98), ("t99", 99, 99)]
    assert dataset.scan(columns=["a"], row_index="at").slice(50, 2).collect().rows() == [(50, 50), (51, 51)]
    assert scan(dataset.spec, [], ["c"], row_index="at").collect_schema() == {"c": pl.String, "at": pl.Int64}


@pytest.mark.parametrize(
    ("text", "line", "saw"),
    [
        ("a,b\n1,2\n1,2,3\n", 3, 3),
        ('a,b\n\n"x\ny",2\n1,2,3,4\n', 5, 4),
        ("a,b\n1,2,3\n", 2, 3),
        ("a,b\n1\n1,2,\n", 3, 3),
    ],
)
def test_ragged_file_names_file_and_line(tmp_path: Path, text: str, line: int, saw: int) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(RaggedError, match=rf"x\.csv: line {line}: expected 2 fields, saw {saw}"):
        open_dataset("csv", tmp_path)


@pytest.mark.parametrize(("text", "line"), [('a,b\n1,"x\n2,3\n', 2), ('a,b\n1,2\n\n3,"x', 4), ('a,b\n1\n2,"', 3)])
def test_unclosed_quote_names_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(RaggedError, match=rf"x\.csv: line {line}: a quote is opened and never closed"):
        open_dataset("csv", tmp_path)


def test_odd_number_of_literal_quotes_is_no_error(tmp_path: Path) -> None:
    check(tmp_path / "x.csv", 'a,b\n1,5" disk\n2,x\n')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.csv: no columns to read"),
        (b"\n\n", "x.csv: no columns to read"),
        (b"a,b\n1,\xff\xfe\n", "x.csv: not readable CSV.*UTF8"),
        (b"\xff\xfea,b\n", "x.csv: not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x.csv: this is a binary file"),
    ],
)
def test_foreign_file_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(SourceError, match=message):
        open_dataset("csv", tmp_path)


def test_truncated_gzip_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % i for i in range(9999)))[:-20])
    with pytest.raises(SourceError, match=r"x\.csv\.gz"):
        open_dataset("csv", tmp_path)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b\n1,x\n", {"delimiter": ","}, "no option 'delimiter'"),
        ("a,b\n1,x\n", {"usecols": ["z"]}, r"columns expected but not found: \['z'\]"),
        ("a,b\n1,x\n", {"dtype": {"b": "int64"}}, "column 'b' cannot be read as int64"),
        ("a,b\n1,\n", {"dtype": {"b": "int64"}}, "column 'b' has missing values"),
        ("a,b\n1,300\n", {"dtype": {"b": "int8"}}, "column 'b' cannot be read as int8"),
        ("a,b\n1,x\n", {"dtype": {"b": "complex"}}, "dtype 'complex'"),
        ("a,b\n1,x\n", {"parse_dates": ["z"]}, "'z'"),
        ("a,b\nsoon,x\n", {"parse_dates": ["a"]}, "column 'a'.*'soon' is in no known date format"),
        ("a,b\n2020-01-01T00:00:00+02:00,x\n", {"parse_dates": ["a"]}, r"column 'a'.*\+02:00 is not zero"),
        ("a,b\n99999999999999999999,x\n", {}, "column 'a' holds integers beyond 64 bits"),
        ("a,b\n9223372036854775808,x\n,y\n", {}, "column 'a' holds integers beyond int64 and missing"),
        ("a,b\n99999999999999999999,1\n1.5,1\n,2\n", {}, "column 'a' holds integers beyond 64 bits"),
        ("a,b\n1,x\n", {"encoding": "latin-99"}, "encoding 'latin-99' is not known"),
        ("a,b\n1,x\n", {"sep": r"\s+"}, "must be a single ASCII character"),
        ("a,b\n1,x\n", {"comment": "//"}, "comment '//' must be a single ASCII character"),
        ("a,b\n1,x\n", {"quoting": 2}, "quoting 2 is not 0"),
        ("a,b\n1,x\n", {"on_bad_lines": "warn"}, "on_bad_lines is 'warn'"),
    ],
)
def test_bad_option_or_data_is_a_value_error(tmp_path: Path, text: str, options: dict[str, Any], message: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        open_dataset("csv", tmp_path, options)


def test_other_columns_in_another_file_are_united_by_name_or_refused(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b,d\n1,1,x\n")
    (tmp_path / "2.csv").write_text("c,a\n1.5,2\n")
    (tmp_path / "3.csv").write_text("")
    options = {"dtype": {"d": "category"}}
    parts = [pd.read_csv(tmp_path / f"{n}.csv", **options) for n in (1, 2)]
    expected = pd.concat(parts, ignore_index=True)
    dataset = open_dataset("csv", tmp_path, options)
    assert_frame_equal = pd.testing.assert_frame_equal
    assert_frame_equal(to_pandas(dataset.scan().collect(), dataset.schema), expected.astype(options["dtype"]))
    assert dataset.scan(columns=["c"], row_index="at").collect().rows() == [(None, 0), (1.5, 1)]
    assert open_dataset("csv", tmp_path, {"usecols": ["a"]}).scan().collect()["a"].to_list() == [1, 2]
    with pytest.raises(SourceError, match=r"column 'b' is in .*1\.csv but not in .*2\.csv"):
        open_dataset("csv", tmp_path, {"on_drift": "error"})
