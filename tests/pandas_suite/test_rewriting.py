"""What the imports of pandas' test modules bind after they are turned."""

from __future__ import annotations

import ast
from typing import Any

import pandas
import pytest

import bigframe
from tests.pandas_suite import causes, shim, testing
from tests.pandas_suite.rewriting import turn_imports


def bound(source: str) -> dict[str, Any]:
    tree = ast.parse(source)
    turn_imports(tree)
    names: dict[str, Any] = {}
    exec(compile(tree, "test_module", "exec"), names)
    return names


def test_pandas_is_the_shim() -> None:
    assert bound('"""Text."""\nfrom __future__ import annotations\nimport pandas as pd')["pd"] is shim
    assert bound("import pandas")["pandas"] is shim
    assert bound("import pandas._testing as tm")["tm"] is testing
    assert (
        bound("from pandas.testing import assert_frame_equal")["assert_frame_equal"]
        is not pandas.testing.assert_frame_equal
    )


def test_names_are_those_of_bigframe_where_it_has_them() -> None:
    names = bound(
        "from pandas import DataFrame, Series as Column, Timestamp, date_range\nfrom pandas.core.frame import DataFrame as D"
    )
    assert names["DataFrame"] is names["D"] is bigframe.DataFrame
    assert names["Column"] is bigframe.Series
    assert names["Timestamp"] is pandas.Timestamp
    assert names["date_range"] is pandas.date_range


def test_internals_stay() -> None:
    assert bound("from pandas._libs import lib")["lib"] is pandas._libs.lib
    assert (
        bound("from pandas.core.dtypes.common import is_integer")["is_integer"] is pandas.core.dtypes.common.is_integer
    )


def test_labels_are_those_of_pandas() -> None:
    assert type(shim.Index([1, 2])) is pandas.Index
    assert isinstance(pandas.RangeIndex(2), shim.Index)


def test_assertions_look() -> None:
    left, right = bigframe.DataFrame({"a": [1, 2]}), pandas.DataFrame({"a": [1, 2]})
    testing.assert_frame_equal(left, right)
    with pytest.raises(AssertionError, match="values are different"):
        testing.assert_frame_equal(left + 1, right)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: bigframe.Series([1]).ewm(1).online(), "ExponentialMovingWindow.online"),
        (
            lambda: bigframe.Series([1, ast]),
            "column None: a column cannot hold a value of type module: <module '…' from '…'>",
        ),
    ],
)
def test_what_is_unsupported(make: Any, what: str) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011
        make()
    assert causes.unsupported(raised.value) == what


def test_messages_are_the_same_for_other_numbers_and_names() -> None:
    assert causes.normalised("column 'a' holds 3 of [1, 2, 3]") == causes.normalised("column 'bc' holds 12 of [7, 8]")
