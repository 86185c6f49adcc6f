"""The text kernels in NumPy: whole blocks of documents at a time, the reference for the compiled ones."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.kernels.text.hashing import BASE, CHUNK, LANES, LENGTH, UInt64Array, mix64
from engine.kernels.text.tokens import (
    EXTEND,
    SEPARATOR,
    SINGLE,
    SPACE,
    WORD,
    TextBlock,
    Unit,
    class_table,
    foreign_characters,
    lower_table,
    orphan_class,
)

Int64Array = npt.NDArray[np.int64]

_UNFILLED = np.uint64(0xFFFFFFFFFFFFFFFF)
_LOW_32 = np.uint64(0xFFFFFFFF)
_SHIFT_32 = np.uint64(32)
_CHUNK_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)


class TokenSpans(NamedTuple):
    """Where the tokens of a block lie.

    Attributes
    ----------
    text
        The lower-cased bytes of the block's documents.
    starts, lengths
        For each token its first byte in `text` and its number of bytes.
    offsets
        The tokens of document ``i`` are those from ``offsets[i]`` to ``offsets[i + 1]``.
    """

    text: bytes
    starts: Int64Array
    lengths: Int64Array
    offsets: Int64Array


def token_spans(block: TextBlock, unit: Unit) -> TokenSpans:
    """Find the tokens of every document.

    Parameters
    ----------
    block
        Normalised documents.
    unit
        What a token is; see `engine.kernels.text.tokens`.

    Returns
    -------
    TokenSpans
        The tokens in order. A run of white space among characters is one blank of one byte.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from engine.kernels.text.tokens import blocks
    >>> spans = token_spans(next(blocks(pa.array(["Two words", ""]))), "word")
    >>> spans.starts.tolist(), spans.lengths.tolist(), spans.offsets.tolist()
    ([0, 4], [3, 5], [0, 2, 2])
    """
    data = block.data[block.offsets[0] : block.offsets[-1]]
    documents = block.offsets - block.offsets[0]
    text = data.tobytes().translate(lower_table().tobytes())
    first = np.zeros(len(data) + 1, dtype=bool)
    first[documents[:-1]] = True
    first = first[:-1]
    starts, ends, is_space = _boundaries(*_classes(data, first, block.is_ascii, unit), first)
    offsets = np.searchsorted(starts, documents)
    if is_space.any():
        outermost = np.zeros(len(starts), dtype=bool)
        occupied = offsets[:-1] < offsets[1:]
        outermost[offsets[:-1][occupied]] = True
        outermost[offsets[1:][occupied] - 1] = True
        keep = ~(is_space & outermost)
        starts, ends, is_space = starts[keep], ends[keep], is_space[keep]
        offsets = np.searchsorted(starts, documents)
        blanked = np.frombuffer(text, dtype=np.uint8).copy()
        blanked[starts[is_space]] = ord(" ")
        text = blanked.tobytes()
    return TokenSpans(text, starts, np.where(is_space, 1, ends - starts), offsets)


def _classes(
    data: npt.NDArray[np.uint8], first: npt.NDArray[np.bool_], is_ascii: bool, unit: Unit
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Return the class of each byte's character, and whether the byte continues the token before it in any case.

    A combining mark has the class of the character that it extends.
    """
    ascii_classes = class_table(unit, ascii_only=True).tobytes()
    classes = np.frombuffer(bytearray(data.tobytes().translate(ascii_classes)), dtype=np.uint8)
    attached = np.zeros(len(data), dtype=bool)
    if not is_ascii:
        for width, at, code_points in foreign_characters(data):
            kinds = class_table(unit, ascii_only=False)[code_points]
            classes[at] = kinds
            for k in range(1, width):
                classes[at + k] = kinds
                attached[at + k] = True
        marks = np.flatnonzero(classes == EXTEND)
        if len(marks):
            opens = first[marks]
            opens[0] = True
            opens[1:] |= np.diff(marks) > 1
            heads = marks[opens]
            extended = np.where(first[heads], SEPARATOR, classes[heads - 1])
            orphaned = (extended != WORD) & (extended != SINGLE)
            extended[orphaned] = orphan_class(unit)
            classes[marks] = np.repeat(extended, np.diff(np.flatnonzero(opens), append=len(marks)))
            attached[marks] = True
            # Of a run of marks that follows no token, the first one counts as the token that the others extend.
            attached[heads[orphaned]] = False
    return classes, attached


