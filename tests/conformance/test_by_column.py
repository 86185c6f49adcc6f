"""Operators between a frame and a value for each column, or a table without labels, against pandas, without gathering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same

pytestmark = [
    pytest.mark.filterwarnings("error::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]
ROWS = pd.DataFrame({"i": [1, 2, 3], "f": [1.5, np.nan, 2], "n": [4, 5, 6]}, index=[3, 1, 2])
CASES: dict[str, Callable[[Any], Any]] = {
    "a list": lambda d: d * [1, 2, 3],
    "a list of floats": lambda d: d + [1, 2.5, 3],
    "a list to the left": lambda d: [1, 2, 3] - d,
    "a dictionary": lambda d: d.sub({"n": 1, "i": 2, "f": 3}),
    "an array": lambda d: d * np.array([1, 2, 3], "int8"),
    "an index": lambda d: d + pd.Index([1, 2, 3]),
    "a nullable array": lambda d: d + pd.array([1, None, 3], dtype="Int64"),
    "less the mean": lambda d: d - d.mean(),
    "of the sum": lambda d: d / d.sum(),
    "to a range": lambda d: (d - d.min()) / (d.max() - d.min()),
    "standardised": lambda d: (d - d.mean()) / d.std(),
    "above the mean": lambda d: d > d.mean(),
    "compared with a list": lambda d: d == [1, 2, 5],
    "compared with text": lambda d: d == ["a", "b", "c"],
    "less a row": lambda d: d - d.iloc[0],
    "times a row": lambda d: d * d.loc[1],
    "a series of some": lambda d: d + pd.Series({"n": 1, "i": 2}),
    "a series of all": lambda d: d + pd.Series({"n": 1, "i": 2, "f": 3}),
    "a series of others": lambda d: d + pd.Series({"n": 1, "z": 2, "f": 3}),
    "a series to the left": lambda d: pd.Series({"i": 1, "f": 2, "n": 3}) * d,
    "compared with a series of some": lambda d: d.gt(pd.Series({"n": 1, "i": 2})),
    "a method of a list": lambda d: d.rsub([1, 2, 3]),
    "a method with an axis": lambda d: d.div(d.median(), axis=1),
    "a table": lambda d: d + np.arange(9).reshape(3, 3),
    "a table of one column": lambda d: d * np.arange(3).reshape(3, 1),
    "a table of one row": lambda d: d * np.arange(3.0).reshape(1, 3),
    "compared with a table": lambda d: d == np.arange(9).reshape(3, 3),
    "a value for each row": lambda d: d.add([1, 2, 3], axis=0),
    "an array for each row": lambda d: d.rsub(np.array([1.5, 2, 3]), axis="index"),
    "a list of bools": lambda d: (d > 1) & [True, False, True],
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(lambda m, d: CASES[case](d), ROWS)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d + [1, 2],
        lambda d: d > pd.Series({"n": 1, "i": 2}),
        lambda d: d + np.arange(6).reshape(2, 3),
        lambda d: d + np.zeros((3, 3, 1)),
    ],
)
def test_errors(make: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match=r"Unable|Operands") as expected:
        make(ROWS)
    with pytest.raises(ValueError, match=r"Unable|Operands") as found:
        make(bigframe.from_pandas(ROWS))
    assert str(found.value) == str(expected.value)
