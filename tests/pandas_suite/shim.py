"""What ``pd`` is in pandas' tests: bigframe's names, pandas' types, dtypes and offsets, and a refusal for the rest."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import pandas

import bigframe
from bigframe.errors import UnsupportedAttribute
from tests.pandas_suite.originals import looked_at
from tests.pandas_suite.postponing import postponing

# Functions that neither take nor return tables, and pandas' own settings.
_OF_PANDAS = {
    "array", "bdate_range", "date_range", "describe_option", "get_option", "infer_freq", "interval_range",
    "option_context", "options", "period_range", "reset_option", "set_eng_float_format", "set_option", "show_versions",
    "test", "timedelta_range",
}  # fmt: skip


class _RowLabels(type(pandas.Index)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, (pandas.Index, bigframe.Index))


class Index(pandas.Index, metaclass=_RowLabels):
    """Labels that a test writes down are in memory, so they are pandas'; those read off a frame are bigframe's."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return pandas.Index(*looked_at(args), **looked_at(kwargs))


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if name in ("testing", "_testing"):
        import tests.pandas_suite.testing

        return tests.pandas_suite.testing
    return counterpart(name, getattr(pandas, name))


def counterpart(name: str, value: Any) -> Any:
    """What stands for something that a test imports from pandas; the thing itself where it is none of pandas' public names."""
    if getattr(pandas, name, None) is not value or inspect.ismodule(value):
        return value
    if name == "Index":
        return Index
    if name in _OF_PANDAS:
        return value
    if hasattr(bigframe, name):
        return getattr(bigframe, name)
    return _absent(name, value) if inspect.isfunction(value) else value


def _absent(name: str, function: Any) -> Any:
    @postponing
    @functools.wraps(function)
    def refusal(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedAttribute(f"pandas.{name}", "bigframe has no form of it yet")

    return refusal
