"""Whether a value that bigframe gave is the one that pandas gave."""

from __future__ import annotations

import datetime
import decimal
import numbers
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype

import bigframe
from tests.conformance.compare import assert_same, computed

_TABLES = (pd.DataFrame, pd.Series, pd.Index)
_SCALARS = (
    str, bytes, bool, numbers.Number, np.generic, np.dtype, ExtensionDtype, decimal.Decimal, datetime.date, datetime.time,
    datetime.timedelta, pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval, type(pd.NaT), type(pd.NA), pd.offsets.BaseOffset,
    slice,
)  # fmt: skip


def comparable(value: Any) -> bool:
    """Whether a value of pandas is data; not so are groupings, iterators, files, styles and None."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(item is None or comparable(item) for item in value)
    if isinstance(value, dict):
        return all(item is None or comparable(item) for item in value.values())
    return isinstance(value, (*_TABLES, *_SCALARS, np.ndarray, ExtensionArray))


def compare(actual: Any, expected: Any) -> None:
    """Raise AssertionError unless equal in values, dtypes, labels, order and type."""
    if isinstance(actual, (bigframe.DataFrame, bigframe.Series, bigframe.LazyScalar)):
        actual = computed(actual)
    if isinstance(expected, (list, tuple)):
        _require_type(actual, expected)
        assert len(actual) == len(expected), "lengths are different"
        for one, other in zip(actual, expected, strict=True):
            compare(one, other)
    elif isinstance(expected, dict):
        _require_type(actual, expected)
        assert list(actual) == list(expected), "keys are different"
        for key, other in expected.items():
            compare(actual[key], other)
    elif isinstance(expected, np.ndarray):
        _require_type(actual, expected)
        pd._testing.assert_numpy_array_equal(actual, expected)
    elif isinstance(expected, ExtensionArray):
        _require_type(actual, expected)
        pd._testing.assert_extension_array_equal(actual, expected)
    else:
        if isinstance(expected, _TABLES):
            _require_type(actual, expected)
        assert_same(actual, expected)


def _require_type(actual: Any, expected: Any) -> None:
    kinds = next(
        (kind for kind in (*_TABLES, list, tuple, dict, np.ndarray) if isinstance(expected, kind)), type(expected)
    )
    assert isinstance(actual, kinds), f"a {type(actual).__name__} instead of a {type(expected).__name__}"
