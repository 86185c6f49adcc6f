"""Columns that no Arrow type holds (objects of several kinds, periods, intervals, odd time zones, …) against pandas."""

from __future__ import annotations

import datetime
import decimal
import warnings
from collections.abc import Callable
from typing import Any

import dateutil.tz  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.cells import cell, object_of
from bigframe.errors import PerformanceWarning, Unsupported
from tests.conformance.compare import assert_same, same, same_error

pytestmark = pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
Case = Callable[[Any, Any], Any]
ZONE = datetime.timezone(datetime.timedelta(hours=1, minutes=15), "here")
DATA = pd.DataFrame(
    {
        "o": pd.Series([1, "a", None, 2.5, np.nan, "a", True], dtype=object),
        "t": pd.Series(["b", "a", None, "é", "", "a", np.nan], dtype=object),
        "l": pd.Series([[1, "x"], (2,), None, [], [None], 3, {"k": {4}}], dtype=object),
        "p": pd.PeriodIndex(["2020-03", "2020-01", None, "2020-02", "2020-01", "2021-01", "2019-12"], freq="M"),
        "i": pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 2), (0, 1), (5, 7), (2, 3), (0, 1), (4, 5)]),
        "c": pd.Categorical([2, 1, None, 2, 3, 1, 2], categories=[3, 1, 2], ordered=True),
        "s": np.array(["2020-01-02", "NaT", "2020-01-01", "1999-12-31", *["2020-01-01"] * 3], dtype="M8[s]"),
        "d": np.array([3, 1, 2, 5, 1, 0, -4], dtype="m8[s]"),
        "z": pd.DatetimeIndex(["2020-01-01 03:00", None, *["2020-07-01 00:30"] * 5]).tz_localize(ZONE),
        "u": pd.date_range("2020", periods=7, freq="h", tz=dateutil.tz.gettz("Europe/Berlin")),
        "j": np.array([1 + 2j, 0, -1j, 3, 1, 2, 5]),
        "h": np.array([1.5, np.nan, 3, 0, 1, 2, 5], dtype="float16"),
        "e": pd.arrays.SparseArray([0, 0, 1, 0, 2, 0, 0]),
        "x": [3, 1, 2, 5, 4, 7, 6],
        "k": ["a", "b", "a", "c", "b", "a", "c"],
    },
    index=pd.Index([5, 5, 1, 2, 9, 0, 3]),
)
KINDS = list(DATA.columns.drop(["x", "k"]))

OF_A_COLUMN: dict[str, Callable[[Any, str], Any]] = {
    "as it is": lambda d, c: d[c],
    "head": lambda d, c: d[c].head(2),
    "sliced": lambda d, c: d[c].iloc[2:5],
    "filtered": lambda d, c: d[d.x > 2][c],
    "none left": lambda d, c: d[d.x > 100][[c]],
    "beside others, sorted": lambda d, c: d[[c, "x"]].sort_values("x", ascending=False),
    "missing": lambda d, c: d[c].isna(),
    "there": lambda d, c: d[c].notna(),
    "without missing": lambda d, c: d.dropna(subset=[c]),
    "twice": lambda d, c: d[[c, c]].set_axis(["a", "b"], axis=1),
    "counted": lambda d, c: d[c].count(),
    "joined to": lambda d, c: d[["k", "x", c]].merge(d[["k", "x"]], on="k"),
    "counted in groups": lambda d, c: d.groupby("k")[c].agg("count"),
    "as text": lambda d, c: d[c].astype("str"),
    "of objects": lambda d, c: d[c].astype(object),
    "assigned": lambda d, c: d[["x"]].assign(new=d[c]),
    "renamed": lambda d, c: d.rename(columns={c: "new"})[["new"]],
    "dtype": lambda d, c: d[c].dtype == DATA[c].dtype,
    "listed": lambda d, c: repr(d[c].tolist()),
    "shown": lambda d, c: repr(d[c]),
}


# pandas shows half precision so: it compares with a number that only wider floats hold.
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("column", KINDS)
@pytest.mark.parametrize("case", OF_A_COLUMN)
def test_a_column_of_any_kind(case: str, column: str) -> None:
    if (case, column) == ("counted in groups", "e"):
        pytest.skip("pandas counts no sparse column in groups")
    same(lambda m, d: OF_A_COLUMN[case](d, column), DATA)


