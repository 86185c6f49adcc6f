"""``convert_dtypes``: which kinds are converted, to which family, against pandas."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same

KINDS = ("convert_string", "convert_integer", "convert_boolean", "convert_floating")
ROWS = pd.DataFrame(
    {
        "text": ["a", None, "c"],
        "i": [1, 2, 3],
        "short": np.array([1, 2, 3], "int16"),
        "yes": [True, False, True],
        "Float": pd.array([1.0, None, 2.5], "Float64"),
        "Int": pd.array([1, None, 2], "Int8"),
        "Bool": pd.array([True, None, False], "boolean"),
        "time": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        "zoned": pd.to_datetime(["2020-01-01", None, "2021-01-01"]).tz_localize("UTC"),
        "kind": pd.Categorical(["a", "b", "a"]),
        "String": pd.array(["a", None, "b"], "string"),
    }
)
pytestmark = [
    pytest.mark.filterwarnings("error::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
@pytest.mark.parametrize("flags", list(itertools.product([True, False], repeat=4)))
def test_kinds_that_are_converted(flags: tuple[bool, ...], backend: str) -> None:
    options = dict(zip(KINDS, flags, strict=True))
    same(lambda m, d: d.convert_dtypes(**options, dtype_backend=backend), ROWS)
    same(lambda m, d: d.text.convert_dtypes(infer_objects=False, **options), ROWS)


def test_floats_that_may_not_become_integers() -> None:
    floats = pd.DataFrame({"f": [1.5, np.nan, 2.0], "g": np.array([1, 2, 3], "float32")})
    same(lambda m, d: d.convert_dtypes(convert_integer=False), floats)
    same(lambda m, d: d.convert_dtypes(convert_integer=False, convert_floating=False), floats)
