"""In and out: dict, Arrow, pandas and objects; assignment forms; labels that repeat or are names of methods."""

import datetime
import decimal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dateutil.tz
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe
from bigframe.errors import Unsupported
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, TEXTS, TIMES
from tests.conformance.compare import same, same_error

OBJECTS = pd.DataFrame(
    {
        "list": [[1, 2], None, []],
        "texts": [["a"], ["b", None], None],
        "date": [datetime.date(2020, 1, 1), None, datetime.date(2020, 1, 3)],
        "time": [datetime.time(1, 2), None, datetime.time(3)],
        "decimal": [decimal.Decimal("1.50"), None, decimal.Decimal("2.00")],
        "bytes": [b"x", None, b""],
        "bool": np.array([True, np.nan, False], dtype=object),
        "none": [None, None, None],
        "struct": [{"a": 1}, None, {"a": 2}],
    }
)


@pytest.mark.parametrize(
    "frame",
    [NUMBERS, TEXTS, TIMES, NULLABLE, ARROW, OBJECTS],
    ids=["numbers", "texts", "times", "nullable", "arrow", "objects"],
)
@pytest.mark.parametrize("rows", [slice(None), slice(0, 2)], ids=["all", "two"])
def test_round_trip(frame: pd.DataFrame, rows: slice) -> None:
    same(lambda m, d: d, frame.iloc[rows])


@pytest.mark.parametrize(
    "frame",
    [NUMBERS, TEXTS, TIMES, NULLABLE, ARROW, NUMBERS[[]]],
    ids=["numbers", "texts", "times", "nullable", "arrow", "none"],
)
def test_round_trip_of_no_rows(frame: pd.DataFrame) -> None:
    same(lambda m, d: d, frame.iloc[:0])


def test_a_frame_of_rows_alone() -> None:
    same(lambda m, d: d, NUMBERS[[]])
    same(lambda m, d: len(d), pd.DataFrame(index=range(3)))
    same(lambda m, d: d.assign(x=1), pd.DataFrame(index=range(3)))


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_column_by_column(name: str) -> None:
    same(lambda m, d: d[name], OBJECTS)
    same(lambda m, d: d[d.date.notna()][name], OBJECTS)
    same(
        lambda m, d: d[name].map(lambda value: value is None or value != value),
        OBJECTS[["date"]].rename(columns={"date": name}),
    )


def test_functions_see_python_objects() -> None:
    same(lambda m, d: d.list.map(len, na_action="ignore"), OBJECTS)
    same(lambda m, d: d.struct.map(lambda value: value["a"], na_action="ignore"), OBJECTS)
    same(lambda m, d: d.bytes.map(lambda value: value, na_action="ignore"), OBJECTS)
    same(lambda m, d: d.date == datetime.date(2020, 1, 1), OBJECTS)
    same(lambda m, d: d.bytes == b"x", OBJECTS)
    same(lambda m, d: d[d.date > datetime.date(2020, 1, 1)], OBJECTS)


