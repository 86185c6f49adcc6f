"""``merge`` against pandas: kinds, keys, order of rows, labels, index, indicator and validation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error

LEFT = pd.DataFrame(
    {
        "k": ["b", "a", None, "b", "c", "", "d", None],
        "n": [3, 1, 2, 3, 9, 1, 2, 3],
        "v": [1, 2, 3, 4, 5, 6, 7, 8],
        "w": [0.5, np.nan, 1.5, 2.5, np.nan, 3.5, 4.5, 5.5],
        "flag": [True, False, True, True, False, False, True, False],
    },
    index=[4, 2, 2, 0, 7, 5, 1, 1],
)
RIGHT = pd.DataFrame(
    {
        "k": ["a", "b", "b", None, "e", "", "a"],
        "n": [1, 3, 3, 2, 5, 1, 2],
        "v": [10, 20, 30, 40, 50, 60, 70],
        "z": ["p", "q", None, "r", "s", "", "t"],
        "at": pd.to_datetime(["2024-01-01", None, "2024-01-03", "2024-01-01", None, "2024-02-01", "2024-01-09"]),
    },
    index=[2, 0, 2, 9, 4, 4, 3],
)
UNIQUE = RIGHT.drop_duplicates("k")
NO_LEFT, NO_RIGHT = LEFT.iloc[:0], RIGHT.iloc[:0]
KINDS = ["inner", "left", "right", "outer"]

KEYS: dict[str, dict[str, Any]] = {
    "one": {"on": "k"},
    "list of one": {"on": ["k"]},
    "two": {"on": ["k", "n"]},
    "three": {"on": ["k", "n", "v"]},
    "common": {},
    "integer": {"on": "n"},
    "renamed": {"left_on": "v", "right_on": "n"},
    "two renamed": {"left_on": ["k", "v"], "right_on": ["z", "n"]},
    "one of two renamed": {"left_on": ["k", "v"], "right_on": ["k", "n"]},
    "same names": {"left_on": "k", "right_on": "k"},
    "sorted": {"on": "k", "sort": True},
    "two sorted": {"on": ["n", "k"], "sort": True},
    "renamed sorted": {"left_on": "v", "right_on": "n", "sort": True},
    "suffixes": {"on": "k", "suffixes": ("_left", "")},
    "one suffix": {"on": "k", "suffixes": (None, "_other")},
    "indexes": {"left_index": True, "right_index": True},
    "indicator": {"on": "k", "indicator": True},
    "named indicator": {"on": ["k", "n"], "indicator": "where"},
    "many to many": {"on": "k", "validate": "many_to_many"},
}


@pytest.mark.parametrize("how", KINDS)
@pytest.mark.parametrize("keys", KEYS)
def test_kinds_and_keys(keys: str, how: str) -> None:
    same(lambda m, a, b: a.merge(b, how=how, **KEYS[keys]), LEFT, RIGHT)


@pytest.mark.parametrize("how", KINDS)
@pytest.mark.parametrize("keys", ["one", "two", "indexes", "indicator", "renamed", "sorted"])
@pytest.mark.parametrize(
    ("left", "right"), [(LEFT, NO_RIGHT), (NO_LEFT, RIGHT), (NO_LEFT, NO_RIGHT)], ids=["right", "left", "both"]
)
def test_empty_sides(keys: str, how: str, left: pd.DataFrame, right: pd.DataFrame) -> None:
    stable = keys != "indexes" or how != "outer"  # with an empty side pandas sorts the index unstably
    same(lambda m, a, b: a.merge(b, how=how, **KEYS[keys]), left, right, ordered=stable)


@pytest.mark.parametrize("how", [*KINDS, "left_anti"])
def test_with_itself(how: str) -> None:
    same(lambda m, a: a.merge(a, how=how, on="k"), LEFT)
    same(lambda m, a: a.merge(a[a.v > 4], how=how, on=["k", "n"]), LEFT)


CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "cross": lambda m, a, b: a.merge(b, how="cross"),
    "cross of itself": lambda m, a, b: a[["v"]].merge(a[["k"]], how="cross"),
    "function": lambda m, a, b: m.merge(a, b, on="k"),
    "with a series": lambda m, a, b: a.merge(b.set_index("k").z, left_on="k", right_index=True),
    "column with index": lambda m, a, b: a.merge(b.set_index("k"), left_on="k", right_index=True),
    "column with index left": lambda m, a, b: a.merge(b.set_index("k"), how="left", left_on="k", right_index=True),
    "index with column": lambda m, a, b: a.set_index("k").merge(b, left_index=True, right_on="k"),
    "index with column right": lambda m, a, b: a.set_index("k").merge(b, how="right", left_index=True, right_on="k"),
    "two levels": lambda m, a, b: a.set_index(["k", "n"]).merge(
        b.set_index(["k", "n"]), left_index=True, right_index=True
    ),
    "index levels by name": lambda m, a, b: a.set_index("k").merge(b, on="k"),
    "anti": lambda m, a, b: a.merge(b, how="left_anti", on="k"),
    "anti of two": lambda m, a, b: a.merge(b, how="left_anti", on=["k", "n"]),
    "anti of nothing": lambda m, a, b: a.merge(b[b.n > 100], how="left_anti", on="k"),
    "integer with float": lambda m, a, b: a.merge(b.assign(n=b.n * 1.0), on="n"),
    "integer with float outer": lambda m, a, b: a.merge(b.assign(n=b.n * 2.0), on="n", how="outer"),
    "integer with renamed float": lambda m, a, b: a.merge(b.assign(m=b.n * 1.0), left_on="n", right_on="m", how="left"),
    "integer with holes": lambda m, a, b: a.merge(b.assign(n=b.n.where(b.n > 1)), on="n", how="left"),
    "narrow integer": lambda m, a, b: a.assign(n=a.n.astype("int8")).merge(b.assign(n=b.n.astype("int32")), on="n"),
    "float": lambda m, a, b: a.merge(b.assign(w=b.v / 20), on="w", how="outer"),
    "bool": lambda m, a, b: a.merge(b.assign(flag=b.n > 2), on="flag"),
    "units of time": lambda m, a, b: b.merge(b.assign(at=b["at"].astype("datetime64[ns]")), on="at"),
    "datetimes": lambda m, a, b: b.merge(b[["at", "z"]], on="at", how="left"),
    "holes make floats": lambda m, a, b: a.merge(b[["k", "n"]], on="k", how="left"),
    "holes make objects": lambda m, a, b: b[["k"]].merge(a[["k", "flag"]], on="k", how="left"),
    "no holes keep integers": lambda m, a, b: a.merge(a.drop_duplicates("v")[["v", "n"]], on="v", how="left"),
    "twice": lambda m, a, b: a.merge(b, on="k").merge(b, on="z"),
    "after a filter": lambda m, a, b: a[a.v > 2].merge(b[b.n < 3], on="n", how="outer"),
    "then a filter": lambda m, a, b: (lambda j: j[j.v_x > 2])(a.merge(b, on="k", how="left")),
    "then a filter on holes": lambda m, a, b: (lambda j: j[j.z.isna()])(a.merge(b, on="k", how="left")),
    "then some columns": lambda m, a, b: a.merge(b, on="k", how="outer")[["k", "z"]],
    "then a group": lambda m, a, b: a.merge(b, on="k", how="left").groupby("k").v_y.sum(),
    "then a sort of the indicator": lambda m, a, b: a.merge(b, on="k", how="outer", indicator=True).sort_values(
        "_merge"
    ),
    "then a count of the indicator": lambda m, a, b: (
        a.merge(b, on="k", how="outer", indicator=True)._merge.astype(str).value_counts()
    ),
    "then a count of categories": lambda m, a, b: a.merge(b, on="k", how="outer", indicator=True)._merge.value_counts(),
    "then a count of fewer categories": lambda m, a, b: a.merge(b, on="k", indicator=True)._merge.value_counts(),
    "then shares of categories": lambda m, a, b: a.merge(b, on="k", how="left", indicator=True)._merge.value_counts(
        normalize=True
    ),
    "then a group by the indicator": lambda m, a, b: (
        a.merge(b, on="k", how="outer", indicator=True).groupby("_merge").v_x.count()
    ),
    "then an index of the indicator": lambda m, a, b: a.merge(b, on="k", how="outer", indicator=True).set_index(
        "_merge"
    ),
    "rows on one side only": lambda m, a, b: (lambda j: j[j._merge == "left_only"])(
        a.merge(b, on="k", how="outer", indicator=True)
    ),
    "keys only": lambda m, a, b: a[["k"]].merge(b[["k"]], on="k"),
    "one to one": lambda m, a, b: a.drop_duplicates("k").merge(b.drop_duplicates("k"), on="k", validate="one_to_one"),
    "one to many": lambda m, a, b: a.drop_duplicates("k").merge(b, on="k", validate="1:m"),
    "many to one": lambda m, a, b: a.merge(b.drop_duplicates("k"), on="k", how="left", validate="m:1"),
    "many to one with holes": lambda m, a, b: a.merge(
        b.drop_duplicates("k"), on="k", how="outer", validate="many_to_one"
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], LEFT, RIGHT)


def test_bigger_tables_keep_the_order_of_rows() -> None:
    chosen = np.random.default_rng(3)
    left = pd.DataFrame({"k": chosen.integers(0, 50, 400), "a": np.arange(400)})
    right = pd.DataFrame({"k": chosen.integers(20, 80, 300), "b": np.arange(300)})
    for how in KINDS:
        same(lambda m, a, b, how=how: a.merge(b, on="k", how=how), left, right)


ERRORS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "not one to one": lambda m, a, b: a.merge(b, on="k", validate="one_to_one"),
    "left not unique": lambda m, a, b: a.merge(b.drop_duplicates("k"), on="k", validate="1:1"),
    "right not unique": lambda m, a, b: a.drop_duplicates("k").merge(b, on="k", validate="1:1"),
    "not one to many": lambda m, a, b: a.merge(b, on="k", validate="one_to_many"),
    "not many to one": lambda m, a, b: a.merge(b, on="k", validate="m:1"),
    "not unique in what is dropped": lambda m, a, b: a.merge(b[b.n == 3], on="k", validate="m:1"),
    "two keys not unique": lambda m, a, b: a.merge(b, on=["k", "n"], validate="m:1"),
    "no such validation": lambda m, a, b: a.merge(b, on="k", validate="some"),
    "no such key": lambda m, a, b: a.merge(b, on="absent"),
    "no such key on the left": lambda m, a, b: a.merge(b, left_on="absent", right_on="k"),
    "no such key on the right": lambda m, a, b: a.merge(b, left_on="k", right_on="absent"),
    "no such kind": lambda m, a, b: a.merge(b, on="k", how="sideways"),
    "string with integer": lambda m, a, b: a.merge(b, left_on="k", right_on="n"),
    "integer with string": lambda m, a, b: a.merge(b, left_on="n", right_on="k"),
    "datetime with integer": lambda m, a, b: a.merge(b, left_on="n", right_on="at"),
    "keys of different number": lambda m, a, b: a.merge(b, left_on=["k", "n"], right_on="k"),
    "on and left_on": lambda m, a, b: a.merge(b, on="k", left_on="k"),
    "on and left_index": lambda m, a, b: a.merge(b, on="k", left_index=True),
    "left_on alone": lambda m, a, b: a.merge(b, left_on="k"),
    "right_on alone": lambda m, a, b: a.merge(b, right_on="k"),
    "left_index alone": lambda m, a, b: a.merge(b, left_index=True),
    "cross with keys": lambda m, a, b: a.merge(b, how="cross", on="k"),
    "nothing in common": lambda m, a, b: a[["w"]].merge(b[["z"]]),
    "no suffixes": lambda m, a, b: a.merge(b, on="k", suffixes=(None, None)),
    "suffixes that repeat": lambda m, a, b: a.merge(
        b.rename(columns={"v": "v_x"}).assign(v=1), on="k", suffixes=("_x", "_y")
    ),
    "not a table": lambda m, a, b: a.merge(3, on="k"),
    "indicator that exists": lambda m, a, b: a.assign(_merge=1).merge(b, on="k", indicator=True),
    "indicator named as a column": lambda m, a, b: a.merge(b, on="k", indicator="w"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], LEFT, RIGHT)


@pytest.mark.parametrize(
    ("validate", "message"),
    [
        ("one_to_one", "Merge keys are not unique in (left|right) dataset; not a one-to-one merge"),
        ("one_to_many", "Merge keys are not unique in left dataset; not a one-to-many merge"),
        ("many_to_one", "Merge keys are not unique in right dataset; not a many-to-one merge"),
    ],
)
def test_validation_says_what_pandas_says(validate: str, message: str) -> None:
    import bigframe

    with pytest.raises(pd.errors.MergeError, match=message):
        bigframe.from_pandas(LEFT).merge(bigframe.from_pandas(RIGHT), on="k", validate=validate).to_pandas()


MIXED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "outer": lambda m, a, b: a.merge(b.set_index("n"), how="outer", left_on="n", right_index=True),
    "right": lambda m, a, b: a.merge(b.set_index("n"), how="right", left_on="n", right_index=True),
    "left": lambda m, a, b: a.set_index("n").merge(b, how="left", left_index=True, right_on="n"),
    "outer of an index": lambda m, a, b: a.set_index("n").merge(b, how="outer", left_index=True, right_on="n"),
    "of texts": lambda m, a, b: a.merge(b.set_index("k"), how="outer", left_on="k", right_index=True),
    "without numbers": lambda m, a, b: a[["k"]].merge(
        b.set_index("k")[["z"]], how="right", left_on="k", right_index=True
    ),
    "a key that both have": lambda m, a, b: a.merge(b, how="left", left_on="n", right_index=True),
    "a key that both have, outer": lambda m, a, b: a.merge(b, how="outer", left_on="n", right_index=True),
}
"""Rows that get labels of one side and a key of both."""


@pytest.mark.parametrize("case", MIXED)
def test_a_column_joined_with_an_index(case: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        same(MIXED[case], LEFT, RIGHT)


@pytest.mark.parametrize("how", ["outer", "right"])
def test_labels_of_the_other_side_where_one_is_empty(how: Any) -> None:
    few = RIGHT[["z"]].set_axis(range(1, 8))
    same(lambda m, a, b: a[a.v > 100].merge(b, how=how, left_on="n", right_index=True), LEFT[["n", "v"]], few)
    same(lambda m, a, b: a[a.v > 4].merge(b, how=how, left_on="n", right_index=True), LEFT[["n", "v"]], few)
    same(lambda m, a, b: a.merge(b[b.z == "?"], how=how, left_on="n", right_index=True), LEFT[["n", "v"]], few)


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
def test_labels_of_the_other_side_of_another_kind() -> None:
    few = RIGHT.set_index("k")[["z"]]
    same(lambda m, a, b: a[a.v > 4].merge(b, how="right", left_on="k", right_index=True), LEFT[["k", "v"]], few)


def test_the_rows_of_an_outer_join_leave_in_the_order_of_keys_that_nothing_reads() -> None:
    few, others = pd.DataFrame({"k": [5, 3, 1, 2, 4]}), pd.DataFrame({"k": [4, 2, 9]})
    for _ in range(5):
        same(lambda m, d, e: d.merge(e, how="outer", indicator=True)["_merge"].astype(str), few, others)


@pytest.mark.parametrize("how", KINDS)
def test_keys_of_two_families(how: Any) -> None:
    nullable = pd.DataFrame({"k": [1, 2, 3], "x": 1}, dtype="Int32")
    plain = pd.DataFrame({"k": [1, 2, 4], "y": 2}, dtype="int32")
    same(lambda m, d, e: d.merge(e, how=how), nullable, plain)
    same(lambda m, d, e: d.merge(e, how=how), plain, nullable)


CATEGORIES = {
    "the same": (["c", "b", "a"], ["c", "b", "a"]),
    "in another order": (["c", "b", "a"], ["a", "b", "c"]),
    "others": (["c", "b", "a"], ["a", "c"]),
    "on the left": (["c", "b", "a"], None),
    "on the right": (None, ["c", "b", "a"]),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("options", [{"how": how} for how in KINDS] + [{"sort": True}], ids=str)
@pytest.mark.parametrize("case", CATEGORIES)
def test_keys_of_categories(case: str, options: Any) -> None:
    left = pd.DataFrame({"k": ["a", None, "b", None], "v": [1, 2, 3, 4]})
    right = pd.DataFrame({"k": [None, "a", "c"], "w": [1, 2, 3]})
    kinds = [None if names is None else pd.CategoricalDtype(names) for names in CATEGORIES[case]]
    tables = [
        table if kind is None else table.astype({"k": kind}) for table, kind in zip((left, right), kinds, strict=True)
    ]
    same(lambda m, a, b: a.merge(b, on="k", **options), *tables)
