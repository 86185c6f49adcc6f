"""The dtype of column labels, which stays with them through selection, assignment, aggregation and joins."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tests.conformance.compare import same

KINDS = {
    "Int64": pd.Index([1, 2, 3], dtype="Int64"),
    "uint16": pd.Index([1, 2, 3], dtype="uint16"),
    "object": pd.Index(["a", "b", "c"], dtype=object),
    "category": pd.CategoricalIndex(["a", "b", "c"]),
    "integers": pd.RangeIndex(3),
    "none": pd.RangeIndex(0),
    "no objects": pd.Index([], dtype=object),
}
STEPS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda d: d,
    "fewer": lambda d: d.iloc[:, :2],
    "none": lambda d: d.iloc[:, :0],
    "filtered": lambda d: d[d.index > 0],
    "sum": lambda d: d + d,
    "another label": lambda d: d.assign(z=1),
    "columns": lambda d: d.columns,
    "renamed": lambda d: d.rename(columns={"a": "z"}),
    "join": lambda d: d.join(d.iloc[:, :0]),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", KINDS)
def test_dtype_stays(kind: str, step: str) -> None:
    labels = KINDS[kind]
    if (kind, step) == ("category", "another label"):
        pytest.skip("pandas makes objects of categories and another label")
    same(lambda m, d: STEPS[step](d), pd.DataFrame([range(len(labels))] * 2, columns=labels))


@pytest.mark.parametrize("kind", KINDS)
def test_concat_and_assignment(kind: str) -> None:
    labels = KINDS[kind]
    table = pd.DataFrame([range(len(labels))] * 2)
    same(lambda m, d: m.concat([d.set_axis(labels, axis=1)] * 2), table)
    if kind != "category":
        same(lambda m, d: m.concat([d.set_axis(labels, axis=1)] * 2, axis=1), table)


REDUCED: dict[str, Callable[[Any], Any]] = {
    "sum": lambda d: d.sum(),
    "describe": lambda d: d.describe(),
    "agg": lambda d: d.agg(["sum", "max"]),
    "correlation": lambda d: d.corr(),
    "minus its mean": lambda d: d - d.mean(),
    "places": lambda d: d.idxmax(),
    "one of them, by several": lambda d: d.iloc[:, 0].rolling(2).agg(["min", "max"]),
    "one of them, as a frame": lambda d: d.iloc[:, 0].rename("x").to_frame(),
}
OF_COLUMNS = {
    **{kind: labels for kind, labels in KINDS.items() if len(labels)},
    "mixed": pd.Index(["a", 0, None]),
    "named": pd.Index(["a", "b", "c"], name="key"),
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["p", None]),
    "bools": pd.Index([True, False, True]),
}


@pytest.mark.parametrize("case", REDUCED)
@pytest.mark.parametrize("kind", OF_COLUMNS)
def test_reductions_are_under_the_labels_of_columns(kind: str, case: str) -> None:
    if (kind, case) == ("levels", "minus its mean"):
        pytest.skip("an operand with labels of several levels gathers")
    table = pd.DataFrame([[1, 2.5, 3], [4, 5, 6], [7, 8, 10]], columns=OF_COLUMNS[kind])
    same(lambda m, d: REDUCED[case](d), table)
