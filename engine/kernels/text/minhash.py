"""MinHash signatures, LSH band keys and exact fingerprints of a text column."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.kernels.text.hashing import CHUNK, UInt64Array, mix64, seeds
from engine.kernels.text.implementation import kernels
from engine.kernels.text.tokens import Unit, blocks, check_unit


def signatures(
    texts: pa.Array | pa.ChunkedArray,
    *,
    ngram_size: int = 5,
    unit: Unit = "word",
    num_perm: int = 128,
    seed: int = 0,
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Sketch the set of shingles of every document.

    The share of equal values in two rows estimates the Jaccard similarity of the two documents' shingle sets without
    bias, with a standard error of about ``sqrt(J * (1 - J) / num_perm)`` or less. A row depends on its document alone,
    and is the same with and without numba.

    Parameters
    ----------
    texts
        Documents; null is a document without tokens.
    ngram_size
        Consecutive tokens per shingle. A document of fewer tokens has one shingle, of all its tokens.
    unit
        What a token is: "word" or "char"; see `engine.kernels.text.tokens`.
    num_perm
        Values per signature.
    seed
        From 0 to 2**64 - 1. Signatures compare only under equal parameters.

    Returns
    -------
    signatures : numpy.ndarray of uint32, shape (len(texts), num_perm)
        All bits set where a document has no shingle.
    shingle_counts : numpy.ndarray of int32, shape (len(texts),)
        Shingles per document, repeated ones included. Where it is 0, the document resembles no other.

    Raises
    ------
    TypeError
        If `texts` is no column of text.
    ValueError
        If a parameter is out of range.
    pyarrow.ArrowInvalid
        If a document is not valid UTF-8.

    Notes
    -----
    Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017, arXiv:1704.04370), not one permutation per value:
    in each of ``num_perm`` rounds every shingle offers a hash value to one random bin, in as many further rounds to one
    given bin; a bin keeps the least value of the earliest round, and rounds end once no bin is empty. It costs
    O(num_perm * log(num_perm) + shingles) per document in place of the product, and estimates short documents better.

    Examples
    --------
    >>> rows, counts = signatures(pa.array(["a rose is a rose", "A rose is a rose!", None]), ngram_size=3)
    >>> (rows[0] == rows[1]).all(), counts.tolist()
    (np.True_, [3, 3, 0])
    """
    _check(ngram_size=ngram_size, num_perm=num_perm)
    check_unit(unit)
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must be from 0 to 2**64 - 1, got {seed}")
    implementation = kernels()
    round_seeds = seeds(seed, 2 * num_perm)
    parts = [implementation.signatures(block, unit, ngram_size, num_perm, round_seeds) for block in blocks(texts)]
    if not parts:
        return np.empty((0, num_perm), dtype=np.uint32), np.empty(0, dtype=np.int32)
    rows, counts = zip(*parts, strict=True)
    return np.concatenate(rows), np.concatenate(counts)


def band_keys(
    texts: pa.Array | pa.ChunkedArray,
    *,
    bands: int = 16,
    ngram_size: int = 5,
    unit: Unit = "word",
    num_perm: int = 128,
    seed: int = 0,
) -> tuple[UInt64Array, npt.NDArray[np.int32]]:
    """Hash each band of every document's signature to one key.

    Two documents of Jaccard similarity J share at least one key with a probability of about ``1 - (1 - J**r)**bands``,
    where ``r = num_perm // bands`` values make a band; values left over belong to none.

    Parameters
    ----------
    texts
        Documents; null is a document without tokens.
    bands
        Keys per document.
    ngram_size, unit, num_perm, seed
        As in `signatures`.

    Returns
    -------
    keys : numpy.ndarray of uint64, shape (len(texts), bands)
        Keys of different bands differ, so all keys can be grouped as one column.
    shingle_counts : numpy.ndarray of int32, shape (len(texts),)
        Where it is 0, leave the keys out: they are equal for all documents without a shingle.

    Raises
    ------
    TypeError, ValueError, pyarrow.ArrowInvalid
        As in `signatures`; ValueError too if there are more bands than values.

    Examples
    --------
    >>> keys, counts = band_keys(pa.array(["one two three", "One two THREE.", "four"]))
    >>> (keys[0] == keys[1]).all(), (keys[0] == keys[2]).any()
    (np.True_, np.False_)
    """
    _check(bands=bands)
    if bands > num_perm:
        raise ValueError(f"bands must be at most num_perm, got {bands} bands of {num_perm} values")
    rows, counts = signatures(texts, ngram_size=ngram_size, unit=unit, num_perm=num_perm, seed=seed)
    width = num_perm // bands
    words = rows[:, : bands * width].reshape(len(rows), bands, width)
    band_seeds = mix64(np.arange(1, bands + 1, dtype=np.uint64) * CHUNK)
    keys = np.tile(band_seeds, (len(rows), 1))
    for position in range(width):
        keys = mix64(keys ^ words[:, :, position])
    return keys, counts


def fingerprints(
    texts: pa.Array | pa.ChunkedArray, *, unit: Unit = "word"
) -> tuple[UInt64Array, npt.NDArray[np.int32]]:
    """Hash the token sequence of every document to 128 bits.

    Documents with equal fingerprints have equal token sequences, but for a chance of about 2**-64 per pair (a token is
    hashed to 64 bits); the hash does not withstand an adversary.

    Parameters
    ----------
    texts
        Documents; null is a document without tokens.
    unit
        What a token is: "word" or "char".

    Returns
    -------
    fingerprints : numpy.ndarray of uint64, shape (len(texts), 2)
        Equal for documents that differ only in case, white space and, among words, punctuation.
    token_counts : numpy.ndarray of int32, shape (len(texts),)
        Where it is 0, the document counts as no other's duplicate.

    Raises
    ------
    TypeError, ValueError, pyarrow.ArrowInvalid
        As in `signatures`.

    Examples
    --------
    >>> prints, counts = fingerprints(pa.array(["Hello, world", "hello world!", "world hello"]))
    >>> (prints[0] == prints[1]).all(), (prints[0] == prints[2]).all(), counts.tolist()
    (np.True_, np.False_, [2, 2, 2])
    """
    check_unit(unit)
    implementation = kernels()
    parts = [implementation.fingerprints(block, unit) for block in blocks(texts)]
    if not parts:
        return np.empty((0, 2), dtype=np.uint64), np.empty(0, dtype=np.int32)
    prints, counts = zip(*parts, strict=True)
    return np.concatenate(prints), np.concatenate(counts)


def _check(**counts: int) -> None:
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
