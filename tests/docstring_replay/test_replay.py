"""Some docstrings of pandas whose examples all come out the same; `python -m tests.docstring_replay` replays every one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import bigframe
from tests.docstring_replay.examples import Statement, Text, texts
from tests.docstring_replay.replaying import Replayed, replay

SAME = {
    "DataFrame.bfill", "DataFrame.cummax", "DataFrame.cummin", "DataFrame.cumprod", "DataFrame.cumsum", "DataFrame.diff",
    "DataFrame.merge", "DataFrame.notnull", "DataFrame.pipe", "DataFrame.sem", "DataFrame.std", "DataFrame.tail",
    "DataFrame.to_numpy", "DataFrameGroupBy.all", "DataFrameGroupBy.any", "DataFrameGroupBy.diff", "DataFrameGroupBy.mean",
    "DataFrameGroupBy.var", "Index.argmin", "Index.equals", "Index.names", "Series.between", "Series.corr",
    "Series.cummax", "Series.cummin", "Series.cumsum", "Series.dt", "Series.dt.is_month_end", "Series.mode", "Series.prod",
    "Series.size", "Series.str", "Series.str.capitalize", "Series.str.casefold", "Series.str.extract",
    "Series.str.extractall", "Series.str.findall", "Series.str.get_dummies", "Series.str.lower", "Series.str.rjust",
    "Series.str.slice", "Series.str.slice_replace", "Series.str.startswith", "Series.str.swapcase", "Series.str.title",
    "Series.to_list", "Series.var",
}  # fmt: skip
TEXTS = [text for text in texts() if text.name in SAME]


@pytest.fixture(autouse=True)
def session() -> Iterator[None]:
    with bigframe.connect(partitions=3):
        yield


def replayed(*sources: str, raises: bool = False) -> list[Replayed]:
    statements = tuple(Statement(source, raises) for source in sources)
    return list(replay([Text("a docstring", "DataFrame", statements)]))


def test_every_name_has_a_docstring() -> None:
    assert {text.name for text in TEXTS} == SAME


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)
def test_all_values_are_the_same(text: Text) -> None:
    assert [(one.source, one.cause) for one in replay([text]) if one.cause] == []


def test_values_are_compared() -> None:
    found = replayed("df = pd.DataFrame({'a': [1, 2]})", "df + 1", "type(df).__module__")
    assert [one.category for one in found] == ["ran", "same", "differs"]


def test_errors_are_compared() -> None:
    assert [one.category for one in replayed("pd.DataFrame({'a': [1]})['b']", raises=True)] == ["same"]


def test_statements_after_a_failure_are_tried_with_the_values_of_pandas() -> None:
    found = replayed("s = pd.DataFrame({'a': [1, 2]})._mgr and pd.Series([1, 2])", "s + 1")
    assert [one.category for one in found] == ["failed", "same"]


def test_statements_about_pandas_alone_are_told_apart() -> None:
    assert [one.category for one in replayed("x = [1]", "x + [2]")] == ["pandas alone", "pandas alone"]