def _boundaries(
    classes: npt.NDArray[np.uint8], attached: npt.NDArray[np.bool_], first: npt.NDArray[np.bool_]
) -> tuple[Int64Array, Int64Array, npt.NDArray[np.bool_]]:
    """Return each token's first byte, the byte behind its last, and whether it is a run of white space."""
    previous = np.empty_like(classes)
    previous[1:] = classes[:-1]
    previous[first] = SEPARATOR
    start = (classes == SINGLE) & ~attached
    for run in (WORD, SPACE):
        start |= (classes == run) & (previous != run) & ~attached
    inside = classes != SEPARATOR
    # A token ends where the next one starts or a separator stands; the end of the text counts as a separator.
    stop = np.ones(len(classes), dtype=bool)
    stop[:-1] = start[1:] | ~inside[1:]
    starts = np.flatnonzero(start)
    return starts, np.flatnonzero(inside & stop) + 1, classes[starts] == SPACE


def token_hashes(block: TextBlock, unit: Unit) -> tuple[UInt64Array, Int64Array]:
    """Hash the tokens of every document.

    Parameters
    ----------
    block
        Normalised documents.
    unit
        What a token is.

    Returns
    -------
    hashes : numpy.ndarray of uint64
        One per token, documents in order.
    offsets : numpy.ndarray of int64
        The tokens of document ``i`` are those from ``offsets[i]`` to ``offsets[i + 1]``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from engine.kernels.text.tokens import blocks
    >>> hashes, offsets = token_hashes(next(blocks(pa.array(["No, no!", "NO"]))), "word")
    >>> len(set(hashes.tolist())), offsets.tolist()
    (1, [0, 2, 3])
    """
    text, starts, lengths, offsets = token_spans(block, unit)
    # Each element is the 8 bytes from its position on; eight bytes of padding keep the last ones inside the buffer.
    windows = np.ndarray((len(text) + 1,), dtype="<u8", buffer=text + bytes(8), strides=(1,))
    head = windows[starts] & _CHUNK_MASKS[np.minimum(lengths, 8)]
    sums = mix64(head + CHUNK)
    longer = np.flatnonzero(lengths > 8)
    if len(longer):
        further = (lengths[longer] - 1) // 8
        token, k = _expand(further)
        at = starts[longer][token] + 8 * (k + 1)
        left = lengths[longer][token] - 8 * (k + 1)
        chunks = windows[at] & _CHUNK_MASKS[np.minimum(left, 8)]
        mixed = mix64(chunks + (k + 2).astype(np.uint64) * CHUNK)
        sums[longer] += np.add.reduceat(mixed, np.cumsum(further) - further)
    return mix64(sums + lengths.astype(np.uint64) * LENGTH), offsets


