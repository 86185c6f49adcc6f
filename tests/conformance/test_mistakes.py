"""Mistakes that everybody makes: the error is pandas' own, word for word, and raised where the mistake is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import bigframe

TABLE = pd.DataFrame(
    {
        "k": ["a", "b", "a", None],
        "n": [1, 2, 3, 4],
        "f": [0.5, None, 1.5, 2.5],
        "t": pd.to_datetime(["2024-01-01", "2024-01-02", None, "2024-01-04"]),
        "s": ["1", "x", "3", "2024-13-01"],
    }
)
OTHER = pd.DataFrame({"key": ["a", "b"], "n": [10, 20], "k2": [1, 2]})
Mistake = Callable[[Any, Any, Any], Any]

AT_THE_CALL: dict[str, Mistake] = {
    "an argument of other reductions": lambda m, d, o: d.n.cumsum(numeric_only=True),
    "an argument of NumPy's": lambda m, d, o: d[["n"]].cumsum(dtype="int64"),
    "a column that is not there": lambda m, d, o: d["nope"],
    "columns that are not there": lambda m, d, o: d[["k", "nope", "no"]],
    "only columns that are not there": lambda m, d, o: d[["nope"]],
    "an attribute that is not there": lambda m, d, o: d.nope,
    "an attribute of a series": lambda m, d, o: d.k.nope,
    "dropping a column that is not there": lambda m, d, o: d.drop(columns="nope"),
    "dropping columns that are not there": lambda m, d, o: d.drop(columns=["nope", "no"]),
    "sorting by what is not there": lambda m, d, o: d.sort_values("nope"),
    "grouping by what is not there": lambda m, d, o: d.groupby("nope").n.sum(),
    "choosing from groups": lambda m, d, o: d.groupby("k")["nope"],
    "choosing several from groups": lambda m, d, o: d.groupby("k")[["n", "nope"]],
    "aggregating what is not there": lambda m, d, o: d.groupby("k").agg({"nope": "sum"}),
    "named aggregation of what is not there": lambda m, d, o: d.groupby("k").agg(x=("nope", "sum")),
    "named aggregation of no column": lambda m, d, o: d.groupby("k").agg(n="sum"),
    "named aggregation of less than a pair": lambda m, d, o: d.groupby("k").agg(x=("n",)),
    "a reduction that is none": lambda m, d, o: d.groupby("k").n.agg("summ"),
    "a reduction of a series that is none": lambda m, d, o: d.n.agg("summ"),
    "an index of what is not there": lambda m, d, o: d.set_index("nope"),
    "an index of some not there": lambda m, d, o: d.set_index(["k", "nope"]),
    "renaming strictly": lambda m, d, o: d.rename(columns={"nope": "x"}, errors="raise"),
    "merging on a key of one side": lambda m, d, o: d.merge(o, on="k"),
    "merging with nothing in common": lambda m, d, o: d[["k"]].merge(o[["key"]]),
    "merging on text and numbers": lambda m, d, o: d.merge(o, left_on="k", right_on="n"),
    "merging with another how": lambda m, d, o: d.merge(o, on="n", how="inside"),
    "merging with half the keys": lambda m, d, o: d.merge(o, left_on=["k", "n"], right_on="key"),
    "merging with one side's key": lambda m, d, o: d.merge(o, left_on="k"),
    "merging with on and left_on": lambda m, d, o: d.merge(o, on="n", left_on="n"),
    "merging with an odd validate": lambda m, d, o: d.merge(o, on="n", validate="one"),
    "crossing with keys": lambda m, d, o: d.merge(o, on="n", how="cross"),
    "joining columns that overlap": lambda m, d, o: d.join(o),
    "joining a frame with itself": lambda m, d, o: d.join(d),
    "a condition that is none": lambda m, d, o: d.where(5),
    "dummies of what is not there": lambda m, d, o: m.get_dummies(d, columns=["nope"]),
    "concatenating nothing": lambda m, d, o: m.concat([]),
    "concatenating a frame": lambda m, d, o: m.concat(d),
    "concatenating along an odd axis": lambda m, d, o: m.concat([d, d], axis=2),
    "concatenating with an odd join": lambda m, d, o: m.concat([d, d], join="left"),
    "an axis that is none": lambda m, d, o: d.sum(axis=2),
    "an axis by name that is none": lambda m, d, o: d.drop("n", axis="cols"),
    "too many names": lambda m, d, o: setattr(d, "columns", ["a", "b"]),
    "text methods of numbers": lambda m, d, o: d.n.str.upper(),
    "time methods of numbers": lambda m, d, o: d.n.dt.year,
    "category methods of text": lambda m, d, o: d.k.cat.codes,
    "text times text": lambda m, d, o: d.k * d.k,
    "text plus a number": lambda m, d, o: d.k + 1,
    "text more than a number": lambda m, d, o: d.k > 1,
    "times plus times": lambda m, d, o: d.t + d.t,
    "the truth of a frame": lambda m, d, o: bool(d),
    "the truth of a series": lambda m, d, o: bool(d.n > 1),
    "and between series": lambda m, d, o: d[d.n > 1 and d.f > 1],
    "not in words": lambda m, d, o: d[not d.n],
    "an odd cast": lambda m, d, o: d.n.astype("intt"),
    "an odd keep": lambda m, d, o: d.drop_duplicates(keep="one"),
    "duplicates of what is not there": lambda m, d, o: d.drop_duplicates("nope"),
    "an odd subset of dropna": lambda m, d, o: d.dropna(subset=["nope"]),
    "an odd how of dropna": lambda m, d, o: d.dropna(how="some"),
    "an odd method of rank": lambda m, d, o: d.n.rank(method="best"),
    "an odd quantile": lambda m, d, o: d.n.quantile(1.5),
    "ascending of another length": lambda m, d, o: d.sort_values(["n", "k"], ascending=[True]),
    "the largest of text": lambda m, d, o: d.nlargest(2, "k"),
    "the largest of a text": lambda m, d, o: d.k.nlargest(2),
    "the smallest of categories": lambda m, d, o: d.k.astype("category").nsmallest(2),
    "ascending that is no bool": lambda m, d, o: d.sort_values("n", ascending="yes"),
    "ascending that is None": lambda m, d, o: d.sort_index(ascending=None),
    "ascending that is several": lambda m, d, o: d.n.sort_values(ascending=[True, False]),
    "in place that is no bool": lambda m, d, o: d.dropna(inplace="yes"),
    "in place that is a number": lambda m, d, o: d.query("n > 1", inplace=1),
    "a series in place that is a number": lambda m, d, o: d.n.reset_index(inplace=1),
    "skipping missing values or not": lambda m, d, o: d.f.sum(skipna=None),
    "skipping missing values in rows or not": lambda m, d, o: d[["n", "f"]].mean(axis=1, skipna=None),
    "an index ignored or not": lambda m, d, o: d.drop_duplicates(ignore_index=1),
    "an odd na_action": lambda m, d, o: d.n.map({1: 2}, na_action="skip"),
    "comparing with a series of other rows": lambda m, d, o: d.n == o.n,
    "comparing with a frame of other rows": lambda m, d, o: d[["n"]] < o[["n"]],
    "merging with a series without a name": lambda m, d, o: d.merge(o.n.rename(None), left_on="n", right_index=True),
    "joining a series without a name": lambda m, d, o: d.join(o.n.rename(None)),
    "the same reduction twice": lambda m, d, o: d[["n"]].agg(["sum", "sum"]),
    "the same function twice": lambda m, d, o: d[["n"]].transform(["sqrt", "sqrt"]),
    "the same function of a series twice": lambda m, d, o: d.n.transform(["sqrt", "abs", "sqrt"]),
    "filling holes with a list": lambda m, d, o: d.fillna([1]),
    "filling holes of a series with a list": lambda m, d, o: d.f.fillna((1,)),
    "plus before a text": lambda m, d, o: +d.k,
    "a list as a label": lambda m, d, o: ["n"] in d,
    "a query of an odd function": lambda m, d, o: d.query("nope(n) > 1"),
    "a mean of text": lambda m, d, o: d.k.mean(),
    "a sum of times": lambda m, d, o: d.t.sum(),
    "a mean of text in groups": lambda m, d, o: d.groupby("n").k.mean(),
    "a deviation of text in groups": lambda m, d, o: d.groupby("n").agg({"k": "std"}),
    "a mean of text per row": lambda m, d, o: d.groupby("n").k.transform("mean"),
    "a sum of times in groups": lambda m, d, o: d.groupby("n")[["t"]].sum(),
    "exploding what is not there": lambda m, d, o: d.explode("nope"),
    "melting what is not there": lambda m, d, o: d.melt(id_vars="nope"),
    "pivoting what is not there": lambda m, d, o: d.pivot_table(index="nope", values="n"),
    "a query of what is not there": lambda m, d, o: d.query("nope > 1"),
    "a query that is no expression": lambda m, d, o: d.query("n >"),
    "iloc by name": lambda m, d, o: d.iloc["n"],
    "loc of a column that is not there": lambda m, d, o: d.loc[:, "nope"],
    "loc of columns that are not there": lambda m, d, o: d.loc[:, ["n", "nope"]],
    "a sample of more": lambda m, d, o: d.sample(n=2, frac=0.5),
    "a window of nothing": lambda m, d, o: d.n.rolling(-1),
    "a bin edge twice": lambda m, d, o: m.cut(d.n, [1, 1, 2]),
    "bins that fall": lambda m, d, o: m.cut(d.n, [3, 2, 1]),
    "bins and labels": lambda m, d, o: m.cut(d.n, [0, 2, 4], labels=["a"]),
    "resampling numbers": lambda m, d, o: d.n.resample("D").sum(),
    "isin of a string": lambda m, d, o: d.k.isin("a"),
    "a list as label": lambda m, d, o: d.rename(columns=["a"]),
    "a name of a list": lambda m, d, o: setattr(d.n, "name", ["a"]),
    "inserting what is there": lambda m, d, o: d.insert(0, "n", 1),
    "popping what is not there": lambda m, d, o: d.pop("nope"),
    "a date that is none": lambda m, d, o: m.to_datetime("2024-13-01"),
    "a clip by text": lambda m, d, o: d.n.clip("a", "b"),
    "a shift by text": lambda m, d, o: d.n.shift("a"),
    "an odd errors": lambda m, d, o: m.to_numeric(d.s, errors="skip"),
    "an odd orient": lambda m, d, o: d.to_dict("rows"),
}

ARGUMENTS: dict[str, Mistake] = {
    "an odd argument": lambda m, d, o: d.sort_values("n", descending=True),
    "an odd fill": lambda m, d, o: d.fillna(),
    "a where without a condition": lambda m, d, o: d.where(),
}

WHEN_LOOKED_AT: dict[str, Mistake] = {
    "too few values": lambda m, d, o: d.assign(x=[1, 2]),
    "too many values": lambda m, d, o: d.assign(x=range(9)),
    "missing values as integers": lambda m, d, o: d.f.astype("int64"),
    "text as integers": lambda m, d, o: d.s[1:3].astype("int64"),
    "text as floats": lambda m, d, o: d.s[1:3].astype(float),
    "text as dates": lambda m, d, o: m.to_datetime(d.s[1:2], format="%Y-%m-%d"),
    "text as dates of any ISO form": lambda m, d, o: m.to_datetime(d.s[1:2], format="ISO8601"),
    "a row that is not there": lambda m, d, o: d.loc[17],
    "rows that are not there": lambda m, d, o: d.loc[[1, 17]],
    "a row past the end": lambda m, d, o: d.iloc[99],
    "a cell that is not there": lambda m, d, o: d.at[17, "n"],
    "a mask of another length": lambda m, d, o: d[[True, False]],
    "repeated keys, one wanted": lambda m, d, o: o.merge(d, left_on="key", right_on="k", validate="one_to_one"),
    "a pivot of repeated cells": lambda m, d, o: d.assign(c=1).pivot(index="c", columns="k", values="n"),
    "an index that repeats": lambda m, d, o: d.set_index("k").n.reindex(["a", "b"]),
    "an index checked": lambda m, d, o: d.set_index("k", verify_integrity=True),
    "a larger sample": lambda m, d, o: d.sample(9, random_state=0),
    "steps between labels that have none": lambda m, d, o: (
        d.set_index(pd.date_range("2024", periods=len(d))).iloc[[0, 2, 1]].shift(freq="infer")
    ),
    "steps of another frequency": lambda m, d, o: d.set_index(pd.period_range("2024", periods=len(d))).shift(freq="M"),
    "an item of several": lambda m, d, o: d.n.item(),
    "a function that fails": lambda m, d, o: d.n.map(lambda x: 1 // (x - 1)),
    "the largest of nothing": lambda m, d, o: d[d.n > 9].n.idxmax(),
}


def outcome(make: Mistake, module: Any, *, look: bool) -> tuple[str, str]:
    """The type and message of what a mistake raises."""
    wrap = (lambda one: one.copy()) if module is pd else bigframe.from_pandas
    try:
        result = make(module, wrap(TABLE), wrap(OTHER))
        if look and hasattr(result, "to_pandas"):
            result.to_pandas()
        if look and isinstance(result, bigframe.LazyScalar):
            result.item()
    except Exception as error:
        said = re.sub(r" \(did you mean '.*'\?\)", "", str(error.args[0] if error.args else error))
        kinds = (kind.__name__ for kind in type(error).__mro__ if not kind.__module__.startswith("bigframe"))
        return next(kinds), said
    return "nothing", ""


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
@pytest.mark.filterwarnings("ignore:.*inplace:pandas.errors.Pandas4Warning")
@pytest.mark.parametrize("name", AT_THE_CALL)
def test_raised_at_the_call(name: str) -> None:
    expected = outcome(AT_THE_CALL[name], pd, look=False)
    assert expected[0] != "nothing"
    assert outcome(AT_THE_CALL[name], bigframe, look=False) == expected


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("name", WHEN_LOOKED_AT)
def test_raised_when_looked_at(name: str) -> None:
    expected = outcome(WHEN_LOOKED_AT[name], pd, look=True)
    assert expected[0] != "nothing"
    assert outcome(WHEN_LOOKED_AT[name], bigframe, look=True) == expected


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_that_do_not_fit(name: str) -> None:
    # Python's own words, in which pandas' functions are named; here the signature is read before one is called.
    assert outcome(ARGUMENTS[name], pd, look=False)[0] == "TypeError"
    assert outcome(ARGUMENTS[name], bigframe, look=False)[0] == "TypeError"
