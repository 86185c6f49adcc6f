"""``pandas.testing`` for lazy tables, which are looked at before they are compared."""

from __future__ import annotations

from typing import Any

from pandas import testing

from bigframe.api.binding.fallbacks import in_pandas

__all__ = ["assert_extension_array_equal", "assert_frame_equal", "assert_index_equal", "assert_series_equal"]

assert_extension_array_equal = testing.assert_extension_array_equal


def assert_frame_equal(left: Any, right: Any, *args: Any, **options: Any) -> None:
    """Raise an AssertionError if two frames differ, lazy or pandas' own. See :func:`pandas.testing.assert_frame_equal`."""
    testing.assert_frame_equal(*in_pandas((left, right)), *args, **options)


def assert_series_equal(left: Any, right: Any, *args: Any, **options: Any) -> None:
    """Raise an AssertionError if two Series differ. See :func:`pandas.testing.assert_series_equal`."""
    testing.assert_series_equal(*in_pandas((left, right)), *args, **options)


def assert_index_equal(left: Any, right: Any, *args: Any, **options: Any) -> None:
    """Raise an AssertionError if two indexes differ. See :func:`pandas.testing.assert_index_equal`."""
    testing.assert_index_equal(*in_pandas((left, right)), *args, **options)
