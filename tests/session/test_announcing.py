"""What a call costs is said once at each line."""

from __future__ import annotations

import logging
import warnings

import pandas
import pytest

import bigframe as pd


def gathered(times: int) -> int:
    """How many warnings a gathered call at one line gives when it is made several times."""
    frame = pd.DataFrame({"text": ["a", "b", "c"]})
    for _ in range(times):
        frame["text"].str.cat(sep="|")
        pandas.api.types.pandas_dtype("int64")  # which changes the filters, and so clears Python's memory of lines
    return times


def test_once_at_each_line() -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")
        gathered(3)
        gathered(3)
    assert [warning.category for warning in shown] == [pd.PerformanceWarning]
    assert shown[0].filename == __file__


def test_every_time_where_the_filters_say_always() -> None:
    with pytest.warns(pd.PerformanceWarning) as shown:
        gathered(3)
    assert len(shown) == 3


def test_an_error_every_time_where_the_filters_say_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(pd.PerformanceWarning):
                gathered(1)


def test_a_job_that_looks_ahead_is_told_of_once_at_each_line(caplog: pytest.LogCaptureFixture) -> None:
    frame = pd.DataFrame({"k": ["a", "b"], "b": ["x", "y"], "v": [1, 2]})
    with caplog.at_level(logging.WARNING, logger="bigframe"):
        for _ in range(3):
            frame.pivot_table(index="k", columns="b", values="v").to_pandas()
    assert len([record for record in caplog.records if "which columns pivot_table makes" in record.message]) == 1
