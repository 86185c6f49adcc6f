"""Columns of every dtype that hold the values which go wrong, under an index that repeats and is not sorted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

INDEX = [3, 1, 1, 0, 9, 5]

NUMBERS = pd.DataFrame(
    {
        "i8": np.array([1, -128, 127, 0, 5, -7], "i1"),
        "i32": np.array([3, 2**31 - 1, -5, 1, 7, 2], "i4"),
        "i64": [10, 2**53 + 1, -3, 2, 7, -9],
        "j64": [3, -2, 0, 5, -7, 0],
        "u8": np.array([0, 255, 3, 1, 2, 200], "u1"),
        "u64": np.array([0, 2**53 - 1, 3, 1, 2, 200], "u8"),
        "f32": np.array([1.5, np.nan, -2.5, 0, 3e38, -0.1], "f4"),
        "f64": [0.1, np.nan, -2.5, 0.0, np.inf, -7.25],
        "g64": [0.0, 1.0, np.inf, -0.0, -np.inf, 0.3],
        "b": [True, False, True, False, True, True],
        "c": [False, False, True, True, False, True],
        "n": [1, 2, 3, 4, 5, 6],
    },
    index=INDEX,
)

TEXTS = pd.DataFrame(
    {"s": ["a", "", None, "b", "zz", "é"], "t": ["a", None, None, "c", "y", ""], "n": [2, 0, 1, 3, 1, 2]}, index=INDEX
)

TIMES = pd.DataFrame(
    {
        "ns": pd.to_datetime(
            ["2020-01-01", None, "2021-02-03 04:05:06.789", "1999-12-31", "2020-02-29", "2020-01-02"], format="ISO8601"
        ).astype("M8[ns]"),
        "us": pd.to_datetime(["2020-01-01", "2020-01-01", "2021-02-03", "1999-12-31", "2020-02-29", None]).astype(
            "M8[us]"
        ),
        "tz": pd.to_datetime(["2020-01-01", None, "2021-07-03", "1999-12-31", "2020-02-29", "2020-01-02"]).tz_localize(
            "Europe/Berlin"
        ),
        "d": pd.to_timedelta(["1D", "-2h", None, "0s", "3us", "5D"]).astype("m8[ns]"),
        "e": pd.to_timedelta(["1D", "2h", "5s", None, "3us", "5D"]).astype("m8[us]"),
        "n": [1, -2, 3, 2, 4, 7],
        "x": [1.5, 0.0, np.nan, -2.0, 0.25, 3.0],
    },
    index=INDEX,
)

NULLABLE = pd.DataFrame(
    {
        "i": pd.array([1, None, 3, 0, -5, 7], "Int64"),
        "j": pd.array([2, 0, None, 0, 3, -2], "Int32"),
        "f": pd.array([1.5, None, 0.0, 2.0, -3.0, 7.5], "Float64"),
        "b": pd.array([True, None, False, True, None, False], "boolean"),
        "c": pd.array([None, True, None, True, False, False], "boolean"),
        "s": pd.array(["a", None, "", "b", "c", "d"], "string"),
        "n": [1, 2, 0, 4, 5, 6],
        "p": [True, False, True, False, True, True],
    },
    index=INDEX,
)

ARROW = pd.DataFrame(
    {
        "i": pd.array([1, None, 3, 0, -5, 7], "int64[pyarrow]"),
        "j": pd.array([2, 4, None, 1, 3, -2], "int32[pyarrow]"),
        "f": pd.array([1.5, None, 0.0, 2.0, -3.0, 7.5], "float64[pyarrow]"),
        "b": pd.array([True, None, False, True, None, False], "bool[pyarrow]"),
        "c": pd.array([None, True, None, True, False, False], "bool[pyarrow]"),
        "s": pd.array(["a", None, "", "b", "c", "d"], pd.ArrowDtype(pa.string())),
        "n": [1, 2, 1, 4, 5, 6],
        "p": [True, False, True, False, True, True],
    },
    index=INDEX,
)

Row = Callable[[Any], Any]


def table(rows: dict[str, Row]) -> Callable[[Any, Any], Any]:
    """What :func:`compare.same` runs for rows that each give one column over the rows of a frame: all of them as one frame."""
    return lambda _, frame: frame.assign(**{name: row(frame) for name, row in rows.items()})[list(rows)]


def pairs(operate: Callable[[Any, Any], Any], left: list[str], right: list[str]) -> dict[str, Row]:
    """A row for an operator on each pair of columns."""
    return {f"{x}, {y}": lambda d, x=x, y=y: operate(d[x], d[y]) for x in left for y in right}
