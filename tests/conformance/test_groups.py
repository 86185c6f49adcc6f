"""Rows by their group against pandas: values per row, rows chosen, groups looked at, keys of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import ExecutionError
from tests.conformance.compare import assert_same, computed, same, same_error

pytestmark = [
    pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore:GroupBy.nth:pandas.errors.Pandas4Warning"),
]

ROWS = pd.DataFrame(
    {
        "k": ["b", "a", None, "b", "a", "c", "", "b", None, "a"],
        "n": [3, 1, 3, 2, 1, 1, 2, 3, 2, 1],
        "x": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        "y": [1.5, np.nan, 2.5, np.nan, -3.0, np.nan, 0.25, 8.0, 2.0, 4.0],
        "s": ["p", None, "q", "", "p", None, "r", "s", "t", "p"],
        "b": [True, False, True, True, False, True, False, False, True, True],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2024-01-02", None, "2020-02-29"] + ["2021-01-01"] * 4),
        "i": np.array([100, 1, 2, 100, 3, 4, 5, 100, 6, 7], dtype="int8"),
    },
    index=[5, 3, 3, 9, 0, -1, 5, 7, 2, 2],
)
CATEGORIES = pd.CategoricalDtype(["z", "b", "a", "", "c"])
UNIQUE = ROWS.set_axis(list("abcdefghij"))
EMPTY = ROWS.iloc[:0]

PER_ROW: dict[str, Callable[[Any, Any], Any]] = {
    **{
        f"transform {name}": lambda m, d, name=name: d.groupby("n")[["x", "y"]].transform(name)
        for name in ("sum", "mean", "median", "min", "max", "count", "var", "std", "first", "last", "nunique", "prod")
    },
    "transform with missing keys": lambda m, d: d.groupby("k").x.transform("sum"),
    "transform with missing keys as a group": lambda m, d: d.groupby("k", dropna=False).x.transform("sum"),
    "transform by two": lambda m, d: d.groupby(["k", "n"], dropna=False).x.transform("max"),
    "transform texts": lambda m, d: d.groupby("n").s.transform("first"),
    "transform times": lambda m, d: d.groupby("n").t.transform("max"),
    "transform bools": lambda m, d: d.groupby("n").b.transform("any"),
    "transform narrow integers": lambda m, d: d.groupby("n").i.transform("sum"),
    "transform size": lambda m, d: d.groupby("n").x.transform("size"),
    "transform with an argument": lambda m, d: d.groupby("n").y.transform("sum", min_count=2),
    "transform to a running sum": lambda m, d: d.groupby("n")[["x"]].transform("cumsum"),
    "transform to a shift": lambda m, d: d.groupby("n").x.transform("shift", 1),
    "transform by level": lambda m, d: d.groupby(level=0).x.transform("max"),
    "transform without an index": lambda m, d: d.groupby("n", as_index=False).x.transform("sum"),
    "column less its mean": lambda m, d: d.assign(z=d.y - d.groupby("n").y.transform("mean")),
    "rows above the mean": lambda m, d: d[d.y > d.groupby("n").y.transform("mean")],
    "missing filled by the mean": lambda m, d: d.y.fillna(d.groupby("n").y.transform("mean")),
    "share of the sum": lambda m, d: d.x / d.groupby("n").x.transform("sum"),
    "percentage": lambda m, d: d.groupby("n")[["x", "y"]].pct_change(),
    "percentage of two before": lambda m, d: d.groupby("n").x.pct_change(2),
    "counted down": lambda m, d: d.groupby("n").cumcount(ascending=False),
    "counted with missing as a group": lambda m, d: d.groupby("k", dropna=False).cumcount(),
    "sums with missing as a group": lambda m, d: d.groupby(["k", "n"], dropna=False).y.cumsum(),
    "sums of numbers only": lambda m, d: d.drop(columns="i").groupby("n").cumsum(numeric_only=True),
    "shift filled": lambda m, d: d.groupby("n").x.shift(1, fill_value=0),
    "shift of bools": lambda m, d: d.groupby("n").b.shift(),
    "shift twice": lambda m, d: d.groupby("n").x.shift([0, 1]),
    "filled to a limit": lambda m, d: d.groupby("n").y.ffill(limit=1),
    "ngroup": lambda m, d: d.groupby("n").ngroup(),
    "rank": lambda m, d: d.groupby("n").x.rank(),
}


@pytest.mark.parametrize("case", PER_ROW)
def test_values_per_row(case: str) -> None:
    same(PER_ROW[case], ROWS)


@pytest.mark.parametrize("case", ["transform sum", "transform with missing keys", "percentage", "counted down"])
def test_values_per_row_of_nothing(case: str) -> None:
    same(PER_ROW[case], EMPTY)


CHOSEN: dict[str, Callable[[Any, Any], Any]] = {
    "head": lambda m, d: d.groupby("k").head(1),
    "head of two": lambda m, d: d.groupby("n").head(2),
    "head of a column": lambda m, d: d.groupby("n").x.head(2),
    "head of columns": lambda m, d: d.groupby("n")[["x", "s"]].head(2),
    "head but the last": lambda m, d: d.groupby("n").head(-1),
    "head of none": lambda m, d: d.groupby("n").head(0),
    "head with missing": lambda m, d: d.groupby("k", dropna=False).head(1),
    "head of sorted rows": lambda m, d: d.sort_values("x", ascending=False).groupby("n").head(1),
    "tail": lambda m, d: d.groupby("k").tail(1),
    "tail but the first": lambda m, d: d.groupby("n").x.tail(-1),
    "first row": lambda m, d: d.groupby("k").nth(0),
    "last row": lambda m, d: d.groupby("n").x.nth(-1),
    "two rows": lambda m, d: d.groupby("n").nth([0, -1]),
    "indexed": lambda m, d: d.groupby("n").nth[1:3],
    "from the end": lambda m, d: d.groupby("n").nth[-2:],
    "up to the last": lambda m, d: d.groupby("n").nth[:-1],
    "several slices": lambda m, d: d.groupby("n").nth[0, -1:],
    "with a step": lambda m, d: d.groupby("n").nth[::2],
    "get_group": lambda m, d: d.groupby("k").get_group("a"),
    "get_group of two": lambda m, d: d.groupby(["k", "n"]).get_group(("b", 3)),
    "get_group of a list": lambda m, d: d.groupby(["k"]).get_group(("a",)),
    "column of groups without an index": lambda m, d: d.groupby("n", as_index=False).x.head(2),
    "columns of groups without an index": lambda m, d: d.groupby("n", as_index=False)[["x"]].head(2),
    "get_group of a column": lambda m, d: d.groupby("n").x.get_group(1),
    "filter": lambda m, d: d.groupby("n").filter(lambda g: g.x.sum() > 12),
    "filter a column": lambda m, d: d.groupby("n").x.filter(lambda g: g.max() > 8),
    "take": lambda m, d: d.groupby("n").take([0]),
    "nlargest": lambda m, d: d.groupby("n").x.nlargest(2),
    "nsmallest": lambda m, d: d.groupby("k").y.nsmallest(1),
    "all sampled": lambda m, d: d.groupby("n").sample(frac=1.0, random_state=3),
}


@pytest.mark.parametrize("case", CHOSEN)
def test_rows_chosen(case: str) -> None:
    same(CHOSEN[case], ROWS)


@pytest.mark.parametrize("case", ["head", "tail", "two rows", "indexed"])
def test_rows_chosen_of_nothing(case: str) -> None:
    same(CHOSEN[case], EMPTY)


KEYS: dict[str, Callable[[Any, Any], Any]] = {
    "function of labels": lambda m, d: d.groupby(str).x.sum(),
    "own function of labels": lambda m, d: d.groupby(lambda label: label > "d").x.sum(),
    "dictionary of labels": lambda m, d: d.groupby({"a": "u", "b": "v", "c": "u"}).x.sum(),
    "array": lambda m, d: d.groupby(np.arange(10) % 3).x.sum(),
    "list of values": lambda m, d: d.groupby([1, 2] * 5).x.sum(),
    "label and array": lambda m, d: d.groupby(["k", np.arange(10) % 2]).x.sum(),
    "pandas series": lambda m, d: d.groupby(
        pd.Series(np.arange(10) % 3, index=list("abcdefghij"), name="third")
    ).x.sum(),
    "other rows": lambda m, d: d.groupby(d.k[d.x > 2]).x.sum(),
    "grouper": lambda m, d: d.groupby(m.Grouper(key="n")).x.sum(),
    "sorting grouper": lambda m, d: d.groupby(m.Grouper(key="n", sort=True)).x.sum(),
    "grouper of a level": lambda m, d: d.groupby(m.Grouper(level=0)).x.sum(),
    "grouper of months": lambda m, d: d.dropna(subset="t").groupby(m.Grouper(key="t", freq="YE")).x.sum().reset_index(),
    "series by a function": lambda m, d: d.x.groupby(lambda label: label < "c").max(),
    "series by an array": lambda m, d: d.x.groupby(np.arange(10) % 2).sum(),
    "seldom observed": lambda m, d: d.groupby("k", observed=False).x.sum(),
    "without group keys": lambda m, d: d.groupby("k", group_keys=False).x.sum(),
}


@pytest.mark.parametrize("case", KEYS)
def test_keys(case: str) -> None:
    same(KEYS[case], UNIQUE)


WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "own reduction": lambda m, d: d.groupby("k").x.agg(lambda g: g.max() - g.min()),
    "own reductions by name": lambda m, d: d.groupby("k").agg(
        spread=("x", lambda g: g.max() - g.min()), top=("y", "max")
    ),
    "Python's sum": lambda m, d: d.groupby("n")[["x", "y"]].agg(sum),
    "Python's and NumPy's by column": lambda m, d: d.groupby("n").agg({"y": [max, np.max], "x": sum}),
    "own reduction of all": lambda m, d: d.groupby("n")[["x", "y"]].agg(lambda g: g.iloc[0]),
    "names and functions": lambda m, d: d.groupby("n").x.agg(["sum", np.ptp]),
    "argument for a function": lambda m, d: d.groupby("n").x.agg(lambda g, a: g.sum() + a, 5),
    "list without an index": lambda m, d: d.groupby("n", as_index=False)[["x", "y"]].agg(["sum", "max"]),
    "skipping nothing": lambda m, d: d.groupby("n").y.sum(skipna=False),
    "smallest of enough": lambda m, d: d.groupby("n").y.min(min_count=4),
    "several quantiles": lambda m, d: d.groupby("n").x.quantile([0.25, 0.5]),
    "variance of times": lambda m, d: d.groupby("n").t.std(),
    "apply to a number": lambda m, d: d.groupby("k").apply(lambda g: g.x.sum() * 2),
    "apply to a row": lambda m, d: d.groupby("k").apply(lambda g: pd.Series({"lo": g.x.min(), "hi": g.x.max()})),
    "apply to rows": lambda m, d: d.groupby("k").apply(lambda g: g.nlargest(1, "x")),
    "apply to rows without keys": lambda m, d: d.groupby("k", group_keys=False).apply(lambda g: g.nlargest(1, "x")),
    "apply to a column": lambda m, d: d.groupby("k").x.apply(lambda g: g.sum()),
    "transform by a function": lambda m, d: d.groupby("n").x.transform(lambda g: g - g.mean()),
    "transform all by a function": lambda m, d: d.groupby("n")[["x", "y"]].transform(lambda g: g - g.mean()),
    "ohlc": lambda m, d: d.groupby("n").x.ohlc(),
    "ohlc of columns": lambda m, d: d.groupby("n")[["x", "y"]].ohlc(),
    "pipe": lambda m, d: d.groupby("n").pipe(lambda g: g.x.max() - g.x.min()),
    "describe": lambda m, d: d.groupby("n").x.describe(),
    "skew": lambda m, d: d.groupby("n").y.skew(),
    "idxmax": lambda m, d: d.reset_index(drop=True).groupby("n").x.idxmax(),
    "corr": lambda m, d: d.groupby("n")[["x", "i"]].corr(),
    "is_monotonic": lambda m, d: d.groupby("n").x.is_monotonic_increasing,
}


@pytest.mark.parametrize("case", WHOLE)
def test_whole_groups(case: str) -> None:
    same(WHOLE[case], ROWS)


LOOKED_AT: dict[str, Callable[[Any], Any]] = {
    "number": lambda d: d.groupby("k").ngroups,
    "length": lambda d: len(d.groupby(["k", "n"], dropna=False)),
    "dimensions": lambda d: (d.groupby("k").ndim, d.groupby("k").x.ndim),
    "keys": lambda d: d.groupby(["k", "n"]).keys,
    "level": lambda d: d.groupby(level=0).level,
    "positions": lambda d: {key: list(found) for key, found in d.groupby("n").indices.items()},
    "labels": lambda d: {key: list(found) for key, found in d.groupby("n").groups.items()},
    "labels by two keys": lambda d: {key: list(found) for key, found in d.groupby(["k", "n"]).groups.items()},
    "labels by a level": lambda d: {key: list(found) for key, found in d.x.groupby(level=0).groups.items()},
    "labels of missing keys": lambda d: list(map(str, d.groupby("k", dropna=False, sort=False).groups)),
    "labels by a function": lambda d: {key: list(found) for key, found in d.groupby(lambda i: i % 2).groups.items()},
    "labels of every category": lambda d: {
        key: list(found)
        for key, found in d.assign(k=d.k.astype(CATEGORIES)).groupby(["k", "n"], observed=False).groups.items()
    },
    "number with every category": lambda d: (
        len(d.assign(k=d.k.astype(CATEGORIES)).groupby("k", observed=False, sort=False)),
        d.assign(k=d.k.astype(CATEGORIES)).groupby("k", observed=False).ngroups,
    ),
    "none": lambda d: (dict(d.iloc[:0].groupby("n").groups), len(d.iloc[:0].groupby("n"))),
    "names": lambda d: [name for name, _ in d.groupby("k")],
    "names of lists": lambda d: [name for name, _ in d.groupby(["n"])],
}


@pytest.mark.parametrize("case", LOOKED_AT)
def test_groups_looked_at(case: str) -> None:
    assert LOOKED_AT[case](bigframe.from_pandas(ROWS)) == LOOKED_AT[case](ROWS)


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_looking_at_groups_is_one_job_of_what_is_seen() -> None:
    session = bigframe.current_session()
    groups = bigframe.from_pandas(ROWS).groupby("n")
    for look in (lambda: groups.groups, lambda: groups.indices, lambda: len(groups), lambda: list(groups)):
        before = session.jobs
        look()
        assert session.jobs == before + 1


def test_iteration() -> None:
    for (name, rows), (expected_name, expected) in zip(
        bigframe.from_pandas(ROWS).groupby("n"), ROWS.groupby("n"), strict=True
    ):
        assert name == expected_name
        assert_same(computed(rows), expected)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such transform": lambda m, d: d.groupby("n").x.transform("absent"),
    "transform to a table": lambda m, d: d.groupby("n").x.transform("describe"),
    "no such group": lambda m, d: d.groupby("n").get_group(99),
    "a group of a list": lambda m, d: d.groupby(["n"]).get_group(1),
    "values of another number": lambda m, d: d.groupby(np.arange(3)).x.sum(),
    "place that is none": lambda m, d: d.groupby("n").nth("x"),
    "function that fails": lambda m, d: d.groupby("n").apply(lambda g: g.absent),
    "columns of a series": lambda m, d: d.x.groupby(d.n, as_index=False),
    "share beyond one": lambda m, d: d.groupby("n").x.quantile(1.5),
    "argument that is none": lambda m, d: d.groupby("n").x.sum(absent=1),
}


def test_a_filter_without_a_truth() -> None:
    # By the time that it is called, as the first group shows or in a task, it is the function's error.
    with pytest.raises((TypeError, ExecutionError), match="filter function returned a str, but expected a scalar bool"):
        bigframe.from_pandas(ROWS).groupby("n").filter(lambda g: "yes").to_pandas()


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


RANKED: dict[str, Callable[[Any, Any], Any]] = {
    "counts": lambda m, d: d.groupby("n").s.value_counts(),
    "counts with missing": lambda m, d: d.groupby("n").s.value_counts(dropna=False),
    "counts upwards": lambda m, d: d.groupby("n").s.value_counts(ascending=True),
    "counts as they come": lambda m, d: d.groupby("n").s.value_counts(sort=False),
    "counts of groups as they come": lambda m, d: d.groupby("n", sort=False).s.value_counts(),
    "nothing ordered": lambda m, d: d.groupby("n", sort=False).s.value_counts(sort=False),
    "shares": lambda m, d: d.groupby("n").s.value_counts(normalize=True),
    "counts by two": lambda m, d: d.groupby(["n", "b"]).s.value_counts(),
    "counts of rows": lambda m, d: d.groupby("n")[["s", "b"]].value_counts(),
    "counts of some columns": lambda m, d: d.groupby("n").value_counts(subset=["b"]),
    "counts with missing keys": lambda m, d: d.groupby("k").b.value_counts(),
    "largest": lambda m, d: d.groupby("n").x.nlargest(2),
    "largest with missing": lambda m, d: d.groupby("k").y.nlargest(2),
    "smallest": lambda m, d: d.groupby("k").y.nsmallest(1),
    "largest times": lambda m, d: d.groupby("n").t.nlargest(2),
    "largest by two": lambda m, d: d.groupby(["n", "b"]).x.nlargest(1),
    "largest of ties": lambda m, d: d.assign(x=d.x // 4).groupby("n").x.nlargest(2),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", RANKED)
def test_ranked_within_groups(case: str) -> None:
    """pandas orders ties by an unstable sort."""
    same(RANKED[case], ROWS, ordered=False)


@pytest.mark.parametrize("case", ["counts", "shares", "counts of rows"])
def test_ranked_of_nothing(case: str) -> None:
    same(RANKED[case], EMPTY)


def test_counts_are_ordered_by_group_and_count() -> None:
    rows = pd.DataFrame({"k": list("bbbaaaaaab"), "v": list("xyxyzyzyxx")})
    same(lambda m, d: d.groupby("k").v.value_counts(), rows)
    same(lambda m, d: d.groupby("k").v.value_counts(ascending=True), rows)


RANKED_WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "counts in intervals": lambda m, d: d.groupby("n").x.value_counts(bins=[0, 5, 10]).to_numpy().tolist(),
    "counts with missing groups": lambda m, d: d.groupby("k", dropna=False).b.value_counts(),
    "counts as columns": lambda m, d: d.groupby("n", as_index=False).b.value_counts(),
    "all ties": lambda m, d: d.groupby("n").x.nlargest(1, keep="all"),
    "largest without keys": lambda m, d: d.groupby("n", group_keys=False).x.nlargest(1),
}


@pytest.mark.parametrize("case", RANKED_WHOLE)
def test_ranked_where_pandas_has_to(case: str) -> None:
    same(RANKED_WHOLE[case], ROWS)


def test_values_per_row_wait_to_be_looked_at() -> None:
    session = bigframe.current_session()
    before = session.jobs
    groups = bigframe.from_pandas(ROWS).groupby("n")
    groups.x.transform("mean")
    groups.head(2)
    groups.nth(0)
    groups[["x", "y"]].pct_change()
    assert session.jobs == before


def test_keys_from_several_other_tables() -> None:
    rows = pd.DataFrame({"a": [1, 1, 2, 2, 1], "n": [1.0, 2.0, 3.0, 4.0, 5.0]})
    one, two = pd.Series([1, 1, 2, 2, 1], name="p"), pd.Series([3, 4, 3, 3, 3], name="q")
    same(lambda m, d, p, q: d.groupby([p, "a", q]).n.sum(), rows, one, two)
    same(lambda m, d, p, q: d.groupby([p, q]).n.cumsum(), rows, one, two)
    same(lambda m, d: d.groupby([[1, 1, 2, 2, 1], [3, 4, 3, 3, 3]]).n.transform("median"), rows)
