"""The 64-bit mixing function and constants that both implementations of the text kernels share.

Tokens and shingles are hashed in arithmetic modulo 2**64, which NumPy and numba compute alike:

- a token of 8-byte little-endian chunks ``c_k`` is ``mix64(sum(mix64(c_k + k * CHUNK)) + bytes * LENGTH)``;
- a shingle of tokens ``t_1 … t_n`` is ``mix64(sum(t_k * BASE**(n - k)) + n * LENGTH)``;
- a document is ``mix64(sum(mix64(t_k + k * lane)) + n * LENGTH)``, once for each lane of `LANES`.

Everywhere ``k`` counts from 1.

Every token passes ``mix64`` before it enters a polynomial, so the collisions that plain polynomials modulo 2**64
have on structured strings do not arise. The hashes are not cryptographic.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]
_UInt64 = TypeVar("_UInt64", UInt64Array, np.uint64)

# numba's on-disk cache does not see edits of this file: whoever changes it also deletes `__pycache__/*.nb?`.
CHUNK = np.uint64(0x9E3779B97F4A7C15)
LENGTH = np.uint64(0xD6E8FEB86659FD93)
# 3 modulo 8: powers of such a base differ in their low bits, so swapped tokens stay apart.
BASE = np.uint64(0xC2B2AE3D27D4EB4B)
LANES = np.array([0xA0761D6478BD642F, 0xE7037ED1A0B428DB], dtype=np.uint64)

_SHIFT = np.uint64(32)
_MULTIPLIER = np.uint64(0xE9846AF9B1A615D)
_LAST_SHIFT = np.uint64(28)


def mix64(x: _UInt64) -> _UInt64:
    """Spread every input bit over all 64 output bits, one to one.

    Parameters
    ----------
    x
        64-bit unsigned values (under numba, a single one).

    Returns
    -------
    numpy.ndarray of uint64
        As many values; distinct inputs give distinct outputs.

    Notes
    -----
    The form is MurmurHash3's finaliser; the multiplier and shifts are those of Boost.ContainerHash since 1.81, found
    by Jon Maiga (the "mx3" search for bit mixers).

    Examples
    --------
    >>> mix64(np.array([0, 1], dtype=np.uint64))
    array([                  0,  4326460912318144697], dtype=uint64)
    """
    x = (x ^ (x >> _SHIFT)) * _MULTIPLIER
    x = (x ^ (x >> _SHIFT)) * _MULTIPLIER
    return x ^ (x >> _LAST_SHIFT)


def seeds(seed: int, count: int) -> UInt64Array:
    """Derive independent 64-bit seeds from one.

    Parameters
    ----------
    seed
        Any integer from 0 to 2**64 - 1.
    count
        How many seeds to derive.

    Returns
    -------
    numpy.ndarray of uint64, shape (count,)
        The first `count` outputs of the SplitMix sequence that starts at `seed`.

    Examples
    --------
    >>> len(set(seeds(0, 256)))
    256
    """
    steps = np.arange(1, count + 1, dtype=np.uint64) * CHUNK
    return mix64(steps + np.array([seed], dtype=np.uint64))
