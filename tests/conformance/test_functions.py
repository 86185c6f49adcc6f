"""User functions against pandas: ``map``, ``apply(axis=1)``, ``map_partitions``; what they see, what they may return."""

import collections
import datetime
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import ExecutionError, PerformanceWarning
from tests.conformance.columns import NULLABLE, NUMBERS, TIMES, Row, table
from tests.conformance.compare import same, same_error

FRAME = NUMBERS[["n", "j64", "i64", "f64", "b"]].assign(s=["a", "", None, "b", "zz", "é"], us=TIMES.us)

MAPPINGS: dict[str, Row] = {
    "ints": lambda d: d.i64.map({10: 1, 2: 2}),
    "texts": lambda d: d.i64.map({10: "a", 2: "b"}),
    "every key": lambda d: d.n.map(dict(zip(range(1, 7), range(10, 70, 10), strict=True))),
    "every key, bools": lambda d: d.n.map(dict.fromkeys(range(1, 7), True)),
    "bools": lambda d: d.n.map({1: True, 2: False}),
    "floats": lambda d: d.n.map({1: 1.5, 2: None}),
    "times": lambda d: d.n.map({1: pd.Timestamp("2020-01-01")}),
    "of texts": lambda d: d.s.map({"a": 1, "b": 2}),
    "of a missing text": lambda d: d.s.map({"a": 1, np.nan: 9}),
    "of None among texts": lambda d: d.s.map({"a": 1, None: 9}),
    "empty": lambda d: d.s.map({}),
    "of a missing float that is passed over": lambda d: d.f64.map({0.1: 1, np.nan: 7}, na_action="ignore"),
    "of a missing text that is passed over": lambda d: d.s.map({"a": 1, None: 9}, na_action="ignore"),
    "series of a missing float that is passed over": lambda d: d.f64.map(
        pd.Series({0.1: 1, np.nan: 7}), na_action="ignore"
    ),
    "with a default for a missing float": lambda d: d.f64.map(collections.defaultdict(int, {0.1: 1, np.nan: 7})),
    "of NumPy's own integers": lambda d: d.n.map({np.int64(1): np.float32(0.5), np.int8(2): np.int64(3)}),
    "of floats": lambda d: d.f64.map({0.1: 1, -2.5: 2}),
    "of a missing float": lambda d: d.f64.map({0.1: 1, np.nan: 7}),
    "of None among floats": lambda d: d.f64.map({None: 5}),
    "of ints by floats": lambda d: d.i64.map({10.0: 1, 2.5: 2}),
    "of ints by texts": lambda d: d.n.map({"a": 1}),
    "of ints by bools": lambda d: d.n.map({True: 1}),
    "of bools": lambda d: d.b.map({True: "y", False: "n"}),
    "of bools by ints": lambda d: d.b.map({1: "y", 0: "n"}),
    "of times": lambda d: d.us.map({pd.Timestamp("2020-01-01"): 1}),
    "series": lambda d: d.n.map(pd.Series({1: 10, 2: 20})),
    "series of texts": lambda d: d.n.map(pd.Series(["a", "b"])),
    "series of float32": lambda d: d.n.map(pd.Series([1, 2], dtype="f4")),
    "nullable series": lambda d: d.n.map(pd.Series([1, 2], dtype="Int64")),
    "with defaults": lambda d: d.n.map(collections.defaultdict(int, {1: 5})),
    "counter": lambda d: d.n.map(collections.Counter({1: 5})),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_mappings(name: str) -> None:
    same(lambda m, d: MAPPINGS[name](d), FRAME)
    same(lambda m, d: MAPPINGS[name](d), FRAME.reset_index(drop=True))


FUNCTIONS: dict[str, Row] = {
    "int": lambda d: d.n.map(lambda x: x + 1),
    "float": lambda d: d.n.map(lambda x: x / 2),
    "text": lambda d: d.n.map(str),
    "bool": lambda d: d.n.map(lambda x: x > 3),
    "int or None": lambda d: d.n.map(lambda x: None if x > 3 else x),
    "None": lambda d: d.n.map(lambda x: None),
    "list": lambda d: d.n.map(lambda x: [x, x]),
    "dict": lambda d: d.n.map(lambda x: {"a": x}),
    "date": lambda d: d.n.map(lambda x: datetime.date(2020, 1, x)),
    "timestamp": lambda d: d.n.map(lambda x: pd.Timestamp(2020, 1, x)),
    "of text": lambda d: d.s.map(len, na_action="ignore"),
    "upper": lambda d: d.s.map(str.upper, na_action="ignore"),
    "sees missing": lambda d: d.s.map(lambda x: isinstance(x, str)),
    "of float": lambda d: d.f64.map(lambda x: x * 2),
    "of bool": lambda d: d.b.map(lambda x: not x),
    "of time": lambda d: d.us.dropna().map(lambda x: x.year),
    "apply": lambda d: d.n.apply(lambda x: x**2),
    "bound method": lambda d: d.n.map({1: "x", 2: "y"}.get),
    "rows": lambda d: d[["n", "f64"]].apply(lambda r: r.n + r.f64, axis=1),
    "rows, text": lambda d: d[["n", "s"]].apply(lambda r: f"{r['n']}-{r['s']}", axis=1),
    "rows, sum": lambda d: d[["n", "j64"]].apply(lambda r: r.sum(), axis=1),
    "rows, bool": lambda d: d[["n", "j64"]].apply(lambda r: r.n > r.j64, axis="columns"),
    "rows, object": lambda d: d[["n", "s"]].apply(lambda r: r.n, axis=1),
    "rows by name": lambda d: d[["n", "s"]].apply(lambda r: r.name * 10 + r.n, axis=1),
    "rows by name after others": lambda d: d[d.n > 2].reset_index(drop=True).apply(lambda r: r.name + 0.5, axis=1),
    "rows by text": lambda d: d.assign(k=d.n.astype(str)).set_index("k").apply(lambda r: r.name + "x", axis=1),
    "rows by time": lambda d: d.dropna().set_index("us")[["n"]].apply(lambda r: r.name.year, axis=1),
    "rows by levels": lambda d: d.set_index(["n", "b"])[["f64"]].apply(lambda r: f"{r.name[0]}{r.name[1]}", axis=1),
    "rows of no columns by name": lambda d: d[[]].apply(lambda r: r.name, axis=1),
    "rows beside themselves": lambda d: d.assign(z=d[["n"]].apply(lambda r: r.name + r.n, axis=1)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    same(lambda m, d: FUNCTIONS[name](d), FRAME)


def test_functions_over_nullable_columns() -> None:
    same(lambda m, d: d.i.map(lambda x: x), NULLABLE)
    same(lambda m, d: d.s.map(lambda x: x is pd.NA), NULLABLE)


def test_results_compose() -> None:
    def double(x: int) -> int:
        return 2 * x

    same(lambda m, d: table({"y": lambda e: e.n.map(double) + e.n, "z": lambda e: e.n.map(double) > 6})(m, d), FRAME)
    same(lambda m, d: d[d.n.map(double) > 6], FRAME)


def test_the_type_of_a_result_is_declared_or_learnt(caplog: pytest.LogCaptureFixture) -> None:
    frame, session = bigframe.from_pandas(FRAME), bigframe.current_session()

    def annotated(x: int) -> float:
        return x / 2

    before = session.jobs
    assert frame.n.map(annotated).dtype == np.dtype("float64")
    assert frame.n.map(lambda x: x, output_type="int8").dtype == np.dtype("int8")
    assert not caplog.records
    assert session.jobs <= before + 1  # int8 would be float64 if a result were missing: the data is asked once
    frame.n.map(lambda x: x / 2)
    assert "to learn that it returns float64" in caplog.text


@pytest.mark.parametrize(
    ("function", "declared", "message"),
    [
        (lambda x: x / 2, int, "is not|not int64"),
        (lambda x: x, str, "not str"),
        (str, int, "not int64"),
        (lambda x: 1000 * x, "int8", "int8"),
    ],
)
def test_a_result_of_another_kind_is_an_error(function: Callable[[Any], Any], declared: Any, message: str) -> None:
    with pytest.raises(ExecutionError, match=message):
        bigframe.from_pandas(FRAME).n.map(function, output_type=declared).to_pandas()


def test_a_function_that_raises_is_named() -> None:
    def unlucky(x: int) -> int:
        return x // (x - 4)

    line = unlucky.__code__.co_firstlineno + 1
    where = rf"at \S*test_functions\.py:{line} \(called at \S*test_functions\.py:{line + 5}\)"
    with pytest.raises(ExecutionError, match=rf"\.unlucky raised ZeroDivisionError: .* {where}$"):
        bigframe.from_pandas(FRAME).n.map(unlucky).to_pandas()


def test_errors() -> None:
    same_error(lambda m, d: d.n.map(pd.Series([1, 2], index=[1, 1])), FRAME)
    frame = bigframe.from_pandas(FRAME)
    same(lambda m, d: d.n.map({1: 1, 2: "a"}), FRAME)
    with pytest.warns(PerformanceWarning, match="one value per key"):
        frame.n.map({1: [1, 2]})
    with pytest.warns(PerformanceWarning, match="depends on the keys found"):
        same(lambda m, d: d.i.map({1: 10}), NULLABLE)
    same(lambda m, d: d.n.map(lambda x: 1 if x > 3 else "a"), FRAME)
    lock = threading.Lock()
    with pytest.raises(TypeError, match="cannot be shipped to a worker"):
        frame.n.map(lambda x: lock.locked() + x, output_type=int)


def test_map_partitions() -> None:
    frame = bigframe.from_pandas(FRAME)
    result = frame.map_partitions(
        lambda part: part.assign(twice=part.n * 2)[["twice", "s"]], output_types={"twice": int, "s": str}
    )
    expected = FRAME.assign(twice=FRAME.n * 2)[["twice", "s"]]
    pd.testing.assert_frame_equal(result.to_pandas(), expected)
    assert result.dtypes.tolist() == expected.dtypes.tolist()
    learnt = frame.map_partitions(lambda part: part[["n"]] / 2)
    pd.testing.assert_frame_equal(learnt.to_pandas(), FRAME[["n"]] / 2)
    rows = frame.map_partitions(lambda part: part[part.n > 2][["n"]], output_types={"n": int})
    pd.testing.assert_frame_equal(rows.to_pandas(), FRAME[FRAME.n > 2][["n"]])


def test_a_class_is_made_once_per_process() -> None:
    class Counted:  # local, so that it travels by value
        made = 0

        def __init__(self) -> None:
            type(self).made += 1
            self.name = f"{os.getpid()}.{type(self).made}"

        def __call__(self, part: pd.DataFrame) -> pd.DataFrame:
            return part[["n"]].assign(made=self.name)

    result = bigframe.from_pandas(FRAME).map_partitions(Counted, output_types={"n": int, "made": str}).to_pandas()
    assert result.n.tolist() == FRAME.n.tolist()
    made = pd.Series(result.made.unique()).str.split(".", expand=True)
    assert made[0].is_unique


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda part: part.n, "must return a DataFrame"),
        (lambda part: part[["s"]], "returned columns"),
        (lambda part: part[["n"]].astype(str), "returned column 'n' that is not"),
        (lambda part: part.insert(0, "new", 1) or part[["n"]], "changed the frame it was given"),
        (lambda part: part[["absent"]], "raised KeyError"),
    ],
)
def test_what_a_function_of_partitions_must_not_do(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ExecutionError, match=message):
        bigframe.from_pandas(FRAME).map_partitions(function, output_types={"n": int}).to_pandas()


