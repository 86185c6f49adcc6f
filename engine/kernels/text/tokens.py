"""What a token is: the classes of characters, the normal form of text, and blocks of documents ready to be hashed.

Text is compared after Unicode NFKC and simple lower-casing. NFKC rather than NFC because copies of one text differ in
exactly what NFKC removes: full-width Latin letters and digits, half-width kana, ligatures of PDF files, no-break
spaces. Classes, case and normal forms are those of pyarrow's Unicode tables, whatever Python runs.

unit "word"
    A token is a maximal run of letters, digits and underscores (an identifier is one token); every other character
    separates. Han, kana and the South-East Asian scripts whose words are not separated by spaces (Unicode UAX #14,
    line-breaking class SA) give one token per character. The class belongs to the character, so mixed text works.
unit "char"
    Every character is a token; a run of white space is one space, and none at either end.

Combining marks and invisible format characters belong to the token before them (as rule WB4 of UAX #29 has it), so a
Thai vowel sign or an emoji's variation selector is no token of its own. With no token before them, they are ignored as
words and stand alone as characters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Unit = Literal["word", "char"]

SEPARATOR, WORD, SINGLE, EXTEND, SPACE = range(5)

# Small enough for the temporaries of a block to stay in a core's cache, large enough to amortise NumPy's call costs.
BLOCK_BYTES = 1 << 20

_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Ahom}\p{New_Tai_Lue}\p{Tai_Le}"
    r"\p{Tai_Tham}\p{Tai_Viet}"
    # Unicode counts these letters of Japanese to no script: closing, kana repeat, masu and prolonged sound marks.
    r"\x{3006}\x{3031}-\x{3035}\x{303C}\x{30FC}"
)
# U+200B is a format character by category but separates words (UAX #29 excludes it from Format).
_WHITESPACE = r"[\t-\r\x1c-\x1f\x{85}\x{200B}\p{Z}]"

_LAST_CODE_POINT = 0x10FFFF
# Planes 4 to 13 are unassigned, 15 and 16 private: separators that fold to themselves.
_ASSIGNED = np.r_[0:0xD800, 0xE000:0x40000, 0xE0000:0xE1000].astype(np.uint32)
# Entries of the fold table that are no bytes of text.
_IN_CONTEXT = np.uint32(0)
_UNCHANGED = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Consecutive documents in normal form, as Arrow keeps them.

    ASCII letters may still be in upper case: the kernels fold them on the way, which saves a pass over the text.

    Attributes
    ----------
    data
        UTF-8 bytes; those of document ``i`` are ``data[offsets[i]:offsets[i + 1]]``.
    offsets
        One more than there are documents.
    is_ascii
        Whether no byte of the documents is above 127.
    """

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    is_ascii: bool

    def __len__(self) -> int:
        return len(self.offsets) - 1


def blocks(texts: pa.Array | pa.ChunkedArray) -> Iterator[TextBlock]:
    """Cut a text column into blocks of normalised documents.

    A document's normal form depends on nothing but the document, and null counts as empty text.

    Parameters
    ----------
    texts
        A column of type string, large_string, string_view or null.

    Yields
    ------
    TextBlock
        All documents in order, about `BLOCK_BYTES` of text at a time (a longer document is a block of its own).

    Raises
    ------
    TypeError
        If `texts` is no column of text.
    pyarrow.ArrowInvalid
        If a document is not valid UTF-8.

    Examples
    --------
    >>> [block.data.tobytes().decode() for block in blocks(pa.array(["caf\u00e9", None, "\uff21"]))]
    ['caf\u00e9a']
    """
    check_text(texts)
    for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
        large = chunk.cast(pa.large_string())
        if large.null_count:
            large = pc.fill_null(large, "")
        _, offsets = _buffers(large)
        start = 0
        while start < len(large):
            stop = int(np.searchsorted(offsets, offsets[start] + BLOCK_BYTES, side="right")) - 1
            stop = max(stop, start + 1)
            yield _block(large.slice(start, stop - start))
            start = stop


def check_text(texts: pa.Array | pa.ChunkedArray) -> None:
    """Raise TypeError unless `texts` is a column of text (or of nulls only)."""
    kind = texts.type
    accepted = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    if not any(accepts(kind) for accepts in accepted):
        raise TypeError(f"need a column of text (string, large_string or string_view), got {kind}")


def check_unit(unit: str) -> None:
    """Raise ValueError unless `unit` names a unit."""
    if unit not in get_args(Unit):
        raise ValueError(f'unit must be "word" or "char", got {unit!r}')


