"""The oracle: run the same code with pandas and with bigframe, and compare values, dtypes, index and labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import bigframe

RTOL = 1e-12


def same(make: Callable[..., Any], *inputs: Any, ordered: bool = True) -> None:
    """Assert that ``make(module, *inputs)`` gives the same with pandas and with bigframe.

    Parameters
    ----------
    make
        Called with the module (``pandas`` or ``bigframe``) and the inputs as that module's objects.
    *inputs
        pandas objects.
    ordered
        False compares rows as a multiset (ties of an unstable order).
    """
    expected = make(pd, *(one.copy() for one in inputs))
    result = make(bigframe, *(bigframe.from_pandas(one) for one in inputs))
    declared = declared_dtypes(result)
    actual = computed(result)
    assert_same(actual, expected, ordered=ordered)
    if declared is not None:
        assert declared == actual_dtypes(actual), "declared dtypes differ from computed ones"


def same_error(make: Callable[..., Any], *inputs: Any) -> None:
    """Assert that both modules raise the same type of error, bigframe at the latest when the result is looked at."""
    try:
        make(pd, *(one.copy() for one in inputs))
    except Exception as error:
        kind = type(error)
    else:
        raise AssertionError("pandas raised nothing")
    try:
        computed(make(bigframe, *(bigframe.from_pandas(one) for one in inputs)))
    except kind:
        return
    raise AssertionError(f"bigframe did not raise {kind.__name__}")


def computed(result: Any) -> Any:
    """A bigframe result as pandas or Python has it."""
    if isinstance(result, bigframe.LazyScalar):
        return result.item()
    return result.to_pandas() if hasattr(result, "to_pandas") else result


def declared_dtypes(result: Any) -> list[Any] | None:
    if isinstance(result, bigframe.DataFrame):
        return list(result.dtypes)
    return [result.dtype] if isinstance(result, bigframe.Series) else None


def actual_dtypes(result: Any) -> list[Any]:
    return list(result.dtypes) if isinstance(result, pd.DataFrame) else [result.dtype]


def assert_same(actual: Any, expected: Any, *, ordered: bool = True) -> None:
    """Assert equality of two pandas objects or scalars: floats to 1e-12, a RangeIndex like the same integers."""
    if not isinstance(expected, (pd.DataFrame, pd.Series, pd.Index)):
        if isinstance(expected, float) and isinstance(actual, (float, np.floating)):
            assert (
                actual == expected
                or (np.isnan(actual) and np.isnan(expected))
                or np.isclose(actual, expected, rtol=RTOL, atol=0)
            )
        elif expected is None or expected is pd.NA or expected is pd.NaT:
            assert actual is expected or (pd.isna(actual) and pd.isna(expected))
        else:
            assert np.all(actual == expected), f"{actual!r} != {expected!r}"
        return
    if not ordered:
        actual, expected = _as_multiset(actual), _as_multiset(expected)
    compare = {
        pd.DataFrame: pd.testing.assert_frame_equal,
        pd.Series: pd.testing.assert_series_equal,
    }.get(type(expected), pd.testing.assert_index_equal)
    options: dict[str, Any] = (
        {"rtol": RTOL, "atol": 1e-300} if not isinstance(expected, pd.Index) else {"exact": "equiv"}
    )
    if not isinstance(expected, pd.Index):
        options["check_index_type"] = "equiv"
    if isinstance(expected, pd.DataFrame):
        options["check_column_type"] = "equiv"
    compare(actual, expected, **options)


def _as_multiset(value: Any) -> Any:
    table = value.to_frame() if isinstance(value, pd.Series) else value
    table = table.reset_index()
    rows = [repr(row) for row in table.itertuples(index=False, name=None)]
    return table.iloc[sorted(range(len(rows)), key=rows.__getitem__)].reset_index(drop=True)