PRICES = pd.DataFrame({"k": ["a", "b", None, "c"], "n": [1, 2, 4, 5], "price": [10, 20, 30, 40], "s": list("xyzw")})
KEYS = pd.DataFrame({"k": ["a", "b", None, "z", "a"], "n": [1, 2, 3, 9, 1], "f": [1.0, None, 2.0, 9.0, 1.0]})
THROUGH: dict[str, Any] = {
    "text": lambda m, d, p: d.k.map(p.set_index("k").price),
    "numbers": lambda m, d, p: d.n.map(p.set_index("n").s),
    "floats by integers": lambda m, d, p: d.f.map(p.set_index("n").price),
    "positions": lambda m, d, p: d.n.map(p.s),
    "a column of the frame": lambda m, d, p: d.assign(price=d.k.map(p.set_index("k").price)),
    "in an expression": lambda m, d, p: d.k.map(p.set_index("k").price).fillna(p.price.min()) * d.n,
    "in a filter": lambda m, d, p: d[d.k.map(p.groupby("k").price.sum()) > 10],
    "bools": lambda m, d, p: d[d.k.map(p[:2].set_index("k").price.gt(10)) == True],  # noqa: E712
    "its own counts": lambda m, d, p: d.k.map(d.k.value_counts()),
}


@pytest.mark.parametrize("case", THROUGH)
def test_map_through_a_lazy_series(case: str) -> None:
    same(THROUGH[case], KEYS, PRICES)