def _expand(counts: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Enumerate ``counts[i]`` members of every group ``i``: the group and the number within it."""
    group = np.repeat(np.arange(len(counts)), counts)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(counts) - counts, counts)


def shingle_hashes(block: TextBlock, unit: Unit, ngram_size: int) -> tuple[UInt64Array, Int64Array]:
    """Hash every run of `ngram_size` consecutive tokens of every document.

    A document of fewer tokens, but at least one, has one shingle: all of them.

    Parameters
    ----------
    block
        Normalised documents.
    unit
        What a token is.
    ngram_size
        Tokens per shingle.

    Returns
    -------
    hashes : numpy.ndarray of uint64
        One per shingle, repeated shingles included, documents in order.
    offsets : numpy.ndarray of int64
        The shingles of document ``i`` are those from ``offsets[i]`` to ``offsets[i + 1]``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from engine.kernels.text.tokens import blocks
    >>> shingle_hashes(next(blocks(pa.array(["a b c d", "a b", "-"]))), "word", 3)[1].tolist()
    [0, 2, 3, 3]
    """
    tokens, token_offsets = token_hashes(block, unit)
    counts = np.diff(token_offsets)
    shingle_counts = np.where(counts < ngram_size, np.minimum(counts, 1), counts - ngram_size + 1)

    count = len(tokens)
    windows = np.zeros(count, dtype=np.uint64)
    complete = max(count - ngram_size + 1, 0)
    if complete:
        for k in range(ngram_size):
            windows[:complete] *= BASE
            windows[:complete] += tokens[k : k + complete]
        windows += np.uint64(ngram_size) * np.array([LENGTH])
    left = np.repeat(token_offsets[1:], counts) - np.arange(count)
    is_shingle = left >= ngram_size

    short = np.flatnonzero((counts > 0) & (counts < ngram_size))
    if len(short):
        starts = token_offsets[:-1][short]
        partial = np.zeros(len(short), dtype=np.uint64)
        for k in range(int(counts[short].max())):
            reaches = counts[short] > k
            partial[reaches] = partial[reaches] * BASE + tokens[starts[reaches] + k]
        windows[starts] = partial + counts[short].astype(np.uint64) * LENGTH
        is_shingle[starts] = True
    return mix64(windows[is_shingle]), np.concatenate([[0], np.cumsum(shingle_counts)])


def signatures(
    block: TextBlock, unit: Unit, ngram_size: int, num_perm: int, round_seeds: UInt64Array
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Sketch the shingle set of every document; see `engine.kernels.text.minhash.signatures`.

    Parameters
    ----------
    block
        Normalised documents.
    unit
        What a token is.
    ngram_size
        Tokens per shingle.
    num_perm
        Values per signature.
    round_seeds
        One seed for each of the ``2 * num_perm`` rounds.

    Returns
    -------
    signatures : numpy.ndarray of uint32, shape (documents, num_perm)
        All bits set where a document has no shingle.
    shingle_counts : numpy.ndarray of int32, shape (documents,)
        Shingles per document, repeated ones included.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from engine.kernels.text.hashing import seeds
    >>> from engine.kernels.text.tokens import blocks
    >>> sketches, counts = signatures(next(blocks(pa.array(["to be or not to be"]))), "word", 3, 8, seeds(0, 16))
    >>> sketches.shape, counts.tolist()
    ((1, 8), [4])
    """
    shingles, offsets = shingle_hashes(block, unit, ngram_size)
    counts = np.diff(offsets)
    sketch = np.full((len(block), num_perm), _UNFILLED, dtype=np.uint64)
    bins = sketch.reshape(-1)
    active = np.flatnonzero(counts)
    row_start = np.repeat(np.arange(len(block)) * num_perm, counts)
    for i, seed in enumerate(round_seeds):
        if not len(active):
            break
        hashes = mix64(shingles ^ seed)
        values = (hashes & _LOW_32) | np.uint64(i << 32)
        if i < num_perm:
            column = ((hashes >> _SHIFT_32) * np.uint64(num_perm) >> _SHIFT_32).view(np.int64)
            np.minimum.at(bins, row_start + column, values)
        else:
            np.minimum.at(bins, row_start + (i - num_perm), values)
        unfilled = (sketch[active] == _UNFILLED).any(axis=1)
        if not unfilled.all():
            keep = np.repeat(unfilled, counts[active])
            shingles, row_start, active = shingles[keep], row_start[keep], active[unfilled]
    return sketch.astype(np.uint32), counts.astype(np.int32)


def fingerprints(block: TextBlock, unit: Unit) -> tuple[UInt64Array, npt.NDArray[np.int32]]:
    """Hash the token sequence of every document to 128 bits; see `engine.kernels.text.minhash.fingerprints`.

    Parameters
    ----------
    block
        Normalised documents.
    unit
        What a token is.

    Returns
    -------
    fingerprints : numpy.ndarray of uint64, shape (documents, 2)
        Equal for equal token sequences.
    token_counts : numpy.ndarray of int32, shape (documents,)
        Tokens per document.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from engine.kernels.text.tokens import blocks
    >>> prints, counts = fingerprints(next(blocks(pa.array(["a b", "A, B", "b a"]))), "word")
    >>> (prints[0] == prints[1]).all(), (prints[0] == prints[2]).any()
    (np.True_, np.False_)
    """
    tokens, offsets = token_hashes(block, unit)
    counts = np.diff(offsets)
    _, k = _expand(counts)
    step = (k + 1).astype(np.uint64)
    sums = np.zeros((len(block), 2), dtype=np.uint64)
    occupied = counts > 0
    if len(tokens):
        for lane in range(2):
            mixed = mix64(tokens + step * LANES[lane])
            sums[occupied, lane] = np.add.reduceat(mixed, offsets[:-1][occupied])
    return mix64(sums + counts.astype(np.uint64)[:, np.newaxis] * LENGTH), counts.astype(np.int32)


def intersection_sizes(values: UInt64Array, offsets: Int64Array, left: Int64Array, right: Int64Array) -> Int64Array:
    """Count the common members of pairs of sets.

    Parameters
    ----------
    values
        The members of all sets, those of one set sorted and distinct.
    offsets
        Set ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    left, right
        The sets of each pair. Pairs that share their left set are counted together.

    Returns
    -------
    numpy.ndarray of int64
        One count for each pair.

    Examples
    --------
    >>> values = np.array([1, 2, 3, 2, 3, 4], dtype=np.uint64)
    >>> intersection_sizes(values, np.array([0, 3, 6]), np.array([0]), np.array([1]))
    array([2])
    """
    sizes = np.zeros(len(left), dtype=np.int64)
    lengths = np.diff(offsets)[right]
    order = np.argsort(left, kind="stable")
    groups, counts = np.unique(left, return_counts=True)
    ends = np.cumsum(counts).tolist()
    for group, stop, count in zip(groups.tolist(), ends, counts.tolist(), strict=True):
        members = values[offsets[group] : offsets[group + 1]]
        if not len(members):
            continue
        pairs = order[stop - count : stop]
        pair, k = _expand(lengths[pairs])
        others = values[offsets[right[pairs]][pair] + k]
        at = np.minimum(np.searchsorted(members, others), len(members) - 1)
        sizes[pairs] = np.bincount(pair[members[at] == others], minlength=len(pairs))
    return sizes
