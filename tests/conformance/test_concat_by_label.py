"""Columns side by side whose rows are matched by label, against pandas, without gathering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tests.conformance.compare import same

pytestmark = pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
PARTS = (
    pd.DataFrame({"x": [1, 2, 3], "s": list("abc")}, index=[3, 1, 2]),
    pd.DataFrame({"y": [5.0, 6, 7]}, index=[1, 7, 0]),
    pd.Series([True, False], index=[2, 9], name="q"),
    pd.Series([1, 2], index=pd.Index(["p", "q"], name="n"), name="t"),
    pd.Series([1, 2], index=pd.Index(["q", "a"], name="m"), name="u"),
    pd.Series([1, 2], index=pd.Index(["q", "p"], name="n"), name="v"),
)
CASES: dict[str, Callable[..., Any]] = {
    "frames": lambda m, a, b, c, t, u, v: m.concat([a, b], axis=1),
    "the other way round": lambda m, a, b, c, t, u, v: m.concat([b, a], axis=1),
    "three": lambda m, a, b, c, t, u, v: m.concat([a, b, b.y.iloc[:2] * 2], axis=1),
    "bools": lambda m, a, b, c, t, u, v: m.concat([a, c], axis="columns"),
    "series of other names": lambda m, a, b, c, t, u, v: m.concat([t, u], axis=1),
    "series of the same name": lambda m, a, b, c, t, u, v: m.concat([t, v], axis=1),
    "keys": lambda m, a, b, c, t, u, v: m.concat([t, u], axis=1, keys=["f", "g"]),
    "keys of frames": lambda m, a, b, c, t, u, v: m.concat([a, b], axis=1, keys=["f", "g"]),
    "a dictionary": lambda m, a, b, c, t, u, v: m.concat({"t": t, "u": u}, axis=1),
    "without labels": lambda m, a, b, c, t, u, v: m.concat([a, b], axis=1, ignore_index=True),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], *PARTS)