CASES: dict[str, Case] = {
    "concat": lambda m, d: m.concat([d[KINDS], d[KINDS].head(2)]),
    "left join with holes": lambda m, d: d[["x"]].merge(d[["x", "o", "p", "c", "s", "z", "h"]].head(3), on="x", how="left"),
    "objects compared": lambda m, d: d.o == "a",
    "objects filled": lambda m, d: d.o.fillna("none"),
    "objects among some": lambda m, d: d.o.isin(["a", 1]),
    "objects counted": lambda m, d: d.o.value_counts(dropna=False),
    "distinct objects": lambda m, d: d.o.nunique(),
    "rows by objects": lambda m, d: d.groupby("t").x.sum(),
    "text of objects": lambda m, d: d.t.str.upper(),
    "text inferred": lambda m, d: d.t.infer_objects(),
    "text sorted": lambda m, d: d.sort_values("t"),
    "text joined": lambda m, d: d[["t", "x"]].dropna().merge(d[["t", "k"]].dropna(), on="t"),
    "objects exploded": lambda m, d: d.l.explode(),
    "mapped": lambda m, d: d.o.map(lambda value: value is None),
    "months": lambda m, d: d.p.dt.month,
    "periods later": lambda m, d: d.p + 1,
    "periods sorted": lambda m, d: d.sort_values("p", kind="stable").p,
    "rows by period": lambda m, d: d.groupby("p").x.sum(),
    "last period": lambda m, d: d.p.max(),
    "times of periods": lambda m, d: d.p.dt.to_timestamp(),
    "periods of times": lambda m, d: d.s.dt.to_period("D"),
    "period as index": lambda m, d: d.dropna(subset=["p"]).set_index("p")[["x"]],
    "intervals": lambda m, d: d.groupby("i").x.sum(),
    "years of seconds": lambda m, d: d.s.dt.year,
    "seconds apart": lambda m, d: d.s - d.s.min(),
    "seconds and microseconds": lambda m, d: d.s.dt.as_unit("us"),
    "hours of a zone": lambda m, d: d.z.dt.hour,
    "another zone": lambda m, d: d.z.dt.tz_convert("UTC"),
    "no zone": lambda m, d: d.z.dt.tz_localize(None),
    "hours of a file's zone": lambda m, d: d.u.dt.hour,
    "complex sum": lambda m, d: d.j.sum(),
    "half precision": lambda m, d: d.h * 2,
    "sparse sum": lambda m, d: d.e.sum(),
    "categories of numbers": lambda m, d: d.c.cat.categories.tolist(),
    "codes": lambda m, d: d.c.cat.codes,
    "category equals": lambda m, d: d.c == 2,
    "category in order": lambda m, d: d.c > 3,
    "sorted by category": lambda m, d: d.sort_values(["c", "x"])[["c", "x"]],
    "rows by category": lambda m, d: d.groupby("c", observed=False).x.sum(),
    "rows by category seen": lambda m, d: d[d.x != 4].groupby("c", observed=True).x.sum(),
    "category counted": lambda m, d: d.c.value_counts(),
    "category as numbers": lambda m, d: d.c.dropna().astype("int64"),
    "category renamed": lambda m, d: d.c.cat.rename_categories({1: 9}),
    "made a category": lambda m, d: d.x.astype("category"),
    "made periods": lambda m, d: d.s.astype("period[M]"),
    "made complex": lambda m, d: d.x.astype("complex128"),
    "made objects": lambda m, d: d.astype({"x": object})[["x", "k"]],
    "set": lambda m, d: _with(d, "new", [1, "a", None, 2.5, [], (), {}]),
    "set where": lambda m, d: d.o.where(d.x > 3),
    "transposed": lambda m, d: d[["x", "k"]].T,
}  # fmt: skip


def _with(frame: Any, label: str, values: Any) -> Any:
    frame[label] = values
    return frame[[label]]


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], DATA)


ERRORS: dict[str, Case] = {
    "text of numbers": lambda m, d: d.x.str.upper(),
    "times of objects": lambda m, d: d.o.dt.year,
    "categories of objects": lambda m, d: d.o.cat.codes,
    "objects in order": lambda m, d: d.o.sort_values(),
    "objects added": lambda m, d: d.o.sum(),
    "objects as numbers": lambda m, d: d.o.astype("int64"),
    "periods of several lengths": lambda m, d: d.p + pd.Timedelta("1h"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], DATA)


