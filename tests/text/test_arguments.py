"""What the near-duplicate verbs refuse or announce while a plan is recorded; no job runs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import bigframe
from bigframe.errors import Unsupported


@pytest.fixture(autouse=True)
def no_job() -> Iterator[None]:
    with bigframe.connect() as session:
        yield
        assert session.jobs == 0


def frame(**columns: Any) -> bigframe.DataFrame:
    return bigframe.from_pandas(pd.DataFrame({"text": ["one", "two"], **columns}))


def test_refused_columns() -> None:
    df = frame(n=[1, 2], raw=[b"x", b"y"], nothing=pd.Series([None, None], dtype=object))
    with pytest.raises(KeyError, match="body"):
        df.drop_near_duplicates("body")
    for column, dtype in [("n", "int64"), ("raw", "binary"), ("nothing", "null")]:
        with pytest.raises(TypeError, match=f"column '{column}' has dtype .*{dtype}"):
            df.near_duplicates(column)
        with pytest.raises(TypeError, match=f"column '{column}' has dtype .*{dtype}"):
            df.near_duplicate_groups(column)
    with pytest.raises(KeyError, match="quality"):
        df.drop_near_duplicates("text", keep="max", by="quality")
    with pytest.raises(TypeError, match=r"column 'raw' has dtype .*binary"):
        df.drop_near_duplicates("text", keep="max", by="raw")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": "longest"}, "keep must be 'first', 'last' or 'max', got 'longest'"),
        ({"keep": "max"}, "keep='max' needs by="),
        ({"by": "text"}, "by='text' decides nothing with keep='first'"),
        ({"threshold": 0}, "threshold must be above 0 and at most 1, got 0"),
        ({"threshold": 1.5}, "threshold must be above 0 and at most 1, got 1.5"),
        ({"threshold": float("nan")}, "threshold must be above 0"),
        ({"method": "lsh"}, "method must be 'minhash' or 'exact', got 'lsh'"),
        ({"unit": "line"}, "unit must be 'word' or 'char', got 'line'"),
        ({"ngram_size": 0}, "ngram_size must be an integer of at least 1, got 0"),
        ({"num_perm": 12.5}, "num_perm must be an integer of at least 1, got 12.5"),
        ({"bands": 24}, "bands must divide num_perm, got 24 bands of 128 values"),
        ({"seed": -1}, r"seed must be from 0 to 2\*\*64 - 1, got -1"),
    ],
)
def test_refused_values(options: dict[str, Any], message: str) -> None:
    df = frame()
    for verb in (df.drop_near_duplicates, df.near_duplicates):
        with pytest.raises(ValueError, match=message):
            verb("text", **options)


@pytest.mark.parametrize(
    "options", [{"method": "semantic"}, {"verify": None}, {"verify": "signature"}, {"against": "x"}]
)
def test_unsupported(options: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match=next(iter(options))):
        frame().drop_near_duplicates("text", **options)


def test_a_repeated_label() -> None:
    df = frame(other=["x", "y"])
    df.columns = ["text", "text"]
    with pytest.raises(ValueError, match="the column label 'text' is not unique"):
        df.drop_near_duplicates("text")


def test_an_audit_of_several_index_levels() -> None:
    df = frame(a=[1, 2], b=[3, 4]).set_index(["a", "b"])
    with pytest.raises(Unsupported, match="several index levels"):
        df.near_duplicates("text")


def test_a_group_column_that_exists() -> None:
    with pytest.raises(ValueError, match="cannot insert group, already exists"):
        frame(group=[0, 0]).near_duplicate_groups("text")


def test_few_bands_for_the_threshold_are_announced_at_the_callers_line() -> None:
    df = frame()
    message = r"bands=16 finds about 6% of the pairs at threshold=0.5; bands=64 finds 100%"
    with pytest.warns(UserWarning, match=message) as caught:
        df.drop_near_duplicates("text", threshold=0.5)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        df.drop_near_duplicates("text", threshold=0.5, bands=64)
        df.drop_near_duplicates("text", threshold=0.5, method="exact")
