"""Signatures, band keys and fingerprints: what they promise about documents."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels.text.candidates import candidate_pairs
from engine.kernels.text.minhash import band_keys, fingerprints, signatures
from engine.kernels.text.tokens import Unit

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "語", "é", "-", " "]), max_size=9).map(" ".join)

SIGNATURE = [1283382189, 2906022357, 2617086806, 51150881]
KEYS = [15714848336523355653, 7836791507099926586]
FINGERPRINT = [6420341807543155401, 9928278866125198411]


def planted_pairs(
    similarities: npt.NDArray[np.float64], union: int
) -> tuple[pa.Array, pa.Array, npt.NDArray[np.float64]]:
    """Pairs of documents of distinct words with about these similarities, and the similarities that they have."""
    common = np.rint(similarities * union).astype(int)
    half = (union - common) // 2
    left, right = [], []
    for pair, (shared, own) in enumerate(zip(common.tolist(), half.tolist(), strict=True)):
        words = [f"w{pair}_{i}" for i in range(shared + 2 * own)]
        left.append(" ".join(words[: shared + own]))
        right.append(" ".join(words[:shared] + words[shared + own :]))
    return pa.array(left), pa.array(right), common / (common + 2 * half)


@pytest.mark.parametrize("union", [20, 200])
def test_agreement_estimates_jaccard_as_binomial_theory_has_it(union: int) -> None:
    left, right, exact = planted_pairs(np.random.default_rng(1).uniform(0.2, 0.95, 1000), union)
    a, _ = signatures(left, ngram_size=1)
    b, _ = signatures(right, ngram_size=1)
    error = (a == b).mean(axis=1) - exact
    theory = np.sqrt(np.mean(exact * (1 - exact) / 128))
    assert 0.2 * theory < np.sqrt(np.mean(error**2)) < 1.05 * theory
    assert abs(error.mean()) < 3 * theory / np.sqrt(len(exact))


def test_bands_find_similar_pairs_and_few_others() -> None:
    left, right, exact = planted_pairs(np.random.default_rng(2).uniform(0.1, 1.0, 1500), 150)
    keys, counts = band_keys(pa.concat_arrays([left, right]), ngram_size=1)
    assert counts.min() > 0
    ids = np.repeat(np.arange(len(keys)), keys.shape[1])
    order = np.lexsort((ids, keys.ravel()))
    a, b = candidate_pairs(keys.ravel()[order], ids[order])
    assert (b == a + len(left)).all()
    found = np.isin(np.arange(len(left)), a)
    assert found[exact >= 0.85].mean() >= 0.99
    assert found[(exact >= 0.8) & (exact < 0.85)].mean() >= 0.93
    assert found[exact < 0.4].mean() <= 0.03


def test_keys_of_different_bands_differ() -> None:
    keys, _ = band_keys(pa.array([f"document {i}" for i in range(200)]), bands=16)
    assert len(np.unique(keys)) == 200 * 16


@pytest.mark.parametrize(
    ("ngram_size", "tokens", "expected"), [(5, 0, 0), (5, 1, 1), (5, 4, 1), (5, 5, 1), (5, 9, 5), (1, 3, 3)]
)
def test_shingle_counts(implementation: str, ngram_size: int, tokens: int, expected: int) -> None:
    assert signatures(pa.array([" ".join("abcdefghi"[:tokens])]), ngram_size=ngram_size)[1].tolist() == [expected]


def test_documents_without_tokens_are_marked_by_their_count(implementation: str) -> None:
    rows, counts = signatures(pa.array(["", None, " - ", "x"]), num_perm=8)
    assert counts.tolist() == [0, 0, 0, 1]
    assert (rows[:3] == 2**32 - 1).all()
    assert (rows[3] != 2**32 - 1).all()


def test_a_short_document_differs_from_its_prefix_and_from_longer_ones(implementation: str) -> None:
    rows, _ = signatures(pa.array(["a b", "a b c", "a b c d e", "b a", "a", "ab"]), ngram_size=5, num_perm=16)
    agreement = (rows[:, np.newaxis] == rows[np.newaxis]).mean(axis=2)
    np.testing.assert_array_equal(agreement, np.eye(6))


def test_tokens_of_several_chunks_hash_every_byte(implementation: str) -> None:
    words = ["x" * length for length in range(1, 40)] + ["x" * 20 + "y" + "x" * 18, "y" + "x" * 38, "x" * 38 + "y"]
    prints, counts = fingerprints(pa.array(words))
    assert len(np.unique(prints, axis=0)) == len(words)
    assert counts.tolist() == [1] * len(words)


@settings(deadline=None)
@given(texts=st.lists(WORDS, min_size=2, max_size=8), unit=st.sampled_from(["word", "char"]))
def test_fingerprints_are_equal_exactly_where_token_sequences_are(
    oracle: SimpleNamespace, texts: list[str], unit: str
) -> None:
    sequences = [tuple(oracle.tokens(text, unit)) for text in texts]
    prints, counts = fingerprints(pa.array(texts), unit=unit)  # type: ignore[arg-type]
    assert counts.tolist() == [len(sequence) for sequence in sequences]
    for i, one in enumerate(sequences):
        for j, other in enumerate(sequences):
            assert (prints[i] == prints[j]).all() == (one == other)
            assert (prints[i] == prints[j]).any() == (one == other)


def test_the_seed_changes_every_value_and_not_the_counts() -> None:
    texts = pa.array(["some words in a row that make several shingles"])
    (one, count), (other, other_count) = signatures(texts, seed=0), signatures(texts, seed=1)
    assert (one == other).sum() == 0
    assert count.tolist() == other_count.tolist() == [5]


def test_hashes_are_those_of_the_first_version(implementation: str) -> None:
    # Saved signatures stay comparable only as long as these hold.
    texts = pa.array(["The quick brown fox jumps over the lazy dog."])
    assert signatures(texts, num_perm=4)[0].tolist() == [SIGNATURE]
    assert band_keys(texts, num_perm=4, bands=2)[0].tolist() == [KEYS]
    assert fingerprints(texts)[0].tolist() == [FINGERPRINT]


def test_no_rows(implementation: str) -> None:
    for column in (pa.array([], pa.string()), pa.chunked_array([], pa.string_view()), pa.array([], pa.null())):
        results: list[tuple[tuple[npt.NDArray[Any], npt.NDArray[np.int32]], tuple[int, int], str]] = [
            (signatures(column, num_perm=8), (0, 8), "uint32"),
            (band_keys(column, bands=4), (0, 4), "uint64"),
            (fingerprints(column), (0, 2), "uint64"),
        ]
        for (values, counts), shape, dtype in results:
            assert (values.shape, str(values.dtype)) == (shape, dtype)
            assert (counts.shape, str(counts.dtype)) == ((0,), "int32")


def test_nulls_without_a_type_are_documents_without_tokens() -> None:
    assert signatures(pa.nulls(3))[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda texts: signatures(texts, ngram_size=0), "ngram_size must be at least 1, got 0"),
        (lambda texts: signatures(texts, num_perm=0), "num_perm must be at least 1, got 0"),
        (lambda texts: signatures(texts, seed=-1), "seed must be from 0 to 2\\*\\*64 - 1, got -1"),
        (lambda texts: signatures(texts, unit=cast("Unit", "line")), 'unit must be "word" or "char", got \'line\''),
        (lambda texts: fingerprints(texts, unit=cast("Unit", "line")), 'unit must be "word" or "char", got \'line\''),
        (lambda texts: band_keys(texts, bands=0), "bands must be at least 1, got 0"),
        (
            lambda texts: band_keys(texts, bands=9, num_perm=8),
            "bands must be at most num_perm, got 9 bands of 8 values",
        ),
    ],
)
def test_parameters_out_of_range_are_errors(call: Callable[[pa.Array], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(pa.array(["x"]))