def test_map_through_a_series_that_repeats_a_label_is_an_error() -> None:
    repeated = bigframe.from_pandas(PRICES.iloc[[0, 0]]).set_index("k").price
    with pytest.raises(pd.errors.InvalidIndexError, match="only valid with uniquely valued"):
        bigframe.from_pandas(KEYS).k.map(repeated).to_pandas()


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_rows_that_become_several_columns() -> None:
    same(lambda m, d: d.apply(lambda row: pd.Series({"twice": row.n * 2, "n": row.n}), axis=1), FRAME[["n"]])
    same(lambda m, d: d.apply(lambda row: m.Series([row.n, 2], index=["a", "b"]), axis=1), FRAME[["n"]])
    same(lambda m, d: d.agg(lambda column: m.Series(column.to_list()).sum()), FRAME[["n"]])


def test_a_function_that_looks_at_a_table_is_told_so() -> None:
    frame = bigframe.from_pandas(FRAME)
    other = bigframe.from_pandas(FRAME)
    with pytest.raises(ExecutionError, match="a job inside a job"):
        frame.n.map(lambda value: other.s.iloc[value - 1], output_type=str).to_pandas()
    with pytest.raises(ExecutionError, match="a job inside a job"):
        frame.map_partitions(
            lambda part: pd.DataFrame({"k": [len(other[other.n > 1])]}), output_types={"k": "int64"}
        ).to_pandas()


def test_a_function_may_ask_for_what_is_known_without_a_job() -> None:
    rows = bigframe.from_pandas(FRAME)
    counted = rows.n.map(lambda value: value + len(rows), output_type="int64")
    assert counted.to_list() == (FRAME.n + len(FRAME)).to_list()
