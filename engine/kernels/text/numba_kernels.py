"""The text kernels compiled by numba: one pass over each document's bytes, without the GIL, equal to the NumPy ones.

The functions and their results are those of `engine.kernels.text.numpy_kernels`. Everything compiled stands in this one
file, because numba's cache notices edits only of the file that holds the function it is asked for.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from engine.kernels.text import hashing
from engine.kernels.text.hashing import BASE, CHUNK, LANES, LENGTH, UInt64Array
from engine.kernels.text.tokens import (
    EXTEND,
    SEPARATOR,
    SINGLE,
    SPACE,
    WORD,
    TextBlock,
    Unit,
    class_table,
    orphan_class,
)

Bytes = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]
_Function = TypeVar("_Function", bound=Callable[..., object])

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_EIGHT = np.uint64(8)
_SHIFT_32 = np.uint64(32)
_LOW_32 = np.uint64(0xFFFFFFFF)
_UNFILLED = np.uint64(0xFFFFFFFFFFFFFFFF)
_LANE_0, _LANE_1 = LANES
_BLANK = np.uint8(ord(" "))
_NO_TOKEN = 255


def _compiled(function: _Function) -> _Function:
    """Compile without the GIL, and keep the machine code on disk where numba finds a place to keep it."""
    try:
        return cast("_Function", numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:
        # Neither the package's folder nor the user's cache folder can be written.
        return cast("_Function", numba.njit(nogil=True)(function))


_mix64 = _compiled(hashing.mix64)


@_compiled
def _lower(document: Bytes, text: Bytes) -> bool:
    """Write the document with small ASCII letters into `text`, and tell whether it is all ASCII."""
    seen = np.uint8(0)
    for i in range(len(document)):
        byte = document[i]
        text[i] = byte + (np.uint8(32) if 65 <= byte <= 90 else np.uint8(0))
        seen |= byte
    return bool(seen < 0x80)


@_compiled
def _ascii_word_spans(document: Bytes, classes: Bytes, bounds: Int64Array) -> int:
    """Find the words of an ASCII document without branching on its bytes.

    Words end too irregularly for branch prediction, whose misses would take as long as all other work.
    """
    size = 0
    before = np.uint8(0)
    for i in range(len(document)):
        inside = classes[document[i]] & np.uint8(WORD)
        bounds[size] = i
        size += inside ^ before
        before = inside
    bounds[size] = len(document)
    return (size + 1) // 2


@_compiled
def _spans(document: Bytes, classes: Bytes, orphan: int, text: Bytes, bounds: Int64Array) -> int:
    """Find the tokens of a document of any characters."""
    count = 0
    token = _NO_TOKEN
    space = -1
    i = 0
    while i < len(document):
        lead = document[i]
        width = 1
        if lead < 0x80:
            kind = classes[lead]
        else:
            if lead < 0xE0:
                width, code_point = 2, np.int64(lead) & 0x1F
            elif lead < 0xF0:
                width, code_point = 3, np.int64(lead) & 0x0F
            else:
                width, code_point = 4, np.int64(lead) & 0x07
            for j in range(i + 1, i + width):
                code_point = code_point << 6 | np.int64(document[j]) & 0x3F
            kind = classes[code_point]
        attached = False
        if kind == EXTEND:
            attached = token != _NO_TOKEN
            kind = token if attached else orphan
        if token != _NO_TOKEN and not attached and (kind != WORD or token != WORD):
            bounds[2 * count + 1] = i
            count += 1
            token = _NO_TOKEN
        if kind in (WORD, SINGLE):
            if token == _NO_TOKEN:
                if space >= 0:
                    bounds[2 * count], bounds[2 * count + 1] = space, space + 1
                    count += 1
                    space = -1
                bounds[2 * count] = i
            token = kind
        elif kind == SPACE and space < 0 and count:
            space = i
            text[i] = _BLANK
        i += width
    if token != _NO_TOKEN:
        bounds[2 * count + 1] = i
        count += 1
    return count


@_compiled
def _chunk(text: Bytes, at: np.uint64) -> np.uint64:
    """Read 8 bytes, the first one lowest; LLVM makes one load of it, given unsigned positions."""
    return (
        np.uint64(text[at])
        | np.uint64(text[at + np.uint64(1)]) << np.uint64(8)
        | np.uint64(text[at + np.uint64(2)]) << np.uint64(16)
        | np.uint64(text[at + np.uint64(3)]) << np.uint64(24)
        | np.uint64(text[at + np.uint64(4)]) << np.uint64(32)
        | np.uint64(text[at + np.uint64(5)]) << np.uint64(40)
        | np.uint64(text[at + np.uint64(6)]) << np.uint64(48)
        | np.uint64(text[at + np.uint64(7)]) << np.uint64(56)
    )


@_compiled
def _token_hashes(
    document: Bytes, classes: Bytes, orphan: int, text: Bytes, bounds: Int64Array, out: UInt64Array
) -> int:
    """Write the hashes of a document's tokens into `out` and return their number."""
    if _lower(document, text) and classes[_BLANK] == SEPARATOR:
        count = _ascii_word_spans(document, classes, bounds)
    else:
        count = _spans(document, classes, orphan, text, bounds)
    for token in range(count):
        at = np.uint64(bounds[2 * token])
        length = np.uint64(bounds[2 * token + 1]) - at
        chunks = _ZERO
        salt = CHUNK
        left = length
        while left >= _EIGHT:
            chunks += _mix64(_chunk(text, at) + salt)
            salt += CHUNK
            at += _EIGHT
            left -= _EIGHT
        if left:
            chunks += _mix64((_chunk(text, at) & ((_ONE << (_EIGHT * left)) - _ONE)) + salt)
        out[token] = _mix64(chunks + length * LENGTH)
    return count


