"""``explode`` against pandas: one row per item of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "words": [["a", "b"], [], None, ["c"], ["d", None, ""], ["a"]],
        "sizes": [["x", "y"], [], None, ["z"], ["p", "q", None], ["r"]],
        "n": [1, 2, 3, 4, 5, 6],
        "s": ["k", None, "l", "", "m", "k"],
    },
    index=[5, 3, 3, 9, 0, -1],
)


def strings(*columns: str) -> Callable[[Any], Any]:
    """Items of lists are strings in a plan, Python objects in pandas."""
    return lambda table: table.assign(**{column: table[column].astype("str") for column in columns})


WORDS, BOTH = strings("words"), strings("words", "sizes")
CASES: dict[str, Callable[[Any, Any], Any]] = {
    "one": lambda m, d: WORDS(d[["words", "n", "s"]].explode("words")),
    "new index": lambda m, d: WORDS(d[["words", "n"]].explode("words", ignore_index=True)),
    "two": lambda m, d: BOTH(d.explode(["words", "sizes"])),
    "list of one": lambda m, d: WORDS(d[["words", "n"]].explode(["words"])),
    "series": lambda m, d: d.words.explode().astype("str"),
    "series, new index": lambda m, d: d.words.explode(ignore_index=True).astype("str"),
    "no list": lambda m, d: d[["n", "s"]].explode("n"),
    "split": lambda m, d: (
        d[["n"]].assign(w=d.s.fillna("u v").str.split()).explode("w").assign(w=lambda t: t.w.astype("str"))
    ),
    "after a filter": lambda m, d: WORDS(d[d.n > 1][["words", "n"]].explode("words")),
    "then a filter": lambda m, d: (lambda e: e[e.n > 1])(WORDS(d[["words", "n"]].explode("words"))),
    "then a filter of items": lambda m, d: (lambda e: e[e.words == "a"])(WORDS(d[["words", "n"]].explode("words"))),
    "then a count": lambda m, d: WORDS(d[["words", "n"]].explode("words")).groupby("words").n.sum(),
    "then a head": lambda m, d: WORDS(d[["words", "n"]].explode("words").head(4)),
    "then other columns": lambda m, d: d[["words", "n"]].explode("words")[["n"]],
    "then an index": lambda m, d: WORDS(d[["words", "n"]].explode("words").reset_index()),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], ROWS)


def test_items_keep_their_type() -> None:
    rows = pd.DataFrame({"n": [[1, 2], [3], [4, 5, 6]], "k": ["a", "b", "c"]})
    same(lambda m, d: d.explode("n").astype({"n": "int64"}), rows)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no such column": lambda m, d: d.explode("absent"),
    "no column": lambda m, d: d.explode([]),
    "a column twice": lambda m, d: d.explode(["words", "words"]),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ROWS)


def test_lists_of_unlike_length_do_not_explode_together() -> None:
    import bigframe

    rows = pd.DataFrame({"a": [["p", "q"]], "b": [["r"]]})
    with pytest.raises(ValueError, match="columns must have matching element counts"):
        rows.explode(["a", "b"])
    with pytest.raises(ValueError, match="columns must have matching element counts"):
        bigframe.from_pandas(rows).explode(["a", "b"]).to_pandas()


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_lists_explode_beside_plain_values_of_as_many_rows() -> None:
    rows = pd.DataFrame({"a": [[1], [3]], "b": [1, 2]})
    same(lambda m, d: d.explode(["a", "b"]), rows)
    same_error(lambda m, d: d.explode(["a", "b"]), rows.assign(a=[[1, 2], [3]]))
