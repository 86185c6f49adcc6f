"""The exact Jaccard similarity of pairs of documents."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.kernels.text.hashing import UInt64Array
from engine.kernels.text.implementation import kernels
from engine.kernels.text.tokens import Unit, blocks, check_text, check_unit

Int64Array = npt.NDArray[np.int64]


def jaccard(
    left: pa.Array | pa.ChunkedArray,
    right: pa.Array | pa.ChunkedArray,
    *,
    ngram_size: int = 5,
    unit: Unit = "word",
) -> npt.NDArray[np.float64]:
    """Compare two columns of documents row by row.

    Each distinct document is tokenised once, however many rows repeat it.

    Parameters
    ----------
    left, right
        Documents, equally many; null is a document without tokens.
    ngram_size
        Consecutive tokens per shingle. A document of fewer tokens has one shingle, of all its tokens.
    unit
        What a token is: "word" or "char"; see `engine.kernels.text.tokens`.

    Returns
    -------
    numpy.ndarray of float64
        For each row the share of common shingles among the distinct shingles of both documents, from 0 to 1; 0 where a
        document has none.

    Raises
    ------
    TypeError
        If a column is no column of text.
    ValueError
        If the columns differ in length, or a parameter is out of range.
    pyarrow.ArrowInvalid
        If a document is not valid UTF-8.

    Examples
    --------
    >>> jaccard(pa.array(["a b c d", None]), pa.array(["A b c e", "x"]), ngram_size=2)
    array([0.5, 0. ])
    """
    if len(left) != len(right):
        raise ValueError(f"both columns must have as many rows, got {len(left)} and {len(right)}")
    check_text(left)
    check_text(right)
    chunks = [
        chunk.cast(pa.large_string())
        for column in (left, right)
        for chunk in (column.chunks if isinstance(column, pa.ChunkedArray) else [column])
    ]
    encoded = pa.chunked_array(chunks, pa.large_string()).combine_chunks().dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy().astype(np.int64)
    a, b = np.split(codes, [len(left)])
    return jaccard_of_pairs(encoded.dictionary, a, b, ngram_size=ngram_size, unit=unit)


def jaccard_of_pairs(
    texts: pa.Array | pa.ChunkedArray, left: Int64Array, right: Int64Array, *, ngram_size: int = 5, unit: Unit = "word"
) -> npt.NDArray[np.float64]:
    """Compare pairs of documents of one column.

    Parameters
    ----------
    texts
        Documents; null is a document without tokens.
    left, right
        For each pair the positions of its documents in `texts`.
    ngram_size, unit
        As in `jaccard`.

    Returns
    -------
    numpy.ndarray of float64
        The similarity of each pair, as in `jaccard`.

    Raises
    ------
    TypeError, ValueError, pyarrow.ArrowInvalid
        As in `jaccard`.
    IndexError
        If a position is not in `texts`.

    Examples
    --------
    >>> jaccard_of_pairs(pa.array(["a b", "b a", "a b"]), np.array([0, 0]), np.array([1, 2]), ngram_size=1)
    array([1., 1.])
    """
    if ngram_size < 1:
        raise ValueError(f"ngram_size must be at least 1, got {ngram_size}")
    check_unit(unit)
    if len(left) != len(right):
        raise ValueError(f"pairs need two positions each, got {len(left)} and {len(right)}")
    for positions in (left, right):
        if len(positions) and not 0 <= positions.min() <= positions.max() < len(texts):
            raise IndexError(
                f"positions must be from 0 to {len(texts) - 1}, got {positions.min()} to {positions.max()}"
            )
    values, offsets = _shingle_sets(texts, ngram_size, unit)
    sizes = np.diff(offsets)
    common = kernels().intersection_sizes(values, offsets, left.astype(np.int64), right.astype(np.int64))
    union = sizes[left] + sizes[right] - common
    return np.divide(common, union, out=np.zeros(len(common)), where=union > 0)


def _shingle_sets(texts: pa.Array | pa.ChunkedArray, ngram_size: int, unit: Unit) -> tuple[UInt64Array, Int64Array]:
    """The sorted distinct shingle hashes of each document, one document after the other, and their offsets."""
    implementation = kernels()
    values, sizes = [np.empty(0, dtype=np.uint64)], [np.zeros(1, dtype=np.int64)]
    for block in blocks(texts):
        hashes, offsets = implementation.shingle_hashes(block, unit, ngram_size)
        for start, stop in pairwise(offsets.tolist()):
            hashes[start:stop].sort()
        distinct = np.ones(len(hashes), dtype=bool)
        distinct[1:] = hashes[1:] != hashes[:-1]
        distinct[offsets[:-1][offsets[:-1] < len(hashes)]] = True
        values.append(hashes[distinct])
        sizes.append(np.diff(np.concatenate([[0], np.cumsum(distinct)])[offsets]))
    return np.concatenate(values), np.cumsum(np.concatenate(sizes))