@cache
def lower_table() -> npt.NDArray[np.uint8]:
    """Map each byte to itself, ASCII capitals to their small letters: uint8 of shape (256,)."""
    table = np.arange(256, dtype=np.uint8)
    table[ord("A") : ord("Z") + 1] += ord("a") - ord("A")
    table.flags.writeable = False
    return table


@cache
def class_table(unit: Unit, *, ascii_only: bool) -> npt.NDArray[np.uint8]:
    """Map each code point to its class, as uint8.

    Parameters
    ----------
    unit
        What a token is. White space separates words; every other character counts as a character.
    ascii_only
        Whether the first 256 code points are enough, which spares the 0.3 s that the whole table costs once.

    Returns
    -------
    numpy.ndarray of uint8
        One of `SEPARATOR`, `WORD`, `SINGLE`, `EXTEND`, `SPACE` for each code point. Read-only.

    Examples
    --------
    >>> class_table("word", ascii_only=True)[ord("_")] == WORD
    np.True_
    """
    assigned = _ASSIGNED[:256] if ascii_only else _ASSIGNED
    characters = _text_of(assigned)
    word = _matches(characters, r"[\p{L}\p{N}_]")
    single = _matches(characters, f"[{_UNSPACED}]")
    extend = _matches(characters, r"[\p{M}\p{Cf}]")
    space = _matches(characters, _WHITESPACE)

    other = SEPARATOR if unit == "word" else SINGLE
    classes = np.full(256 if ascii_only else _LAST_CODE_POINT + 1, other, dtype=np.uint8)
    classes[assigned[word]] = WORD if unit == "word" else SINGLE
    classes[assigned[word & single]] = SINGLE
    classes[assigned[extend]] = EXTEND
    classes[assigned[space]] = SEPARATOR if unit == "word" else SPACE
    classes.flags.writeable = False
    return classes


def orphan_class(unit: Unit) -> int:
    """The class of a combining mark that follows no token."""
    return SEPARATOR if unit == "word" else SINGLE


def _block(texts: pa.LargeStringArray) -> TextBlock:
    is_ascii = pc.string_is_ascii(texts)
    all_ascii = pc.all(is_ascii, min_count=0).as_py()
    if not all_ascii:
        foreign = pc.invert(is_ascii)
        texts = pc.replace_with_mask(texts, foreign, fold(texts.filter(foreign)))
    data, offsets = _buffers(texts)
    return TextBlock(data, offsets, all_ascii)


