"""``loc`` over several index levels, read and written, against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conformance.compare import same, same_error

Key = Any
INDEX = pd.MultiIndex.from_product([["a", "b", "c"], [1, 2, 3], ["x", "y"]], names=["k", "n", None])
SORTED = pd.DataFrame({"v": range(18), "w": list("abcdefghijklmnopqr")}, index=INDEX)
FRAMES = {"in order": SORTED, "in no order": SORTED.iloc[np.random.default_rng(0).permutation(18)]}
ALL = slice(None)
KEYS: dict[str, Key] = {
    "label and list": ("a", [1, 2]),
    "label, all, label": ("a", ALL, "x"),
    "one list": (["b", "a"],),
    "two lists": (["b", "a"], [3, 1]),
    "all and label": (ALL, 2),
    "all and list": (ALL, [2, 1]),
    "all and rising list": (ALL, [1, 2]),
    "all, all, list": (ALL, ALL, ["y", "x"]),
    "lists of one": (["a"], [1], ["x"]),
}
SLICES: dict[str, Key] = {
    "slice and label": (slice("a", "b"), 2),
    "two slices": (slice("a", "b"), slice(2, 3)),
    "slice and list": (slice("a", "b"), [3, 2], "y"),
    "slice of labels that there are not": (slice("aa", "b"), ALL),
}
ROWS: dict[str, Key] = {
    "labels of the first level": ["c", "a"],
    "whole labels": [("c", 3, "y"), ("a", 1, "x"), ("c", 3, "y")],
}
BETWEEN: dict[str, Key] = {
    "labels": slice("a", "b"),
    "from a label": slice("b", None),
    "to a label of two": slice(None, ("b", 2)),
    "labels of several": slice(("a", 2), ("b", 1, "y")),
    "every other": slice("a", "b", 2),
}


def put(key: Key, value: Any) -> Callable[[Any, Any], Any]:
    def change(module: Any, frame: Any) -> Any:
        frame.loc[key, "v"] = value
        return frame

    return change


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("key", KEYS)
def test_parts_of_keys(key: str, frame: str) -> None:
    same(lambda m, d: d.loc[KEYS[key], :], FRAMES[frame])
    same(lambda m, d: d["v"].loc[KEYS[key]], FRAMES[frame])


@pytest.mark.parametrize("key", SLICES)
def test_slices_in_keys(key: str) -> None:
    same(lambda m, d: d.loc[SLICES[key], :], SORTED)
    same(lambda m, d: d["v"].loc[SLICES[key]], SORTED)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("key", ROWS)
def test_lists_of_labels(key: str, frame: str) -> None:
    same(lambda m, d: d.loc[ROWS[key]], FRAMES[frame])
    same(lambda m, d: d.loc[ROWS[key], ["w"]], FRAMES[frame])
    same(lambda m, d: d.loc[(("b", "a"), 2), :], FRAMES[frame])


@pytest.mark.parametrize("key", BETWEEN)
def test_rows_between_labels(key: str) -> None:
    same(lambda m, d: d.loc[BETWEEN[key]], SORTED)


@pytest.mark.filterwarnings("ignore:.*pandas runs on about")
@pytest.mark.parametrize(
    "key", [("a", [9]), (["a", "zz"], ALL), ("zz", [1]), (slice("x", "z"), 1), [("a", 1, "q")], ["a", "zz"]], ids=str
)
def test_labels_that_there_are_not(key: Key) -> None:
    same_error(lambda m, d: d.loc[key, :], SORTED)


@pytest.mark.filterwarnings("ignore:.*pandas runs on about")
def test_slices_need_an_order() -> None:
    same_error(lambda m, d: d.loc["a":"b"], FRAMES["in no order"])
    same_error(lambda m, d: d.loc[(slice("a", "b"), 2), :], FRAMES["in no order"])


@pytest.mark.filterwarnings("ignore:indexing past lexsort depth")
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("key", ["a", ("a", 1), ("a", 1, "x"), ("a", [1, 2]), (ALL, 2), (["b", "a"], [1, 3])], ids=str)
def test_values_are_put_there(key: Key, frame: str) -> None:
    same(put(key, 50), FRAMES[frame])


LABELLED = pd.DataFrame({"v": [1, 2, 3, 4], "w": list("abcd")}, index=[3, 5, 7, 9])
MASK = pd.Series([True, False, True, True, False], index=[9, 7, 5, 3, 1])


@pytest.mark.filterwarnings("ignore:Boolean Series key will be reindexed:UserWarning")
def test_masks_of_other_rows_are_matched_by_label() -> None:
    same(lambda m, d, k: d[k], LABELLED, MASK)
    same(lambda m, d, k: d.loc[k, "v"], LABELLED, MASK)
    same(lambda m, s, k: s[k], LABELLED["v"], MASK)
    same(lambda m, s, k: s[k], pd.Series([1, 2, 3]), pd.Series([True, False, True, True]))
    same_error(lambda m, d, k: d[k], LABELLED, MASK.head(3))


@pytest.mark.parametrize("bounds", [(4, 8), (5, None), (None, 6), (8, 4), (5, 5)], ids=str)
@pytest.mark.parametrize("order", [ALL, slice(None, None, -1)], ids=["rising", "falling"])
def test_truncate(bounds: tuple[Any, Any], order: slice) -> None:
    check = same_error if bounds == (8, 4) else same
    check(lambda m, d: d.truncate(*bounds), LABELLED.iloc[order])
    same_error(lambda m, d: d.truncate(*bounds), LABELLED.iloc[[1, 0, 3]])


def test_reindex_like() -> None:
    same(lambda m, d, o: d.reindex_like(o), LABELLED, LABELLED.iloc[[2, 0]][["w"]])
    same(lambda m, d, o: d["v"].reindex_like(o), LABELLED, MASK)


@pytest.mark.parametrize(
    "given", [[True, False, True, True], np.array([True, False, False, True])], ids=["list", "array"]
)
def test_where_of_a_list(given: Any) -> None:
    same(lambda m, s: s.where(given), LABELLED["v"])
    same(lambda m, s: s.mask(given, "z"), LABELLED["w"])
    same(lambda m, s: s.where(given, np.array([5, 6, 7, 8])), LABELLED["v"])


def test_where_matches_other_rows_by_label() -> None:
    same(lambda m, s, k: s.where(k, 0), LABELLED["v"], MASK.sort_index())
    same(lambda m, s, k: s.mask(k, 0), LABELLED["v"], MASK.sort_index().head(3))
    same(lambda m, s, k: s.where(k, s), pd.Series([1, 2, 3]), pd.Series([True, False]))
