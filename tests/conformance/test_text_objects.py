"""Text that pandas keeps as Python objects (of dtype ``object``, or strings of Python's storage) against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same

Call = Callable[[Any], Any]
TEXTS = ["a_b", "Bc 1 ß", "ǆ", "x\n", "+1", 'a\\b"q\x01é', "", "  x\x1c"]
STORED = {
    "objects": pd.Series(TEXTS, dtype=object),
    "objects and NaN": pd.Series([*TEXTS, np.nan], dtype=object, name="t"),
    "objects and None": pd.Series([None, *TEXTS], dtype=object, index=range(3, 12)),
    "string[python]": pd.Series([*TEXTS, None], dtype="string[python]"),
    "str[python]": pd.Series([*TEXTS, None], dtype=pd.StringDtype("python", na_value=np.nan)),
}
CALLS: dict[str, Call] = {
    "as it is": lambda s: s,
    "lower": lambda s: s.str.lower(),
    "upper": lambda s: s.str.upper(),
    "title": lambda s: s.str.title(),
    "strip": lambda s: s.str.strip(),
    "lstrip": lambda s: s.str.lstrip("a"),
    "len": lambda s: s.str.len(),
    "get": lambda s: s.str.get(1),
    "slice": lambda s: s.str[1:3],
    "slice_replace": lambda s: s.str.slice_replace(1, 2, "-"),
    "find": lambda s: s.str.find("b"),
    "count": lambda s: s.str.count(r"\w"),
    "zfill": lambda s: s.str.zfill(4),
    "center": lambda s: s.str.center(9),
    "wrap": lambda s: s.str.wrap(3),
    "repeat": lambda s: s.str.repeat(2),
    "replace": lambda s: s.str.replace("a", "bb"),
    "replace pattern": lambda s: s.str.replace(r"\s", "_", regex=True),
    "replace any case": lambda s: s.str.replace("A", "-", case=False, regex=True),
    "translate": lambda s: s.str.translate({97: "z", 98: None}),
    "startswith": lambda s: s.str.startswith("a", na=False),
    "contains": lambda s: s.str.contains("a|b", na=True),
    "contains in any case": lambda s: s.str.contains("SS|A", case=False, na=False),
    "fullmatch": lambda s: s.str.fullmatch(r"[^\S]*x\s*", na=False),
    "extract": lambda s: s.str.extract("(a)", expand=False),
    "partition": lambda s: s.str.partition("_"),
    "get_dummies": lambda s: s.str.get_dummies("_"),
    "several": lambda s: s.str.upper().str.strip().str.len(),
    "as text": lambda s: s.astype("str"),
    "where": lambda s: s.where(s.notna(), "none"),
    "fillna": lambda s: s.fillna("none"),
    "chosen": lambda s: s[s.str.len() > 1],
}
TESTS: dict[str, Call] = {
    "isalpha": lambda s: s.str.isalpha(),
    "isupper": lambda s: s.str.isupper(),
    "startswith": lambda s: s.str.startswith("a"),
    "contains": lambda s: s.str.contains("b"),
    "extract": lambda s: s.str.extract("(?P<one>a)(?P<two>.)"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("stored", STORED)
def test_methods_without_gathering(stored: str, call: str) -> None:
    same(lambda m, s: CALLS[call](s), STORED[stored])


@pytest.mark.parametrize("call", TESTS)
@pytest.mark.parametrize("stored", [name for name in STORED if "None" not in name])
def test_answers_to_missing_texts(stored: str, call: str) -> None:
    same(lambda m, s: TESTS[call](s), STORED[stored])


@pytest.mark.filterwarnings("ignore:.*pandas runs on about")
@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.str.cat(sep="-"),
        lambda s: s.str.split("_", expand=True),
        lambda s: s.str.replace("a", lambda found: found.group(0) * 2, regex=True),
        lambda s: s.str.extractall("(a)"),
        lambda s: s.str.split("_"),
    ],
    ids=["cat", "split", "replace by a function", "extractall", "lists"],
)
def test_what_of_objects_pandas_computes(call: Call) -> None:
    same(lambda m, s: call(s), STORED["objects and NaN"])


def test_mixed_objects_are_left_to_pandas() -> None:
    mixed = pd.Series(["a", 1, None, 2.5], dtype=object)
    with pytest.warns(PerformanceWarning):
        found = bigframe.from_pandas(mixed).str.upper()
    pd.testing.assert_series_equal(found.to_pandas(), mixed.str.upper())


def test_the_accessor_is_one_of_pandas() -> None:
    for stored in STORED.values():
        assert isinstance(bigframe.from_pandas(stored).str, type(stored.str))


def test_strings_become_objects() -> None:
    same(lambda m, s: s.astype(object), pd.Series(['a"b', None, ""]))
