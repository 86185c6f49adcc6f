"""``query`` against pandas: comparisons, logic, membership, variables, quoted names, methods."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "x": [1, 2, 3, 4, 5, 6],
        "y": [1.5, None, -2.0, 0.5, None, 6.0],
        "s": ["a", "b", None, "", "Ab", "b"],
        "b": [True, False, True, True, False, False],
        "two words": [6, 5, 4, 3, 2, 1],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2020-02-29", None, "2021-01-01"]),
    },
    index=pd.Index([5, 3, 3, 9, 0, -1], name="key"),
)

CASES = [
    "x > 3",
    "x >= 3 and x < 6",
    "x > 3 or y > 1",
    "not x > 3",
    "not (x > 3 and b)",
    "x > 3 & y > 1",
    "x < 2 | x > 5",
    "~b",
    "b",
    "b and x > 1",
    "1 < x <= 4",
    "x == 2",
    "x != 2",
    "x == y",
    "x > y",
    "x + y > 4",
    "x * 2 - 1 > 5",
    "x % 2 == 0",
    "x ** 2 > 10",
    "-x < -3",
    "(x + 1) / 2 > 2",
    "x in [1, 3, 9]",
    "x not in [1, 3, 9]",
    "s in ['a', 'b']",
    "s not in ['a', 'b']",
    "x == [1, 3]",
    "x != [1, 3]",
    "s == 'b'",
    "s != 'b'",
    's == "b"',
    "s == ''",
    "`two words` > 3",
    "`two words` + x == 7 and x > 2",
    "x > @limit",
    "x in @chosen",
    "x > @limit and s == @name",
    "x > @limits['low']",
    "s.str.contains('b')",
    "s.str.upper() == 'AB'",
    "s.str.len() > 0",
    "s.isna()",
    "y.notna() and x > 1",
    "y.isnull()",
    "t.dt.year == 2024",
    "t > '2021-01-01'",
    "t >= @when",
    "t > 20210101",
    "20200101 < t < 20240102",
    "y < inf and y > -Inf",
    "sqrt(x) > 2",
    "log(x) > 1.5 or abs(y) > 5",
    "x == @twice(2)",
    "@twice(x) > y",
    "['b', ''] == s",
    "['b', ''] != s",
    "s != 'a`b'",
    "x in (y, b, 6)",
    "x not in (y, 4)",
    "`two words` > 3 and s != 'it\\'s `x`'",
    "index > 2",
    "key > 2",
    "x.between(2, 4)",
    "x.isin([2, 5])",
    "x > x.mean()",
    "x > 0",
    "x > 99",
]


@pytest.mark.parametrize("expression", CASES)
def test_cases(expression: str) -> None:
    def rows(m: Any, d: Any) -> Any:
        limit, chosen, name, limits, when = 2, [1, 4, 6], "b", {"low": 3}, pd.Timestamp("2021-01-01")  # noqa: F841

        def twice(value: Any) -> Any:
            return value * 2

        return d.query(expression)

    same(rows, ROWS)


@pytest.mark.parametrize("expression", ["x > 3", "s == 'b'", "x in [1, 2]", "s.isna()", "key > 2"])
def test_nothing(expression: str) -> None:
    same(lambda m, d: d.query(expression), ROWS.iloc[:0])


def test_after_and_before_other_steps() -> None:
    same(lambda m, d: d.query("x > 1").query("b or y > 1").groupby("s").x.sum(), ROWS)
    same(lambda m, d: d.assign(z=d.x * 2).query("z > 4")[["z"]], ROWS)
    same(lambda m, d: d.reset_index().query("key > 2 and x < 9"), ROWS)


@pytest.mark.parametrize("expression", ["ilevel_1 > 2", "ilevel_1 > 2 and key < 9", "index > 20210101"])
def test_levels_without_a_name(expression: str) -> None:
    rows = ROWS.set_index([ROWS.index, pd.Index(range(6))]) if "ilevel" in expression else ROWS.set_index(ROWS.t.values)
    same(lambda m, d: d.query(expression), rows)


@pytest.mark.parametrize(
    "expression", ["absent > 1", "x > @absent", "x >", "__import__('os')", "absent(x) > 1", "`x > 1", "s == 'a `x`"]
)
def test_errors(expression: str) -> None:
    same_error(lambda m, d: d.query(expression), ROWS)


AS_PYTHON = ["x > 3", "(x > 1) & (y > 1)", "(x < 2) | ~b", "x + 1 > y", "x.isin([2, 5]) & b"]
WORDS = ["x > 3 and b", "not b", "1 < x < 4", "x in [1, 2]", "x not in [1, 2]", "x == [1, 2]", "s == 'a'", "s != 'a'"]


@pytest.mark.parametrize("expression", AS_PYTHON)
def test_the_other_parser(expression: str) -> None:
    same(lambda m, d: d.query(expression, parser="python"), ROWS)
    same(lambda m, d: d.eval(expression, parser="python"), ROWS)


@pytest.mark.parametrize("expression", [*WORDS, "x > @limit", "`two words` > 3"])
def test_what_the_other_parser_does_not_know(expression: str) -> None:
    same_error(lambda m, d: d.query(expression, parser="python"), ROWS)


@pytest.mark.parametrize("expression", ["x.__class__ == 1", "[i for i in x]", "(lambda: 1)()"])
def test_code_is_refused(expression: str) -> None:
    with pytest.raises((bigframe.Unsupported, NameError, SyntaxError)):
        bigframe.from_pandas(ROWS).query(expression)