VALUES = [
    None, float("nan"), pd.NaT, pd.NA, True, np.bool_(True), 1, np.int8(1), 10**30, 1.5, np.float32(1.5), float("-inf"), 1 + 2j,
    "é", np.str_("x"), b"\x00\xff", [1, [2.0, None]], (1, ("a",)), {"a": {1: [2]}}, {1, 2}, frozenset({3}), np.array([[1, 2]]),
    pd.Timestamp("2020-01-01 03:04:05.123456789"), pd.Timestamp("2020-10-25 01:30", tz="UTC").tz_convert("Europe/Berlin"),
    pd.Timestamp("2020", tz=ZONE), pd.Timedelta("3s").as_unit("ms"), pd.Period("2020Q2", freq="Q-NOV"),
    pd.Interval(0, 1.5, "left"),
    datetime.datetime(2020, 1, 1, tzinfo=dateutil.tz.tzutc()), datetime.date(2020, 1, 2), datetime.time(3, 4),
    datetime.timedelta(days=-1, microseconds=5), decimal.Decimal("1.10"),
    np.datetime64("2020-01-01", "D"), np.timedelta64(3, "h"),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_cell_gives_its_object_back(value: Any) -> None:
    back = object_of(cell(value))
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_an_object_that_is_no_data_is_refused_with_its_column() -> None:
    with pytest.raises(TypeError, match=r"'f'.*a column cannot hold a value of type object"):
        bigframe.DataFrame({"f": [object(), 1]})


def test_pandas_computes_with_them_and_says_so() -> None:
    numbers = bigframe.from_pandas(DATA.j)
    with pytest.warns(PerformanceWarning, match="only pandas computes with such values"):
        later = numbers + 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        later.head(2).isna().to_pandas()


def test_no_fallback_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bigframe.options._own, "fallback", "raise")
    with pytest.raises(Unsupported, match=r"options\.fallback is 'raise'"):
        bigframe.from_pandas(DATA.j) + 1


def test_pandas_writes_them_and_says_so(tmp_path: Any) -> None:
    frame = DATA[["p", "i", "h", "s", "x"]]
    with pytest.warns(PerformanceWarning, match="writing column 'p' of period"):
        bigframe.from_pandas(frame).to_parquet(tmp_path / "out.parquet")
    frame.to_parquet(tmp_path / "theirs.parquet")
    assert_same(pd.read_parquet(tmp_path / "out.parquet"), pd.read_parquet(tmp_path / "theirs.parquet"))


def test_no_task_writes_them(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bigframe.options._own, "fallback", "raise")
    with pytest.raises(Unsupported, match="writing column 'p' of period"):
        bigframe.from_pandas(DATA[["p", "x"]]).to_parquet(tmp_path / "out.parquet")
    assert not list(tmp_path.iterdir())


MIXED = pd.DataFrame({"x": pd.Series([1, "a", None, 2.5], dtype=object)})
OBJECTS_KEPT: dict[str, Callable[[Any], Any]] = {
    "where": lambda x: x.where([True, False, True, False]),
    "where None": lambda x: x.where([True, False, True, False], None),
    "mask": lambda x: x.mask([True, False, True, False], pd.Timestamp("2020")),
    "loc": lambda x: _put(x, 0, "z"),
    "loc of missing values": lambda x: _put(_put(_put(x, 0, None), 1, np.nan), 2, pd.NaT),
    "loc of a mask": lambda x: _put(x, [True, False, True, False], 7),
}
MADE_OBJECTS: dict[str, pd.Series] = {
    "integers": pd.Series([1, 2]),
    "floats": pd.Series([1.5, None]),
    "texts": pd.Series(["a", None]),
    "bools": pd.Series([True, False]),
    "nullable": pd.Series([1, None], dtype="Int64"),
    "times": pd.Series(pd.date_range("2020", periods=2)),
    "zoned times": pd.Series(pd.date_range("2020", periods=2, tz="Europe/Berlin")),
    "categories": pd.Series(["a", "b"], dtype="category"),
    "lists": pd.Series([[1], [2, 3]]),
    "nothing": pd.Series([], dtype="int64"),
}


def _put(column: Any, rows: Any, value: Any) -> Any:
    changed = column.copy()
    changed.loc[rows] = value
    return changed


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("case", OBJECTS_KEPT)
def test_objects_are_chosen_and_put_without_a_look(case: str) -> None:
    same(lambda m, d: OBJECTS_KEPT[case](d.x), MIXED)


@pytest.mark.filterwarnings("error::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("kind", MADE_OBJECTS)
def test_astype_object(kind: str) -> None:
    same(lambda m, d: d.x.astype(object), MADE_OBJECTS[kind].to_frame("x"))


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.Series([0, 0, 2], dtype=pd.SparseDtype(int, 2)).sparse.fill_value,
        lambda m: m.Series([0, 0, 2], dtype=pd.SparseDtype(int, 2)).sparse.to_dense(),
        lambda m: m.DataFrame({"a": pd.arrays.SparseArray([0, 1, 0])}).sparse.density,
        lambda m: m.DataFrame({"a": pd.arrays.SparseArray([0, 1, 0])}).sparse.to_dense(),
    ],
)
def test_the_accessor_of_sparse_columns(make: Callable[[Any], Any]) -> None:
    same(lambda m: make(m))


def test_other_columns_have_no_accessor_of_sparse_ones() -> None:
    with pytest.raises(AttributeError, match="sparse"):
        bigframe.Series([1, 2]).sparse  # noqa: B018
