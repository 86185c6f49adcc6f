"""Categories, items of lists and fields of structs against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import bigframe
from tests.conformance.compare import same, same_error

NESTED = pd.DataFrame(
    {
        "l": pd.array([[1, 2], None, [], [3, None, 5]], pd.ArrowDtype(pa.list_(pa.int64()))),
        "t": pd.array(
            [{"a": 1, "b": {"c": "x"}}, None, {"a": None, "b": {"c": None}}, {"a": 4, "b": None}],
            pd.ArrowDtype(pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.string())]))])),
        ),
        "n": [1, 2, 3, 4],
    },
    index=[5, 5, 1, 2],
)
KEYS = pd.DataFrame({"k": [1, 2, 3, 4, 5]})
OTHERS = pd.DataFrame({"k": [4, 2, 9]})
Case = Callable[[Any, Any], Any]

CASES: dict[str, Case] = {
    "len": lambda m, d: d.l.list.len(),
    "first items": lambda m, d: d[d.n != 3].l.list[0],
    "slice": lambda m, d: d.l.list[1:2],
    "flatten": lambda m, d: d.l.list.flatten(),
    "field": lambda m, d: d.t.struct.field("a"),
    "field by position": lambda m, d: d.t.struct.field(0),
    "field of a field": lambda m, d: d.t.struct.field(["b", "c"]),
    "explode": lambda m, d: d.t.struct.explode(),
    "dtypes": lambda m, d: d.t.struct.dtypes.astype(str).to_dict(),
    "field of a filter": lambda m, d: d[d.n > 1].t.struct.field("a") + 1,
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], NESTED)


DICTIONARIES = pd.DataFrame(
    {
        "d": [
            {"n": 1, "f": 0.5, "t": "x", "b": True, "l": [1]},
            None,
            {"n": 3, "f": None, "t": None, "b": None, "l": []},
        ]
    },
    index=[5, 5, 1],
)
OF_DICTIONARIES: dict[str, Case] = {
    "an integer": lambda m, d: d.d.str["n"],
    "an integer of all": lambda m, d: d.d.dropna().str.get("n"),
    "a float": lambda m, d: d.d.str.get("f"),
    "a text": lambda m, d: d.d.str["t"],
    "a list": lambda m, d: d.d.dropna().str["l"],
    "no such key": lambda m, d: d.d.str["z"],
    "a position": lambda m, d: d.d.str.get(0),
    "how many": lambda m, d: d.d.str.len(),
}


@pytest.mark.parametrize("case", OF_DICTIONARIES)
@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_values_of_dictionaries(case: str) -> None:
    same(OF_DICTIONARIES[case], DICTIONARIES)


def test_numbers_of_dictionaries_are_looked_up_in_the_engine() -> None:
    frame = bigframe.from_pandas(DICTIONARIES)
    with bigframe.option_context("fallback", "raise"):
        assert frame.d.str["n"].sum() == 4


def test_fields_are_no_texts() -> None:
    same_error(lambda m, d: d.t.str.len(), NESTED)


OF_CATEGORIES: dict[str, Callable[[Any], Any]] = {
    "codes": lambda c: c.cat.codes,
    "codes of some": lambda c: c[c != "both"].cat.codes,
    "categories": lambda c: c.cat.categories,
    "ordered": lambda c: c.cat.ordered,
    "rename by list": lambda c: c.cat.rename_categories(["l", "r", "b"]),
    "rename by mapping": lambda c: c.cat.rename_categories({"both": "in both"}),
    "rename by function": lambda c: c.cat.rename_categories(str.upper),
    "reorder": lambda c: c.cat.reorder_categories(["both", "right_only", "left_only"]),
    "reorder, then sort": lambda c: c.cat.reorder_categories(["both", "right_only", "left_only"]).sort_values(),
    "add": lambda c: c.cat.add_categories(["more"]),
    "add one": lambda c: c.cat.add_categories("more"),
    "remove": lambda c: c.cat.remove_categories(["both"]),
    "set": lambda c: c.cat.set_categories(["both", "more", "left_only"]),
    "remove unused": lambda c: c[c != "right_only"].cat.remove_unused_categories(),
    "unordered": lambda c: c.cat.as_unordered(),
    "ordered and not": lambda c: c.cat.as_ordered().cat.as_unordered().cat.ordered,
    "counts": lambda c: c.cat.add_categories("more").value_counts(sort=False),
}


@pytest.mark.parametrize("case", OF_CATEGORIES)
def test_categories(case: str) -> None:
    same(lambda m, d, e: OF_CATEGORIES[case](d.merge(e, how="outer", indicator=True)["_merge"]), KEYS, OTHERS)


ERRORS: dict[str, Case] = {
    "no lists": lambda m, d: d.n.list,
    "no structs": lambda m, d: d.n.struct,
    "no categories": lambda m, d: d.n.cat,
    "no such field": lambda m, d: d.t.struct.field("z"),
    "no such position": lambda m, d: d.t.struct.field(7),
    "no field": lambda m, d: d.t.struct.field(1.5),
    "no item": lambda m, d: d.l.list["a"],
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], NESTED)


def test_categories_that_exist_already() -> None:
    marks = bigframe.from_pandas(KEYS).merge(bigframe.from_pandas(OTHERS), how="outer", indicator=True)["_merge"]
    with pytest.raises(ValueError, match="must not include old categories"):
        marks.cat.add_categories("both")


SHAPES = {
    "lists of other dictionaries": [[{"a": 1}], [{"b": 2}], []],
    "lists of the same": [[{"a": 1, "b": [2]}], [], [{"a": 3, "b": []}]],
    "dictionaries of others": [{"a": {"x": 1}}, {"a": {"y": 2}}],
    "a dictionary that one lacks": [{"a": {"x": 1}}, {"a": None}],
    "pairs": [[("a", "b")], []],
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", SHAPES)
def test_nested_objects_come_back_as_they_are(case: str) -> None:
    def shown(values: Any) -> list[str]:
        table = values if isinstance(values, pd.Series) else values.to_pandas()
        return [repr(value) for value in table]

    values = pd.Series(SHAPES[case])
    assert shown(bigframe.Series(values)) == shown(values)
    same(lambda m, s: s.map(repr), values)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_pandas_joins_and_compares_lists() -> None:
    rows = pd.DataFrame({"k": [1, 1, 2], "x": [[1, 5], [2], []]})
    for name in ("sum", "max", "min"):
        assert getattr(bigframe.from_pandas(rows).x, name)() == getattr(rows.x, name)()
    same(lambda m, d: d.groupby("k").agg({"x": "sum"}), rows)
    same(lambda m, d: d.groupby("k").x.max(), rows)
