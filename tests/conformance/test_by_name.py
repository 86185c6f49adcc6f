"""``agg``, ``transform`` and ``apply`` with names, lists of names and dictionaries, against pandas and without gathering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "n": [1, 2, 1, 1, 2, 1],
        "x": [1, 2, 3, 4, 5, 6],
        "y": [1.5, np.nan, np.nan, 2, np.nan, np.nan],
        "s": ["p", None, "q", "", "p", "r"],
    },
    index=list("abcdef"),
)

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "agg of columns": lambda m, d: d.agg({"x": "sum", "y": "mean"}),
    "agg several of columns": lambda m, d: d.agg({"x": ["sum", "max"], "y": ["sum", "max"]}),
    "agg others of each column": lambda m, d: d.agg({"x": "sum", "y": ["min", "max"]}),
    "agg in other orders": lambda m, d: d.agg({"y": ["min", "max"], "x": ["max", "sum"]}),
    "agg by columns": lambda m, d: d[["x", "y"]].agg("sum", axis=1),
    "agg with an argument": lambda m, d: d[["x", "y"]].agg("var", ddof=0),
    "agg of NumPy's": lambda m, d: d[["x", "y"]].agg([np.sum, "mean"]),
    "agg to the same rows": lambda m, d: d[["x", "y"]].agg(["cumsum", "abs"]),
    "agg columns to the same rows": lambda m, d: d.agg({"x": "cumsum", "y": "abs"}),
    "agg columns to several": lambda m, d: d.agg({"x": ["cumsum", "shift"], "y": ["abs"]}),
    "agg by a function of NumPy": lambda m, d: d[["x", "y"]].agg(np.sqrt),
    "agg under labels": lambda m, d: d.agg(a=("x", "sum"), b=("y", "mean"), c=("x", "max")),
    "agg under labels of one": lambda m, d: d.agg(b=pd.NamedAgg("x", "min"), a=("x", "sum")),
    "agg under names of columns": lambda m, d: d[["x", "y"]].rename_axis(columns="c").agg(["cumsum"]),
    "series agg under labels": lambda m, d: d.x.agg(a="sum", b="mean"),
    "series agg of a dictionary": lambda m, d: d.x.agg({"a": "sum", "b": "max"}),
    "series agg to the same rows": lambda m, d: d.x.agg(["cumsum", "abs"]),
    "series agg of its size": lambda m, d: d.x.agg("size"),
    "transform by several": lambda m, d: d[["x", "y"]].transform(["cumsum", np.exp]),
    "transform by column": lambda m, d: d.transform({"x": "cumsum", "y": ["abs", "shift"]}),
    "transform by NumPy's name": lambda m, d: d[["x", "y"]].transform("sqrt"),
    "transform with an argument": lambda m, d: d[["x", "y"]].transform("shift", 0, 2),
    "series transform by several": lambda m, d: d.x.transform(["cumsum", np.sqrt]),
    "series transform under labels": lambda m, d: d.x.transform({"a": "cumsum", "b": "abs"}),
    "apply a name": lambda m, d: d[["x", "y"]].apply("sum"),
    "apply a name to rows": lambda m, d: d[["x", "y"]].apply("mean", axis=1),
    "apply a name with an argument": lambda m, d: d.apply("sum", numeric_only=True),
    "apply names": lambda m, d: d[["x", "y"]].apply(["sum", "mean"]),
    "apply a function of NumPy": lambda m, d: d[["x", "y"]].apply(np.sqrt),
    "apply a sum of NumPy": lambda m, d: d[["x", "y"]].apply(np.sum),
    "apply a mean of NumPy": lambda m, d: d[["x", "y"]].apply(np.mean),
    "apply a deviation of NumPy": lambda m, d: d[["x", "y"]].apply(np.std),
    "apply a product of NumPy": lambda m, d: d[["n", "x"]].apply(np.prod),
    "apply a median of NumPy": lambda m, d: d[["n", "x", "y"]].apply(np.median),
    "apply a length": lambda m, d: d[["x", "y"]].apply(len),
    "agg by an array of names": lambda m, d: d[["x", "y"]].agg(np.array(["sum", "min"])),
    "agg by labels": lambda m, d: d[["x", "y"]].agg(pd.Index(["max"])),
    "apply a method": lambda m, d: d[["x", "y"]].apply(m.Series.nunique),
    "apply a sum to no rows": lambda m, d: d[d.x > 99][["x", "y"]].apply(np.sum),
    "apply a sum of integers to no rows": lambda m, d: d[d.x > 99][["n", "x"]].apply(np.sum),
    "apply a maximum to no rows": lambda m, d: d[d.x > 99][["n", "x"]].apply(np.max),
    "apply a count to no rows": lambda m, d: d[d.x > 99][["n", "x"]].apply(m.Series.count),
    "apply a truth to bools": lambda m, d: (d[["n", "x"]] > 1).apply(np.all),
    "apply a sum to bools": lambda m, d: (d[["n", "x"]] > 1).assign(y=d.n).apply(np.sum),
    "agg by a reduction of NumPy": lambda m, d: d[["x", "y"]].agg(np.max),
    "series agg by a reduction of NumPy": lambda m, d: d.y.agg(np.std),
    "series agg by a method": lambda m, d: d.y.agg(m.Series.sum),
    "apply to rows with arguments": lambda m, d: d.apply(lambda r, a, b=0: r.x * a + b, axis=1, args=(3,), b=1),
    "series apply with arguments": lambda m, d: d.x.apply(lambda v, a: v + a, args=(2,)),
    "series apply with keywords": lambda m, d: d.x.apply(lambda v, a=1: v + a, a=5),
    "series apply a name": lambda m, d: d.x.apply("sum"),
    "series apply a function of NumPy": lambda m, d: d.x.apply(np.sqrt),
    "series apply a dictionary": lambda m, d: d.x.apply({"a": "sum"}),
    "types of values": lambda m, d: d.s.map(type),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", CASES)
def test_by_name(case: str) -> None:
    same(CASES[case], ROWS)


WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "function of a column": lambda m, d: d.x.apply(lambda c: c.sum(), by_row=False),
    "function of columns": lambda m, d: d[["x", "y"]].apply(lambda c, a: c.sum() + a, args=(1,)),
    "method of columns": lambda m, d: d[["x", "s"]].apply(m.Series.nunique),
    "single precision": lambda m, d: d[d.x > 99][["x"]].astype("float32").apply(np.sum),
    "rows of rows": lambda m, d: d[["x", "y"]].apply(lambda r: r * 2, axis=1),
    "of no rows": lambda m, d: d[d.x > 99].apply(lambda r: r.x, axis=1),
    "values of no rows": lambda m, d: d.x[d.x > 99].map(lambda v: v + 1),
    "sizes": lambda m, d: d.agg("size"),
    "lists of columns": lambda m, d: d[["x", "y"]].apply(list),
    "of no columns": lambda m, d: d[[]].reset_index(drop=True).apply(np.mean).shape,
    "running sums of rows": lambda m, d: d[["x", "y"]].transform("cumsum", axis=1),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", WHOLE)
def test_whole_columns(case: str) -> None:
    same(WHOLE[case], ROWS)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "both kinds": lambda m, d: d[["x", "y"]].agg(["cumsum", "sum"]),
    "no such column": lambda m, d: d.agg({"nope": "sum"}),
    "no such name": lambda m, d: d.agg("nope"),
    "a reduction": lambda m, d: d[["x", "y"]].transform(["sum"]),
    "nothing": lambda m, d: d.transform([]),
    "nothing for a column": lambda m, d: d.transform({"x": []}),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)
