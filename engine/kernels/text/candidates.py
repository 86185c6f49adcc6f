"""Candidate pairs from documents that share a band key."""

import numpy as np
import numpy.typing as npt

from engine.kernels.text.hashing import UInt64Array

Int64Array = npt.NDArray[np.int64]


def candidate_pairs(keys: UInt64Array, ids: Int64Array, *, leaders: int = 8) -> tuple[Int64Array, Int64Array]:
    """Pair each document of a bucket with the first documents of the bucket.

    A bucket is a run of equal keys. All pairs of its first ``leaders + 1`` members are made; a larger bucket, typically
    of boilerplate, costs `leaders` pairs for each further member, so the work is linear in its size.

    Parameters
    ----------
    keys
        Band keys, ascending.
    ids
        The document of each key, ascending among equal keys.
    leaders
        How many members of a bucket every other one is paired with.

    Returns
    -------
    a, b : numpy.ndarray of int64
        Distinct pairs with ``a < b``, ascending.

    Raises
    ------
    ValueError
        If the arrays differ in length or are not in order, or `leaders` is less than 1.

    Examples
    --------
    >>> a, b = candidate_pairs(np.array([3, 3, 3, 9], dtype=np.uint64), np.array([1, 4, 6, 4]), leaders=1)
    >>> a.tolist(), b.tolist()
    ([1, 1], [4, 6])
    """
    if len(keys) != len(ids):
        raise ValueError(f"every key needs an id, got {len(keys)} keys and {len(ids)} ids")
    if leaders < 1:
        raise ValueError(f"leaders must be at least 1, got {leaders}")
    same_bucket = keys[1:] == keys[:-1]
    if not (np.all(keys[1:] >= keys[:-1]) and np.all(ids[1:][same_bucket] >= ids[:-1][same_bucket])):
        raise ValueError("keys must be ascending, and ids ascending among equal keys")

    position = np.arange(len(keys))
    opens = np.concatenate([[True], ~same_bucket])[: len(keys)]
    bucket_start = np.maximum.accumulate(np.where(opens, position, 0))
    rank = position - bucket_start
    pairs = []
    for leader in range(leaders):
        members = np.flatnonzero(rank > leader)
        if not len(members):
            break
        pairs.append((ids[bucket_start[members] + leader], ids[members]))
    if not pairs:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    a, b = (np.concatenate(ends).astype(np.int64, copy=False) for ends in zip(*pairs, strict=True))
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    fresh = a != b
    fresh[1:] &= (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    return a[fresh], b[fresh]
