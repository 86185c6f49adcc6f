"""Values computed from values, facts, NumPy functions and columns set in place, against pandas."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.ops.mathematics import FUNCTIONS
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, -5, 9],
        "y": [1.5, np.nan, -2.5, 0.25, np.nan, 1e3],
        "z": [0.5, 0.25, np.nan, 2.0, 1.0, -0.75],
        "s": ["b", "a", None, "", "b", "c"],
        "yes": [True, False, True, True, False, True],
        "i": np.array([1, 2, 3, 4, 5, 6], dtype="int32"),
    },
    index=[5, 3, 7, 9, 0, -1],
)
DEFAULT = ROWS.reset_index(drop=True)
CLOCK = ROWS.set_index(pd.date_range("2024-03-30", periods=6, freq="12h").rename("when")).rename_axis("when")
NUMBERS = ROWS[["x", "y", "z"]]
SOURCES = {"labelled": ROWS, "default": DEFAULT}
Case = Callable[[Any, Any], Any]
pytestmark = [
    pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
    pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning"),
]


def changed(change: Callable[[Any], Any], column: str | None = None) -> Case:
    def case(_: Any, d: Any) -> Any:
        d = d.copy() if column is None else d[column].copy()
        change(d)
        return d

    return case


CASES: dict[str, Case] = {
    "transform by name": lambda m, d: d[["x", "y"]].transform("cumsum"),
    "transform a series by name": lambda m, d: d.y.transform("abs"),
    "transform by a function of NumPy": lambda m, d: d[["x", "y"]].transform(np.exp),
    "transform by a function": lambda m, d: d[["x", "y"]].transform(lambda c: c - c.min()),
    "transform by several": lambda m, d: d.x.transform(["abs", "cumsum"]),
    "case_when": lambda m, d: d.x.case_when([(d.x > 3, 0), (d.x < 0, d.x * 10)]),
    "case_when by functions": lambda m, d: d.y.case_when([(lambda c: c > 1, 7.5), (d.yes, lambda c: -c)]),
    "case_when to another kind": lambda m, d: d.x.case_when([(d.x > 3, 0.5)]),
    "divmod": lambda m, d: d.x.divmod(3)[1],
    "rdivmod": lambda m, d: d.i.rdivmod(7)[0],
    "divmod of Python": lambda m, d: divmod(d.x, 4)[0],
    "rdivmod of Python": lambda m, d: divmod(7, d.i)[1],
    "dot": lambda m, d: d.x.dot(d.i),
    "dot of floats": lambda m, d: d.x.dot(d.z.fillna(0)),
    "dot with a hole": lambda m, d: d.y.dot(d.z),
    "matmul": lambda m, d: d.x @ d.i,
    "repeat": lambda m, d: d.x.repeat(2),
    "repeat text": lambda m, d: d.s.repeat(3),
    "repeat never": lambda m, d: d.y.repeat(0),
    "repeat a list": lambda m, d: d.y.repeat([1, 0, 2, 0, 0, 1]),
    "map of a frame": lambda m, d: d[["x", "y"]].map(lambda v: v * 2),
    "map of a frame without holes": lambda m, d: d[["y", "z"]].map(lambda v: f"<{v}>", na_action="ignore"),
    "map of a frame with keywords": lambda m, d: d[["x"]].map(lambda v, by: v + by, by=3),
    "kurtosis": lambda m, d: d[["x"]].kurtosis().iloc[0],
    "convert_dtypes": lambda m, d: d[["x", "s", "yes", "i"]].convert_dtypes(),
    "convert_dtypes to Arrow": lambda m, d: d[["x", "s", "yes", "i"]].convert_dtypes(dtype_backend="pyarrow"),
    "convert_dtypes of floats": lambda m, d: d.convert_dtypes(),
    "convert_dtypes of a series": lambda m, d: d.s.convert_dtypes(),
    "infer_objects": lambda m, d: d.infer_objects(),
    "set_flags": lambda m, d: d.set_flags(),
    "T of a series": lambda m, d: d.x.T,
    "transpose of a series": lambda m, d: d.x.transpose(),
    "align": lambda m, d: d.x.align(d.y)[1],
    "align by label": lambda m, d: d.x.align(d.y[d.yes])[1],
    "combine": lambda m, d: d.x.combine(d.i, max),
    "compare": lambda m, d: d.x.compare(d.x.where(d.x > 0, 0)),
    "argsort": lambda m, d: d.x.argsort(),
    "searchsorted": lambda m, d: d.i.searchsorted([2, 9]),
    "reindex_like": lambda m, d: d.reindex_like(d[["x", "s"]].head(3)),
    "eval": lambda m, d: d.eval("x * 2 + i"),
    "eval an assignment": lambda m, d: d.eval("q = x * 2"),
    "eval several": lambda m, d: d.eval("q = x * 2\nr = q + i"),
    "eval in place": changed(lambda d: d.eval("x = x + 1", inplace=True)),
    "query in place": changed(lambda d: d.query("x > 1", inplace=True)),
    "query with variables": lambda m, d: d.query("x > @low", local_dict={"low": 2}),
    "select": lambda m, d: d.select("s", "x"),
    "select a list": lambda m, d: d.select(["s", "x", "s"]),
    "select expressions": lambda m, d: d.select("s", pd.col("x") * 2, "x", q=pd.col("x") + 1),
    "select computed": lambda m, d: d.select("i", a=lambda t: t.x + 1, b=lambda t: t.a * 2, c=5),
    "assign expressions": lambda m, d: d.assign(q=pd.col("x") * 2, r=pd.col("q") + 1),
    "filter by an expression": lambda m, d: d[pd.col("x") > 1],
    "loc by an expression": lambda m, d: d.loc[pd.col("yes"), "x"],
    "isetitem": changed(lambda d: d.isetitem(1, d.x * 2)),
    "isetitem of a scalar": changed(lambda d: d.isetitem(0, "q")),
    "isetitem of several": changed(lambda d: d.isetitem([0, 2], d[["i", "y"]])),
    "set several columns": changed(lambda d: d.__setitem__(["x", "new"], 0)),
    "set several columns to values": changed(lambda d: d.__setitem__(["x", "s"], [1, "q"])),
    "set several columns to columns": changed(lambda d: d.__setitem__(["x", "y"], d[["y", "x"]])),
    "set several columns to a table": changed(lambda d: d.__setitem__(["x", "y"], np.arange(12).reshape(6, 2))),
    "delete": changed(lambda d: d.__delitem__("x")),
    "update": changed(lambda d: d.update(d[["x", "y"]].iloc[:2] * 10)),
    "update a series": changed(lambda d: d.update(pd.Series([7.5, 8.5], index=[5, 3])), "y"),
    "reindex columns": lambda m, d: d.reindex(columns=["s", "absent", "x"]),
    "reindex columns by axis": lambda m, d: d.reindex(["i", "x"], axis=1),
    "reindex columns and fill": lambda m, d: d.reindex(columns=["absent", "x"], fill_value=0),
    "reindex rows": lambda m, d: d.reindex([5, 3, 2]),
    "absolute": lambda m, d: abs(d[["x", "y"]]),
    "invert": lambda m, d: ~d.yes,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str, source: str) -> None:
    same(CASES[case], SOURCES[source])


def test_update_of_the_same_rows_is_lazy() -> None:
    def update(m: Any, d: Any) -> Any:
        d = d.copy()
        d.update(d[["y", "z"]].rename(columns={"y": "z", "z": "y"}))
        y = d.y
        y.update(d.z)
        return d.assign(y=y)

    same(update, DEFAULT)


@pytest.mark.parametrize(
    "function", [name for name in FUNCTIONS if name not in ("ceil", "floor", "rint", "sign", "trunc")]
)
def test_functions_of_numpy(function: str) -> None:
    same(lambda m, d: getattr(np, function)(d), NUMBERS)
    same(lambda m, d: getattr(np, function)(d.x) * 2, NUMBERS)


UFUNCS: dict[str, Case] = {
    "ceil": lambda m, d: np.ceil(d[["y", "z"]]),
    "rint": lambda m, d: np.rint(d.y),
    "trunc": lambda m, d: np.trunc(d.y),
    "sign": lambda m, d: np.sign(d.y),
    "floor": lambda m, d: np.floor(d.z),
    "floor of integers": lambda m, d: np.floor(d.x),
    "sqrt of single precision": lambda m, d: np.sqrt(d.y.astype("float32")),
    "exp of short integers": lambda m, d: np.exp(d.x.astype("int16")),
    "exp of nullable": lambda m, d: np.exp(d.x.astype("Int64")),
    "add": lambda m, d: np.add(d.x, 2),
    "add from the left": lambda m, d: np.float64(2) * d.y,
    "maximum": lambda m, d: np.maximum(d.x, d.y),
    "isnan": lambda m, d: np.isnan(d.y),
    "isnan of integers": lambda m, d: np.isnan(d.x),
    "logical_not": lambda m, d: np.logical_not(d.x > 1),
    "absolute": lambda m, d: np.abs(d),
    "power": lambda m, d: np.power(d.z, 2),
}


@pytest.mark.parametrize("case", UFUNCS)
def test_other_functions_of_numpy(case: str) -> None:
    same(UFUNCS[case], NUMBERS)


OF_TIMES: dict[str, Case] = {
    "tz_localize": lambda m, d: d.tz_localize("Europe/Berlin"),
    "tz_localize a series": lambda m, d: d.x.tz_localize("UTC"),
    "tz_convert": lambda m, d: d.tz_localize("UTC").tz_convert("Asia/Tokyo"),
    "tz_localize to nothing": lambda m, d: d.tz_localize("UTC").tz_localize(None),
    "asfreq": lambda m, d: d.asfreq("6h").rename_axis("w"),
    "asof": lambda m, d: d.x.asof(pd.Timestamp("2024-03-30 13:00")),
}


@pytest.mark.parametrize("case", OF_TIMES)
def test_times(case: str) -> None:
    same(OF_TIMES[case], CLOCK)


ERRORS: dict[str, Case] = {
    "transform that reduces": lambda m, d: d.x.transform("sum"),
    "case_when of nothing": lambda m, d: d.x.case_when([]),
    "case_when of no list": lambda m, d: d.x.case_when(((d.yes, 1),)),
    "case_when of triples": lambda m, d: d.x.case_when([(d.yes, 1, 2)]),
    "repeat backwards": lambda m, d: d.x.repeat(-1),
    "map otherwise": lambda m, d: d.map(str, na_action="drop"),
    "eval of nothing": lambda m, d: d.eval(""),
    "eval of an absent column": lambda m, d: d.eval("absent + 1"),
    "eval in place without a target": lambda m, d: d.eval("x + 1", inplace=True),
    "select an absent column": lambda m, d: d.select("absent"),
    "isetitem past the end": lambda m, d: d.isetitem(9, 1),
    "isetitem of too few": lambda m, d: d.isetitem([0, 1, 2], d[["x"]]),
    "too few columns": lambda m, d: d.__setitem__(["x", "y"], d[["x"]]),
    "tz_convert without times": lambda m, d: d.tz_convert("UTC"),
    "convert_dtypes otherwise": lambda m, d: d.convert_dtypes(dtype_backend="other"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


def test_facts() -> None:
    lazy = bigframe.from_pandas(ROWS)
    assert lazy.x.ndim == 1
    assert lazy.x.dtypes == ROWS.x.dtypes
    assert lazy.y.hasnans
    assert not lazy.x.hasnans
    assert lazy.x.nbytes == ROWS.x.nbytes
    assert list(lazy.i.array) == list(ROWS.i.array)
    assert lazy.flags.allows_duplicate_labels


def test_notes_stay_with_an_object_and_its_copies() -> None:
    noted = ROWS.copy()
    noted.attrs["source"] = "here"
    lazy = bigframe.from_pandas(noted)
    assert lazy.attrs == {"source": "here"}
    assert lazy.copy().to_pandas().attrs == {"source": "here"}
    lazy.attrs = {"other": 1}
    assert lazy.to_pandas().attrs == {"other": 1}
    assert bigframe.from_pandas(ROWS).x.attrs == {}


def test_copies_and_pickles() -> None:
    lazy = bigframe.from_pandas(ROWS)
    for other in (copy.copy(lazy), copy.deepcopy(lazy), pickle.loads(pickle.dumps(lazy))):
        other["x"] = 0
        assert lazy.x.to_list() == ROWS.x.to_list()
    assert pickle.loads(pickle.dumps(lazy.x)).to_list() == ROWS.x.to_list()
