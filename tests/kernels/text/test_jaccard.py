"""Exact similarities against Python sets of shingles."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels.text.jaccard import jaccard, jaccard_of_pairs

TEXT = st.lists(st.sampled_from(["a", "B", "cc", "b,", "語", "ดี", "é", "E\u0301", "  "]), max_size=12).map(" ".join)
ROWS = st.lists(st.tuples(st.none() | TEXT, st.none() | TEXT), max_size=8)


@pytest.mark.parametrize("numba", ["0", "1"])
@settings(deadline=None)
@given(rows=ROWS, ngram_size=st.integers(1, 4), unit=st.sampled_from(["word", "char"]))
def test_similarities(
    oracle: SimpleNamespace, numba: str, rows: list[tuple[Any, Any]], ngram_size: int, unit: Any
) -> None:
    expected = []
    for pair in rows:
        one, other = (set(oracle.shingles(oracle.tokens(text, unit), ngram_size)) for text in pair)
        expected.append(len(one & other) / len(one | other) if one | other else 0.0)
    left, right = (pa.array([pair[side] for pair in rows], pa.string()) for side in (0, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGFRAME_NUMBA", numba)
        assert jaccard(left, right, ngram_size=ngram_size, unit=unit).tolist() == expected
        chunked = pa.chunked_array([right.slice(0, 2), right.slice(2)], pa.string()).cast(pa.large_string())
        assert jaccard(left, chunked, ngram_size=ngram_size, unit=unit).tolist() == expected


def test_repeated_documents_and_pairs_in_any_order(implementation: str) -> None:
    texts = pa.array(["a b c d", "a b c e", None, "x"])
    left, right = np.array([1, 0, 3, 1, 2, 0]), np.array([0, 1, 3, 2, 2, 0])
    assert jaccard_of_pairs(texts, left, right, ngram_size=2).tolist() == [0.5, 0.5, 1.0, 0.0, 0.0, 1.0]


def test_no_rows(implementation: str) -> None:
    for empty in (pa.array([], pa.string()), pa.chunked_array([], pa.string())):
        result = jaccard(empty, empty)
        assert (result.shape, str(result.dtype)) == ((0,), "float64")


def test_rows_that_do_not_match_are_errors() -> None:
    two, one = pa.array(["x", "y"]), pa.array(["x"])
    with pytest.raises(ValueError, match="as many rows, got 2 and 1"):
        jaccard(two, one)
    with pytest.raises(ValueError, match="pairs need two positions each, got 1 and 2"):
        jaccard_of_pairs(two, np.array([0]), np.array([0, 1]))
    with pytest.raises(IndexError, match="positions must be from 0 to 1, got 0 to 2"):
        jaccard_of_pairs(two, np.array([0, 1]), np.array([0, 2]))
    with pytest.raises(IndexError, match="positions must be from 0 to 1, got -1 to -1"):
        jaccard_of_pairs(two, np.array([-1]), np.array([0]))


def test_parameters_out_of_range_are_errors() -> None:
    with pytest.raises(ValueError, match="ngram_size must be at least 1, got 0"):
        jaccard(pa.array(["x"]), pa.array(["x"]), ngram_size=0)
    with pytest.raises(ValueError, match='unit must be "word" or "char", got \'line\''):
        jaccard(pa.array(["x"]), pa.array(["x"]), unit="line")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"need a column of text .* got int64"):
        jaccard(pa.array(["x"]), pa.array([1]))