MADE: dict[str, Callable[[Any], Any]] = {
    "dict": lambda m: m.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "dict with index": lambda m: m.DataFrame({"a": [1, 2]}, index=["u", "v"]),
    "dict with scalar": lambda m: m.DataFrame({"a": [1, 2], "b": 5}),
    "records": lambda m: m.DataFrame([{"a": 1}, {"a": 2, "b": 3}]),
    "rows": lambda m: m.DataFrame([[1, 2.5], [3, None]], columns=["a", "b"]),
    "array": lambda m: m.DataFrame(np.arange(6).reshape(3, 2)),
    "empty": lambda m: m.DataFrame({"a": pd.Series([], dtype="int64"), "s": pd.Series([], dtype="str")}),
    "no columns": lambda m: m.DataFrame({"a": [1, 2]})[[]],
    "series": lambda m: m.Series([1, None, 3], name="s"),
    "series with index": lambda m: m.Series(["a", "b"], index=[5, 5]),
    "series without a name": lambda m: m.Series([1.5, 2.5]),
    "of lazy columns": lambda m: m.DataFrame({"x": m.DataFrame({"a": [1, 2]}).a}),
    "named range": lambda m: m.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(2, name="n")),
    "range from 5": lambda m: m.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(5, 7)),
    "two levels": lambda m: m.DataFrame(
        {"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["p", "q"])
    ),
    "two levels of columns": lambda m: m.DataFrame(
        [[1, 2]], columns=pd.MultiIndex.from_tuples([("x", "u"), ("x", "v")])
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_constructors(name: str) -> None:
    same(lambda m: MADE[name](m))


def test_arrow_in_and_out() -> None:
    table = pa.table(
        {
            "i": pa.array([1, None, 3]),
            "s": pa.array(["a", None, ""], pa.string_view()),
            "d": pa.array(["x", "y", "x"]).dictionary_encode(),
            "l": pa.array([[1], None, []], pa.list_(pa.int32())),
            "v": pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], pa.list_(pa.float32(), 2)),
            "f": pa.array([1.5, float("nan"), None]),
        }
    )
    frame = bigframe.from_arrow(table)
    result = frame.to_arrow()
    assert result.column("i").to_pylist() == [1, None, 3]
    assert result.column("s").to_pylist() == ["a", None, ""]
    assert result.column("d").to_pylist() == ["x", "y", "x"]
    assert result.column("l").to_pylist() == [[1], None, []]
    assert result.column("v").to_pylist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert result.column("f").to_pylist() == [1.5, None, None]
    pandas = frame.drop(columns=["d", "l", "v"]).to_pandas()
    pd.testing.assert_frame_equal(pandas, table.select(["i", "s", "f"]).to_pandas())
    assert pandas.dtypes.equals(frame.drop(columns=["d", "l", "v"]).dtypes)
    pd.testing.assert_frame_equal(bigframe.DataFrame(table)[["i"]].to_pandas(), pandas[["i"]])


@pytest.mark.parametrize(
    "column",
    [
        [1, "a"],
        pd.Series(["a", "b"], dtype=object),
        pd.Series([1, 2], dtype=object),
        pd.Series([True, False], dtype=object),
        pd.Series([1, 2], dtype="category"),
        np.array(["2020-01-01"], dtype="M8[s]"),
        np.array([1.5], dtype="float16"),
        np.array([1j]),
        pd.period_range("2020", periods=1),
    ],
)
def test_columns_of_any_dtype_come_back_as_they_are(column: Any) -> None:
    same(lambda m, d: d[["x"]], pd.DataFrame({"x": column}))


BASE = pd.DataFrame(
    {"i": [3, 1, 2, 5], "f": [1.5, np.nan, 0.0, 2.0], "s": ["a", None, "", "b"], "b": [True, False, True, True]}
)
ASSIGNMENTS = """
d['n'] = d.i + 1
d.i = d.i * 2
d['n'] = 1
d['n'] = 'x'
d['n'] = True
d['n'] = None
d['n'] = np.nan
d['n'] = pd.Timestamp('2020-01-01')
d['n'] = np.float32(1)
d['n'] = d.i.mean()
d['n'] = [1, 2, 3, 4]
d['n'] = (1, 2, 3, 4)
d['n'] = range(4)
d['n'] = np.arange(4)
d['n'] = pd.Index([1, 2, 3, 4])
d['n'] = pd.array([1, None, 2, 3], dtype='Int64')
d['n'] = d.i.to_frame()
d[0] = d.i
d[('a', 'b')] = d.i
d['n'] = d.i.where(d.b)
d[['x', 'y']] = d[['i', 'f']]
d[['x', 'y']] = d[['i', 'f']] * 2
d[['i', 'f']] = 0
d['i'], d['f'] = d.f, d.i
d['n'] = d.i; d.n = d.n + 1; d['n'] += 1
d = d.assign(a=1, b=lambda e: e.a + e.i)
d = d.assign(z=1)[['z']]
d = d.assign(z=1).z
d.insert(1, 'n', d.i)
d.insert(0, 'i', 1)
d = d.pop('i')
d.pop('i')
del d['i']
del d['absent']
d.columns = ['w', 'x', 'y', 'z']
d.columns = ['w']
d = d.rename(columns={'i': 'f', 'f': 'i'})
s = d.i; d['i'] = 0; d['k'] = s
t = d[d.i > 1]; t['n'] = 1
d = d[d.i > 99]; d['n'] = 1; d['k'] = d.i / 2
d = d[d.i > 99].assign(k='x').k
d = d[[True, False, True, False]]
d = d[np.array([True, False, True, False])]
d = d.loc[d.b, ['i', 's']]
d = d.loc[d.b, 'i']
d['b'] = d.b.astype(int); d['i'] = d.i / d.b
d['i'] = d.i.where(d.b); d['j'] = d.i.fillna(0)
d['n'] = [1, 2]
d['absent']
d.absent
""".strip().splitlines()


