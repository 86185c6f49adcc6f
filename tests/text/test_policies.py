"""Which document stays and what counts as a duplicate, in one partition, in three with an empty one, and on Dask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe

pytestmark = pytest.mark.usefixtures("session")

RIVER = "the river ran past the old mill and under the stone bridge to the sea where the boats lay waiting"
RIVER_LOUD = RIVER.upper().replace(" ", ",  ") + "!!"
RIVER_LONGER = RIVER + " still"
HARBOUR = "in the harbour nobody spoke of the storm that had taken both lighthouses and the keeper a year ago"
ALONE = "a document about something else entirely that shares no five words in a row with any other of these"
TEXTS = [RIVER, None, HARBOUR, RIVER_LOUD, "", ALONE, HARBOUR, RIVER_LONGER, "  ,;", HARBOUR]
RIVERS, HARBOURS = [0, 3, 7], [2, 6, 9]
SIMILAR = 16 / 17
"""RIVER has 20 words, thus 16 runs of five; RIVER_LONGER has one more."""


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"text": pd.Series(TEXTS, dtype="str"), **columns})


def check(table: pd.DataFrame, removed: dict[int, int], **options: Any) -> None:
    """Assert what is dropped, `removed` giving for each position the one kept instead."""
    df = bigframe.from_pandas(table)
    kept, audit = bigframe.compute(df.drop_near_duplicates("text", **options), df.near_duplicates("text", **options))
    stay = [position for position in range(len(table)) if position not in removed]
    pd.testing.assert_frame_equal(kept, table.iloc[stay], check_index_type="equiv")
    assert audit["id"].tolist() == [table.index[position] for position in sorted(removed)]
    assert audit["kept_id"].tolist() == [table.index[removed[position]] for position in sorted(removed)]
    groups = {position: min(group) for group in (RIVERS, HARBOURS) for position in group}
    assert audit["group"].tolist() == [groups[position] for position in sorted(removed)]


def test_similarities_as_computed_by_hand() -> None:
    audit = bigframe.from_pandas(frame()).near_duplicates("text").to_pandas()
    assert audit["similarity"].tolist() == [1.0, 1.0, SIMILAR, 1.0]


def test_the_first_stays() -> None:
    check(frame(), {3: 0, 7: 0, 6: 2, 9: 2})


def test_the_last_stays() -> None:
    check(frame(), {0: 7, 3: 7, 2: 9, 6: 9}, keep="last")


def test_the_greatest_stays_and_of_several_the_first() -> None:
    score = [1.0, 9, 5, 4, 9, 9, 5, 4, 9, 1]
    check(frame(score=score), {0: 3, 7: 3, 6: 2, 9: 2}, keep="max", by="score")


def test_a_missing_score_loses() -> None:
    score = [np.nan, 0, np.nan, -1.0, 0, 0, np.nan, np.nan, 0, -np.inf]
    check(frame(score=score), {0: 3, 7: 3, 2: 9, 6: 9}, keep="max", by="score")


def test_without_any_score_the_first_stays() -> None:
    check(frame(score=[np.nan] * 10), {3: 0, 7: 0, 6: 2, 9: 2}, keep="max", by="score")


def test_scores_of_every_dtype_that_has_an_order() -> None:
    score = pd.Series([0, 0, 1, 1, 0, 0, 0, 0, 0, 0])
    kinds = ["int64", "str", "datetime64[us]", "bool", "Int64", "timedelta64[ms]"]
    df = bigframe.from_pandas(frame(**{kind: score.astype(kind) for kind in kinds}))
    results = bigframe.compute(*(df.drop_near_duplicates("text", keep="max", by=kind) for kind in kinds))
    assert [result.index.tolist() for result in results] == [[1, 2, 3, 4, 5, 8]] * len(kinds)


def test_the_text_itself_may_be_the_score() -> None:
    check(frame(), {0: 7, 3: 7, 6: 2, 9: 2}, keep="max", by="text")


def test_exact_takes_equal_tokens_only() -> None:
    check(frame(), {3: 0, 6: 2, 9: 2}, method="exact")


def test_threshold_decides() -> None:
    check(frame(), {3: 0, 7: 0, 6: 2, 9: 2}, threshold=SIMILAR)
    check(frame(), {3: 0, 6: 2, 9: 2}, threshold=SIMILAR + 1e-9)


def test_duplicate_index_labels() -> None:
    check(frame().set_axis(list("aabbccaabb")), {3: 0, 7: 0, 6: 2, 9: 2})


def test_named_and_unsorted_index() -> None:
    index = pd.Index([5, 3, 9, 1, 0, 2, 8, 7, 6, 4], name="key")
    check(frame().set_axis(index), {0: 7, 3: 7, 2: 9, 6: 9}, keep="last")


def test_the_text_may_be_the_index_too() -> None:
    df = bigframe.from_pandas(frame()).set_index("text")
    df["text"] = df.index
    audit = df.near_duplicates("text").to_pandas()
    assert audit["id"].tolist() == [RIVER_LOUD, HARBOUR, RIVER_LONGER, HARBOUR]
    assert audit["kept_id"].tolist() == [RIVER, HARBOUR, RIVER, HARBOUR]


def test_several_index_levels() -> None:
    table = frame().set_axis(pd.MultiIndex.from_arrays([range(10), list("abcdefghij")], names=["n", "c"]))
    df = bigframe.from_pandas(table)
    pd.testing.assert_frame_equal(df.drop_near_duplicates("text").to_pandas(), table.iloc[[0, 1, 2, 4, 5, 8]])


def test_columns_named_like_those_of_the_audit() -> None:
    check(frame(id=range(10), group="x", similarity=None, kept_id=1.5), {3: 0, 7: 0, 6: 2, 9: 2})


def test_groups_of_every_document() -> None:
    table = frame().set_axis(list("aabbccaabb"))
    marked = bigframe.from_pandas(table).near_duplicate_groups("text")
    expected = table.assign(group=[0, 1, 2, 0, 4, 5, 2, 0, 8, 2])
    assert marked.dtypes.to_list() == expected.dtypes.to_list()
    pd.testing.assert_frame_equal(marked.to_pandas(), expected)
    again = bigframe.from_pandas(frame()).near_duplicate_groups("text", name="family")
    pd.testing.assert_frame_equal(again.to_pandas(), frame(family=[0, 1, 2, 0, 4, 5, 2, 0, 8, 2]))


def test_a_filtered_frame_keeps_its_labels() -> None:
    table = frame(n=range(10))
    df = bigframe.from_pandas(table)
    df = df[df["n"] > 1]
    kept, audit = bigframe.compute(df.drop_near_duplicates("text"), df.near_duplicates("text"))
    pd.testing.assert_frame_equal(kept, table.loc[[2, 3, 4, 5, 8]])
    assert audit["id"].tolist() == [6, 7, 9]
    assert audit["kept_id"].tolist() == [2, 3, 2]
    # Positions are those in the filtered frame.
    assert audit["group"].tolist() == [0, 1, 0]


def test_a_computed_text_column() -> None:
    table = frame()
    df = bigframe.from_pandas(table)
    df["text"] = df["text"].str.lower()
    assert df.drop_near_duplicates("text").index.to_pandas().tolist() == [0, 1, 2, 4, 5, 8]


def test_short_documents_are_one_shingle() -> None:
    texts = ["Yes.", "yes", "no", "yes no", "", None, "YES no"]
    df = bigframe.DataFrame({"text": texts})
    assert df.near_duplicate_groups("text")["group"].tolist() == [0, 0, 2, 3, 4, 5, 3]


def test_characters_as_tokens() -> None:
    texts = ["abcdefgh", "ABCD  efgh", "abcd efgh!", "abcd efgh"]
    df = bigframe.DataFrame({"text": texts})
    assert df.near_duplicate_groups("text", unit="char", threshold=0.9)["group"].tolist() == [0, 1, 2, 1]
    assert df.near_duplicate_groups("text", unit="char", method="exact")["group"].tolist() == [0, 1, 2, 1]


def test_all_identical() -> None:
    df = bigframe.DataFrame({"text": [RIVER] * 500, "n": range(500)})
    kept, audit = bigframe.compute(df.drop_near_duplicates("text", keep="max", by="n"), df.near_duplicates("text"))
    assert (kept.index.tolist(), kept["n"].tolist()) == ([499], [499])
    assert audit["id"].tolist() == list(range(1, 500))
    assert set(audit["kept_id"]) == set(audit["group"]) == {0}
    assert set(audit["similarity"]) == {1.0}


@pytest.mark.parametrize("texts", [[], [None, None], ["", " . "], [ALONE]])
def test_nothing_to_remove(texts: list[str | None]) -> None:
    table = pd.DataFrame({"text": pd.Series(texts, dtype="str"), "n": np.arange(len(texts))})
    df = bigframe.from_pandas(table)
    results = bigframe.compute(df.drop_near_duplicates(), df.near_duplicates(), df.near_duplicate_groups())
    pd.testing.assert_frame_equal(results[0], table, check_index_type="equiv")
    assert results[1].shape == (0, 4)
    assert results[1].dtypes.astype(str).tolist() == ["int64", "int64", "int64", "float64"]
    pd.testing.assert_frame_equal(results[2], table.assign(group=np.arange(len(texts))), check_index_type="equiv")


def test_a_chain_is_one_group_and_its_ends_may_differ() -> None:
    words = [f"w{number}" for number in range(200)]
    chain = [" ".join(words[shift : shift + 150]) for shift in (0, 10, 20)]
    df = bigframe.DataFrame({"text": chain})
    audit = df.near_duplicates("text").to_pandas()
    assert audit["group"].tolist() == [0, 0]
    assert audit["similarity"].tolist() == [136 / 156, 126 / 166]
    assert 126 / 166 < 0.8 < 136 / 156