@_compiled
def _shingle_hashes(tokens: UInt64Array, count: int, ngram_size: int) -> int:
    """Replace the first `count` token hashes by the shingle hashes, and return the number of these."""
    size = min(count, ngram_size)
    if size == 0:
        return 0
    length = np.uint64(size) * LENGTH
    window = _ZERO
    leaving = np.uint64(1)
    for i in range(size):
        window = window * BASE + tokens[i]
        leaving *= BASE
    for i in range(count - size):
        first = tokens[i]
        tokens[i] = _mix64(window + length)
        window = window * BASE + tokens[i + size] - first * leaving
    tokens[count - size] = _mix64(window + length)
    return count - size + 1


@_compiled
def _sketch(shingles: UInt64Array, count: int, round_seeds: UInt64Array, bins: UInt64Array) -> None:
    """Fill the bins of one document, a round at a time until none is empty."""
    num_perm = len(bins)
    bins[:] = _UNFILLED
    unfilled = num_perm
    for i in range(len(round_seeds)):
        seed = round_seeds[i]
        prefix = np.uint64(i) << _SHIFT_32
        for j in range(count):
            mixed = _mix64(shingles[j] ^ seed)
            column = np.int64((mixed >> _SHIFT_32) * np.uint64(num_perm) >> _SHIFT_32) if i < num_perm else i - num_perm
            value = prefix | mixed & _LOW_32
            if value < bins[column]:
                unfilled -= bins[column] == _UNFILLED
                bins[column] = value
        if unfilled == 0:
            return


@_compiled
def _scratch(longest: int) -> tuple[Bytes, Int64Array]:
    """Room for the bytes of the longest document, read eight at a time, and for its tokens' bounds."""
    return np.empty(longest + 8, dtype=np.uint8), np.empty(2 * longest + 2, dtype=np.int64)


@_compiled
def _signatures(
    data: Bytes,
    offsets: Int64Array,
    classes: Bytes,
    orphan: int,
    ngram_size: int,
    round_seeds: UInt64Array,
    out: npt.NDArray[np.uint32],
    shingle_counts: npt.NDArray[np.int32],
) -> None:
    longest = np.max(offsets[1:] - offsets[:-1])
    text, bounds = _scratch(longest)
    tokens = np.empty(longest, dtype=np.uint64)
    bins = np.empty(out.shape[1], dtype=np.uint64)
    for row in range(len(offsets) - 1):
        document = data[offsets[row] : offsets[row + 1]]
        count = _token_hashes(document, classes, orphan, text, bounds, tokens)
        count = _shingle_hashes(tokens, count, ngram_size)
        shingle_counts[row] = count
        bins[:] = _UNFILLED
        if count:
            _sketch(tokens, count, round_seeds, bins)
        for column in range(len(bins)):
            out[row, column] = np.uint32(bins[column] & _LOW_32)