@pytest.mark.parametrize("statement", ASSIGNMENTS)
def test_assignment(statement: str) -> None:
    code = compile(statement, "<test>", "exec")

    def make(m: Any, frame: Any) -> Any:
        names = {"d": frame.copy(), "np": np, "pd": pd, "m": m}
        exec(code, names)
        return names["d"]

    for frame in (BASE, BASE.set_index(pd.Index([5, 5, 0, 7]))):
        try:
            make(pd, frame)
        except Exception:
            same_error(make, frame)
        else:
            same(make, frame)


def test_a_copy_is_not_the_original() -> None:
    frame = bigframe.from_pandas(BASE)
    other = frame.copy()
    other["i"] = 0
    frame["f"] = 1
    assert frame.i.to_list() == [3, 1, 2, 5]
    assert other.f.isna().to_list() == [False, True, False, False]


def test_a_column_of_other_rows_is_aligned_by_its_index() -> None:
    same(lambda m, d: d[d.b].assign(k=d.i), BASE)
    same(lambda m, d: d.assign(k=d[d.b].i), BASE)
    with pytest.warns(bigframe.PerformanceWarning, match="rows are matched by their labels"):
        same(lambda m, d: d.set_index("s").loc[["a"]].assign(k=d.set_index("i").f), BASE)
    same(lambda m, d: d.assign(k=pd.Series([9, 8, 7])), BASE)
    same(lambda m, d: d.assign(k=m.DataFrame({"z": [4, 5, 6, 7, 8]}).z), BASE)


LABELS = pd.DataFrame(
    {
        "text": ["a", "b", "a"], "labels": [1, 2, 3], "ai": [1.5, 2.5, 0.5], "doc": [1, 2, 3],
            "count": [3, 4, 4], "size": [5, 6, 7],
        "index": [7, 8, 9], "shape": [1, 1, 1], "str": ["x", "y", "z"], "loc": [1, 2, 3], "columns": [3, 4, 5],
    }
)  # fmt: skip
NAMED: dict[str, Callable[[Any], Any]] = {
    "text": lambda d: d.text,
    "labels": lambda d: d.labels * 2,
    "ai": lambda d: d.ai + 1,
    "doc": lambda d: d.doc,
    "str": lambda d: d.str,
    "count": lambda d: d["count"] + d["size"] + d["index"],
    "filter": lambda d: d[d["count"] > 3],
    "sum": lambda d: d[["size", "count"]].sum(),
    "sort": lambda d: d.sort_values("size", ascending=False),
    "groups": lambda d: d.groupby("count").size(),
    "groups of text": lambda d: d.groupby("text").labels.sum(),
    "merge": lambda d: d.merge(d[["text", "ai"]], on="text"),
    "shape": lambda d: d.shape,
    "size": lambda d: d.size,
    "columns": lambda d: list(d.columns),
    "assign": lambda d: d.assign(text=d.text + "!", size=0, index=1),
    "count itself": lambda d: d.count(),
    "query": lambda d: d.query("labels > 1 and text == 'b'"),
}


@pytest.mark.parametrize("name", NAMED)
def test_labels_that_are_names_of_methods(name: str) -> None:
    same(lambda m, d: NAMED[name](d), LABELS)


def test_labels_that_are_no_strings() -> None:
    frame = pd.DataFrame({0: [1, 2], ("a", "b"): [3, 4], 1.5: [5, 6], "s": ["x", "y"]})
    same(lambda m, d: d, frame)
    same(lambda m, d: d[0] + d[("a", "b")], frame)
    same(lambda m, d: d[[0, "s"]], frame)
    same(lambda m, d: d[d[1.5] > 5], frame)


