"""What ``tm`` is in pandas' tests: pandas' own assertions, made on what bigframe's objects hold when looked at."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import pandas
import pandas._testing

import bigframe
from tests.pandas_suite.originals import expected, looked_at

_CLASSES = {bigframe.DataFrame: pandas.DataFrame, bigframe.Series: pandas.Series}


def __getattr__(name: str) -> Any:
    value = getattr(pandas._testing, name)
    return _looking(value) if name.startswith("assert_") and callable(value) else value


def _looking(check: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(check)
    def on_pandas_objects(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        positional = [expected(arg) if place == 1 else looked_at(arg) for place, arg in enumerate(args)]
        named = {
            name: expected(arg) if name in ("right", "expected") else looked_at(arg) for name, arg in kwargs.items()
        }
        return check(*positional, **named)

    return on_pandas_objects


@contextlib.contextmanager
def assert_produces_warning(*args: Any, **kwargs: Any) -> Iterator[list[Any]]:
    """Which warnings are given is not compared: pandas' are mostly of deprecations, bigframe's of how it runs."""
    yield []


maybe_produces_warning = assert_produces_warning
raises_chained_assignment_error = assert_produces_warning


def get_obj(frame: Any, kind: type) -> Any:
    """The frame itself, or its first column."""
    return frame if kind is bigframe.DataFrame else frame.iloc[:, 0]


def get_dtype(value: Any) -> Any:
    """The dtype of a column, or of a frame's first."""
    return value.dtypes.iloc[0] if isinstance(value, bigframe.DataFrame) else value.dtype


def box_expected(values: Any, box: Any, transpose: bool = True) -> Any:
    """Values in a container, which is bigframe's where the test asks for bigframe's."""
    if box not in _CLASSES:
        return pandas._testing.box_expected(values, pandas.Index if _is_index(box) else box, transpose)
    return bigframe.from_pandas(pandas._testing.box_expected(looked_at(values), _CLASSES[box], transpose))


def _is_index(box: Any) -> bool:
    from tests.pandas_suite.shim import Index

    return box is Index