def fold(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Bring documents to NFKC, and all but ASCII letters to lower case.

    Lower-cased, the result is ``utf8_lower(utf8_normalize(texts, "NFKC"))``. Where the characters of a document fold
    each by itself into no more bytes, a table does it several times faster; pyarrow normalises the other documents.

    Parameters
    ----------
    texts
        Documents without nulls.

    Returns
    -------
    pyarrow.LargeStringArray
        As many documents.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a document is not valid UTF-8.

    Examples
    --------
    >>> fold(pa.array(["\u00c9t\u00e9", "\ufb01n", "e\u0301"], pa.large_string())).to_pylist()
    ['\u00e9t\u00e9', 'fin', '\u00e9']
    """
    texts.validate(full=True)
    data, offsets = _buffers(texts)
    source = data[offsets[0] : offsets[-1]]
    bounds = offsets - offsets[0]
    target = source.copy()
    keep = np.ones(len(source), dtype=bool)
    hard = np.zeros(len(texts), dtype=bool)
    for width, at, code_points in foreign_characters(source):
        replacement = _fold_table()[code_points]
        difficult = replacement == _IN_CONTEXT
        hard |= np.diff(np.searchsorted(at[difficult], bounds)) > 0
        changed = ~difficult & (replacement != _UNCHANGED)
        at, replacement = at[changed], replacement[changed]
        for k in range(width):
            byte = (replacement >> (8 * k)).astype(np.uint8)
            target[at + k] = byte
            keep[at + k] = byte != 0
    if not keep.all():
        target, bounds = target[keep], np.concatenate([[0], np.cumsum(keep)])[bounds]
    folded = _from_utf8(target.tobytes(), bounds)
    if not hard.any():
        return folded
    mask = pa.array(hard)
    return pc.replace_with_mask(folded, mask, pc.utf8_lower(pc.utf8_normalize(texts.filter(mask), "NFKC")))


def foreign_characters(
    data: npt.NDArray[np.uint8],
) -> Iterator[tuple[int, npt.NDArray[np.int64], npt.NDArray[np.uint32]]]:
    """Decode the characters of valid UTF-8 that are not ASCII.

    Parameters
    ----------
    data
        Bytes, from the first of a character to the last of a character.

    Yields
    ------
    width : int
        2, 3 and 4: the bytes that the following characters take.
    positions : numpy.ndarray of int64
        The first byte of each.
    code_points : numpy.ndarray of uint32
        What each stands for.

    Examples
    --------
    >>> text = np.frombuffer("a\u00e9".encode(), dtype=np.uint8)
    >>> [(width, at.tolist(), code_points.tolist()) for width, at, code_points in foreign_characters(text)][0]
    (2, [1], [233])
    """
    for width, first, behind in ((2, 0xC0, 0xE0), (3, 0xE0, 0xF0), (4, 0xF0, 0xF8)):
        at = np.flatnonzero((data >= first) & (data < behind))
        code_points = (data[at] - np.uint8(first)).astype(np.uint32)
        for k in range(1, width):
            code_points = (code_points << np.uint32(6)) | (data[at + k] & np.uint8(0x3F))
        yield width, at, code_points


@cache
def _fold_table() -> npt.NDArray[np.uint32]:
    """Map each code point to the UTF-8 bytes of its NFKC lower case, the first byte lowest, zeros behind the last."""
    characters = _text_of(_ASSIGNED)
    compatible = pc.utf8_normalize(characters, "NFKC")
    lower = pc.utf8_lower(compatible)
    data, offsets = _buffers(lower)
    widths = np.diff(offsets)
    replacement = np.zeros(len(_ASSIGNED), dtype=np.uint32)
    for k in range(4):
        longer = np.flatnonzero(widths > k)
        replacement[longer] |= data[offsets[longer] + k].astype(np.uint32) << (8 * k)

    # A character composes with the one before it if it stands behind the first of some canonical decomposition
    # (marks, the vowels and finals of Hangul); marks are reordered too. Those need their neighbours to be folded.
    contextual = np.zeros(_LAST_CODE_POINT + 1, dtype=bool)
    contextual[_code_points(pc.utf8_slice_codeunits(pc.utf8_normalize(characters, "NFD"), 1))] = True
    contextual[_ASSIGNED[_matches(characters, r"\p{M}")]] = True
    lengths = pc.utf8_length(compatible).to_numpy()
    in_context = np.logical_or.reduceat(contextual[_code_points(compatible)], np.cumsum(lengths) - lengths)

    own = _utf8_widths(_ASSIGNED)
    unchanged = pc.equal(lower, characters).to_numpy(zero_copy_only=False)
    table = np.full(_LAST_CODE_POINT + 1, _UNCHANGED, dtype=np.uint32)
    table[_ASSIGNED] = np.where(unchanged, _UNCHANGED, replacement)
    table[_ASSIGNED[(widths > own) | contextual[_ASSIGNED] | in_context]] = _IN_CONTEXT
    return table


def _matches(texts: pa.LargeStringArray, pattern: str) -> npt.NDArray[np.bool_]:
    matches: npt.NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return matches


def _code_points(texts: pa.LargeStringArray) -> npt.NDArray[np.uint32]:
    """The code points of all documents, one after the other."""
    data, offsets = _buffers(texts)
    return np.frombuffer(data[offsets[0] : offsets[-1]].tobytes().decode().encode("utf-32-le"), dtype="<u4")


def _utf8_widths(code_points: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    return 1 + np.searchsorted([0x80, 0x800, 0x10000], code_points, side="right")


def _text_of(code_points: npt.NDArray[np.uint32]) -> pa.LargeStringArray:
    """One document for each code point."""
    data = code_points.astype("<u4").tobytes().decode("utf-32-le").encode()
    return _from_utf8(data, np.concatenate([[0], np.cumsum(_utf8_widths(code_points))]))


def _from_utf8(data: bytes, offsets: npt.NDArray[np.int64]) -> pa.LargeStringArray:
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def _buffers(texts: pa.LargeStringArray) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The bytes and offsets of documents, without a copy."""
    _, offsets, data = texts.buffers()
    if not len(texts):
        return np.empty(0, dtype=np.uint8), np.zeros(1, dtype=np.int64)
    bounds = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.empty(0, dtype=np.uint8)
    # numba compiles one kernel for writable and another for read-only arrays: these are always read-only.
    bounds.flags.writeable = False
    content.flags.writeable = False
    return content, bounds