REPEATED = pd.DataFrame([[1, 2, 3], [4, 5, 6]], columns=["a", "a", "b"])
TWICE: dict[str, Callable[[Any], Any]] = {
    "item": lambda d: d["a"],
    "attribute": lambda d: d.a,
    "list": lambda d: d[["a", "b"]],
    "plus": lambda d: d + 1,
    "plus itself": lambda d: d + d,
    "equals itself": lambda d: d == d,
    "sum": lambda d: d["a"].sum(),
    "assign": lambda d: d.assign(a=0),
    "assign another": lambda d: d.assign(c=d.b),
    "rename": lambda d: d.rename(columns={"a": "z"}),
    "filter": lambda d: d[d.b > 3],
    "astype": lambda d: d.astype({"a": float}),
    "where": lambda d: d.where(d > 2),
    "isna": lambda d: d.isna(),
    "drop": lambda d: d.drop(columns="a"),
}


@pytest.mark.parametrize("name", TWICE)
def test_labels_that_repeat(name: str) -> None:
    same(lambda m, d: TWICE[name](d), REPEATED)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_a_mapping_is_aligned_by_its_keys() -> None:
    same(lambda m, d: d.assign(n={0: 1, 2: 5}), BASE)


ZONES = [
    "UTC+01:15",
    datetime.timezone(datetime.timedelta(hours=-5)),
    datetime.timezone(datetime.timedelta(seconds=75)),
    datetime.timezone(datetime.timedelta(hours=1), "home"),
    dateutil.tz.gettz("Europe/Berlin"),
    dateutil.tz.tzoffset(None, 3600),
]


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_zones_without_a_name(zone: Any) -> None:
    times = pd.Series(pd.date_range("2020", periods=2, tz=zone), name="t")
    same(lambda m, s: s, times)
    same(lambda m, s: m.DataFrame({"x": [1, 2]}, index=s), times)
    utc = times.dt.tz_convert("UTC")
    same(lambda m, s: s.dt.tz_convert(zone), utc)
    same(lambda m, s: s == times[0], utc)


def test_files_with_zones_without_a_name(tmp_path: Path) -> None:
    stamps = pa.array([0, 1], pa.timestamp("us", "+01:15"))
    pq.write_table(pa.table({"t": stamps, "x": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(Unsupported, match="only named zones are held"):
        bigframe.read_parquet(tmp_path / "a.parquet")
    with pytest.raises(Unsupported, match="only named zones are held"):
        bigframe.from_arrow(pa.table({"t": stamps}))


LABELLED = pd.DataFrame({"a": [1, 2, 3], "b": [4.0, None, 6]}, index=["x", "y", "z"])
FROM_LAZY: dict[str, Callable[[Any, Any], Any]] = {
    "array under row and column labels": lambda m, d: m.DataFrame(np.arange(6).reshape(3, 2), d.index, d.columns),
    "array under a counted index": lambda m, d: m.DataFrame(np.arange(6).reshape(3, 2), d.reset_index().index),
    "lists under row labels": lambda m, d: m.DataFrame({"n": [1, 2, 3]}, index=d.index),
    "no columns under row labels": lambda m, d: m.DataFrame([], index=d.index),
    "row labels alone": lambda m, d: m.DataFrame(index=d.index),
    "columns of other rows": lambda m, d: m.DataFrame({"a": d.a, "b": d.b.iloc[1:], "e": 5}),
    "columns under other labels": lambda m, d: m.DataFrame({"a": d.a, "b": d.b.iloc[1:]}, index=["z", "x", "q"]),
    "chosen columns": lambda m, d: m.DataFrame({"a": d.a, "k": 1}, columns=["k", "a"]),
    "series of a list": lambda m, d: m.Series([1, 2, 3], index=d.index, name="n", dtype="float32"),
    "series of an array": lambda m, d: m.Series(np.array(["1", "2", "3"]), index=d.index),
}


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("case", FROM_LAZY)
def test_from_lazy(case: str) -> None:
    same(FROM_LAZY[case], LABELLED)


def test_from_lazy_of_another_length() -> None:
    same_error(lambda m, d: m.Series([1, 2], index=d.index), LABELLED)
    same_error(lambda m, d: m.DataFrame([[1], [2]], index=d.index), LABELLED)
    same_error(lambda m, d: m.DataFrame({"n": [1, 2]}, index=d.index), LABELLED)
    same_error(lambda m, d: m.DataFrame(np.ones((2, 2)), index=d.index), LABELLED)
