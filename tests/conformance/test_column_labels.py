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