@_compiled
def _all_shingle_hashes(
    data: Bytes,
    offsets: Int64Array,
    classes: Bytes,
    orphan: int,
    ngram_size: int,
    out: UInt64Array,
    shingle_offsets: Int64Array,
) -> None:
    text, bounds = _scratch(np.max(offsets[1:] - offsets[:-1]))
    at = 0
    for row in range(len(offsets) - 1):
        document = data[offsets[row] : offsets[row + 1]]
        count = _token_hashes(document, classes, orphan, text, bounds, out[at:])
        at += _shingle_hashes(out[at:], count, ngram_size)
        shingle_offsets[row + 1] = at


@_compiled
def _fingerprints(
    data: Bytes,
    offsets: Int64Array,
    classes: Bytes,
    orphan: int,
    out: UInt64Array,
    token_counts: npt.NDArray[np.int32],
) -> None:
    longest = np.max(offsets[1:] - offsets[:-1])
    text, bounds = _scratch(longest)
    tokens = np.empty(longest, dtype=np.uint64)
    for row in range(len(offsets) - 1):
        document = data[offsets[row] : offsets[row + 1]]
        count = _token_hashes(document, classes, orphan, text, bounds, tokens)
        first, second = np.uint64(count) * LENGTH, np.uint64(count) * LENGTH
        for k in range(count):
            first += _mix64(tokens[k] + np.uint64(k + 1) * _LANE_0)
            second += _mix64(tokens[k] + np.uint64(k + 1) * _LANE_1)
        out[row, 0] = _mix64(first)
        out[row, 1] = _mix64(second)
        token_counts[row] = count


@_compiled
def _intersection_sizes(
    values: UInt64Array, offsets: Int64Array, left: Int64Array, right: Int64Array, out: Int64Array
) -> None:
    for pair in range(len(left)):
        i, i_stop = offsets[left[pair]], offsets[left[pair] + 1]
        j, j_stop = offsets[right[pair]], offsets[right[pair] + 1]
        size = 0
        while i < i_stop and j < j_stop:
            a, b = values[i], values[j]
            # Without branches on the data: which set moves on is a coin toss that no predictor learns.
            size += a == b
            i += a <= b
            j += b <= a
        out[pair] = size


def _arguments(block: TextBlock, unit: Unit) -> tuple[Bytes, Int64Array, Bytes, int]:
    classes = class_table(unit, ascii_only=block.is_ascii)
    return block.data, block.offsets, classes, orphan_class(unit)


def shingle_hashes(block: TextBlock, unit: Unit, ngram_size: int) -> tuple[UInt64Array, Int64Array]:
    """Hash every run of `ngram_size` consecutive tokens; see `numpy_kernels.shingle_hashes`."""
    out = np.empty(block.offsets[-1] - block.offsets[0], dtype=np.uint64)
    shingle_offsets = np.zeros(len(block) + 1, dtype=np.int64)
    _all_shingle_hashes(*_arguments(block, unit), ngram_size, out, shingle_offsets)
    return out[: shingle_offsets[-1]].copy(), shingle_offsets


def signatures(
    block: TextBlock, unit: Unit, ngram_size: int, num_perm: int, round_seeds: UInt64Array
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Sketch the shingle set of every document; see `numpy_kernels.signatures`."""
    out = np.empty((len(block), num_perm), dtype=np.uint32)
    shingle_counts = np.empty(len(block), dtype=np.int32)
    _signatures(*_arguments(block, unit), ngram_size, round_seeds, out, shingle_counts)
    return out, shingle_counts


def fingerprints(block: TextBlock, unit: Unit) -> tuple[UInt64Array, npt.NDArray[np.int32]]:
    """Hash the token sequence of every document to 128 bits; see `numpy_kernels.fingerprints`."""
    out = np.empty((len(block), 2), dtype=np.uint64)
    token_counts = np.empty(len(block), dtype=np.int32)
    _fingerprints(*_arguments(block, unit), out, token_counts)
    return out, token_counts


def intersection_sizes(values: UInt64Array, offsets: Int64Array, left: Int64Array, right: Int64Array) -> Int64Array:
    """Count the common members of pairs of sets; see `numpy_kernels.intersection_sizes`."""
    out = np.empty(len(left), dtype=np.int64)
    _intersection_sizes(values, offsets, left, right, out)
    return out
