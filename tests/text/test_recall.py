"""Near-duplicates of planted corpora against the exact graph of all similar pairs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.text.exact_graph import Corpus


@pytest.fixture(scope="module")
def audit(real: Corpus) -> pd.DataFrame:
    return run(real, partitions=1)[1]


def run(corpus: Corpus, **settings: object) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What is kept, what is not, and all with their groups, by one job."""
    with bigframe.connect(**settings):
        return compute(corpus)


def compute(corpus: Corpus) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    df = bigframe.DataFrame({"text": corpus.texts})
    return bigframe.compute(df.drop_near_duplicates(), df.near_duplicates(), df.near_duplicate_groups())


def groups_of(corpus: Corpus, audit: pd.DataFrame) -> list[int]:
    """The group of every document, as the audit has it."""
    groups = list(range(len(corpus.texts)))
    for document, group in zip(audit["id"], audit["group"], strict=True):
        groups[document] = group
    for kept, group in zip(audit["kept_id"], audit["group"], strict=True):
        groups[kept] = group
    return groups


def recall(groups: list[int], pairs: Iterable[tuple[int, int]]) -> float:
    return float(np.mean([groups[a] == groups[b] for a, b in pairs]))


def between(pairs: dict[tuple[int, int], float], low: float, high: float, at_least: int) -> list[tuple[int, int]]:
    chosen = [pair for pair, similarity in pairs.items() if low <= similarity < high]
    assert len(chosen) >= at_least
    return chosen


def test_planted_similarities_are_spread_evenly(real: Corpus, chinese: Corpus) -> None:
    for corpus in (real, chinese):
        similarities = [corpus.jaccard(a, b) for a, b in corpus.planted]
        counts, _ = np.histogram(similarities, bins=np.linspace(0.5, 1, 6), range=(0.5, 1))
        expected = len(corpus.planted) / 5
        assert np.all(np.abs(counts - expected) < 0.2 * expected)


def test_recall_of_planted_pairs(real: Corpus, audit: pd.DataFrame) -> None:
    groups = groups_of(real, audit)
    planted = {pair: real.jaccard(*pair) for pair in real.planted}
    assert recall(groups, between(planted, 0.85, 1.01, 500)) >= 0.99
    assert recall(groups, between(planted, 0.80, 0.85, 150)) >= 0.94


def test_recall_of_all_pairs(real: Corpus, audit: pd.DataFrame) -> None:
    groups = groups_of(real, audit)
    similar = dict(real.similar)
    assert recall(groups, between(similar, 0.85, 1.01, 1_000)) >= 0.99
    assert recall(groups, between(similar, 0.80, 0.85, 300)) >= 0.94


def test_nothing_is_removed_without_a_similar_document(real: Corpus, audit: pd.DataFrame) -> None:
    # Members of a group are connected by pairs of at least 0.8, which leaves no room for an edge below 0.78.
    exact = real.groups
    assert [(a, b) for a, b in zip(audit["id"], audit["kept_id"], strict=True) if exact[a] != exact[b]] == []
    neighbours = {document for pair in real.similar for document in pair}
    assert set(audit["id"]) <= neighbours
    below = audit[audit["similarity"] < 0.78]
    assert all((min(a, b), max(a, b)) not in real.similar for a, b in zip(below["id"], below["kept_id"], strict=True))


def test_removed_count_is_near_the_exact_one(real: Corpus, audit: pd.DataFrame) -> None:
    exact = sum(group != document for document, group in enumerate(real.groups))
    assert exact > 1_000
    assert abs(len(audit) - exact) <= 0.02 * exact


def test_audit_is_exact_and_in_order(real: Corpus, audit: pd.DataFrame) -> None:
    expected = [real.jaccard(a, b) for a, b in zip(audit["id"], audit["kept_id"], strict=True)]
    assert audit["similarity"].tolist() == expected
    assert audit["id"].is_monotonic_increasing
    assert audit["id"].is_unique
    assert (audit["kept_id"] == audit["group"]).all()
    assert not set(audit["id"]) & set(audit["kept_id"])
    assert audit.dtypes.astype(str).to_dict() == {
        "id": "int64", "kept_id": "int64", "group": "int64", "similarity": "float64",
    }  # fmt: skip


@pytest.mark.parametrize("partitions", [1, 3, 16])
def test_every_partitioning_gives_the_same(real: Corpus, audit: pd.DataFrame, partitions: int) -> None:
    agree(real, audit, run(real, partitions=partitions))


@pytest.mark.dask
def test_dask_gives_the_same(real: Corpus, audit: pd.DataFrame, dask_session: bigframe.Session) -> None:
    with bigframe.using(dask_session):
        agree(real, audit, compute(real))


def agree(corpus: Corpus, audit: pd.DataFrame, results: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    kept, audited, marked = results
    pd.testing.assert_frame_equal(audited, audit)
    everything = pd.DataFrame({"text": corpus.texts})
    pd.testing.assert_frame_equal(kept, everything.drop(index=audit["id"]), check_index_type="equiv")
    pd.testing.assert_frame_equal(marked, everything.assign(group=groups_of(corpus, audit)))


@pytest.mark.parametrize("partitions", [1, 16])
def test_recall_of_chinese_and_mixed_texts(chinese: Corpus, partitions: int) -> None:
    kept, audit, marked = run(chinese, partitions=partitions)
    groups = marked["group"].tolist()
    planted = {pair: chinese.jaccard(*pair) for pair in chinese.planted}
    assert recall(groups, between(planted, 0.85, 1.01, 150)) >= 0.99
    assert recall(groups, between(planted, 0.80, 0.85, 40)) >= 0.94
    exact = sum(group != document for document, group in enumerate(chinese.groups))
    assert abs(len(audit) - exact) <= 0.02 * exact
    assert all(chinese.groups[a] == chinese.groups[b] for a, b in zip(audit["id"], audit["kept_id"], strict=True))
    assert len(kept) + len(audit) == len(chinese.texts)
    expected = [chinese.jaccard(a, b) for a, b in zip(audit["id"], audit["kept_id"], strict=True)]
    assert audit["similarity"].tolist() == expected
